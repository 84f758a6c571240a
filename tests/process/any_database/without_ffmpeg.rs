//! A machine without ffmpeg: videos that browsers play are taken and served as they are, and everything else is told
//! what is missing.

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::program::{Place, Program};
use crate::samples;

const NO_TOOLS: &[(&str, &str)] = &[("PATH", "/nowhere")];

async fn upload(program: &Program, token: &str, video: Vec<u8>, thumbnail: Option<Vec<u8>>) -> (u16, Value) {
    let form = Form::new().text("title", "Video").text("description", "d");
    let form = form.part("videoFile", Part::bytes(video).file_name("f.mp4"));
    let form =
        thumbnail.into_iter().fold(form, |form, bytes| form.part("thumbnail", Part::bytes(bytes).file_name("t.png")));
    let request = reqwest::Client::new().post(program.address("/api/v1/videos")).bearer_auth(token).multipart(form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn bytes(address: &str) -> (u16, Vec<u8>) {
    let response = reqwest::get(address.replace("localhost", "127.0.0.1")).await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn videos_that_browsers_play_are_served_as_they_are() {
    let place = Place::new(NO_TOOLS).await;
    let program = place.start();
    let token = program.token("alice").await;
    let (status, response) = upload(&program, &token, samples::video_file(), None).await;
    assert_eq!(status, 201, "{response}");
    let video = &response["data"];
    assert_eq!((&video["status"], &video["hls"]), (&"ready".into(), &Value::Null));
    assert_eq!((&video["width"], &video["height"]), (&160.into(), &90.into()));
    assert!((0.9..1.2).contains(&video["duration"].as_f64().unwrap()), "{video}");
    assert!(bytes(video["videoFile"].as_str().unwrap()).await == (200, samples::video_file()));
    let (status, plain) = bytes(video["thumbnail"].as_str().unwrap()).await;
    assert_eq!((status, image::load_from_memory(&plain).unwrap().width()), (200, 1280));
    let (status, response) = upload(&program, &token, samples::video_file(), Some(samples::png(64, 36))).await;
    assert_eq!(status, 201, "{response}");
    let (_, sent) = bytes(response["data"]["thumbnail"].as_str().unwrap()).await;
    assert_eq!(image::load_from_memory(&sent).unwrap().width(), 64);
    let processing =
        program.get(&format!("/api/v1/videos/{}/processing", video["_id"].as_str().unwrap()), &token).await;
    assert_eq!(processing["data"]["status"], "ready");
    let log = program.log();
    assert!(log.contains("WARN") && log.contains("ffmpeg and ffprobe were not found"), "{log}");
    assert!(log.contains("apt install ffmpeg"), "{log}");
    program.stop();
}

#[tokio::test]
async fn what_needs_ffmpeg_says_so_and_leaves_nothing() {
    let place = Place::new(NO_TOOLS).await;
    let program = place.start();
    let token = program.token("alice").await;
    let before = crate::program::files(&place.data().join("media"));
    for (name, options) in [
        ("video.webm", "-f lavfi -i testsrc2=s=64x48:r=5:d=1 -c:v libvpx"),
        ("video.mp4", "-f lavfi -i testsrc2=s=64x48:r=5:d=1 -c:v mpeg4"),
        ("sound.mp3", "-f lavfi -i sine=d=1"),
    ] {
        let (status, response) = upload(&program, &token, samples::ffmpeg(name, options), None).await;
        let message = response["message"].as_str().unwrap();
        assert_eq!(status, 503, "{name}: {response}");
        assert!(message.contains("apt install ffmpeg"), "{name}: {message}");
    }
    let cut = samples::video_file();
    for rubbish in [b"just words".to_vec(), cut[..cut.len() / 2].to_vec(), cut[..40].to_vec()] {
        let (status, response) = upload(&program, &token, rubbish, None).await;
        assert_eq!((status, &response["errors"][0]["field"]), (400, &"videoFile".into()), "{response}");
    }
    crate::program::settles_at(&place, &before).await;
    program.stop();
}

#[tokio::test]
async fn what_came_without_ffmpeg_can_be_worked_on_with_it() {
    let place = Place::new(&[]).await;
    let without = place.start_with(NO_TOOLS);
    let token = without.token("alice").await;
    let (_, response) = upload(&without, &token, samples::video_file(), None).await;
    let id = response["data"]["_id"].as_str().unwrap().to_owned();
    without.stop();
    let with = place.start();
    let retry = with.address(&format!("/api/v1/videos/{id}/processing/retry"));
    assert_eq!(reqwest::Client::new().post(retry).bearer_auth(&token).send().await.unwrap().status(), 200);
    // The events end when the work does.
    let events = with.address(&format!("/api/v1/videos/{id}/processing/events"));
    let told = reqwest::Client::new().get(events).bearer_auth(&token).send().await.unwrap().text().await.unwrap();
    assert!(told.contains("\"status\":\"ready\""), "{told}");
    let video = with.get(&format!("/api/v1/videos/{id}"), &token).await;
    assert!(video["data"]["hls"].is_string(), "{video}");
    with.stop();
}
