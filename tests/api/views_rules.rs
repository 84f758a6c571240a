//! What counts as a view: each sentence of `docs/views.md` by its name.

use std::time::Duration;

use chaitube::args;
use serde_json::json;

use crate::harness::rows::count;
use crate::harness::{PASSWORD, TestApp, run, run_with};
use crate::views::{figures, report, start, start_from, video_of};

fn seconds(app: &TestApp, seconds: u64) {
    app.advance(Duration::from_secs(seconds));
}

/// Days go by in some tests.
const LONG_SESSIONS: &[(&str, &str)] = &[("ACCESS_TOKEN_EXPIRY", "90d"), ("REFRESH_TOKEN_EXPIRY", "90d")];

#[test]
fn every_rule_has_a_test_of_its_name() {
    let rules = include_str!("../../docs/views.md").lines().filter_map(|line| line.strip_prefix("- "));
    let mut seen = 0;
    for rule in rules {
        let rule = rule.split([',', ':', '.']).next().unwrap().to_lowercase().replace(' ', "_");
        assert!(include_str!("views_rules.rs").contains(&rule), "{rule} has no test");
        seen += 1;
    }
    assert!(seen > 20);
}

#[tokio::test]
async fn ten_seconds_of_a_video_are_a_view() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let viewer = app.anonymous();
        let playback = start(&viewer, &video).await;
        seconds(app, 30);
        report(&viewer, &playback, json!({ "ranges": [[0, 4], [100, 105.999]] })).await;
        assert_eq!(figures(&alice, &video).await, (0, 0, 9));
        report(&viewer, &playback, json!({ "ranges": [[200, 200.001]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 10));
    })
    .await;
}

#[tokio::test]
async fn of_a_video_shorter_than_twenty_seconds_half_is_a_view() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 6).await;
        let viewer = app.anonymous();
        let playback = start(&viewer, &video).await;
        seconds(app, 3);
        report(&viewer, &playback, json!({ "ranges": [[0, 2.9]] })).await;
        assert_eq!(figures(&alice, &video).await.0, 0);
        report(&viewer, &playback, json!({ "ranges": [[0, 3]] })).await;
        assert_eq!(figures(&alice, &video).await.0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_never_plays_counts_no_view() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        for client in [&bob.client, &app.anonymous()] {
            let path = format!("/api/v1/videos/{video}?reportsPlayback=true");
            assert_eq!(client.get(&path).await.expect_status(200)["views"], 0);
        }
        start(&bob.client, &video).await;
        assert_eq!(figures(&alice, &video).await, (0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_playback_counts_one_view_at_most() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 4 * 3600).await;
        let viewer = app.anonymous();
        let playback = start(&viewer, &video).await;
        for hour in 0..3 {
            seconds(app, 3600);
            report(&viewer, &playback, json!({ "ranges": [[hour * 3600, (hour + 1) * 3600]] })).await;
            assert_eq!(figures(&alice, &video).await, (1, 0, (hour + 1) * 3600));
        }
    })
    .await;
}

#[tokio::test]
async fn a_viewer_counts_once_within_the_window() {
    run_with(&[("VIEW_WINDOW", "10m")], async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let viewer = app.anonymous();
        for (wait, wanted) in [(0, (1, 0)), (570, (1, 1)), (0, (2, 1))] {
            seconds(app, wait);
            let playback = start(&viewer, &video).await;
            seconds(app, 15);
            report(&viewer, &playback, json!({ "ranges": [[0, 15]] })).await;
            let (counted, refused, _) = figures(&alice, &video).await;
            assert_eq!((counted, refused), wanted, "after {wait} more seconds");
        }
    })
    .await;
}

#[tokio::test]
async fn a_viewer_is_an_account_or_an_address_without_one() {
    run_with(&[("TRUSTED_PROXIES", "1")], async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let from = |address: &str| app.anonymous().with_header("x-forwarded-for", address);
        let again = app.login("bob").await;
        let viewers = [
            (bob.client.with_header("x-forwarded-for", "203.0.113.1"), 1),
            (again.client.with_header("x-forwarded-for", "203.0.113.2"), 1),
            (from("203.0.113.1"), 2),
            (from("203.0.113.1"), 2),
            (from("203.0.113.2"), 3),
        ];
        for (viewer, wanted) in viewers {
            let playback = start(&viewer, &video).await;
            seconds(app, 10);
            // It is the start that says who watches: a telephone changes its address on the way.
            report(&from("198.51.100.7"), &playback, json!({ "ranges": [[0, 10]] })).await;
            assert_eq!(figures(&alice, &video).await.0, wanted);
        }
    })
    .await;
}

#[tokio::test]
async fn owners_count_like_everybody_else() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let playback = start(&alice.client, &video).await;
        seconds(app, 10);
        report(&alice.client, &playback, json!({ "ranges": [[0, 10]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 10));
    })
    .await;
}

#[tokio::test]
async fn a_client_that_only_gets_the_video_counts_as_it_ever_did() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let path = format!("/api/v1/videos/{video}");
        for (query, wanted) in [("", 1), ("?reportsPlayback=false", 1), ("?reportsPlayback=true", 1)] {
            let views = bob.client.get(&format!("{path}{query}")).await.expect_status(200)["views"].clone();
            bob.store_views().await;
            assert_eq!(views, wanted, "{query}");
        }
        assert_eq!(figures(&alice, &video).await, (1, 1, 0));
        // The two ways do not count one viewer twice.
        let playback = start(&bob.client, &video).await;
        seconds(app, 10);
        report(&bob.client, &playback, json!({ "ranges": [[0, 10]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 2, 10));
        assert_eq!(app.anonymous().get(&path).await.expect_status(200)["views"], 2);
    })
    .await;
}

#[tokio::test]
async fn each_moment_counts_once_in_a_playback() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let viewer = app.anonymous();
        let playback = start(&viewer, &video).await;
        seconds(app, 300);
        for ranges in [json!([[0, 20], [10, 30]]), json!([[5, 25]]), json!([[0, 40]])] {
            report(&viewer, &playback, json!({ "ranges": ranges })).await;
        }
        assert_eq!(figures(&alice, &video).await, (1, 0, 40));
    })
    .await;
}

#[tokio::test]
async fn nobody_watches_faster_than_time_goes_by() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let viewer = app.anonymous();
        let playback = start(&viewer, &video).await;
        for (wait, wanted) in [(5, 7), (0, 7), (5, 12), (60, 72)] {
            seconds(app, wait);
            report(&viewer, &playback, json!({ "ranges": [[0, 600]] })).await;
            assert_eq!(figures(&alice, &video).await.2, wanted, "after {wait} more seconds");
        }
    })
    .await;
}

#[tokio::test]
async fn at_most_twice_the_speed_is_believed() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut watched = 0;
        for (rate, wanted) in [(1.0, 12), (1.5, 18), (2.0, 24), (16.0, 24), (-1.0, 0)] {
            let video = video_of(app, &alice, 600).await;
            let playback = start(&app.anonymous(), &video).await;
            seconds(app, 10);
            report(&app.anonymous(), &playback, json!({ "ranges": [[0, 600]], "rate": rate })).await;
            assert_eq!(figures(&alice, &video).await.2, wanted, "{rate}");
            watched += wanted;
        }
        assert_eq!(watched, 78);
    })
    .await;
}

#[tokio::test]
async fn what_is_beyond_the_end_is_not_watched() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 60).await;
        let playback = start(&app.anonymous(), &video).await;
        seconds(app, 600);
        report(&app.anonymous(), &playback, json!({ "ranges": [[50, 500]] })).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 10));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t16_reports_that_come_twice_late_or_at_once_change_nothing() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = video_of(app, &alice, 600).await;
        let playback = start(&bob.client, &video).await;
        seconds(app, 60);
        let at_once = (0..50).map(|_| report(&bob.client, &playback, json!({ "ranges": [[0, 20]] })));
        // Some of them are stored while others come.
        let others = (0..10).map(|_| bob.store_views());
        futures_util::future::join(futures_util::future::join_all(at_once), futures_util::future::join_all(others))
            .await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 20));
        for late in [json!([[40, 60]]), json!([[20, 40]]), json!([[0, 20]]), json!([[0, 60]])] {
            report(&bob.client, &playback, json!({ "ranges": late })).await;
            bob.store_views().await;
        }
        assert_eq!(figures(&alice, &video).await, (1, 0, 60));
        // Fifty that claim different parts share the time there was.
        let parts =
            (0..50).map(|part| report(&bob.client, &playback, json!({ "ranges": [[60 + part * 10, 70 + part * 10]] })));
        futures_util::future::join_all(parts).await;
        assert_eq!(figures(&alice, &video).await, (1, 0, 62));
    })
    .await;
}

#[tokio::test]
async fn a_playback_ends_after_a_day() {
    run_with(LONG_SESSIONS, async |app| {
        let alice = app.person("alice").await;
        let video = video_of(app, &alice, 600).await;
        let playback = start(&app.anonymous(), &video).await;
        seconds(app, 24 * 3600 - 1);
        report(&app.anonymous(), &playback, json!({ "ranges": [[0, 10]] })).await;
        seconds(app, 1);
        app.anonymous().post(&playback, json!({ "ranges": [[0, 20]] })).await.expect_status(404);
        assert_eq!(figures(&alice, &video).await, (1, 0, 10));
    })
    .await;
}

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
