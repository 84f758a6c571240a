//! Views and histories are stored a moment after the answer: what a stop and a crash leave of them.

use reqwest::Client;
use serde_json::{Value, json};

use crate::eventually::eventually;
use crate::program::{Place, Program};
use crate::samples;
use crate::videos::upload;

async fn watch(program: &Program, token: &str, id: &str) -> Value {
    let response = program.get(&format!("/api/v1/videos/{id}"), token).await;
    assert_eq!(response["statusCode"], 200, "{response}");
    response["data"]["views"].clone()
}

/// What was stored, without adding to it.
async fn stored(program: &Program, token: &str, id: &str) -> (Value, Value) {
    let video = program.get(&format!("/api/v1/dashboard/videos/{id}"), token).await;
    let history = program.get("/api/v1/users/history", token).await;
    (video["data"]["views"].clone(), history["data"].as_array().unwrap().len().into())
}

#[tokio::test]
async fn t16_a_clean_stop_stores_every_view() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let id = upload(&program, &token, &samples::video_file()).await;
    // The first is stored at once, the others wait for their turn.
    assert_eq!(watch(&program, &token, &id).await, 1);
    let anonymous = Client::new().get(program.address(&format!("/api/v1/videos/{id}"))).send().await.unwrap();
    let anonymous: Value = anonymous.json().await.unwrap();
    assert_eq!(anonymous["data"]["views"], 2);
    program.stop();
    let program = place.start();
    assert_eq!(stored(&program, &token, &id).await, (2.into(), 1.into()));
    assert_eq!(watch(&program, &token, &id).await, 2, "who counted before the stop does not count after it");
    program.stop();
}

#[tokio::test]
async fn t16_a_clean_stop_stores_what_was_watched_and_its_playback_goes_on() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let id = upload(&program, &token, &samples::video_file()).await;
    let started = Client::new().post(program.address(&format!("/api/v1/videos/{id}/playbacks"))).send().await.unwrap();
    let started: Value = started.json().await.unwrap();
    let playback = format!("/api/v1/playbacks/{}", started["data"]["id"].as_str().unwrap());
    let report = async |program: &Program, seconds: f64| {
        let body = json!({ "ranges": [[0, seconds]] });
        let response = Client::new().post(program.address(&playback)).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 204);
    };
    report(&program, 0.2).await;
    report(&program, 0.4).await;
    program.stop();
    let program = place.start();
    report(&program, 0.9).await;
    program.stop();
    let db = place.open_database().await;
    let (views, watch_ms): (i64, i64) = db.one("SELECT views, watch_ms FROM video_days", vec![]).await.unwrap();
    assert_eq!((views, watch_ms), (1, 900));
    db.close().await;
}

#[tokio::test]
async fn t16_a_crash_loses_no_view_that_is_older_than_a_second() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let id = upload(&program, &token, &samples::video_file()).await;
    assert_eq!(watch(&program, &token, &id).await, 1);
    let db = place.open_database().await;
    eventually(async || {
        let (views,): (i64,) = db.one("SELECT views FROM videos", vec![]).await.unwrap();
        (views == 1).then_some(()).ok_or("the view is not stored")
    })
    .await;
    db.close().await;
    program.kill();
    let program = place.start();
    assert_eq!(stored(&program, &token, &id).await, (1.into(), 1.into()));
    program.stop();
}
