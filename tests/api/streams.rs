//! From an upload to an adaptive stream: what players are given, and who may have it.

use chaitube::{ObjectKind, args};
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{Client, Person, TestApp, file, id, run, samples};

/// Twelve seconds that players can take as they are, with a key frame every two.
fn copyable_video() -> Vec<u8> {
    samples::ffmpeg(
        "video.mp4",
        "-f lavfi -i testsrc2=s=640x480:r=25:d=12 -f lavfi -i sine=d=12 -c:v libx264 -preset ultrafast -g 50 \
         -b:v 600k -pix_fmt yuv420p -c:a aac -shortest",
    )
}

async fn upload(person: &Person, video: Vec<u8>, is_published: bool) -> Value {
    let form = Form::new()
        .text("title", "Video")
        .text("description", "A video")
        .text("isPublished", is_published.to_string())
        .part("videoFile", file("video.mp4", video));
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    response.data()
}

async fn video(client: &Client, id: &str) -> Value {
    let response = client.get(&format!("/api/v1/videos/{id}")).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.data()
}

async fn text(client: &Client, address: &str, kind: &str) -> String {
    let response = client.get(address).await;
    assert_eq!((response.status, response.header("content-type")), (200, kind), "{address}");
    String::from_utf8(response.bytes).unwrap()
}

/// All addresses in a playlist: lines that are no tags, and quoted ones in tags.
fn addresses(playlist: &str) -> Vec<String> {
    let quoted = playlist.split("URI=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let lines = playlist.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut found: Vec<String> = quoted.chain(lines).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

const HLS: &str = "application/vnd.apple.mpegurl";

/// Every address that is reached from a video's stream: playlists, manifests, tracks and the media they name.
async fn all_addresses(client: &Client, video: &Value) -> Vec<String> {
    let address = |name: &str| video[name].as_str().unwrap_or_else(|| panic!("no {name} in {video}")).to_owned();
    let mut found = vec![address("hls"), address("dash"), address("storyboard"), address("thumbnail")];
    let master = text(client, &address("hls"), HLS).await;
    for playlist in addresses(&master) {
        found.extend(addresses(&text(client, &playlist, HLS).await));
        found.push(playlist);
    }
    let track = text(client, &address("storyboard"), "text/vtt; charset=utf-8").await;
    let sheets = track.lines().filter(|line| line.contains("#xywh="));
    found.extend(sheets.map(|line| line.split('#').next().unwrap().to_owned()));
    let manifest = text(client, &address("dash"), "application/dash+xml").await;
    let bases = manifest.split("<BaseURL>").skip(1).map(|rest| rest.split("</BaseURL>").next().unwrap());
    found.extend(bases.map(|base| base.replace("&amp;", "&")));
    found.sort();
    found.dedup();
    found
}

/// How many caption files are stored.
async fn stored_captions(app: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM media WHERE kind = 'caption' AND state = 'live' AND video_id IS NOT NULL";
    let (count,): (i64,) = app.app.db.one(sql, args![]).await.unwrap();
    count
}

#[tokio::test]
async fn subtitles_in_an_upload_are_kept_and_go_with_the_video() {
    run(async |app| {
        let alice = app.person("alice").await;
        let folder = tempfile::tempdir().unwrap();
        let subtitles = folder.path().join("en.srt");
        std::fs::write(&subtitles, "1\n00:00:00,100 --> 00:00:00,900\nCall me Ishmael.\n").unwrap();
        let streams = "-map 0 -map 1 -map 1 -c:v libx264 -preset ultrafast -c:s srt -metadata:s:s:1 language=ger";
        let arguments = format!("-f lavfi -i testsrc2=s=160x90:d=1 -i {} {streams}", subtitles.display());
        let created = upload(&alice, samples::ffmpeg("video.mkv", &arguments), true).await;
        assert_eq!(app.jobs_done().await, 3);
        let id = id(&created);
        assert_eq!(video(&alice.client, &id).await["status"], "ready");
        let sql = "SELECT captions FROM videos";
        let (captions,): (String,) = app.app.db.one(sql, args![]).await.unwrap();
        let captions: Value = serde_json::from_str(&captions).unwrap();
        assert_eq!((captions[0]["language"].as_str(), captions[1]["language"].as_str()), (None, Some("ger")));
        assert_eq!(stored_captions(app).await, 2);
        for caption in captions.as_array().unwrap() {
            let path = app.object(caption["file"].as_str().unwrap(), ObjectKind::Caption);
            assert!(std::fs::read_to_string(path).unwrap().contains("Call me Ishmael."));
        }
        assert_eq!(alice.client.delete(&format!("/api/v1/videos/{id}")).await.status, 200);
        assert_eq!(stored_captions(app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_upload_becomes_a_stream() {
    run(async |app| {
        let alice = app.person("alice").await;
        let created = upload(&alice, copyable_video(), true).await;
        let id = id(&created);
        assert_eq!((created["status"].as_str(), &created["hls"]), (Some("processing"), &Value::Null));
        assert!(created["placeholder"].as_str().unwrap().len() > 10);
        assert_eq!(app.jobs_done().await, 3);

        let made = video(&alice.client, &id).await;
        assert_eq!(made["status"], "ready", "{made}");
        assert!(made["loudness"].as_f64().unwrap() < 0.0);
        let anonymous = app.anonymous();
        let hls = made["hls"].as_str().unwrap();
        assert_eq!(hls, format!("{}/media/streams/{id}/master.m3u8", app.base));
        let response = anonymous.get(hls).await;
        assert_eq!(response.header("cache-control"), "public, max-age=30");
        let master = String::from_utf8(response.bytes).unwrap();
        assert!(master.contains("RESOLUTION=640x480") && master.contains("RESOLUTION=320x240"), "{master}");
        assert!(master.contains("CODECS=\"avc1.") && master.contains("mp4a.40.2"), "{master}");
        let head = anonymous.head(hls).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));

        for address in all_addresses(&anonymous, &made).await {
            assert!(!address.contains("signature="), "{address}");
            assert_eq!(anonymous.get(&address).await.status, 200, "{address}");
        }
        plays_with_ffmpeg(app, hls).await;
    })
    .await;
}

/// A player that is not ours reads the whole stream without a complaint.
async fn plays_with_ffmpeg(app: &TestApp, hls: &str) {
    let output = tokio::process::Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i", hls, "-map", "0:v:0", "-map", "0:a:0", "-f", "framecrc", "-"])
        .current_dir(app.folder.path())
        .output()
        .await
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let frames = String::from_utf8(output.stdout).unwrap().lines().filter(|line| line.starts_with("0,")).count();
    assert_eq!(frames, 300);
}

#[tokio::test]
async fn videos_that_players_cannot_take_are_encoded() {
    let shapes = [
        ("portrait.webm", "-f lavfi -i testsrc2=s=180x320:r=30:d=3 -c:v libvpx -deadline realtime -b:v 300k"),
        ("odd.mp4", "-f lavfi -i testsrc2=s=334x186:r=25:d=3 -c:v mpeg4 -q:v 5"),
        (
            "many.mkv",
            "-f lavfi -i testsrc2=s=160x90:r=25:d=3 -f lavfi -i anoisesrc=d=3:a=0.1 -c:v libx264 -preset ultrafast \
             -pix_fmt yuv444p -c:a libvorbis -ac 2",
        ),
    ];
    run(async |app| {
        let alice = app.person("alice").await;
        for (name, options) in shapes {
            let created = upload(&alice, samples::ffmpeg(name, options), true).await;
            app.jobs_done().await;
            let made = video(&alice.client, &id(&created)).await;
            assert_eq!(made["status"], "ready", "{name}: {made}");
            let master = text(&alice.client, made["hls"].as_str().unwrap(), HLS).await;
            assert!(master.contains("CODECS=\"avc1.64"), "{name}: {master}");
        }
    })
    .await;
}

#[tokio::test]
async fn t01_every_part_of_a_hidden_stream_needs_its_own_signature() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let hidden = id(&upload(&alice, copyable_video(), false).await);
        let other = id(&upload(&bob, samples::video_file(), false).await);
        app.jobs_done().await;
        let anonymous = app.anonymous();
        let seen = video(&alice.client, &hidden).await;
        let foreign = video(&bob.client, &other).await;
        let foreign_query = foreign["hls"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
        let parts = all_addresses(&anonymous, &seen).await;
        assert!(parts.len() > 10, "{parts:?}");
        for address in &parts {
            let (bare, query) = address.split_once('?').unwrap_or_else(|| panic!("{address} is not signed"));
            let response = anonymous.get(address).await;
            assert_eq!((response.status, response.header("cache-control")), (200, "private, no-store"), "{address}");
            let forged = query.replace("signature=", "signature=A");
            for wrong in [bare.to_owned(), format!("{bare}?{foreign_query}"), format!("{bare}?{forged}")] {
                for client in [&anonymous, &bob.client, &alice.client] {
                    assert_eq!(client.get(&wrong).await.status, 404, "{wrong}");
                    assert_eq!(client.head(&wrong).await.status, 404, "{wrong}");
                }
            }
        }

        // What a playlist names expires with the address it was read by.
        app.advance(std::time::Duration::from_hours(7));
        for address in &parts {
            assert_eq!(anonymous.get(address).await.status, 404, "{address}");
        }

        // Publishing opens everything at once, and hiding closes it.
        let toggle = format!("/api/v1/videos/toggle/publish/{hidden}");
        assert_eq!(alice.client.bare("PATCH", &toggle).await.status, 200);
        let public = all_addresses(&anonymous, &video(&anonymous, &hidden).await).await;
        assert_eq!(public.len(), parts.len());
        assert_eq!(alice.client.bare("PATCH", &toggle).await.status, 200);
        for address in &public {
            assert_eq!(anonymous.get(address).await.status, 404, "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn t02_a_playlist_is_never_looked_for_by_its_name() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&upload(&alice, samples::video_file(), true).await);
        app.jobs_done().await;
        let names =
            ["x.m3u8", "..%2fmaster.m3u8", "%2e%2e%2f%2e%2e%2fchaitube.db", "-keys.m3u8", ".m3u8", "master.mpd", "%00"];
        for name in names {
            let status = app.anonymous().get(&format!("/media/streams/{id}/{name}")).await.status;
            assert!([400, 404].contains(&status), "{name}: {status}");
        }
        assert_eq!(app.anonymous().get("/media/streams/nonsense/master.m3u8").await.status, 400);
        assert_eq!(app.anonymous().get("/media/streams/65a53f2e8c1b4a0012ab34cd/master.m3u8").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_candidate_becomes_the_thumbnail() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let created = upload(&alice, copyable_video(), true).await;
        let path = format!("/api/v1/videos/{}", id(&created));
        let early = alice.client.patch(&path, json!({ "thumbnailCandidate": 0 })).await;
        assert_eq!(early.status, 400, "{early:?}");
        app.jobs_done().await;
        let seen = video(&alice.client, &id(&created)).await;
        let candidates: Vec<Value> = seen["thumbnailCandidates"].as_array().unwrap().clone();
        assert_eq!(candidates.len(), 3);
        assert_eq!(video(&bob.client, &id(&created)).await["thumbnailCandidates"], json!([]));

        let chosen = alice.client.patch(&path, json!({ "thumbnailCandidate": 2 })).await;
        assert_eq!(chosen.data()["thumbnail"], candidates[2]);
        // The one that was taken at first is gone, the candidates can still be chosen.
        assert_eq!(app.anonymous().get(created["thumbnail"].as_str().unwrap()).await.status, 404);
        let form = Form::new().text("thumbnailCandidate", "1");
        let chosen = alice.client.multipart("PATCH", &path, form).await;
        assert_eq!(chosen.data()["thumbnail"], candidates[1]);
        let form = Form::new().part("thumbnail", file("t.png", samples::png(64, 36)));
        assert_eq!(alice.client.multipart("PATCH", &path, form).await.status, 200);
        for candidate in &candidates {
            assert_eq!(app.anonymous().get(candidate.as_str().unwrap()).await.status, 200);
        }
        for wrong in [json!(3), json!(-1), json!("two"), json!(1.5)] {
            let response = alice.client.patch(&path, json!({ "thumbnailCandidate": wrong })).await;
            assert_eq!(response.status, 400, "{wrong}");
        }
        let stranger = bob.client.patch(&path, json!({ "thumbnailCandidate": 0 })).await;
        assert_eq!(stranger.status, 403);
    })
    .await;
}
