//! The queue: progress, cancelling, retrying, fairness, lost workers, and videos that cannot be worked on.

use std::time::Duration;

use chaitube::{JobKind, ObjectKind, VideoId, args, claim};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, id, run, run_with};

async fn processing(client: &Client, id: &str) -> Value {
    let response = client.get(&format!("/api/v1/videos/{id}/processing")).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.data()
}

fn states(processing: &Value) -> Vec<&str> {
    processing["steps"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect()
}

async fn begin(client: &Client, id: &str, what: &str) -> (u16, Value) {
    let response = client.bare("POST", &format!("/api/v1/videos/{id}/processing/{what}")).await;
    (response.status, response.data())
}

/// Takes the video out of the store, so that no job on it can succeed.
async fn lose_video(app: &TestApp, id: &str) -> (std::path::PathBuf, Vec<u8>) {
    let id: VideoId = id.parse().unwrap();
    let (name,): (String,) = app.app.db.one("SELECT film FROM videos WHERE id = $1", args![id]).await.unwrap();
    let path = app.object(&name, ObjectKind::Video);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"").unwrap();
    app.forget_copies();
    (path, bytes)
}

#[tokio::test]
async fn the_owner_sees_the_steps_and_nobody_else_does() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (shown, hidden) = (id(&alice.video("Shown").await), id(&alice.hidden_video("Hidden").await));
        let before = processing(&alice.client, &shown).await;
        assert_eq!(
            (before["status"].as_str(), states(&before)),
            (Some("processing"), vec!["queued", "waiting", "waiting"])
        );
        for (method, end) in [("GET", ""), ("POST", "/retry"), ("POST", "/cancel")] {
            let path = |id: &str| format!("/api/v1/videos/{id}/processing{end}");
            assert_eq!(app.anonymous().bare(method, &path(&shown)).await.status, 401);
            assert_eq!(bob.client.bare(method, &path(&shown)).await.status, 403);
            assert_eq!(bob.client.bare(method, &path(&hidden)).await.status, 404);
            assert_eq!(alice.client.bare(method, &path("65a53f2e8c1b4a0012ab34cd")).await.status, 404);
        }
        app.jobs_done().await;
        let after = processing(&alice.client, &shown).await;
        assert_eq!((after["status"].as_str(), states(&after)), (Some("ready"), vec!["done", "done", "done"]));
        assert!(after["steps"].as_array().unwrap().iter().all(|step| step["percent"] == 100));
        assert_eq!(begin(&alice.client, &shown, "retry").await.0, 409);
        assert_eq!(begin(&alice.client, &shown, "cancel").await.0, 409);
    })
    .await;
}

#[tokio::test]
async fn cancelled_work_can_be_begun_again() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let (status, cancelled) = begin(&alice.client, &id, "cancel").await;
        assert_eq!((status, cancelled["status"].as_str()), (200, Some("failed")));
        assert_eq!(states(&cancelled), ["cancelled", "waiting", "waiting"]);
        assert_eq!(app.jobs_done().await, 0);
        let video = alice.client.get(&format!("/api/v1/videos/{id}")).await.data();
        assert_eq!(video["status"], "failed");
        assert_eq!(app.anonymous().get(video["videoFile"].as_str().unwrap()).await.status, 200);
        let (status, begun) = begin(&alice.client, &id, "retry").await;
        assert_eq!((status, begun["status"].as_str(), &begun["failure"]), (200, Some("processing"), &Value::Null));
        assert_eq!(app.jobs_done().await, 3);
        assert_eq!(processing(&alice.client, &id).await["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn a_video_that_cannot_be_worked_on_fails_with_a_reason_and_can_be_retried() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let (path, bytes) = lose_video(app, &id).await;
        // It was good when it came in, so the disk may be at fault, and that may pass.
        for attempt in 1..=5 {
            assert_eq!(app.jobs_done().await, 1, "attempt {attempt}");
            app.advance(Duration::from_hours(1));
        }
        let failed = processing(&alice.client, &id).await;
        assert_eq!(
            (failed["status"].as_str(), states(&failed)),
            (Some("failed"), vec!["failed", "waiting", "waiting"])
        );
        assert!(failed["failure"].as_str().unwrap().len() > 10, "{failed}");
        assert!(!failed["failure"].as_str().unwrap().contains('/'), "no path is told: {failed}");
        std::fs::write(path, bytes).unwrap();
        app.forget_copies();
        assert_eq!(begin(&alice.client, &id, "retry").await.0, 200);
        app.jobs_done().await;
        assert_eq!(processing(&alice.client, &id).await["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_again_but_not_for_ever() {
    run_with(&[("MIN_FREE_SPACE", "0")], async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        // A video that is not where the ledger says: the store may come back.
        let (path, bytes) = lose_video(app, &id).await;
        std::fs::remove_file(&path).unwrap();
        for attempt in 1..=5 {
            assert_eq!(app.jobs_done().await, 1, "attempt {attempt}");
            assert_eq!(app.jobs_done().await, 0, "not before its time");
            app.advance(Duration::from_hours(1));
        }
        assert_eq!(app.jobs_done().await, 0);
        let failed = processing(&alice.client, &id).await;
        assert_eq!(states(&failed)[0], "failed", "{failed}");
        std::fs::write(path, bytes).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_vanished_loses_its_job_and_cannot_write_any_more() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let db = &app.app.db;
        let now = app.app.clock.now_ms();
        db.execute("UPDATE jobs SET state = 'running', attempts = 1, fence = 7, lease_until = $1", args![now + 30_000])
            .await
            .unwrap();
        assert_eq!(app.jobs_done().await, 0, "its lease still holds");
        app.advance(Duration::from_secs(31));
        assert_eq!(app.jobs_done().await, 3);
        assert_eq!(processing(&alice.client, &id).await["status"], "ready");
        let (fence,): (i64,) = db.one("SELECT fence FROM jobs WHERE kind = 'watchable'", args![]).await.unwrap();
        assert_eq!(fence, 8);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let sql = "UPDATE jobs SET state = 'running', attempts = 5, fence = 5, lease_until = 0";
        app.app.db.execute(sql, args![]).await.unwrap();
        assert_eq!(app.jobs_done().await, 1);
        let failed = processing(&alice.client, &id).await;
        assert_eq!(failed["status"], "failed");
    })
    .await;
}

/// Puts a job on a video into the queue.
async fn queue(app: &TestApp, video: &Value, kind: JobKind) {
    let sql = "INSERT INTO jobs (id, kind, video_id, owner_id, priority, state, run_after, created_at, updated_at)
               SELECT id, $2, id, owner_id, $3, 'queued', $4, $4, $4 FROM videos WHERE id = $1";
    let video: VideoId = id(video).parse().unwrap();
    let priority = if kind == JobKind::Watchable { 10 } else { 20 };
    app.app.db.execute(sql, args![video, kind, priority, app.app.clock.now_ms()]).await.unwrap();
}

/// Claims the next job a second later, and says which video it is on.
async fn next(app: &TestApp) -> String {
    app.advance(Duration::from_secs(1));
    let claim = claim(&app.app.db, app.app.clock.now_ms(), app.app.worker).await.unwrap();
    claim.unwrap().video.to_string()
}

#[tokio::test]
async fn the_uploads_of_one_do_not_starve_those_of_another() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let mut early = Vec::new();
        for title in ["One", "Two", "Three"] {
            early.push(alice.ready_video(title).await);
            queue(app, early.last().unwrap(), JobKind::Watchable).await;
            app.advance(Duration::from_secs(1));
        }
        let late = bob.ready_video("Late").await;
        queue(app, &late, JobKind::Watchable).await;
        assert_eq!(next(app).await, id(&early[0]));
        assert_eq!(next(app).await, id(&late), "behind the first of the other's, before the rest");
        assert_eq!(next(app).await, id(&early[1]));
    })
    .await;
}

#[tokio::test]
async fn many_small_videos_of_one_do_not_starve_the_ladder_of_another() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        for number in 1..=19 {
            queue(app, &alice.ready_video(&format!("Small {number}")).await, JobKind::Watchable).await;
        }
        app.advance(Duration::from_secs(1));
        let long = bob.ready_video("Long").await;
        queue(app, &long, JobKind::Ladder).await;
        next(app).await;
        assert_eq!(next(app).await, id(&long), "behind one of the other's");
        let (carol, dave) = (app.person("carol").await, app.person("dave").await);
        let (ladder, first) = (carol.ready_video("Long, too").await, dave.ready_video("New").await);
        queue(app, &ladder, JobKind::Ladder).await;
        queue(app, &first, JobKind::Watchable).await;
        assert_eq!(next(app).await, id(&first), "among those who were not served yet, the kind decides");
        assert_eq!(next(app).await, id(&ladder));
    })
    .await;
}

#[tokio::test]
async fn deleting_what_was_worked_on_does_not_move_its_owner_forward() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let long = bob.ready_video("Long").await;
        let small = alice.ready_video("Small").await;
        queue(app, &small, JobKind::Watchable).await;
        assert_eq!(next(app).await, id(&small));
        assert_eq!(alice.client.delete(&format!("/api/v1/videos/{}", id(&small))).await.status, 200);
        queue(app, &long, JobKind::Ladder).await;
        queue(app, &alice.ready_video("Another").await, JobKind::Watchable).await;
        assert_eq!(next(app).await, id(&long));
    })
    .await;
}

#[tokio::test]
async fn deleting_a_video_ends_its_work_and_two_workers_do_not_meet() {
    run(async |app| {
        let alice = app.person("alice").await;
        let gone = id(&alice.video("Gone").await);
        let stays = id(&alice.video("Stays").await);
        // Two work at once, and one of the videos is deleted meanwhile.
        let delete = async { alice.client.delete(&format!("/api/v1/videos/{gone}")).await.status };
        let (one, two, deleted) = tokio::join!(Box::pin(app.jobs_done()), Box::pin(app.jobs_done()), delete);
        assert_eq!(deleted, 200);
        assert!((3..=6).contains(&(one + two)), "{one} {two}");
        app.advance(Duration::from_mins(1));
        app.jobs_done().await;
        let (jobs,): (i64,) = app.app.db.one("SELECT COUNT(*) FROM jobs", args![]).await.unwrap();
        assert_eq!(jobs, 3);
        assert_eq!(processing(&alice.client, &stays).await["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn leaving_takes_the_jobs_along() {
    run(async |app| {
        let alice = app.person("alice").await;
        alice.video("Video").await;
        app.jobs_done().await;
        alice.video("Another").await;
        let body = json!({ "password": crate::harness::PASSWORD });
        let request = alice.client.request("DELETE", "/api/v1/users/me").json(&body);
        assert_eq!(alice.client.send(request).await.status, 200);
        let (jobs,): (i64,) = app.app.db.one("SELECT COUNT(*) FROM jobs", args![]).await.unwrap();
        assert_eq!(jobs, 0);
    })
    .await;
}
