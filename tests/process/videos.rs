//! Videos at work in the real program: uploading them, waiting for them, and looking at what they left.

use std::collections::BTreeSet;

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::eventually::eventually;
use crate::program::{Place, Program, files};

/// Uploads a video and gives the video's id; none when the server is gone before it responses.
pub async fn try_upload(base: &str, token: &str, source: &[u8]) -> Option<String> {
    let part = Part::bytes(source.to_vec()).file_name("f.mp4");
    let form = Form::new().text("title", "Video").text("description", "d").part("videoFile", part);
    let request = reqwest::Client::new().post(format!("{base}/api/v1/videos")).bearer_auth(token).multipart(form);
    let video: Value = request.send().await.ok()?.json().await.ok()?;
    assert_eq!(video["statusCode"], 201, "{video}");
    Some(video["data"]["_id"].as_str().unwrap().to_owned())
}

pub async fn upload(program: &Program, token: &str, video: &[u8]) -> String {
    try_upload(&program.base, token, video).await.expect("the server answers")
}

pub async fn processing(program: &Program, token: &str, id: &str) -> Value {
    program.get(&format!("/api/v1/videos/{id}/processing"), token).await["data"].clone()
}

/// The step of a video that is being worked on.
pub fn running(processing: &Value) -> Option<String> {
    let steps = processing["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["state"] == "running")?;
    Some(step["name"].as_str().unwrap().to_owned())
}

fn is_open(video: &Value) -> bool {
    let open = |step: &Value| ["queued", "running", "waiting"].iter().any(|state| step["state"] == *state);
    video["status"] == "processing"
        || (video["status"] == "ready" && video["steps"].as_array().unwrap().iter().any(open))
}

/// Whether nothing is left to do on a video.
pub async fn is_processed(program: &Program, token: &str, id: &str) -> bool {
    !is_open(&processing(program, token, id).await)
}

/// Waits until nothing is processed any more, and gives the videos as their owner sees them: each is ready, or has
/// failed and says why.
pub async fn processed(program: &Program, token: &str, ids: &[String]) -> Vec<Value> {
    eventually(async || {
        let mut videos = Vec::new();
        for id in ids {
            videos.push(processing(program, token, id).await);
        }
        if !videos.iter().any(is_open) {
            for video in &videos {
                let is_told = video["status"] == "failed" && video["failure"].is_string();
                assert!(video["status"] == "ready" || is_told, "{video}");
            }
            return Ok(videos);
        }
        Err(format!("{videos:?}\n{}", program.log()))
    })
    .await
}

/// The one account's avatar and all that its videos refer to are stored, and nothing else.
pub async fn nothing_is_orphaned(place: &Place, program: &Program, token: &str) {
    let videos = program.get("/api/v1/dashboard/videos", token).await["data"].clone();
    let mut known = 1;
    for video in videos.as_array().unwrap() {
        let id = video["_id"].as_str().unwrap();
        let video = program.get(&format!("/api/v1/videos/{id}"), token).await["data"].clone();
        known += objects(&video).await + usize::from(plays_another_video(program, token, &video).await);
    }
    let stored = files(&place.data().join("media"));
    assert_eq!(stored.len(), known, "{stored:#?}");
}

/// Whether a video was made of the upload for players that cannot play that, besides the upload itself.
async fn plays_another_video(program: &Program, token: &str, video: &Value) -> bool {
    let address = program.address(&format!("/api/v1/videos/{}/original", video["_id"].as_str().unwrap()));
    let original = reqwest::Client::new().head(address).bearer_auth(token).send().await.unwrap();
    let tag = original.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
    !video["videoFile"].as_str().unwrap().contains(&tag)
}

/// How many objects a video has: video and thumbnail, candidates, sheets, and a file for each media playlist.
async fn objects(video: &Value) -> usize {
    let mut count = 2 + video["thumbnailCandidates"].as_array().unwrap().len();
    if let Some(hls) = video["hls"].as_str() {
        let master = reqwest::get(hls).await.unwrap().text().await.unwrap();
        count += master.matches("#EXT-X-STREAM-INF").count() + master.matches("TYPE=AUDIO").count();
    }
    if let Some(track) = video["storyboard"].as_str() {
        let track = reqwest::get(track).await.unwrap().text().await.unwrap();
        let sheets = track.lines().filter_map(|line| line.split_once("#xywh"));
        count += sheets.map(|(sheet, _)| sheet).collect::<BTreeSet<_>>().len();
    }
    count
}
