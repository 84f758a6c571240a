//! `kill -9` in the middle of everything, again and again: what was acknowledged is there, nothing else is left.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::program::{Place, Program, files};
use crate::samples;

const ROUNDS: u64 = 5;

/// What the server has acknowledged.
#[derive(Clone, Default)]
struct Acknowledged {
    videos: Vec<(String, String)>,
    tweets: Vec<String>,
}

/// Uploads and posts until the server is gone.
async fn write_until_it_dies(base: String, token: String, acknowledged: Arc<Mutex<Acknowledged>>, number: usize) {
    let http = reqwest::Client::new();
    for round in 0.. {
        let film = Part::bytes(samples::film()).file_name("f.mp4");
        let title = format!("Film {number} {round}");
        let form = Form::new().text("title", title).text("description", "d").part("videoFile", film);
        let upload = http.post(format!("{base}/api/v1/videos")).bearer_auth(&token).multipart(form).send();
        let Ok(answer) = upload.await else { return };
        let Ok(video) = answer.json::<Value>().await else { return };
        assert_eq!(video["statusCode"], 201, "{video}");
        let text = |name: &str| video["data"][name].as_str().unwrap().to_owned();
        acknowledged.lock().unwrap().videos.push((text("_id"), text("videoFile")));
        let body = json!({ "content": format!("Post {number} {round}") });
        let post = http.post(format!("{base}/api/v1/tweets")).bearer_auth(&token).json(&body).send();
        let Ok(answer) = post.await else { return };
        let Ok(tweet) = answer.json::<Value>().await else { return };
        acknowledged.lock().unwrap().tweets.push(tweet["data"]["_id"].as_str().unwrap().to_owned());
    }
}

async fn check(place: &Place, program: &Program, token: &str, acknowledged: &Acknowledged) {
    let me = program.get("/api/v1/users/current-user", token).await["data"]["_id"].as_str().unwrap().to_owned();
    let listed = |answer: &Value| -> BTreeSet<String> {
        answer["data"].as_array().unwrap().iter().map(|entry| entry["_id"].as_str().unwrap().to_owned()).collect()
    };
    let videos = program.get("/api/v1/dashboard/videos", token).await;
    let tweets = program.get(&format!("/api/v1/tweets/user/{me}"), token).await;
    let (video_ids, tweet_ids) = (listed(&videos), listed(&tweets));
    for (id, file) in &acknowledged.videos {
        assert!(video_ids.contains(id), "an acknowledged video is lost");
        let path = file.split_once("/media/").unwrap().1;
        let bytes = reqwest::get(program.address(&format!("/media/{path}"))).await.unwrap().bytes().await.unwrap();
        assert!(bytes == samples::film(), "a film has changed");
    }
    assert!(acknowledged.tweets.iter().all(|id| tweet_ids.contains(id)), "an acknowledged tweet is lost");
    // Every listed video has its two objects, the account has its avatar, and there is nothing else.
    let stored = files(&place.data().join("media"));
    assert_eq!(stored.len(), 2 * video_ids.len() + 1, "{stored:?}");
}

#[tokio::test]
async fn killed_in_the_middle_of_writes_it_loses_nothing_and_leaves_nothing() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let mut program = place.start();
    let token = program.token("alice").await;
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    for round in 0..ROUNDS {
        let http_tasks: Vec<_> = (0..4)
            .map(|number| {
                let task = write_until_it_dies(program.base.clone(), token.clone(), Arc::clone(&acknowledged), number);
                #[expect(clippy::disallowed_methods, reason = "the writers run beside the test")]
                tokio::spawn(task)
            })
            .collect();
        // Another moment in each round; which one does not matter, so long as they differ.
        tokio::time::sleep(Duration::from_millis(300 + 170 * round)).await;
        program.kill();
        for task in http_tasks {
            task.await.unwrap();
        }
        program = place.start();
        let so_far = acknowledged.lock().unwrap().clone();
        check(&place, &program, &token, &so_far).await;
    }
    assert!(!acknowledged.lock().unwrap().videos.is_empty(), "no upload ever came through");
    program.stop();
    let output = place.run(&["recount"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.lines().all(|line| line.ends_with(": 0 repaired")), "{said}");
}

/// What is stored, without the rooms uploads and jobs work in.
fn settled_files(place: &Place) -> usize {
    files(&place.data().join("media")).len()
}

/// Waits until nothing is processed any more, and gives the videos as their owner sees them.
async fn processed(program: &Program, token: &str, ids: &[String]) -> Vec<Value> {
    let begun = std::time::Instant::now();
    loop {
        let mut videos = Vec::new();
        for id in ids {
            videos.push(program.get(&format!("/api/v1/videos/{id}/processing"), token).await["data"].clone());
        }
        let is_open = |video: &Value| {
            let open = |step: &Value| ["queued", "running", "waiting"].iter().any(|state| step["state"] == *state);
            video["status"] == "processing"
                || (video["status"] == "ready" && video["steps"].as_array().unwrap().iter().any(open))
        };
        if !videos.iter().any(is_open) {
            return videos;
        }
        assert!(begun.elapsed() < Duration::from_mins(4), "processed for ever: {videos:?}\n{}", program.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn killed_while_it_works_on_films_it_finishes_them_and_leaves_nothing() {
    let place = Place::new(&[("WORKERS", "2")]).await;
    let mut program = place.start();
    let token = program.token("alice").await;
    let film = samples::ffmpeg(
        "f.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=25:d=6 -f lavfi -i sine=d=6 -c:v mpeg4 -q:v 3 -c:a aac -shortest",
    );
    let mut ids = Vec::new();
    for round in 0..4_u64 {
        let part = Part::bytes(film.clone()).file_name("f.mp4");
        let form = Form::new().text("title", "Film").text("description", "d").part("videoFile", part);
        let http = reqwest::Client::new();
        let request = http.post(program.address("/api/v1/videos")).bearer_auth(&token).multipart(form);
        let video: Value = request.send().await.unwrap().json().await.unwrap();
        ids.push(video["data"]["_id"].as_str().unwrap().to_owned());
        tokio::time::sleep(Duration::from_millis(250 + 450 * round)).await;
        program.kill();
        program = place.start();
    }
    let videos = processed(&program, &token, &ids).await;
    for video in &videos {
        let is_told = video["status"] == "ready" || video["failure"].is_string();
        assert!(is_told, "{video}");
    }
    assert!(videos.iter().any(|video| video["status"] == "ready"), "{videos:?}");
    program.stop();
    // What a killed worker left is swept at the start; nothing else may be there but what videos refer to.
    let program = place.start();
    let mut known = 1;
    for id in &ids {
        let video = program.get(&format!("/api/v1/videos/{id}"), &token).await["data"].clone();
        let hls = video["hls"].as_str().unwrap();
        let master = reqwest::get(hls).await.unwrap().text().await.unwrap();
        let playlists = master.matches("#EXT-X-STREAM-INF").count() + master.matches("TYPE=AUDIO").count();
        let track = reqwest::get(video["storyboard"].as_str().unwrap()).await.unwrap().text().await.unwrap();
        let sheets: BTreeSet<&str> =
            track.lines().filter_map(|line| line.split_once("#xywh")).map(|(sheet, _)| sheet).collect();
        let candidates = video["thumbnailCandidates"].as_array().unwrap().len();
        known += 2 + playlists + sheets.len() + candidates;
    }
    assert_eq!(settled_files(&place), known, "{:?}", files(&place.data().join("media")));
    program.stop();
}
