//! What stays of an upload: the original for its owner, or only what was made of it; and what was replaced, for a while.

use std::time::Duration;

use reqwest::multipart::Form;
use serde_json::Value;

use crate::harness::samples::{ffmpeg, video_file};
use crate::harness::{Person, file, id, run, run_with};

/// Has to be encoded, in two sizes, with one of them first.
fn encoded_video() -> Vec<u8> {
    ffmpeg("video.avi", "-f lavfi -i testsrc2=s=1280x720:r=10:d=2 -f lavfi -i sine=d=2 -c:v mpeg4 -q:v 6 -c:a mp2")
}

async fn upload(person: &Person, bytes: Vec<u8>, is_published: bool) -> Value {
    let form = Form::new()
        .text("title", "Video")
        .text("description", "A video")
        .text("isPublished", is_published.to_string())
        .part("videoFile", file("../../etc/\"passwd\";.exe", bytes));
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    response.data()
}

async fn video(person: &Person, id: &str) -> Value {
    person.client.get(&format!("/api/v1/videos/{id}")).await.data()
}

#[tokio::test]
async fn the_owner_downloads_the_original_and_nobody_else_does() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        for is_published in [true, false] {
            let id = id(&upload(&alice, video_file(), is_published).await);
            let path = format!("/api/v1/videos/{id}/original");
            let whole = alice.client.get(&path).await;
            assert_eq!((whole.status, whole.bytes.as_slice()), (200, video_file().as_slice()));
            assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"{id}.mp4\""));
            assert_eq!(whole.header("cache-control"), "private, no-store");
            assert_eq!(whole.header("content-type"), "application/octet-stream");
            let part = alice.client.ask("GET", &path, &[("range", "bytes=10-19")]).await;
            assert_eq!((part.status, part.bytes.as_slice()), (206, &video_file()[10..20]));
            let outside = alice.client.ask("GET", &path, &[("range", "bytes=99999999-")]).await;
            assert_eq!(outside.status, 416);
            let head = alice.client.head(&path).await;
            assert_eq!((head.status, head.header("content-length")), (200, video_file().len().to_string().as_str()));
            let again = alice.client.ask("GET", &path, &[("if-none-match", whole.header("etag"))]).await;
            assert_eq!(again.status, 304);
            for method in ["GET", "HEAD"] {
                assert_eq!(app.anonymous().bare(method, &path).await.status, 401);
                assert_eq!(bob.client.bare(method, &path).await.status, if is_published { 403 } else { 404 });
            }
            // A signature opens media, not this.
            let shown = video(&alice, &id).await;
            let query = shown["videoFile"].as_str().unwrap().split_once('?').map_or("", |(_, query)| query);
            assert_eq!(app.anonymous().get(&format!("{path}?{query}")).await.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn without_originals_only_what_was_made_stays() {
    run_with(&[("KEEP_ORIGINALS", "false")], async |app| {
        let alice = app.person("alice").await;
        let avatars = 1;
        for bytes in [video_file(), encoded_video()] {
            let created = upload(&alice, bytes.clone(), false).await;
            let path = format!("/api/v1/videos/{}/original", id(&created));
            assert_eq!(alice.client.get(&path).await.status, 200, "it is needed until all is done");
            assert_eq!(app.jobs_done().await, 3);
            let gone = alice.client.get(&path).await;
            assert_eq!(gone.status, 404);
            assert!(gone.message().contains("deleted after processing"), "{}", gone.message());
            let made = video(&alice, &id(&created)).await;
            assert_eq!(made["status"], "ready");
            let playable = app.anonymous().get(made["videoFile"].as_str().unwrap()).await;
            assert_eq!((playable.status, playable.header("content-type")), (200, "video/mp4"));
            assert!(playable.bytes != bytes, "it is what was made");
            // Whoever was watching the upload goes on for a while, and then it is gone.
            let before = created["videoFile"].as_str().unwrap();
            assert_eq!(app.anonymous().get(before).await.status, 200);
            app.advance(Duration::from_mins(16));
            assert!(app.app.storage.remove_retired().await.unwrap() > 0);
            assert_eq!(app.anonymous().get(before).await.status, 404);
            assert_eq!(app.anonymous().get(made["videoFile"].as_str().unwrap()).await.status, 200);
            assert_eq!(app.anonymous().get(made["hls"].as_str().unwrap()).await.status, 200);
            assert_eq!(alice.client.delete(&format!("/api/v1/videos/{}", id(&created))).await.status, 200);
            app.media_settles_at(avatars).await;
        }
    })
    .await;
}

/// The addresses in a playlist.
fn addresses(playlist: &[u8]) -> Vec<String> {
    let text = String::from_utf8(playlist.to_vec()).unwrap();
    let quoted = text.split("URI=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned);
    quoted.chain(lines).collect()
}

#[tokio::test]
async fn who_watches_what_is_being_replaced_goes_on_for_a_while() {
    // So many bits a second that the copy only bridges the time until the ladder is done.
    let heavy = ffmpeg(
        "video.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=10:d=4,noise=alls=60:allf=t -f lavfi -i sine=d=4 -c:v libx264 \
         -preset ultrafast -pix_fmt yuv420p -g 20 -b:v 1800k -maxrate 1800k -bufsize 400k -c:a aac",
    );
    run(async |app| {
        let (alice, anonymous) = (app.person("alice").await, app.anonymous());
        let id = id(&upload(&alice, heavy, false).await);
        app.one_job_done().await;
        let bridge = video(&alice, &id).await;
        let master = anonymous.get(bridge["hls"].as_str().unwrap()).await.bytes;
        let mut watched = addresses(&master);
        for playlist in watched.clone() {
            watched.extend(addresses(&anonymous.get(&playlist).await.bytes));
        }
        app.jobs_done().await;
        let full = anonymous.get(video(&alice, &id).await["hls"].as_str().unwrap()).await.bytes;
        let sound_playlists =
            |playlists: &[String]| playlists.iter().filter(|one| addresses(&full).contains(one)).count();
        assert_eq!(sound_playlists(&watched), 1, "all but the sound was replaced: {watched:?}");
        for address in &watched {
            assert_eq!(anonymous.get(address).await.status, 200, "{address}");
            let bare = address.split('?').next().unwrap();
            assert_eq!(anonymous.get(bare).await.status, 404, "the signature is still asked for: {address}");
        }

        app.advance(Duration::from_mins(14));
        assert_eq!(app.app.storage.remove_retired().await.unwrap(), 0);
        app.advance(Duration::from_mins(2));
        assert_eq!(app.app.storage.remove_retired().await.unwrap(), 1);
        let gone: Vec<&String> = watched.iter().filter(|address| !addresses(&full).contains(address)).collect();
        let mut responses = Vec::new();
        for address in gone {
            responses.push(anonymous.get(address).await.status);
        }
        assert!(responses.iter().filter(|status| **status == 404).count() >= 3, "{responses:?}");
        for address in addresses(&full) {
            assert_eq!(anonymous.get(&address).await.status, 200, "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_better_video_takes_the_place_of_the_first_one() {
    run(async |app| {
        let (alice, anonymous) = (app.person("alice").await, app.anonymous());
        let created = upload(&alice, encoded_video(), true).await;
        let source = async |video: &Value| anonymous.get(video["videoFile"].as_str().unwrap()).await;
        assert_eq!(source(&created).await.header("content-type"), "video/x-msvideo");
        app.one_job_done().await;
        let first = video(&alice, &id(&created)).await;
        assert_eq!(
            (source(&first).await.header("content-type"), &first["status"]),
            ("video/mp4", &"processing".into())
        );
        app.jobs_done().await;
        let second = video(&alice, &id(&created)).await;
        assert!(
            source(&second).await.bytes.len() > source(&first).await.bytes.len(),
            "the middle size gave way to the best"
        );
        app.advance(Duration::from_mins(16));
        assert_eq!(app.app.storage.remove_retired().await.unwrap(), 1);
        assert_eq!(source(&first).await.status, 404);
        assert_eq!(source(&second).await.status, 200);
        assert_eq!(source(&created).await.status, 200, "the upload stays where it was");
    })
    .await;
}

#[tokio::test]
async fn deleting_takes_what_was_replaced_along() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&upload(&alice, encoded_video(), true).await);
        app.jobs_done().await;
        let retired = "SELECT COUNT(*) FROM media WHERE retire_at IS NOT NULL AND state = 'live'";
        let (count,): (i64,) = app.app.db.one(retired, vec![]).await.unwrap();
        assert_eq!(count, 1);
        assert_eq!(alice.client.delete(&format!("/api/v1/videos/{id}")).await.status, 200);
        app.media_settles_at(1).await;
    })
    .await;
}
