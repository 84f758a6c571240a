//! `kill -9` at every step from an upload to the finished stream: when each call of ffmpeg or ffprobe has begun, and
//! when it has ended and what it made is looked at, stored and written down.

use std::collections::{BTreeMap, BTreeSet};

use chaitube::args;

use crate::eventually::eventually;
use crate::program::{Place, Program, files, is_alive, signal};
use crate::samples;
use crate::videos::{is_processed, nothing_is_orphaned, processed, processing, running, try_upload, upload};

/// Waits for a tool that was not seen before and holds it where it is. None when `is_over`.
async fn next_tool(program: &Program, seen: &mut BTreeSet<u32>, is_over: impl AsyncFn() -> bool) -> Option<u32> {
    let mut looks = 0_u64;
    eventually(async || {
        if let Some(pid) = program.tools().into_iter().find(|pid| seen.insert(*pid)) {
            signal(pid, "-STOP");
            return Ok(Some(pid));
        }
        looks += 1;
        if looks.is_multiple_of(50) && is_over().await { Ok(None) } else { Err(program.log()) }
    })
    .await
}

/// Lets a held tool go on, to its end if it is the end that is waited for.
async fn release(pid: u32, to_its_end: bool) {
    signal(pid, "-CONT");
    while to_its_end && is_alive(pid) {
        tokio::task::yield_now().await;
    }
}

fn video_file() -> Vec<u8> {
    samples::ffmpeg(
        "f.mp4",
        "-f lavfi -i testsrc2=s=480x360:r=5:d=1 -f lavfi -i sine=d=1 -c:v mpeg4 -q:v 5 -c:a aac -shortest",
    )
}

#[tokio::test]
async fn killed_at_every_step_of_an_upload_it_leaves_nothing() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let mut program = place.start();
    let token = program.token("alice").await;
    let video = video_file();
    let mut kills = 0;
    // Each is killed at another tool, first when it begins, then when it has ended.
    for life in 0.. {
        let (number, to_its_end) = (life / 2 + 1, life % 2 == 1);
        let (base, bearer, bytes) = (program.base.clone(), token.clone(), video.clone());
        #[expect(clippy::disallowed_methods, reason = "the upload runs beside the test")]
        let uploading = tokio::spawn(async move { try_upload(&base, &bearer, &bytes).await });
        let mut seen = BTreeSet::new();
        while let Some(pid) = next_tool(&program, &mut seen, async || uploading.is_finished()).await {
            let is_it = seen.len() == number;
            if !is_it || to_its_end {
                release(pid, is_it).await;
            }
            if is_it {
                break;
            }
        }
        if seen.len() < number {
            assert!(uploading.await.unwrap().is_some());
            break;
        }
        program.kill();
        kills += 1;
        let acknowledged = uploading.await.unwrap();
        program = place.start();
        let videos = program.get("/api/v1/dashboard/videos", &token).await["data"].clone();
        let listed = videos.as_array().unwrap().len();
        assert!(listed >= usize::from(acknowledged.is_some()), "an acknowledged video is lost");
        assert_eq!(files(&place.data().join("media")).len(), 1 + 2 * listed, "{videos}");
        for video in videos.as_array().unwrap() {
            let address = program.address(&format!("/api/v1/videos/{}", video["_id"].as_str().unwrap()));
            let response = reqwest::Client::new().delete(address).bearer_auth(&token).send().await.unwrap();
            assert_eq!(response.status(), 200);
        }
    }
    assert!(kills >= 4, "an upload calls more tools than {kills} kills tell of");
    program.stop();
}

#[tokio::test]
async fn killed_at_every_step_of_the_processing_it_finishes_the_video_and_leaves_nothing() {
    let place = Place::new(&[("WORKERS", "1")]).await;
    let program = place.start_as(&["serve", "--no-worker"]);
    let token = program.token("alice").await;
    let id = upload(&program, &token, &video_file()).await;
    program.stop();
    let db = place.open_database().await;
    // How often it was killed in each step, which tells where it is to be killed next.
    let mut kills: BTreeMap<String, usize> = BTreeMap::new();
    'lives: loop {
        // So many deaths at once are more than a job is given; that is not what is tried here.
        db.execute("UPDATE jobs SET attempts = 0", args![]).await.unwrap();
        let program = place.start();
        let (mut seen, mut of_step) = (BTreeSet::new(), BTreeMap::new());
        loop {
            let is_over = async || is_processed(&program, &token, &id).await;
            let Some(pid) = next_tool(&program, &mut seen, is_over).await else {
                program.stop();
                break 'lives;
            };
            let now = processing(&program, &token, &id).await;
            let Some(step) = running(&now) else { panic!("{pid} works on nothing: {now}") };
            let number: &mut usize = of_step.entry(step.clone()).or_default();
            *number += 1;
            let so_far = kills.entry(step).or_default();
            let (is_it, to_its_end) = (*number == *so_far / 2 + 1, *so_far % 2 == 1);
            if !is_it || to_its_end {
                release(pid, is_it).await;
            }
            if is_it {
                *so_far += 1;
                program.kill();
                continue 'lives;
            }
        }
    }
    for (step, least) in [("watchable", 6), ("ladder", 6), ("previews", 8)] {
        assert!(kills.get(step).is_some_and(|count| *count >= least), "{step} has more tools than that: {kills:?}");
    }
    let program = place.start();
    let videos = processed(&program, &token, &[id]).await;
    assert_eq!(videos[0]["status"], "ready", "{videos:?}");
    assert!(videos[0]["steps"].as_array().unwrap().iter().all(|step| step["state"] == "done"), "{videos:?}");
    nothing_is_orphaned(&place, &program, &token).await;
    program.stop();
}
