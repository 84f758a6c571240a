//! `MEDIA_DELIVERY=redirect`: players read videos from the bucket, after the server has decided.

use std::time::Duration;

use chaitube::ObjectKind;
use serde_json::json;

use crate::harness::bucket::Bucket;
use crate::harness::{Client, Server, TestApp, id, run_on, samples};

const REDIRECTED: (&str, &str) = ("MEDIA_DELIVERY", "redirect");

async fn redirected(settings: &[(&str, &str)], test: impl AsyncFnOnce(&TestApp, &Bucket)) {
    let bucket = Bucket::start().await;
    let server = Server { bucket: Some(&bucket), settings, ..Server::default() };
    run_on(server, async |app| test(app, &bucket).await).await;
}

/// Reads an address outside of the server.
async fn fetch(address: &str, range: Option<&str>) -> (u16, Vec<u8>) {
    let request = reqwest::Client::new().get(address);
    let request = range.into_iter().fold(request, |request, range| request.header("range", range));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

/// Where a request is led to, and how long the address lives.
async fn led_to(client: &Client, address: &str, cache: &str) -> (String, u64) {
    let response = client.get(address).await;
    assert_eq!((response.status, response.header("cache-control")), (307, cache), "{response:?}");
    let location = response.header("location").to_owned();
    let url = url::Url::parse(&location).unwrap();
    let lives = url.query_pairs().find(|(name, _)| name == "X-Amz-Expires").unwrap().1.parse().unwrap();
    (location, lives)
}

#[tokio::test]
async fn t01_videos_are_read_from_the_bucket_only_after_the_decision() {
    redirected(&[REDIRECTED], async |app, bucket| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let source = samples::video_file();
        let (address, anonymous) = (video["videoFile"].as_str().unwrap(), app.anonymous());
        let (location, lives) = led_to(&anonymous, address, "public, max-age=300").await;
        assert!(location.starts_with(bucket.endpoint()) && lives == 600, "{location}");
        assert_eq!(fetch(&location, None).await, (200, source.clone()));
        assert_eq!(fetch(&location, Some("bytes=10-19")).await, (206, source[10..20].to_vec()));
        let forged = location.replace("X-Amz-Expires=600", "X-Amz-Expires=6000");
        assert_eq!(fetch(&forged, None).await.0, 403);
        // The server answers what needs no bytes.
        let head = anonymous.ask("HEAD", address, &[]).await;
        assert_eq!((head.status, head.header("content-length")), (200, source.len().to_string().as_str()));
        let known = [("if-none-match", head.header("etag"))];
        assert_eq!(anonymous.ask("GET", address, &known).await.status, 304);
        // What is small comes from the server.
        assert_eq!(anonymous.get(video["thumbnail"].as_str().unwrap()).await.status, 200);

        let path = format!("/api/v1/videos/{}", id(&video));
        let original = led_to(&alice.client, &format!("{path}/original"), "private, no-store").await;
        assert_eq!(fetch(&original.0, None).await, (200, source.clone()));
        assert!(original.0.contains("attachment"), "{original:?}");

        alice
            .client
            .patch(&format!("/api/v1/videos/toggle/publish/{}", id(&video)), json!({}))
            .await
            .expect_status(200);
        anonymous.get(address).await.expect(404, "Media not found");
        let signed = alice.client.get(&path).await.data()["videoFile"].as_str().unwrap().to_owned();
        let (location, lives) = led_to(&anonymous, &signed, "private, no-store").await;
        assert_eq!((fetch(&location, None).await.0, lives), (200, 600));
        // No address lives longer than the signature through which it was found.
        app.advance(Duration::from_hours(6));
        assert!(led_to(&anonymous, &signed, "private, no-store").await.1 <= 600);
        app.advance(Duration::from_hours(1));
        anonymous.get(&signed).await.expect(404, "Media not found");
    })
    .await;
}

#[tokio::test]
async fn playlists_name_the_addresses_in_the_bucket() {
    redirected(&[REDIRECTED], async |app, bucket| {
        let alice = app.person("alice").await;
        let video = id(&alice.hidden_video("Tea").await);
        app.jobs_done().await;
        let ready = alice.client.get(&format!("/api/v1/videos/{video}")).await.data();
        let anonymous = app.anonymous();
        let text = async |address: &str| String::from_utf8(anonymous.get(address).await.bytes).unwrap();
        let master = text(ready["hls"].as_str().unwrap()).await;
        let playlist = text(master.lines().find(|line| line.starts_with("http")).unwrap()).await;
        let segment = playlist.lines().find(|line| line.starts_with("http")).unwrap();
        assert!(segment.starts_with(bucket.endpoint()) && segment.contains("X-Amz-Signature="), "{playlist}");
        assert_eq!(fetch(segment, Some("bytes=0-7")).await.0, 206);
        // Some players take no segments without one.
        assert!(segment.contains(".mp4?"), "{segment}");
        let manifest = text(ready["dash"].as_str().unwrap()).await;
        assert!(manifest.contains(bucket.endpoint()), "{manifest}");
    })
    .await;
}

#[tokio::test]
async fn public_videos_are_read_from_the_cdn_and_hidden_ones_are_not() {
    let cdn = ("MEDIA_CDN_URL", "https://cdn.example.org/tube/");
    redirected(&[REDIRECTED, cdn], async |app, bucket| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let name = video["videoFile"].as_str().unwrap().rsplit('/').next().unwrap();
        let response = app.anonymous().get(video["videoFile"].as_str().unwrap()).await;
        let path = app.object(name, ObjectKind::Video);
        let path = path.strip_prefix(&app.media_root).unwrap().display().to_string();
        assert_eq!(
            (response.status, response.header("location")),
            (307, format!("https://cdn.example.org/tube/{path}").as_str())
        );
        let hidden = alice.hidden_video("Secret").await;
        let location = led_to(&alice.client, hidden["videoFile"].as_str().unwrap(), "private, no-store").await.0;
        assert!(location.starts_with(bucket.endpoint()), "{location}");
        // The page may play both.
        let page = app.anonymous().get("/").await;
        let policy = page.header("content-security-policy");
        let videos = format!("{} https://cdn.example.org {};", app.base, bucket.endpoint());
        assert!(policy.contains(&format!("media-src 'self' blob: {videos}")), "{policy}");
        assert!(policy.contains(&format!("connect-src 'self' {videos}")), "{policy}");
    })
    .await;
}
