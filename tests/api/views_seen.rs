//! What owners see of views and what is kept of viewers: the sentences of `docs/views.md` about it by their names.

use std::time::Duration;

use chaitube::args;
use serde_json::json;

use crate::harness::rows::count;
use crate::harness::{PASSWORD, run, run_with};
use crate::views::{figures, report, start, start_from, video_of};
use crate::views_rules::{LONG_SESSIONS, seconds};

#[tokio::test]
async fn owners_see_counted_and_refused_views_and_watch_time() {
    run_with(LONG_SESSIONS, async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        for _ in 0..2 {
            let playback = start(&bob.client, &video).await;
            seconds(app, 20);
            report(&bob.client, &playback, json!({ "ranges": [[0, 20]] })).await;
        }
        bob.store_views().await;
        seconds(app, 2 * 24 * 3600);
        let path = format!("/api/v1/dashboard/videos/{video}/views");
        let views = alice.client.get(&path).await.expect_status(200);
        assert_eq!((&views["counted"], &views["refused"], &views["watchTime"]), (&json!(1), &json!(1), &json!(40)));
        let day = json!({ "day": "2026-01-15", "counted": 1, "refused": 1, "watchTime": 40 });
        assert_eq!((&views["days"][25], &views["days"][27]["day"]), (&day, &json!("2026-01-17")));
        bob.client.get(&path).await.expect(403, "Only the owner of a video may do that");
        seconds(app, 26 * 24 * 3600);
        let path = format!("/api/v1/dashboard/videos/{video}/views");
        let views = alice.client.get(&path).await.expect_status(200);
        assert_eq!((&views["counted"], &views["days"][0]["day"]), (&json!(0), &json!("2026-01-16")));
    })
    .await;
}

#[tokio::test]
async fn a_view_within_the_window_is_refused() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let playbacks = [start(&bob.client, &video).await, start(&bob.client, &video).await];
        seconds(app, 20);
        // Of two that are stored together one counts, too.
        for playback in &playbacks {
            report(&bob.client, playback, json!({ "ranges": [[0, 20]] })).await;
        }
        assert_eq!(figures(&alice, &video).await, (1, 1, 40));
        seconds(app, 10);
        for playback in &playbacks {
            report(&bob.client, playback, json!({ "ranges": [[0, 30]] })).await;
        }
        assert_eq!(figures(&alice, &video).await, (1, 1, 60), "a playback is refused once");
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_there_was_no_time_for_is_refused_and_counts_once_there_was() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let playback = start(&app.anonymous(), &video).await;
        seconds(app, 3);
        for _ in 0..2 {
            report(&app.anonymous(), &playback, json!({ "ranges": [[0, 600]] })).await;
            assert_eq!(figures(&alice, &video).await, (0, 1, 5));
        }
        seconds(app, 5);
        report(&app.anonymous(), &playback, json!({ "ranges": [[0, 600]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 10));
    })
    .await;
}

#[tokio::test]
async fn sums_by_hour_by_traffic_source_and_by_hundredth_are_kept() {
    run_with(&[("VIEW_WINDOW", "1m")], async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 100).await;
        for (from, to) in [("search", 30), ("search", 50), ("nonsense", 100)] {
            let playback = start_from(&bob.client, &video, json!({ "from": from })).await;
            seconds(app, 1200);
            report(&bob.client, &playback, json!({ "ranges": [[10, to]] })).await;
            bob.store_views().await;
        }
        app.anonymous().get(&format!("/api/v1/videos/{video}")).await.expect_status(200);
        assert_eq!(figures(&alice, &video).await, (4, 0, 150));
        // Three were counted at 12:20, 12:40 and 13:00, and one at 13:00.
        let hours: Vec<(i64, i64)> =
            app.app.db.all("SELECT views, watch_ms FROM video_hours ORDER BY hour", args![]).await.unwrap();
        assert_eq!(hours, [(2, 60_000), (2, 90_000)]);
        let sources = "SELECT from_search, from_elsewhere, views, new_viewers FROM video_days";
        let sources: (i64, i64, i64, i64) = app.app.db.one(sources, args![]).await.unwrap();
        assert_eq!(sources, (2, 2, 4, 2));
        let retention = "SELECT playbacks, hundredths FROM video_retention";
        let (playbacks, hundredths): (i64, Vec<u8>) = app.app.db.one(retention, args![]).await.unwrap();
        let audience: Vec<u8> = hundredths.chunks(4).map(|count| count[0]).collect();
        assert_eq!((playbacks, audience.len()), (3, 100));
        assert_eq!(
            [audience[9], audience[10], audience[29], audience[30], audience[50], audience[99]],
            [0, 3, 3, 2, 1, 1]
        );
    })
    .await;
}

#[tokio::test]
async fn playbacks_are_forgotten_after_thirty_days_and_the_sums_stay() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 100).await;
        let playback = start(&app.anonymous(), &video).await;
        seconds(app, 20);
        report(&app.anonymous(), &playback, json!({ "ranges": [[0, 20]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 20));
        let days = |days: u64| app.advance(Duration::from_hours(24 * days));
        let kept =
            async || (count(app, "playbacks").await, count(app, "video_hours").await, count(app, "video_days").await);
        for (wait, wanted) in [(6, (1, 1, 1)), (2, (1, 0, 1)), (21, (1, 0, 1)), (1, (0, 0, 1))] {
            days(wait);
            chaitube::prune_playbacks(&app.app.db, app.app.clock.now_ms()).await.unwrap();
            assert_eq!(kept().await, wanted, "{wait} days later");
        }
    })
    .await;
}

#[tokio::test]
async fn no_address_is_kept() {
    run_with(&[("TRUSTED_PROXIES", "1")], async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 100).await;
        let viewer = app.anonymous().with_header("x-forwarded-for", "203.0.113.7");
        let playback = start(&viewer, &video).await;
        seconds(app, 20);
        report(&viewer, &playback, json!({ "ranges": [[0, 20]] })).await;
        alice.store_views().await;
        let sql = "SELECT viewer, user_id, video_id FROM playbacks";
        let (viewer, user, _): (Vec<u8>, Option<Vec<u8>>, Vec<u8>) = app.app.db.one(sql, args![]).await.unwrap();
        assert_eq!((viewer.len(), user), (16, None));
        assert!(!viewer.windows(4).any(|bytes| bytes == [203, 0, 113, 7]));
        assert!(!String::from_utf8_lossy(&viewer).contains("203"));
    })
    .await;
}

#[tokio::test]
async fn who_asks_not_to_be_tracked_leaves_no_name() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        for header in ["dnt", "sec-gpc"] {
            let video = video_of(app, &alice, 100).await;
            for (client, counted) in [(&bob.client, 1), (&bob.client, 1), (&app.anonymous(), 2)] {
                let client = client.with_header(header, "1");
                let playback = start_from(&client, &video, json!({ "from": "home" })).await;
                seconds(app, 20);
                report(&client, &playback, json!({ "ranges": [[0, 20]] })).await;
                assert_eq!(figures(&alice, &video).await.0, counted);
            }
        }
        assert_eq!(count(app, "playbacks").await, 6);
        assert_eq!(
            count(app, "playbacks WHERE viewer IS NOT NULL OR user_id IS NOT NULL OR source IS NOT NULL").await,
            0
        );
        assert_eq!(count(app, "video_days WHERE from_home > 0").await, 0);
        let sql = "SELECT COUNT(*) FROM video_views WHERE viewer = $1";
        let bob: chaitube::UserId = bob.id.parse().unwrap();
        assert_eq!(app.app.db.one::<(i64,)>(sql, args![bob]).await.unwrap(), (0,));
        // A zero asks for nothing.
        let video = video_of(app, &alice, 100).await;
        let client = app.anonymous().with_header("dnt", "0");
        let playback = start(&client, &video).await;
        seconds(app, 20);
        report(&client, &playback, json!({ "ranges": [[0, 20]] })).await;
        assert_eq!(figures(&alice, &video).await.0, 1);
        assert_eq!(count(app, "playbacks WHERE viewer IS NOT NULL AND source = 'elsewhere'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn clearing_the_history_takes_the_name_off_playbacks() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let videos =
            [video_of(app, &alice, 100).await, video_of(app, &alice, 100).await, video_of(app, &alice, 100).await];
        for video in &videos {
            let playback = start(&bob.client, video).await;
            seconds(app, 20);
            report(&bob.client, &playback, json!({ "ranges": [[0, 20]] })).await;
        }
        let named = async || count(app, "playbacks WHERE user_id IS NOT NULL AND viewer IS NOT NULL").await;
        bob.store_views().await;
        assert_eq!(named().await, 3);
        bob.client.delete(&format!("/api/v1/users/history/{}", videos[0])).await.expect_status(200);
        assert_eq!(named().await, 2);
        bob.client.delete("/api/v1/users/history").await.expect_status(200);
        assert_eq!((named().await, count(app, "playbacks").await), (0, 3));
        assert_eq!(figures(&alice, &videos[0]).await, (1, 0, 20));
    })
    .await;
}

#[tokio::test]
async fn deleting_an_account_deletes_its_playbacks_and_its_views_stay_counted() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 100).await;
        let playback = start(&bob.client, &video).await;
        seconds(app, 20);
        report(&bob.client, &playback, json!({ "ranges": [[0, 20]] })).await;
        bob.store_views().await;
        assert_eq!((count(app, "playbacks").await, count(app, "video_views").await), (1, 1));
        let leave = bob.client.request("DELETE", "/api/v1/users/me").json(&json!({ "password": PASSWORD }));
        bob.client.send(leave).await.expect(200, "Account deleted");
        assert_eq!((count(app, "playbacks").await, count(app, "video_views").await), (0, 0));
        // What the account still reports is left out.
        seconds(app, 20);
        report(&app.anonymous(), &playback, json!({ "ranges": [[0, 40]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 20));
        assert_eq!(count(app, "playbacks").await, 0);
    })
    .await;
}
