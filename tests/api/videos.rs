//! Publishing videos: what is accepted, what is refused, and what is stored.

use chaitube::args;
use image::GenericImageView as _;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::samples::{ffmpeg, png, video_file, video_of};
use crate::harness::{Person, Response, TestApp, file, run, run_with, video_form};

const CREATE: &str = "/api/v1/videos";

async fn create(person: &Person, form: Form) -> Response {
    person.client.multipart("POST", CREATE, form).await
}

/// How many objects the ledger knows.
async fn objects(app: &TestApp) -> i64 {
    app.app.db.one::<(i64,)>("SELECT COUNT(*) FROM media", args![]).await.unwrap().0
}

fn field_faults(response: &Response) -> Vec<&str> {
    response.body["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_video_becomes_a_published_video() {
    run(async |app| {
        let alice = app.person("alice").await;
        let response = create(&alice, video_form("  How tea is made \n")).await;
        assert_eq!((response.status, response.message()), (201, "Video published successfully"));
        let video = response.data();
        assert_eq!(video["title"], "How tea is made");
        assert_eq!(video["description"], "All about   How tea is made");
        assert_eq!(video["owner"], alice.id.as_str());
        assert_eq!(
            (&video["views"], &video["isPublished"], &video["status"]),
            (&json!(0), &json!(true), &json!("processing"))
        );
        assert_eq!((&video["width"], &video["height"]), (&json!(160), &json!(90)));
        assert_eq!((&video["hls"], &video["storyboard"]), (&Value::Null, &Value::Null));
        assert!((0.9..1.2).contains(&video["duration"].as_f64().unwrap()), "{video}");
        assert_eq!(video["createdAt"], "2026-01-15T12:00:00.000Z");
        assert_eq!(video["updatedAt"], video["createdAt"]);
        let stored = app.anonymous().get(video["videoFile"].as_str().unwrap()).await;
        assert_eq!((stored.status, stored.bytes), (200, video_file()));
    })
    .await;
}

#[tokio::test]
async fn the_parts_of_an_upload_may_come_in_any_order() {
    run(async |app| {
        let alice = app.person("alice").await;
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            let mut form = Form::new();
            for part in order {
                form = match part {
                    0 => form.part("videoFile", file("video.mp4", video_file())),
                    1 => form.text("title", "Tea"),
                    2 => form.part("thumbnail", file("thumb.png", png(32, 18))),
                    _ => form.text("description", "In any order").text("unknown", "is ignored"),
                };
            }
            let response = create(&alice, form).await;
            assert_eq!(response.status, 201, "{order:?}: {response:?}");
            assert_eq!(response.data()["title"], "Tea");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_is_kept() {
    run(async |app| {
        let alice = app.person("alice").await;
        let before = objects(app).await;
        let video_part = || file("video.mp4", video_file());
        let texts = |title: &str, description: &str| {
            Form::new().text("title", title.to_owned()).text("description", description.to_owned())
        };
        for (form, fields) in [
            (Form::new().part("videoFile", video_part()), vec!["title", "description"]),
            (Form::new().text("title", "Tea").part("videoFile", video_part()), vec!["description"]),
            (Form::new().text("description", "Tea").part("videoFile", video_part()), vec!["title"]),
            (texts(" \t\n", "Tea").part("videoFile", video_part()), vec!["title"]),
            (texts("Tea", "").part("videoFile", video_part()), vec!["description"]),
            (texts("\u{0}", "Tea").part("videoFile", video_part()), vec!["title"]),
        ] {
            let response = create(&alice, form).await;
            assert_eq!((response.status, response.message()), (400, "Title and description are required"));
            assert_eq!(field_faults(&response), fields);
        }
        for form in [
            texts("Tea", "Tea"),
            texts("Tea", "Tea").part("videoFile", file("video.mp4", Vec::new())),
            texts("Tea", "Tea").part("thumbnail", file("thumb.png", png(8, 8))),
        ] {
            let response = create(&alice, form).await;
            assert_eq!((response.status, response.message()), (400, "Video file is required"));
        }
        let response = alice.client.post(CREATE, json!({ "title": "Tea", "description": "Tea" })).await;
        assert_eq!((response.status, response.message()), (400, "Video file is required"));
        app.media_settles_at(before).await;
        assert_eq!(app.anonymous().get(CREATE).await.data()["totalDocs"], 0);
    })
    .await;
}

#[tokio::test]
async fn parts_that_do_not_belong_there_are_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        let before = objects(app).await;
        for (form, field) in [
            (video_form("Tea").part("subtitles", file("s.vtt", b"WEBVTT".to_vec())), "subtitles"),
            (video_form("Tea").part("videoFile", file("again.mp4", video_file())), "videoFile"),
            (video_form("Tea").part("title", file("title.txt", b"Tea".to_vec())), "title"),
            (video_form("Tea").text("isPublished", "maybe"), "isPublished"),
            (video_form("Tea").part("thumbnail", file("t.png", video_file())), "thumbnail"),
            (
                video_form("Tea")
                    .part("thumbnail", file("t.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec())),
                "thumbnail",
            ),
        ] {
            let response = create(&alice, form).await;
            assert_eq!(response.status, 400, "{field}: {response:?}");
            assert_eq!(field_faults(&response), [field], "{response:?}");
        }
        app.media_settles_at(before).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_a_video_is_refused_whatever_it_is_called() {
    run(async |app| {
        let alice = app.person("alice").await;
        let before = objects(app).await;
        let subtitles = b"1\n00:00:00,000 --> 00:00:01,000\nTea\n".to_vec();
        let animation = ffmpeg("video.gif", "-f lavfi -i testsrc2=s=64x48:r=5:d=1");
        let (text, picture) = (b"just words".to_vec(), png(64, 64));
        for (what, bytes) in
            [("text", text), ("a picture", picture), ("subtitles", subtitles), ("an animation", animation)]
        {
            let part = Part::bytes(bytes).file_name("video.mp4").mime_str("video/mp4").unwrap();
            let form = Form::new().text("title", "Tea").text("description", "Tea").part("videoFile", part);
            let response = create(&alice, form).await;
            assert_eq!((response.status, field_faults(&response)), (400, vec!["videoFile"]), "{what}: {response:?}");
        }
        app.media_settles_at(before).await;
    })
    .await;
}

#[tokio::test]
async fn an_upload_can_stay_private() {
    run(async |app| {
        let alice = app.person("alice").await;
        for (text, is_published) in [("false", false), ("False", false), (" false ", false), ("true", true)] {
            let response = create(&alice, video_form("Tea").text("isPublished", text)).await;
            assert_eq!(response.data()["isPublished"], is_published, "{text}");
        }
        assert_eq!(app.anonymous().get(CREATE).await.data()["totalDocs"], 1);
        let stats = alice.client.get("/api/v1/dashboard/stats").await;
        assert_eq!(stats.data()["totalVideos"], 4);
    })
    .await;
}

#[tokio::test]
async fn a_video_of_several_mebibytes_is_accepted() {
    run(async |app| {
        let alice = app.person("alice").await;
        let bytes = video_of(5 * 1024 * 1024);
        let form = Form::new().text("title", "Long").text("description", "Long");
        let response = create(&alice, form.part("videoFile", file("video.mp4", bytes.clone()))).await;
        assert_eq!(response.status, 201, "{response:?}");
        let stored = app.anonymous().get(response.data()["videoFile"].as_str().unwrap()).await;
        assert!(stored.bytes == bytes, "the video came back changed");
    })
    .await;
}

#[tokio::test]
async fn a_video_may_be_exactly_as_large_as_allowed() {
    let most = video_file().len() + 1000;
    run_with(&[("MAX_VIDEO_SIZE", &most.to_string()), ("MAX_IMAGE_SIZE", "2KiB")], async |app| {
        // The limit for images holds for avatars, too.
        let alice = app.person("alice").await;
        let before = objects(app).await;
        let form = |bytes: usize| {
            Form::new()
                .text("title", "Tea")
                .text("description", "Tea")
                .part("videoFile", file("f.mp4", video_of(bytes)))
        };
        assert_eq!(create(&alice, form(most)).await.status, 201);
        let after = objects(app).await;
        assert_eq!(after, before + 2);
        for bytes in [most + 1, most + 1_000_000] {
            let response = create(&alice, form(bytes)).await;
            assert_eq!(response.status, 413, "{response:?}");
            assert!(response.message().contains("larger than"), "{response:?}");
        }
        // Without a length at the start, the bytes are counted as they come.
        let pieces = video_of(most + 200_000)
            .chunks(50_000)
            .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
            .collect::<Vec<_>>();
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let endless = Form::new()
            .text("title", "Tea")
            .text("description", "Tea")
            .part("videoFile", Part::stream(body).file_name("f.mp4"));
        assert_eq!(create(&alice, endless).await.status, 413);
        let thumbnail = video_form("Tea").part("thumbnail", file("t.png", png(400, 400)));
        assert_eq!(create(&alice, thumbnail).await.status, 413);
        app.media_settles_at(after).await;
    })
    .await;
}

#[tokio::test]
async fn a_thumbnail_is_taken_out_of_the_video_when_none_is_sent() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let response = app.anonymous().get(video["thumbnail"].as_str().unwrap()).await;
        assert_eq!((response.status, response.header("content-type")), (200, "image/jpeg"));
        let picture = image::load_from_memory(&response.bytes).unwrap();
        assert_eq!(picture.dimensions(), (160, 90));
        let first = picture.get_pixel(0, 0);
        assert!(picture.pixels().any(|(_, _, pixel)| pixel.0[0].abs_diff(first.0[0]) > 50), "it shows nothing");
    })
    .await;
}

#[tokio::test]
async fn a_thumbnail_is_written_anew_in_a_sensible_size() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut secret = png(2000, 1000);
        secret.extend(b"GPS 52.5 13.4");
        let response = create(&alice, video_form("Tea").part("thumbnail", file("t.html", secret))).await;
        let response = app.anonymous().get(response.data()["thumbnail"].as_str().unwrap()).await;
        assert_eq!((response.status, response.header("content-type")), (200, "image/jpeg"));
        assert_eq!(image::load_from_memory(&response.bytes).unwrap().dimensions(), (1280, 640));
        assert!(!response.bytes.windows(3).any(|bytes| bytes == b"GPS"));
    })
    .await;
}
