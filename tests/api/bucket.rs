//! Media in a bucket: uploads, delivery, jobs and deletion. With `CHAITUBE_TEST_MEDIA=s3` the other tests run on one, too.

use std::time::Duration;

use axum::http::Method;
use chaitube::{ObjectKind, args};
use serde_json::{Value, json};

use crate::harness::bucket::{Bucket, Fault};
use crate::harness::{Person, Server, TestApp, eventually, file, id, rows, run_on, samples, tus};
use crate::metrics;
use reqwest::multipart::Form;

const MIB: usize = 1024 * 1024;

async fn on_bucket(test: impl AsyncFnOnce(&TestApp, &Bucket)) {
    let bucket = Bucket::start().await;
    let server = Server { bucket: Some(&bucket), settings: metrics::SETTINGS, ..Server::default() };
    run_on(server, async |app| test(app, &bucket).await).await;
    assert_eq!(bucket.unfinished(), Vec::<String>::new(), "multipart uploads are left");
}

/// Two nodes with one database and one bucket.
async fn on_two_nodes(test: impl AsyncFnOnce(&TestApp, &TestApp)) {
    on_bucket(async |one, _| {
        let other = Server { beside: Some(one), ..Server::default() };
        run_on(other, async |other| test(one, other).await).await;
    })
    .await;
}

async fn publish(person: &Person, upload: &str) -> Value {
    let body = json!({ "title": "Tea", "description": "d", "uploadId": upload });
    person.client.post("/api/v1/videos", body).await.expect_status(201)
}

/// Begins an upload of so many bytes: whose it is, the bytes, and its address.
async fn begin(app: &TestApp, bytes: usize) -> (Person, Vec<u8>, String) {
    let alice = app.person("alice").await;
    let source = samples::video_of(bytes);
    let address = tus::begin(&alice.client, source.len()).await;
    (alice, source, address)
}

/// Sends pieces of these lengths, and checks that each counts.
async fn send_pieces(person: &Person, address: &str, source: &[u8], lengths: &[usize]) {
    let mut at = tus::offset(&person.client, address).await;
    for length in lengths {
        let response = tus::send(&person.client, address, at, &source[at..at + length], &[]).await;
        at += length;
        assert_eq!((response.status, response.header("upload-offset")), (204, at.to_string().as_str()));
        assert_eq!(tus::offset(&person.client, address).await, at);
    }
}

async fn content(app: &TestApp, video: &Value) -> Vec<u8> {
    app.anonymous().get(video["videoFile"].as_str().unwrap()).await.bytes
}

#[tokio::test]
async fn an_upload_arrives_in_parts_and_pieces_and_becomes_a_video() {
    on_bucket(async |app, bucket| {
        let (alice, source, address) = begin(app, 40 * MIB).await;
        // Nothing, less than a part, across one, across one and a bit, the rest.
        send_pieces(&alice, &address, &source, &[0, 3 * MIB, 5, 14 * MIB, 16 * MIB]).await;
        assert_eq!(rows::count(app, "media_parts WHERE tag IS NOT NULL").await, 2);
        assert_eq!(rows::count(app, "media_parts WHERE piece IS NOT NULL").await, 1);
        assert!(!bucket.unfinished().is_empty());
        let left = source.len() - 33 * MIB - 5;
        send_pieces(&alice, &address, &source, &[left]).await;
        assert_eq!(bucket.unfinished(), Vec::<String>::new());
        assert_eq!(rows::count(app, "media_parts").await, 0);
        let video = publish(&alice, &tus::id(&address)).await;
        assert!(content(app, &video).await == source);
        // The avatar, the video and its thumbnail: the pieces are gone.
        app.media_settles_at(3).await;
        alice.client.delete(&format!("/api/v1/videos/{}", id(&video))).await.expect_status(200);
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn many_little_pieces_are_put_together() {
    on_bucket(async |app, _| {
        let (alice, source, address) = begin(app, 100_000).await;
        send_pieces(&alice, &address, &source, &[1000; 40]).await;
        assert!(rows::count(app, "media_parts").await <= 32);
        send_pieces(&alice, &address, &source, &[60_000]).await;
        let video = publish(&alice, &tus::id(&address)).await;
        assert!(content(app, &video).await == source);
        app.media_settles_at(3).await;
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_upload_leaves_nothing_in_the_bucket() {
    on_bucket(async |app, bucket| {
        let (alice, source, address) = begin(app, 30 * MIB).await;
        send_pieces(&alice, &address, &source, &[20 * MIB]).await;
        assert!(!bucket.unfinished().is_empty());
        assert_eq!(rows::count(app, "media WHERE kind = 'piece'").await, 1);
        assert_eq!(tus::ask(&alice.client, "DELETE", &address, &[]).await.status, 204);
        app.media_settles_at(1).await;
        assert_eq!(bucket.unfinished(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_a_crash_leaves_in_the_bucket_is_swept() {
    on_bucket(async |app, bucket| {
        let (alice, source, address) = begin(app, 30 * MIB).await;
        send_pieces(&alice, &address, &source, &[20 * MIB]).await;
        // As if it were a file of a job that died while it was sent, and a piece that was never recorded.
        app.app.db.execute("DELETE FROM uploads", args![]).await.unwrap();
        app.app.db.execute("UPDATE media SET state = 'pending' WHERE state = 'growing'", args![]).await.unwrap();
        assert!(!bucket.unfinished().is_empty());
        app.app.storage.sweep(true).await.unwrap();
        app.media_settles_at(1).await;
        assert_eq!(bucket.unfinished(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_video_in_a_form_is_processed_and_played() {
    on_bucket(async |app, _| {
        let alice = app.person("alice").await;
        let source = samples::video_of(17 * MIB);
        let form = Form::new().text("title", "Tea").text("description", "d");
        let form = form.part("videoFile", file("tea.mp4", source.clone()));
        let video = alice.client.multipart("POST", "/api/v1/videos", form).await.expect_status(201);
        assert_eq!(app.jobs_done().await, 3);
        let path = format!("/api/v1/videos/{}", id(&video));
        let ready = alice.client.get(&path).await.expect_status(200);
        assert_eq!(ready["status"], "ready", "{ready}");
        let anonymous = app.anonymous();
        let address = ready["videoFile"].as_str().unwrap();
        assert!(content(app, &ready).await == source);
        for (range, status, from, to) in [
            ("bytes=0-99", 206, 0, 100),
            ("bytes=1000000-", 206, 1_000_000, source.len()),
            ("bytes=-7", 206, source.len() - 7, source.len()),
        ] {
            let response = anonymous.ask("GET", address, &[("range", range)]).await;
            assert_eq!(response.status, status, "{range}");
            assert!(response.bytes == source[from..to], "{range}");
        }
        assert_eq!(anonymous.ask("GET", address, &[("range", "bytes=99999999-")]).await.status, 416);
        let head = anonymous.ask("HEAD", address, &[]).await;
        assert_eq!((head.status, head.header("content-length")), (200, source.len().to_string().as_str()));
        let known = [("if-none-match", head.header("etag"))];
        assert_eq!(anonymous.ask("GET", address, &known).await.status, 304);
        let master = anonymous.get(ready["hls"].as_str().unwrap()).await;
        assert_eq!(master.status, 200, "{master:?}");
        // The three jobs fetched the upload once.
        let copies: Vec<_> = std::fs::read_dir(app.folder.path().join("cache/copies")).unwrap().collect();
        assert!(copies.len() >= 2 && std::fs::read_dir(app.app.storage.objects.incoming()).unwrap().next().is_none());
        alice.client.delete(&path).await.expect_status(200);
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn what_the_store_fails_to_do_is_tried_again() {
    on_bucket(async |app, bucket| {
        let (alice, source, address) = begin(app, 20 * MIB).await;
        let faults = [Fault::Status(500), Fault::Status(503), Fault::DoneButFailed, Fault::Status(503)];
        bucket.fail(&Method::PUT, &faults);
        bucket.fail(&Method::POST, &[Fault::Status(503), Fault::Status(500)]);
        bucket.fail(&Method::HEAD, &[Fault::Status(503), Fault::Slow(Duration::from_millis(50))]);
        send_pieces(&alice, &address, &source, &[4 * MIB, 16 * MIB]).await;
        bucket.fail(&Method::GET, &[Fault::Status(500), Fault::Cut, Fault::Status(503)]);
        let video = publish(&alice, &tus::id(&address)).await;
        bucket.fail(&Method::GET, &[Fault::Cut, Fault::Cut, Fault::Status(503), Fault::Cut]);
        assert!(content(app, &video).await == source);
        assert_eq!(bucket.faults_left(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_completion_whose_response_is_lost_was_done_all_the_same() {
    on_bucket(async |app, bucket| {
        let (alice, source, address) = begin(app, 20 * MIB).await;
        send_pieces(&alice, &address, &source, &[17 * MIB]).await;
        bucket.fail(&Method::POST, &[Fault::DoneButFailed]);
        send_pieces(&alice, &address, &source, &[3 * MIB]).await;
        let video = publish(&alice, &tus::id(&address)).await;
        assert!(content(app, &video).await == source);
    })
    .await;
}

#[tokio::test]
async fn while_the_store_is_down_requests_are_503_and_nothing_is_lost() {
    on_bucket(async |app, bucket| {
        let alice = app.person("alice").await;
        let ready = alice.video("Ready").await;
        app.jobs_done().await;
        let source = samples::video_of(200_000);
        let address = tus::begin(&alice.client, source.len()).await;
        send_pieces(&alice, &address, &source, &[50_000]).await;
        let sorry = "The server cannot reach its media storage right now. Try again in a moment.";
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::POST] {
            bucket.fail(&method, &[Fault::Status(503); 200]);
        }
        let anonymous = app.anonymous();
        let (read, sent) = tokio::join!(
            anonymous.get(ready["videoFile"].as_str().unwrap()),
            tus::send(&alice.client, &address, 50_000, &source[50_000..100_000], &[]),
        );
        read.expect(503, sorry);
        sent.expect(503, sorry);
        let counted = metrics::scrape(app).await;
        for operation in ["read", "write"] {
            let failures = counted[&format!(r#"chaitube_storage_errors_total{{operation="{operation}"}}"#)];
            assert!(failures > 0.0, "{operation}");
        }
        assert_eq!(tus::offset(&alice.client, &address).await, 50_000);
        bucket.forgive();
        send_pieces(&alice, &address, &source, &[150_000]).await;
        let video = publish(&alice, &tus::id(&address)).await;
        assert!(content(app, &video).await == source);
    })
    .await;
}

#[tokio::test]
async fn a_piece_stays_though_nobody_heard_that_it_was_stored() {
    on_bucket(async |app, _| {
        let (alice, source, address) = begin(app, 200_000).await;
        send_pieces(&alice, &address, &source, &[50_000]).await;
        // As after a commit that went through while its connection broke.
        let sql = "SELECT piece FROM media_parts WHERE piece IS NOT NULL";
        let (piece,): (String,) = app.app.db.one(sql, args![]).await.unwrap();
        app.app.storage.remove(&[piece.parse().unwrap()]).await;
        send_pieces(&alice, &address, &source, &[150_000]).await;
        let video = publish(&alice, &tus::id(&address)).await;
        assert!(content(app, &video).await == source);
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_source_cannot_be_read_is_tried_again() {
    on_bucket(async |app, bucket| {
        let alice = app.person("alice").await;
        let video = id(&alice.video("Tea").await);
        // The node that took the upload has a copy of it.
        app.forget_copies();
        bucket.fail(&Method::HEAD, &[Fault::Status(503); 20]);
        app.one_job_done().await;
        bucket.forgive();
        let sql = "SELECT reason FROM jobs WHERE video_id = $1";
        let video_id: chaitube::VideoId = video.parse().unwrap();
        let (reason,): (Option<String>,) = app.app.db.one(sql, args![video_id]).await.unwrap();
        assert_eq!(reason.as_deref(), Some("The server could not reach its database or storage."));
        let retried = r#"chaitube_work_attempts_total{queue="jobs",kind="watchable",result="retried"}"#;
        assert!((metrics::scrape(app).await[retried] - 1.0).abs() < f64::EPSILON);
        app.advance(Duration::from_hours(1));
        app.jobs_done().await;
        let seen = alice.client.get(&format!("/api/v1/videos/{video}")).await.expect_status(200);
        assert_eq!(seen["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn local_copies_take_no_more_room_than_they_may() {
    let bucket = Bucket::start().await;
    let settings = &[("CACHE_SIZE", "150KiB")];
    run_on(Server { bucket: Some(&bucket), settings, ..Server::default() }, async |app| {
        let alice = app.person("alice").await;
        for bytes in [60_000, 70_000, 80_000, 90_000] {
            publish(&alice, &tus::whole(&alice.client, &samples::video_of(bytes)).await).await;
        }
        // One that is too large for them all is used and not kept.
        publish(&alice, &tus::whole(&alice.client, &samples::video_of(200_000)).await).await;
        let copies = std::fs::read_dir(app.folder.path().join("cache/copies")).unwrap();
        let kept: Vec<u64> = copies.map(|copy| copy.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(kept, [90_000]);
    })
    .await;
}

#[tokio::test]
async fn the_file_of_an_object_that_is_gone_is_not_found() {
    on_bucket(async |app, _| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let address = video["videoFile"].as_str().unwrap();
        let path = app.object(address.rsplit('/').next().unwrap(), ObjectKind::Video);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        app.anonymous().get(address).await.expect(404, "Media not found");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(app.anonymous().get(address).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_upload_changes_the_node_at_every_piece() {
    on_two_nodes(async |one, other| {
        let alice = one.person("alice").await;
        let nodes = [&alice, &alice.at(other)];
        let source = samples::video_of(36 * MIB);
        let address = tus::begin(&alice.client, source.len()).await;
        let lengths = [1, MIB, 9 * MIB, 17 * MIB, 100, source.len() - 27 * MIB - 101];
        for (person, length) in nodes.iter().cycle().zip(lengths) {
            send_pieces(person, &address, &source, &[length]).await;
        }
        let video = publish(nodes[1], &tus::id(&address)).await;
        assert!(content(one, &video).await == source);
        assert_eq!(rows::count(one, "media_leases").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_node_gives_way_to_the_one_that_the_client_comes_back_to() {
    on_two_nodes(async |one, other| {
        let alice = one.person("alice").await;
        let there = alice.at(other);
        let source = samples::video_of(600_000);
        let address = tus::begin(&alice.client, source.len()).await;
        // The first node does not know that nothing more will come.
        let mut hanging = tus::send_in_part(&alice, &one.base, &address, 0, &source, 500_000).await;
        eventually(async || (rows::count(one, "media_leases").await == 1).then_some(()).ok_or("no lease")).await;
        tus::send(&there.client, &address, 0, &source, &[]).await.expect_status(409);
        let at = tus::offset(&there.client, &address).await;
        assert_eq!(at, 500_000, "what the first node received counts");
        assert_eq!(tus::status(&mut hanging).await, 423);
        send_pieces(&there, &address, &source, &[100_000]).await;
        let video = publish(&there, &tus::id(&address)).await;
        assert!(content(one, &video).await == source);
    })
    .await;
}

#[tokio::test]
async fn the_lease_of_a_node_that_died_runs_out() {
    on_bucket(async |app, _| {
        let (alice, source, address) = begin(app, 50_000).await;
        let until = app.app.clock.now_ms() + 10_000;
        let sql = "INSERT INTO media_leases (media, holder, lease_until) SELECT media, $1, $2 FROM uploads";
        app.app.db.execute(sql, args![vec![7_u8], until]).await.unwrap();
        let (sent, ()) = tokio::join!(tus::send(&alice.client, &address, 0, &source, &[]), async {
            let wanted = async || rows::count(app, "media_leases WHERE is_wanted").await == 1;
            eventually(async || wanted().await.then_some(()).ok_or("nobody wants the lease")).await;
            app.advance(Duration::from_secs(11));
        });
        assert_eq!(sent.status, 204);
    })
    .await;
}
