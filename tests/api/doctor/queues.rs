//! Counters, jobs, tasks and the search index.

use std::time::Duration;

use chaitube::{DoctorOptions, args, claim, doctor};
use serde_json::json;

use super::{LOOK, REPAIR, findings, is_found, is_repaired, is_well, text};
use crate::harness::{id, rows, run_in_folder};

#[tokio::test]
async fn counters_are_put_right_one_by_one() {
    run_in_folder(&[], async |app| {
        let alice = app.person("alice").await;
        let video = id(&alice.ready_video("Tea").await);
        app.app.db.run("UPDATE videos SET likes_count = 7", args![]).await.unwrap();
        is_repaired(app, "wrong_counter", &format!("videos.likes_count {video}")).await;
        app.app.db.run("UPDATE users SET videos_count = 0", args![]).await.unwrap();
        is_repaired(app, "wrong_counter", &format!("users.videos_count {}", alice.id)).await;
        let tagged = json!({ "tags": ["Tea"] });
        alice.client.patch(&format!("/api/v1/videos/{video}"), tagged).await.expect_status(200);
        app.app.db.run("UPDATE tags SET videos = 5", args![]).await.unwrap();
        is_repaired(app, "wrong_counter", "tags.videos tea").await;
        app.app.db.run("UPDATE totals SET value = 9 WHERE name = 'accounts'", args![]).await.unwrap();
        is_repaired(app, "wrong_counter", "totals.accounts").await;
    })
    .await;
}

#[tokio::test]
async fn counters_are_compared_in_every_page_of_their_table() {
    run_in_folder(&[], async |app| {
        let alice = app.person("alice").await;
        rows::fill(app, rows::USERS, 1..=2001, &alice.id, "").await;
        rows::settle(app).await;
        for number in [1, 1000, 1001, 2000, 2001] {
            let sql = format!("UPDATE users SET tweets_count = 3 WHERE username = 'user{number}'");
            assert_eq!(rows::execute(app, sql, args![]).await, 1);
            is_repaired(app, "wrong_counter", &format!("users.tweets_count {}", rows::id_of(number))).await;
        }
    })
    .await;
}

#[tokio::test]
async fn jobs_of_dead_workers_and_failed_ones_are_queued_again() {
    run_in_folder(&[], async |app| {
        let alice = app.person("alice").await;
        let video = id(&alice.video("Tea").await);
        let job = claim(&app.app.db, app.app.clock.now_ms(), app.app.worker).await.unwrap().unwrap();
        app.advance(Duration::from_mins(4));
        is_well(app).await;
        app.advance(Duration::from_mins(4));
        is_repaired(app, "dead_claim", &job.id.to_string()).await;
        app.jobs_done().await;

        let sql = "UPDATE jobs SET state = 'failed', attempts = 1, reason = 'No video' WHERE kind = 'ladder'";
        app.app.db.run(sql, args![]).await.unwrap();
        is_well(app).await;
        app.app.db.run("UPDATE jobs SET attempts = 5 WHERE state = 'failed'", args![]).await.unwrap();
        let (ladder,): (Vec<u8>,) = app.app.db.one("SELECT id FROM jobs WHERE kind = 'ladder'", args![]).await.unwrap();
        let ladder = hex::encode(ladder);
        is_found(app, LOOK, "failed_job", &ladder, "repairable").await;
        is_found(app, REPAIR, "failed_job", &ladder, "underway").await;
        is_well(app).await;
        app.jobs_done().await;
        assert_eq!(text(app, "SELECT status FROM videos WHERE id = $1", &video).await, "ready");
    })
    .await;
}

#[tokio::test]
async fn tasks_of_dead_workers_and_failed_ones_are_queued_again() {
    run_in_folder(&[], async |app| {
        app.person("alice").await;
        let (task,): (Vec<u8>,) = app.app.db.one("SELECT id FROM tasks WHERE kind = 'index'", args![]).await.unwrap();
        let sql = "UPDATE tasks SET state = 'failed', attempts = 5 WHERE id = $1";
        app.app.db.run(sql, args![task.clone()]).await.unwrap();
        is_repaired(app, "failed_task", &hex::encode(&task)).await;
        let sql = "UPDATE tasks SET state = 'running', lease_until = 1 WHERE id = $1";
        app.app.db.run(sql, args![task.clone()]).await.unwrap();
        is_repaired(app, "dead_claim", &hex::encode(&task)).await;
        app.indexed().await;
    })
    .await;
}

#[tokio::test]
async fn a_queue_that_nobody_works_on_is_a_finding_while_the_site_runs() {
    run_in_folder(&[], async |app| {
        let alice = app.person("alice").await;
        alice.video("Tea").await;
        let running = DoctorOptions { site_runs: true, ..REPAIR };
        app.advance(Duration::from_mins(10));
        assert_eq!(findings(app, running).await, Vec::<[String; 3]>::new());
        app.advance(Duration::from_mins(10));
        is_well(app).await;
        is_found(app, running, "no_worker", "jobs", "unrepairable").await;
        app.jobs_done().await;
        assert_eq!(findings(app, running).await, Vec::<[String; 3]>::new());
    })
    .await;
}

#[tokio::test]
async fn a_search_index_that_is_half_built_is_built() {
    run_in_folder(&[], async |app| {
        app.person("alice").await;
        app.indexed().await;
        app.app.db.run("UPDATE search_state SET building = current + 1", args![]).await.unwrap();
        is_found(app, LOOK, "unfinished_index", "search", "repairable").await;
        is_found(app, REPAIR, "unfinished_index", "search", "underway").await;
        app.indexed().await;
        is_well(app).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_newer_version_has_migrated_is_not_repaired() {
    run_in_folder(&[], async |app| {
        app.person("alice").await;
        let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (9999, 'later', TRUE, $1, 0)";
        app.app.db.run(later, args![vec![0_u8]]).await.unwrap();
        is_well(app).await;
        let refused = doctor(&app.app, REPAIR, &|_| {}).await.unwrap_err().to_string();
        assert!(refused.contains("newer version"), "{refused}");
    })
    .await;
}
