//! Resumable uploads: the protocol, its failures, and the video that is made in the end.

use std::time::Duration;

use chaitube::{ObjectKind, args, expire_uploads};
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{Person, TestApp, file, id, run, run_with, samples, tus, video_form};

const DAY: Duration = Duration::from_hours(24);

/// What the store has of an upload.
async fn stored(app: &TestApp, upload: &str) -> Vec<u8> {
    let id: chaitube::UploadId = upload.parse().unwrap();
    let (name,): (String,) = app.app.db.one("SELECT media FROM uploads WHERE id = $1", args![id]).await.unwrap();
    std::fs::read(app.object(&name, ObjectKind::Video)).unwrap()
}

async fn publish(person: &Person, upload: &str, title: &str) -> crate::harness::Response {
    let body = json!({ "title": title, "description": "d", "uploadId": upload });
    person.client.post("/api/v1/videos", body).await
}

#[tokio::test]
async fn a_video_comes_in_pieces_and_becomes_a_video() {
    run(async |app| {
        let alice = app.person("alice").await;
        let source = samples::video_of(300_000);
        let address = tus::begin(&alice.client, source.len()).await;
        let mut at = 0;
        for piece in source.chunks(70_001) {
            assert_eq!(tus::offset(&alice.client, &address).await, at);
            let response = tus::send(&alice.client, &address, at, piece, &[]).await;
            at += piece.len();
            assert_eq!((response.status, response.header("upload-offset")), (204, at.to_string().as_str()));
            assert!(!response.header("upload-expires").is_empty());
        }
        let upload = alice.client.get(&address).await.expect_status(200);
        assert_eq!(
            (&upload["state"], &upload["offset"], &upload["length"]),
            (&json!("complete"), &at.into(), &at.into())
        );
        let response = publish(&alice, &tus::id(&address), "Tea").await;
        let video = response.expect(201, "Video published successfully").data();
        let read = app.anonymous().get(video["videoFile"].as_str().unwrap()).await;
        assert!(read.bytes == source, "{video}");
        assert_eq!(read.header("content-type"), "video/mp4");
        app.jobs_done().await;
        let watched = alice.client.get(&format!("/api/v1/videos/{}", id(&video))).await.data();
        assert_eq!(watched["status"], "ready");
        // The upload is done with: it is in no list, cannot be changed, and goes with its video.
        assert_eq!(alice.client.get("/api/v1/uploads").await.data(), json!([]));
        tus::ask(&alice.client, "DELETE", &address, &[]).await.expect_status(409);
        alice.client.bare("DELETE", &format!("/api/v1/videos/{}", id(&video))).await.expect_status(200);
        tus::ask(&alice.client, "GET", &address, &[]).await.expect(404, "Upload not found");
    })
    .await;
}

#[tokio::test]
async fn of_an_upload_one_video_is_made_however_often_that_is_asked() {
    run(async |app| {
        let alice = app.person("alice").await;
        let upload = tus::whole(&alice.client, &samples::video_file()).await;
        let asked = (0..6).map(|_| publish(&alice, &upload, "Tea"));
        let mut responses = futures_util::future::join_all(asked).await;
        responses.push(publish(&alice, &upload, "Another title").await);
        let ids: std::collections::BTreeSet<String> = responses.iter().map(|response| id(&response.data())).collect();
        assert_eq!(ids.len(), 1, "{responses:?}");
        let mut statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 201]);
        responses.last().unwrap().expect(200, "Video published before");
        let videos = alice.client.get("/api/v1/dashboard/videos").await.data();
        assert_eq!((videos.as_array().unwrap().len(), &videos[0]["title"]), (1, &json!("Tea")));
    })
    .await;
}

#[tokio::test]
async fn a_form_may_name_an_upload_and_bring_a_picture() {
    run(async |app| {
        let alice = app.person("alice").await;
        let upload = tus::whole(&alice.client, &samples::video_file()).await;
        let form = || Form::new().text("title", "Tea").text("description", "d").text("uploadId", upload.clone());
        let both = form().part("videoFile", file("video.mp4", samples::video_file()));
        let response = alice.client.multipart("POST", "/api/v1/videos", both).await;
        response.expect(400, "Send either videoFile or uploadId, not both");
        let form = form().part("thumbnail", file("p.png", samples::png(320, 180)));
        alice.client.multipart("POST", "/api/v1/videos", form).await.expect_status(201);
    })
    .await;
}

#[tokio::test]
async fn a_video_needs_a_complete_upload_of_its_owners() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = samples::video_file();
        let address = tus::begin(&alice.client, video.len()).await;
        tus::send(&alice.client, &address, 0, &video[..1500], &[]).await;
        let upload = tus::id(&address);
        let response = publish(&alice, &upload, "Tea").await;
        let wanted = format!("The upload is incomplete: 1 KiB of {} KiB received", video.len() / 1024);
        response.expect(409, &wanted);
        publish(&bob, &upload, "Tea").await.expect(404, "Upload not found");
        publish(&alice, "nonsense", "Tea").await.expect(400, "Invalid upload id");
        publish(&alice, "ffffffffffffffffffffffff", "Tea").await.expect(404, "Upload not found");
        for method in ["GET", "DELETE"] {
            tus::ask(&bob.client, method, &address, &[]).await.expect(404, "Upload not found");
        }
        assert_eq!(tus::send(&bob.client, &address, 1500, &video[1500..], &[]).await.status, 404);
        tus::ask(&alice.client, "DELETE", &address, &[]).await;
        publish(&alice, &upload, "Tea").await.expect(410, "This upload is gone: it was cancelled. Start a new one.");
    })
    .await;
}

#[tokio::test]
async fn the_server_says_what_it_can_do() {
    run_with(&[("MAX_VIDEO_SIZE", "5MiB")], async |app| {
        for path in ["/api/v1/uploads", "/api/v1/uploads/"] {
            let response = app.anonymous().ask("OPTIONS", path, &[]).await;
            assert_eq!(response.status, 204);
            for (name, value) in [
                ("tus-resumable", "1.0.0"),
                ("tus-version", "1.0.0"),
                ("tus-extension", "creation,creation-with-upload,termination,expiration,checksum"),
                ("tus-max-size", "5242880"),
                ("tus-checksum-algorithm", "sha1,sha256"),
            ] {
                assert_eq!(response.header(name), value, "{name}");
            }
        }
        // A preflight is still one, and pages of other origins may read what the client needs.
        let origin = ("origin", "http://localhost:5173");
        let preflight = app
            .anonymous()
            .ask("OPTIONS", "/api/v1/uploads", &[origin, ("access-control-request-method", "PATCH")])
            .await;
        assert_eq!(preflight.status, 204);
        assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
        let alice = app.person("alice").await;
        let response = tus::ask(&alice.client, "POST", "/api/v1/uploads", &[origin, ("upload-length", "9")]).await;
        let exposed = response.header("access-control-expose-headers").to_lowercase();
        assert!(["location", "upload-offset", "tus-resumable"].iter().all(|name| exposed.contains(name)), "{exposed}");
    })
    .await;
}

#[tokio::test]
async fn an_upload_may_begin_with_its_first_piece_and_say_what_it_is() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_file();
        let request = alice
            .client
            .request("POST", "/api/v1/uploads")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", video.len())
            .header("upload-metadata", "filename 4piVIDxiPi5tcDQ=,filetype dmlkZW8vbXA0")
            .header("content-type", tus::PIECE)
            .body(video[..2000].to_vec());
        let response = alice.client.send(request).await;
        assert_eq!((response.status, response.header("upload-offset")), (201, "2000"));
        let listed = alice.client.get("/api/v1/uploads").await.data();
        assert_eq!(listed[0]["fileName"], "☕ <b>.mp4");
        assert_eq!((&listed[0]["fileType"], &listed[0]["offset"]), (&json!("video/mp4"), &json!(2000)));
        let address = response.header("location").to_owned();
        let head = tus::ask(&alice.client, "HEAD", &address, &[]).await;
        assert_eq!(head.header("upload-metadata"), "filename 4piVIDxiPi5tcDQ=,filetype dmlkZW8vbXA0");
        assert_eq!(tus::send(&alice.client, &address, 2000, &video[2000..], &[]).await.status, 204);
        assert!(stored(app, &tus::id(&address)).await == video);
    })
    .await;
}

#[tokio::test]
async fn a_piece_with_a_checksum_counts_when_it_is_right() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_file();
        let address = tus::begin(&alice.client, video.len()).await;
        for wrong in ["sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256 AAAA"] {
            let response = tus::send(&alice.client, &address, 0, b"other bytes", &[("upload-checksum", wrong)]).await;
            response.expect(460, "Checksum mismatch. Send the chunk again.");
            assert_eq!(tus::offset(&alice.client, &address).await, 0);
        }
        for (wrong, message) in [
            ("md5 AAAA", "The checksum algorithm must be sha1 or sha256"),
            ("sha1 !", "The checksum is not valid base64"),
        ] {
            let response = tus::send(&alice.client, &address, 0, b"x", &[("upload-checksum", wrong)]).await;
            response.expect(400, message);
        }
        // Cut off in the middle, nothing of it counts.
        let digest = |bytes: &[u8]| {
            use base64::Engine;
            use sha2::Digest;
            format!("sha256 {}", base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(bytes)))
        };
        let response = tus::send(&alice.client, &address, 0, &video, &[("upload-checksum", &digest(&video))]).await;
        assert_eq!(response.status, 204);
        // What was written before, and did not count, is written over.
        assert!(stored(app, &tus::id(&address)).await == video);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_tus_is_told_so_and_changes_nothing() {
    run_with(&[("MAX_VIDEO_SIZE", "1MiB")], async |app| {
        let alice = app.person("alice").await;
        let client = &alice.client;
        let create = async |headers: &[(&str, &str)]| client.ask("POST", "/api/v1/uploads", headers).await;
        let version = ("tus-resumable", "1.0.0");
        let response = create(&[("upload-length", "10")]).await;
        assert_eq!((response.status, response.header("tus-version")), (412, "1.0.0"));
        assert_eq!(create(&[("tus-resumable", "0.2.2"), ("upload-length", "10")]).await.status, 412);
        for length in ["", "-1", "ten", "1.5"] {
            let response = create(&[version, ("upload-length", length)]).await;
            response.expect(400, "The header upload-length must be a number of bytes");
        }
        create(&[version, ("upload-length", "0")]).await.expect(400, "The file is empty");
        create(&[version, ("upload-defer-length", "1")]).await.expect_status(400);
        create(&[version, ("upload-length", "9"), ("upload-metadata", "filename %")]).await.expect_status(400);
        create(&[version, ("upload-length", "1048577")])
            .await
            .expect(413, "The video is larger than the limit of 1 MiB");
        assert_eq!(client.get("/api/v1/uploads").await.data(), json!([]));

        let address = tus::begin(client, 10).await;
        let piece = |headers: &[(&'static str, &'static str)], body: &'static str| {
            let request = client.request("PATCH", &address).body(body);
            client.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
        };
        let (kind, start) = (("content-type", tus::PIECE), ("upload-offset", "0"));
        assert_eq!(piece(&[kind, start], "x").await.status, 412);
        assert_eq!(piece(&[version, start, ("content-type", "video/mp4")], "x").await.status, 415);
        piece(&[version, kind], "x").await.expect_status(400);
        piece(&[version, kind, ("upload-offset", "1")], "x").await.expect(409, "Offset mismatch: expected 0, got 1");
        piece(&[version, kind, start], "12345678901").await.expect(413, "The upload is larger than the limit of 10 B");
        assert_eq!(client.ask("DELETE", &address, &[]).await.status, 412);
        assert_eq!(tus::offset(client, &address).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_client_without_patch_says_in_a_header_what_it_means() {
    run(async |app| {
        let alice = app.person("alice").await;
        let address = tus::begin(&alice.client, 10).await;
        let request = alice
            .client
            .request("POST", &address)
            .header("x-http-method-override", "PATCH")
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", 0)
            .header("content-type", tus::PIECE)
            .body("12345");
        let response = reqwest::Client::new().execute(request.build().unwrap()).await.unwrap();
        assert_eq!((response.status().as_u16(), tus::offset(&alice.client, &address).await), (204, 5));
        let request = alice.client.request("POST", &address).header("x-http-method-override", "DELETE");
        let request = request.header("tus-resumable", "1.0.0").build().unwrap();
        assert_eq!(reqwest::Client::new().execute(request).await.unwrap().status(), 204);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_video_is_refused_at_its_beginning() {
    run(async |app| {
        let alice = app.person("alice").await;
        let address = tus::begin(&alice.client, 1_000_000).await;
        let response = tus::send(&alice.client, &address, 0, &samples::noise(100_000), &[]).await;
        assert_eq!(
            (response.status, response.body["errors"][0]["field"].as_str()),
            (400, Some("videoFile")),
            "{response:?}"
        );
        tus::ask(&alice.client, "GET", &address, &[]).await.expect_status(410);
        app.media_settles_at(1).await;
        // So is what only looks like one, and it is told why whenever it is asked for.
        let torn = [&samples::video_file()[..40], &samples::noise(20_000)].concat();
        let upload = tus::whole(&alice.client, &torn).await;
        let refused = publish(&alice, &upload, "Tea").await;
        assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (400, Some("videoFile")));
        let message = format!("This upload is gone: {}", refused.message());
        publish(&alice, &upload, "Tea").await.expect(410, &message);
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn a_first_piece_that_fails_leaves_no_upload() {
    run(async |app| {
        let alice = app.person("alice").await;
        let request = alice
            .client
            .request("POST", "/api/v1/uploads")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", 1_000_000)
            .header("upload-checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .header("content-type", tus::PIECE)
            .body(vec![0; 1000]);
        assert_eq!(alice.client.send(request).await.status, 460);
        app.media_settles_at(1).await;
        assert_eq!(alice.client.get("/api/v1/uploads").await.data(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn uploads_that_are_left_alone_expire_and_are_remembered_for_a_week() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_file();
        let address = tus::begin(&alice.client, video.len()).await;
        let complete = tus::whole(&alice.client, &video).await;
        app.advance(Duration::from_mins(24 * 60 - 1));
        assert_eq!(expire_uploads(&app.app).await.unwrap(), 0);
        // Going on with one keeps it.
        assert_eq!(tus::send(&alice.client, &address, 0, &video[..100], &[]).await.status, 204);
        app.advance(Duration::from_mins(1));
        assert_eq!(expire_uploads(&app.app).await.unwrap(), 1);
        let alice = app.login("alice").await;
        publish(&alice, &complete, "Tea").await.expect_status(410);
        app.advance(DAY);
        assert_eq!(expire_uploads(&app.app).await.unwrap(), 1);
        let message = "This upload is gone: it expired. Start a new one.";
        let alice = app.login("alice").await;
        tus::ask(&alice.client, "GET", &address, &[]).await.expect(410, message);
        assert_eq!(tus::ask(&alice.client, "HEAD", &address, &[]).await.status, 410);
        tus::send(&alice.client, &address, 100, &video[100..], &[]).await.expect(410, message);
        app.media_settles_at(1).await;
        app.advance(8 * DAY);
        expire_uploads(&app.app).await.unwrap();
        let alice = app.login("alice").await;
        tus::ask(&alice.client, "GET", &address, &[]).await.expect(404, "Upload not found");
    })
    .await;
}

#[tokio::test]
async fn an_account_takes_its_uploads_with_it() {
    run(async |app| {
        let alice = app.person("alice").await;
        tus::whole(&alice.client, &samples::video_file()).await;
        let address = tus::begin(&alice.client, 1000).await;
        tus::send(&alice.client, &address, 0, b"some", &[]).await;
        let body = json!({ "password": crate::harness::PASSWORD });
        let response = alice.client.send(alice.client.request("DELETE", "/api/v1/users/me").json(&body)).await;
        response.expect_status(200);
        app.media_settles_at(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_form_goes_the_same_way_and_leaves_nothing_when_it_fails() {
    run(async |app| {
        let alice = app.person("alice").await;
        let uploads = async || {
            let rows: Vec<(String, bool)> =
                app.app.db.all("SELECT state, resumable FROM uploads", args![]).await.unwrap();
            rows
        };
        let without_title = Form::new().part("videoFile", file("video.mp4", samples::video_file()));
        alice.client.multipart("POST", "/api/v1/videos", without_title).await.expect_status(400);
        app.media_settles_at(1).await;
        assert_eq!(uploads().await, []);
        alice.client.multipart("POST", "/api/v1/videos", video_form("Tea")).await.expect_status(201);
        assert_eq!(uploads().await, [("complete".to_owned(), false)]);
        assert_eq!(alice.client.get("/api/v1/uploads").await.data(), Value::Array(vec![]));
    })
    .await;
}
