//! `kill -9` in the middle of everything, again and again: what was acknowledged is there, nothing else is left.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::eventually::eventually;
use crate::program::{Place, Program, files};
use crate::samples;
use crate::videos::{nothing_is_orphaned, processed, upload};

const ROUNDS: usize = 5;

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
        let source = Part::bytes(samples::video_file()).file_name("f.mp4");
        let title = format!("Video {number} {round}");
        let form = Form::new().text("title", title).text("description", "d").part("videoFile", source);
        let upload = http.post(format!("{base}/api/v1/videos")).bearer_auth(&token).multipart(form).send();
        let Ok(response) = upload.await else { return };
        let Ok(video) = response.json::<Value>().await else { return };
        assert_eq!(video["statusCode"], 201, "{video}");
        let text = |name: &str| video["data"][name].as_str().unwrap().to_owned();
        acknowledged.lock().unwrap().videos.push((text("_id"), text("videoFile")));
        let body = json!({ "content": format!("Post {number} {round}") });
        let post = http.post(format!("{base}/api/v1/tweets")).bearer_auth(&token).json(&body).send();
        let Ok(response) = post.await else { return };
        let Ok(tweet) = response.json::<Value>().await else { return };
        acknowledged.lock().unwrap().tweets.push(tweet["data"]["_id"].as_str().unwrap().to_owned());
    }
}

async fn check(place: &Place, program: &Program, token: &str, acknowledged: &Acknowledged) {
    let me = program.get("/api/v1/users/current-user", token).await["data"]["_id"].as_str().unwrap().to_owned();
    let listed = |response: &Value| -> BTreeSet<String> {
        response["data"].as_array().unwrap().iter().map(|entry| entry["_id"].as_str().unwrap().to_owned()).collect()
    };
    let videos = program.get("/api/v1/dashboard/videos", token).await;
    let tweets = program.get(&format!("/api/v1/tweets/user/{me}"), token).await;
    let (video_ids, tweet_ids) = (listed(&videos), listed(&tweets));
    for (id, file) in &acknowledged.videos {
        assert!(video_ids.contains(id), "an acknowledged video is lost");
        let path = file.split_once("/media/").unwrap().1;
        let bytes = reqwest::get(program.address(&format!("/media/{path}"))).await.unwrap().bytes().await.unwrap();
        assert!(bytes == samples::video_file(), "a video has changed");
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
        let before = acknowledged.lock().unwrap().videos.len();
        let http_tasks: Vec<_> = (0..4)
            .map(|number| {
                let task = write_until_it_dies(program.base.clone(), token.clone(), Arc::clone(&acknowledged), number);
                #[expect(clippy::disallowed_methods, reason = "the writers run beside the test")]
                tokio::spawn(task)
            })
            .collect();
        // Another moment in each round; which one does not matter, so long as they differ and something came through.
        eventually(async || {
            let so_far = acknowledged.lock().unwrap().videos.len();
            (so_far > before + round).then_some(()).ok_or(so_far)
        })
        .await;
        program.kill();
        for task in http_tasks {
            task.await.unwrap();
        }
        program = place.start();
        let so_far = acknowledged.lock().unwrap().clone();
        check(&place, &program, &token, &so_far).await;
    }
    program.stop();
    let output = place.run(&["recount"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.lines().all(|line| line.ends_with(": 0 repaired")), "{said}");
}

#[tokio::test]
async fn killed_while_it_works_on_videos_it_finishes_them_and_leaves_nothing() {
    let place = Place::new(&[("WORKERS", "2")]).await;
    let mut program = place.start();
    let token = program.token("alice").await;
    let source = samples::ffmpeg(
        "f.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=25:d=6 -f lavfi -i sine=d=6 -c:v mpeg4 -q:v 3 -c:a aac -shortest",
    );
    let mut ids = Vec::new();
    for round in 0..4 {
        ids.push(upload(&program, &token, &source).await);
        // Another tool's work is lost in each round.
        let mut seen = BTreeSet::new();
        eventually(async || {
            seen.extend(program.tools());
            (seen.len() > round).then_some(()).ok_or_else(|| program.log())
        })
        .await;
        program.kill();
        program = place.start();
    }
    let videos = processed(&program, &token, &ids).await;
    assert!(videos.iter().any(|video| video["status"] == "ready"), "{videos:?}");
    program.stop();
    // What a killed worker left is swept at the start; nothing else may be there but what videos refer to.
    let program = place.start();
    nothing_is_orphaned(&place, &program, &token).await;
    program.stop();
}
