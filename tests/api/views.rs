//! Playbacks: starting them and reporting on them, and what they cost.

use serde_json::{Value, json};

use crate::harness::rows::{count, execute};
use crate::harness::{Client, Person, TestApp, id, run, run_with};

/// A video of this length that nobody has watched.
pub async fn video_of(app: &TestApp, owner: &Person, seconds: i64) -> String {
    let video = id(&owner.ready_video("Tea").await);
    let video_id: chaitube::VideoId = video.parse().unwrap();
    let sql = format!("UPDATE videos SET duration_s = {seconds} WHERE id = $1");
    execute(app, sql, chaitube::args![video_id]).await;
    video
}

pub fn playbacks_of(video: &str) -> String {
    format!("/api/v1/videos/{video}/playbacks")
}

/// Starts a playback; gives the address to report it at.
pub async fn start(client: &Client, video: &str) -> String {
    start_from(client, video, json!({})).await
}

pub async fn start_from(client: &Client, video: &str, body: Value) -> String {
    let started = client.post(&playbacks_of(video), body).await.expect(201, "Playback started").data();
    assert_eq!(started["interval"], 10);
    format!("/api/v1/playbacks/{}", started["id"].as_str().unwrap())
}

/// Reports what was watched.
pub async fn report(client: &Client, playback: &str, body: Value) {
    let response = client.post(playback, body).await;
    assert_eq!((response.status, response.bytes.len()), (204, 0), "{response:?}");
}

/// Counted views, refused views and seconds watched.
pub async fn figures(owner: &Person, video: &str) -> (i64, i64, i64) {
    let path = format!("/api/v1/dashboard/videos/{video}/views");
    let views = owner.client.get(&path).await.expect(200, "Views fetched successfully").data();
    let number = |name: &str| views[name].as_i64().unwrap();
    let days = views["days"].as_array().unwrap();
    assert_eq!(days.len(), 28);
    for name in ["counted", "refused"] {
        assert_eq!(days.iter().map(|day| day[name].as_i64().unwrap()).sum::<i64>(), number(name), "{name}");
    }
    let video = owner.client.get(&format!("/api/v1/dashboard/videos/{video}")).await.data();
    assert_eq!(video["views"], number("counted"));
    (number("counted"), number("refused"), number("watchTime"))
}

#[tokio::test]
async fn a_beacon_says_that_its_json_is_text() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let anonymous = app.anonymous();
        let playback = start(&anonymous, &video).await;
        app.advance(std::time::Duration::from_secs(20));
        let beacon = anonymous.request("POST", &playback).header("content-type", "text/plain;charset=UTF-8");
        let response = anonymous.send(beacon.body(r#"{"ranges":[[0,20]],"position":20}"#)).await;
        assert_eq!(response.status, 204);
        assert_eq!(figures(&alice, &video).await, (1, 0, 20));
        let beacon = anonymous.request("POST", &playback).header("content-type", "text/plain");
        anonymous.send(beacon.body("nonsense")).await.expect_status(400);
        // What is not there is not news.
        report(&anonymous, &playback, json!({})).await;
        assert_eq!(anonymous.bare("POST", &playback).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let client = app.anonymous();
        let playback = start(&client, &video).await;
        let many: Vec<[i64; 2]> = (0..101).map(|piece| [piece * 2, piece * 2 + 1]).collect();
        let response = client.post(&playback, json!({ "ranges": many })).await;
        response.expect(400, "ranges must have at most 100 entries");
        for body in [json!({ "ranges": "all" }), json!({ "ranges": [[0]] }), json!({ "position": "here" })] {
            client.post(&playback, body).await.expect_status(400);
        }
        client.post(&playback, json!({ "more": "x".repeat(16 * 1024) })).await.expect_status(413);
        let mut changed = playback.clone();
        let last = changed.pop().unwrap();
        changed.push(if last == '0' { '1' } else { '0' });
        let gone = "There is no such playback, or it began more than 24 hours ago: start another";
        client.post(&changed, json!({})).await.expect(404, gone);
        client.post(&playback[..playback.len() - 2], json!({})).await.expect(404, gone);
        client.post("/api/v1/playbacks/nonsense", json!({})).await.expect(400, "Invalid playback id");
        // However long and wherever: nothing breaks.
        let wild = json!({
            "ranges": [[-5, 3], [9, 2], [1e300, 1e308], [590, 1e12]], "position": 1e30, "rate": 1e9, "stalled": 1e9,
        });
        report(&client, &playback, wild).await;
        assert_eq!(figures(&alice, &video).await.0, 0);
    })
    .await;
}

#[tokio::test]
async fn a_hidden_video_is_not_played() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = id(&alice.hidden_ready_video("Secret").await);
        for client in [&bob.client, &app.anonymous()] {
            client.post(&playbacks_of(&video), json!({})).await.expect(404, "Video not found");
            let get = format!("/api/v1/videos/{video}?reportsPlayback=true");
            client.get(&get).await.expect(404, "Video not found");
        }
        start(&alice.client, &video).await;
    })
    .await;
}

#[tokio::test]
async fn reports_on_what_is_gone_are_left_out() {
    run(async |app| {
        let alice = app.person("alice").await;
        let (kept, deleted) = (video_of(app, &alice, 600).await, video_of(app, &alice, 600).await);
        let playbacks = [start(&app.anonymous(), &kept).await, start(&app.anonymous(), &deleted).await];
        app.advance(std::time::Duration::from_secs(20));
        alice.client.delete(&format!("/api/v1/videos/{deleted}")).await.expect_status(200);
        for playback in &playbacks {
            report(&app.anonymous(), playback, json!({ "ranges": [[0, 20]] })).await;
        }
        assert_eq!(figures(&alice, &kept).await, (1, 0, 20));
        assert_eq!(count(app, "playbacks").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_playback_costs_no_row_before_something_was_watched() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let playback = start(&bob.client, &video).await;
        report(&bob.client, &playback, json!({ "position": 0 })).await;
        bob.store_views().await;
        assert_eq!(count(app, "playbacks").await, 0);
        report(&bob.client, &playback, json!({ "ranges": [[0, 1]], "quality": 720, "stalled": 0.5 })).await;
        bob.store_views().await;
        assert_eq!(count(app, "playbacks WHERE watched_ms = 1000 AND quality = 720 AND stalled_ms = 500").await, 1);
    })
    .await;
}

#[tokio::test]
async fn playing_a_video_puts_it_into_the_history_and_looking_at_it_does_not() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let history = async || bob.client.get("/api/v1/users/history").await.data().as_array().unwrap().len();
        let get = format!("/api/v1/videos/{video}?reportsPlayback=true");
        assert_eq!(bob.client.get(&get).await.expect_status(200)["views"], 0);
        assert_eq!(history().await, 0);
        start(&bob.client, &video).await;
        assert_eq!(history().await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t16_a_viewer_starts_so_many_playbacks_an_hour() {
    run_with(&[("RATE_LIMIT", "on")], async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let path = playbacks_of(&video);
        let anonymous = app.anonymous();
        let mut refused = 0;
        for _ in 0..13 {
            let starts = (0..100).map(|_| anonymous.post(&path, json!({})));
            let responses = futures_util::future::join_all(starts).await;
            refused += responses.iter().filter(|response| response.status == 429).count();
            assert!(responses.iter().all(|response| [201, 429].contains(&response.status)));
        }
        // While they are sent, one every three seconds is given back.
        assert!((80..=100).contains(&refused), "{refused} of 1300 were refused");
        start(&bob.client, &video).await;
    })
    .await;
}
