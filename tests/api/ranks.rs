//! Hot and trending: what moves videos up and down, and lists in these orders.

use std::time::Duration;

use chaitube::{VideoId, args};
use serde_json::json;

use crate::harness::lists::{slice, walk};
use crate::harness::rows::{self, execute, fill, id_of, settle};
use crate::harness::{Person, START_MS, TestApp, id, run};

const HOUR: Duration = Duration::from_hours(1);

/// Adds views of a numbered video, as many hours ago.
async fn views(app: &TestApp, number: i64, hours_ago: i64, count: i64) {
    let video: VideoId = id_of(number).parse().unwrap();
    let hour = app.app.clock.now_ms() / 3_600_000 - hours_ago;
    let sql = "INSERT INTO video_hours (video_id, hour, views) VALUES ($1, $2, $3)";
    app.app.db.execute(sql, args![video, hour, count]).await.unwrap();
}

async fn first(app: &TestApp, path: &str, count: usize) -> Vec<String> {
    slice(&app.anonymous(), path, &format!("limit={count}")).await.ids()
}

/// Ten videos, each an hour older than the next, with their numbers as durations.
async fn videos(app: &TestApp, alice: &Person) {
    fill(app, rows::VIDEOS, 1..=10, &alice.id, "").await;
    fill(app, rows::VIDEO_SEARCH, 1..=10, &alice.id, "").await;
    for number in 1..=10 {
        let video: VideoId = id_of(number).parse().unwrap();
        let created_at = START_MS - (10 - number) * 3_600_000;
        let sql = "UPDATE videos SET created_at = $1, duration_s = $2 WHERE id = $3";
        app.app.db.execute(sql, args![created_at, f64::from(i32::try_from(number).unwrap()), video]).await.unwrap();
    }
    settle(app).await;
}

#[tokio::test]
async fn a_new_video_starts_hot_and_a_watched_one_comes_back_for_a_day() {
    run(async |app| {
        let alice = app.person("alice").await;
        videos(app, &alice).await;
        app.tasks_done().await;
        let by_age: Vec<String> = (1..=10).rev().map(id_of).collect();
        assert_eq!(first(app, "/api/v1/videos?sortBy=hot", 10).await, by_age);
        let fresh = id(&alice.video("Fresh").await);
        assert_eq!(first(app, "/api/v1/videos?sortBy=hot", 1).await, std::slice::from_ref(&fresh));

        // Nine views are worth 12.5 hours.
        views(app, 3, 0, 9).await;
        app.advance(Duration::from_mins(5));
        app.tasks_done().await;
        assert_eq!(first(app, "/api/v1/videos?sortBy=hot", 2).await, [id_of(3), fresh]);
        let oldest = slice(&app.anonymous(), "/api/v1/videos?sortBy=hot&sortType=asc", "limit=2").await.ids();
        assert_eq!(oldest, [id_of(1), id_of(2)]);
        let found = first(app, "/api/v1/videos?sortBy=hot&query=video", 2).await;
        assert_eq!(found, [id_of(3), id_of(10)]);

        app.advance(25 * HOUR);
        app.tasks_done().await;
        assert_eq!(first(app, "/api/v1/videos?sortBy=hot", 11).await[8], id_of(3));
        assert_eq!(rows::count(app, "videos WHERE hot <> created_at / 45 OR trending <> 0").await, 0);
    })
    .await;
}

#[tokio::test]
async fn likes_and_comments_make_a_video_hot() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        videos(app, &alice).await;
        bob.client.bare("POST", &format!("/api/v1/likes/toggle/v/{}", id_of(2))).await.expect_status(200);
        bob.create(&format!("/api/v1/comments/{}", id_of(4)), json!({ "content": "Good" })).await;
        for number in [2, 4, 6] {
            views(app, number, 1, 1).await;
        }
        app.tasks_done().await;
        // 1 + 4 + 1, 1 + 6 + 1 and 1 + 1: their logarithms times 12.5 hours, less the age.
        assert_eq!(first(app, "/api/v1/videos?sortBy=hot", 4).await, [4, 2, 10, 6].map(id_of));
    })
    .await;
}

#[tokio::test]
async fn what_is_watched_more_than_usual_is_trending_and_then_comes_what_is_new() {
    run(async |app| {
        let alice = app.person("alice").await;
        videos(app, &alice).await;
        views(app, 1, 2, 50).await;
        views(app, 2, 5, 5).await;
        // Four viewers are too few, six hours ago is too long, and always as many is no trend.
        views(app, 3, 1, 4).await;
        views(app, 4, 6, 100).await;
        for hour in 0..168 {
            views(app, 5, hour, 20).await;
        }
        app.tasks_done().await;
        let trending = "/api/v1/videos/trending";
        let wanted = [1, 2, 5, 10, 9, 8, 7, 6, 4, 3].map(id_of);
        assert_eq!(first(app, trending, 10).await, wanted);
        assert_eq!(walk(&alice.client, trending, 3, async |_| {}).await, wanted);
        assert_eq!(first(app, "/api/v1/videos?sortBy=trending", 10).await, wanted);
        assert_eq!(slice(&app.anonymous(), trending, "limit=3&page=2").await.ids(), wanted[3..6]);
        let hide = format!("/api/v1/videos/toggle/publish/{}", id_of(1));
        alice.client.bare("PATCH", &hide).await.expect_status(200);
        assert_eq!(first(app, trending, 10).await, wanted[1..]);
        assert_eq!(first(app, &format!("/api/v1/videos?userId={}&sortBy=trending", alice.id), 2).await, wanted[1..3]);

        app.advance(6 * HOUR);
        app.tasks_done().await;
        assert_eq!(first(app, trending, 3).await, [10, 9, 8].map(id_of));
    })
    .await;
}

#[tokio::test]
async fn shorts_that_are_trending_come_first_in_their_feed() {
    run(async |app| {
        let alice = app.person("alice").await;
        videos(app, &alice).await;
        execute(app, "UPDATE videos SET is_short = duration_s IN (2, 5, 8)".to_owned(), vec![]).await;
        settle(app).await;
        views(app, 2, 0, 9).await;
        views(app, 3, 0, 9).await;
        app.tasks_done().await;
        assert_eq!(first(app, "/api/v1/feed/shorts", 10).await, [2, 8, 5].map(id_of));
        assert_eq!(first(app, "/api/v1/videos/trending?shorts=exclude", 3).await, [3, 10, 9].map(id_of));
        assert_eq!(walk(&alice.client, "/api/v1/feed/shorts", 1, async |_| {}).await, [2, 8, 5].map(id_of));
    })
    .await;
}

#[tokio::test]
async fn views_make_a_video_trend_through_and_through() {
    run(async |app| {
        let alice = app.person("alice").await;
        let tea = alice.ready_video("Tea").await;
        app.advance(Duration::from_secs(1));
        let milk = alice.ready_video("Milk").await;
        app.tasks_done().await;
        let trending = "/api/v1/videos/trending";
        for number in 0..5 {
            let viewer = app.person(&format!("viewer{number}")).await;
            viewer.client.get(&format!("/api/v1/videos/{}", id(&tea))).await.expect_status(200);
        }
        alice.store_views().await;
        app.advance(Duration::from_mins(5));
        app.tasks_done().await;
        assert_eq!(first(app, trending, 2).await, [id(&tea), id(&milk)]);
    })
    .await;
}
