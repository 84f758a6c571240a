//! Resumable uploads over bad connections, and many of them at once: every byte is accounted for.

use chaitube::{ObjectKind, args};

use crate::harness::{Person, TestApp, eventually, run, run_in_folder, run_with, samples, tus};

const UPLOADS: u64 = 200;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

async fn object(app: &TestApp, address: &str) -> std::path::PathBuf {
    let id: chaitube::UploadId = tus::id(address).parse().unwrap();
    let (name,): (String,) = app.app.db.one("SELECT media FROM uploads WHERE id = $1", args![id]).await.unwrap();
    app.object(&name, ObjectKind::Video)
}

/// Uploads a video of its own over connections that are cut at random; says how many were.
async fn upload_with_cuts(app: &TestApp, person: &Person, number: u64) -> usize {
    let mut dice = Dice(number + 1);
    let size = 20_000 + dice.roll(400_000);
    let mut video = samples::video_file();
    video.extend((0..size).map(|_| u8::try_from(dice.roll(256)).unwrap()));
    let address = tus::begin(&person.client, video.len()).await;
    let (mut cuts, mut at) = (0, 0);
    while at < video.len() {
        let piece = &video[at..video.len().min(at + 1 + dice.roll(video.len()))];
        if dice.roll(3) < 2 && cuts < 6 {
            let sent = dice.roll(piece.len() + 1);
            let stream = tus::send_in_part(person, &app.base, &address, at, piece, sent).await;
            // Some are cut when the server has read what was sent, others before.
            for _ in 0..dice.roll(20) {
                tokio::task::yield_now().await;
            }
            drop(stream);
            cuts += 1;
        } else {
            let response = tus::send(&person.client, &address, at, piece, &[]).await;
            // A piece may meet one whose connection was cut: either of them counts, and a good client asks again.
            assert!(matches!(response.status, 204 | 409 | 423 | 503), "{response:?}");
        }
        let now = tus::offset(&person.client, &address).await;
        assert!(now >= at, "an upload went back from {at} to {now}");
        at = now;
    }
    assert!(std::fs::read(object(app, &address).await).unwrap() == video, "upload {number} is not what was sent");
    cuts
}

#[tokio::test]
async fn two_hundred_uploads_at_once_arrive_byte_for_byte_over_connections_that_are_cut() {
    run(async |app| {
        let people = [app.person("alice").await, app.person("bob").await];
        let uploads = (0..UPLOADS).map(|number| upload_with_cuts(app, &people[usize::from(number % 2 == 0)], number));
        let cuts: usize = futures_util::future::join_all(uploads).await.into_iter().sum();
        assert!(cuts > 200, "only {cuts} connections were cut");
        let (complete,): (i64,) =
            app.app.db.one("SELECT COUNT(*) FROM uploads WHERE state = 'complete'", args![]).await.unwrap();
        assert_eq!(complete, i64::try_from(UPLOADS).unwrap());
    })
    .await;
}

#[tokio::test]
async fn whoever_comes_back_does_not_wait_for_the_connection_that_is_lost() {
    run_in_folder(&[], async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_of(600_000);
        let address = tus::begin(&alice.client, video.len()).await;
        let object = object(app, &address).await;
        // The server does not know that nothing more will come.
        let mut hanging = tus::send_in_part(&alice, &app.base, &address, 0, &video, 500_000).await;
        eventually(async || (std::fs::metadata(&object).unwrap().len() > 0).then_some(()).ok_or("nothing arrives"))
            .await;
        loop {
            let at = tus::offset(&alice.client, &address).await;
            let response = tus::send(&alice.client, &address, at, &video[at..], &[]).await;
            if response.status == 204 {
                break;
            }
            // The first try takes the turn, and learns that what the other one had received counts.
            response.expect_status(409);
        }
        assert_eq!(tus::status(&mut hanging).await, 423);
        assert!(std::fs::read(&object).unwrap() == video);
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_another_process_writes_to_is_locked() {
    run_in_folder(&[], async |app| {
        let alice = app.person("alice").await;
        let address = tus::begin(&alice.client, 10).await;
        let other = std::fs::File::open(object(app, &address).await).unwrap();
        other.lock().unwrap();
        let response = tus::send(&alice.client, &address, 0, b"12345", &[]).await;
        response.expect(423, "Another request is writing to this upload. Get the offset with HEAD, then resume.");
        drop(other);
        assert_eq!(tus::send(&alice.client, &address, 0, b"12345", &[]).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn a_piece_that_stalls_is_given_up_and_what_came_of_it_counts() {
    run_with(&[("UPLOAD_IDLE_TIMEOUT", "300ms")], async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_of(50_000);
        let address = tus::begin(&alice.client, video.len()).await;
        let mut stalled = tus::send_in_part(&alice, &app.base, &address, 0, &video, 10_000).await;
        assert_eq!(tus::status(&mut stalled).await, 503);
        assert_eq!(tus::offset(&alice.client, &address).await, 10_000);
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_is_cancelled_while_it_comes_in_is_gone() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = samples::video_of(100_000);
        let address = tus::begin(&alice.client, video.len()).await;
        let mut coming = tus::send_in_part(&alice, &app.base, &address, 0, &video, 50_000).await;
        assert_eq!(tus::ask(&alice.client, "DELETE", &address, &[]).await.status, 204);
        assert!(matches!(tus::status(&mut coming).await, 410 | 423));
        tus::ask(&alice.client, "GET", &address, &[]).await.expect_status(410);
        app.media_settles_at(1).await;
    })
    .await;
}
