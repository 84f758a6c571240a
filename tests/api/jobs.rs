//! The queue: progress, cancelling, retrying, fairness, lost workers, and videos that cannot be worked on.

use std::time::Duration;

use chaitube::{MediaName, ObjectKind, args};
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
    let id: chaitube::VideoId = id.parse().unwrap();
    let (name,): (String,) = app.app.db.one("SELECT film FROM videos WHERE id = $1", args![id]).await.unwrap();
    let name: MediaName = name.parse().unwrap();
    let path = app.app.storage.objects.local_path(&name.path(ObjectKind::Video)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"").unwrap();
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

#[tokio::test]
async fn the_uploads_of_one_do_not_starve_those_of_another() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        for title in ["One", "Two", "Three"] {
            alice.video(title).await;
        }
        app.advance(Duration::from_secs(1));
        let late = id(&bob.video("Late").await);
        let sql = "SELECT video_id FROM jobs ORDER BY priority, turn, created_at, id";
        let order: Vec<(chaitube::VideoId,)> = app.app.db.all(sql, args![]).await.unwrap();
        assert_eq!(order[1].0.to_string(), late, "behind the first of the other's, before the rest");
        app.jobs_done().await;
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
