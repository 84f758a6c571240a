//! What counts as a view: the sentences of `docs/views.md` about it by their names. The rest is in `views_seen.rs`.

use std::time::Duration;

use serde_json::json;

use crate::harness::{TestApp, run, run_with};
use crate::views::{figures, report, start, video_of};

/// Lets seconds go by.
pub fn seconds(app: &TestApp, seconds: u64) {
    app.advance(Duration::from_secs(seconds));
}

/// Days go by in some tests.
pub const LONG_SESSIONS: &[(&str, &str)] = &[("ACCESS_TOKEN_EXPIRY", "90d"), ("REFRESH_TOKEN_EXPIRY", "90d")];

#[test]
fn every_rule_has_a_test_of_its_name() {
    let rules = include_str!("../../docs/views.md").lines().filter_map(|line| line.strip_prefix("- "));
    let mut seen = 0;
    for rule in rules {
        let rule = rule.split([',', ':', '.']).next().unwrap().to_lowercase().replace(' ', "_");
        let tests = [include_str!("views_rules.rs"), include_str!("views_seen.rs")];
        assert!(tests.iter().any(|tests| tests.contains(&rule)), "{rule} has no test");
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
