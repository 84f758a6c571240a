//! What uploads reserve of their owner's quota and of the disk.

use chaitube::{UploadId, args};
use reqwest::multipart::Form;

use crate::harness::{Person, Response, TestApp, file, id, run_in_folder, run_with, samples, tus};

const DISK_FULL: &str = "The server has too little disk space for this upload. Its operator must free some.";

#[tokio::test]
async fn a_quota_is_reserved_when_an_upload_begins_and_given_back_when_it_ends() {
    run_with(&[("USER_QUOTA", "1000KiB")], async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let begin = async |person: &Person, kib: usize| {
            let length = (kib * 1024).to_string();
            tus::ask(&person.client, "POST", "/api/v1/uploads", &[("upload-length", &length)]).await
        };
        // Of the last of it only one can have it, even at the same moment.
        let asked = (0..8).map(|_| begin(&alice, 600));
        let responses = futures_util::future::join_all(asked).await;
        assert_eq!(responses.iter().filter(|response| response.status == 201).count(), 1, "{responses:?}");
        let refused = responses.iter().find(|response| response.status != 201).unwrap();
        refused.expect(413, "Quota exceeded: your videos and uploads use 600 KiB of 1000 KiB. Delete some first.");
        assert_eq!(begin(&bob, 600).await.status, 201);
        let begun = responses.iter().find(|response| response.status == 201).unwrap();
        assert_eq!(tus::ask(&alice.client, "DELETE", begun.header("location"), &[]).await.status, 204);
        // Videos count, in whichever way they came, and so do those on their way in a form.
        let form = |kib: usize| {
            let source = file("f.mp4", samples::video_of(kib * 1024));
            Form::new().text("title", "t").text("description", "d").part("videoFile", source)
        };
        let video = alice.client.multipart("POST", "/api/v1/videos", form(500)).await.expect_status(201);
        alice.client.multipart("POST", "/api/v1/videos", form(600)).await.expect_status(413);
        assert_eq!(begin(&alice, 600).await.status, 413);
        assert_eq!(begin(&alice, 300).await.status, 201);
        alice.client.bare("DELETE", &format!("/api/v1/videos/{}", id(&video))).await.expect_status(200);
        assert_eq!(begin(&alice, 600).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_does_not_say_how_long_it_is_is_held_to_the_quota_too() {
    run_with(&[("USER_QUOTA", "100KiB")], async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_of(200 * 1024);
        let pieces: Vec<_> = video.chunks(4096).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let form = Form::new()
            .text("title", "t")
            .text("description", "d")
            .part("videoFile", reqwest::multipart::Part::stream(body).file_name("f.mp4"));
        alice.client.multipart("POST", "/api/v1/videos", form).await.expect_status(413);
        app.media_settles_at(1).await;
    })
    .await;
}

/// Bytes that are free on the disk of the tests, and a limit on videos beyond it.
fn free_and_more() -> (u64, String) {
    let free = rustix::fs::statvfs(std::env::temp_dir()).map(|status| status.f_bavail * status.f_frsize).unwrap();
    (free, (free * 8).to_string())
}

async fn begin(person: &Person, length: u64) -> Response {
    tus::ask(&person.client, "POST", "/api/v1/uploads", &[("upload-length", &length.to_string())]).await
}

/// Makes an upload one of this length, half of which has come.
async fn half_sent(app: &TestApp, begun: &Response, length: u64) {
    let upload: UploadId = tus::id(begun.header("location")).parse().unwrap();
    let length = i64::try_from(length).unwrap();
    let sql = "UPDATE uploads SET length = $1, received = $2 WHERE id = $3";
    app.app.db.execute(sql, args![length, length / 2, upload]).await.unwrap();
}

#[tokio::test]
async fn t12_uploads_that_bring_nothing_keep_the_disk_from_nobody() {
    let (free, most) = free_and_more();
    run_in_folder(&[("MAX_VIDEO_SIZE", &most)], async |app| {
        for name in ["alice", "bob", "carol"] {
            let person = app.person(name).await;
            begin(&person, free / 3 * 2).await.expect_status(201);
            begin(&person, free / 3 * 2).await.expect_status(201);
        }
        let dave = app.person("dave").await;
        begin(&dave, free / 3 * 2).await.expect_status(201);
        tus::whole(&dave.client, &samples::video_file()).await;
    })
    .await;
}

#[tokio::test]
async fn an_upload_reserves_as_much_of_the_disk_as_it_has_brought() {
    let (free, most) = free_and_more();
    run_in_folder(&[("MAX_VIDEO_SIZE", &most)], async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let part = free / 30;
        begin(&alice, 40 * part).await.expect(503, DISK_FULL);
        let first = begin(&alice, 20 * part).await;
        half_sent(app, &first, 20 * part).await;
        begin(&bob, 25 * part).await.expect(503, DISK_FULL);
        begin(&bob, 15 * part).await.expect_status(201);
        // Whoever has reserved a quarter of the disk begins no further uploads.
        let refused = begin(&alice, part).await;
        assert!(refused.message().starts_with("Your unfinished uploads already reserve "), "{refused:?}");
        assert_eq!(refused.status, 409);
        assert_eq!(tus::ask(&alice.client, "DELETE", first.header("location"), &[]).await.status, 204);
        begin(&alice, 25 * part).await.expect_status(201);
    })
    .await;
}

#[tokio::test]
async fn of_uploads_that_cannot_all_be_finished_the_oldest_is() {
    let (free, most) = free_and_more();
    run_in_folder(&[("MAX_VIDEO_SIZE", &most)], async |app| {
        let video = samples::video_of(20 << 20);
        let mut begun = Vec::new();
        for name in ["alice", "bob", "carol"] {
            let person = app.person(name).await;
            let address = begin(&person, video.len() as u64).await;
            begun.push((person, address));
            app.advance(std::time::Duration::from_secs(1));
        }
        // Bob's has reserved more than there is.
        half_sent(app, &begun[1].1, free * 4).await;
        let send = async |(person, begun): &(Person, Response)| {
            let address = begun.header("location");
            let at = tus::offset(&person.client, address).await;
            tus::send(&person.client, address, at, &video[at..], &[]).await
        };
        assert_eq!(send(&begun[0]).await.status, 204, "older");
        send(&begun[2]).await.expect(503, DISK_FULL);
        let (bob, address) = &begun[1];
        assert_eq!(tus::ask(&bob.client, "DELETE", address.header("location"), &[]).await.status, 204);
        assert_eq!(send(&begun[2]).await.status, 204, "it goes on where it was");
    })
    .await;
}
