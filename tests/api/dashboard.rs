//! The dashboard's figures and videos, and the health check.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{id, run};

const STATS: &str = "/api/v1/dashboard/stats";
const VIDEOS: &str = "/api/v1/dashboard/videos";

fn figures(videos: i64, views: i64, subscribers: i64, likes: i64) -> Value {
    json!({ "totalVideos": videos, "totalViews": views, "totalSubscribers": subscribers, "totalLikes": likes })
}

#[tokio::test]
async fn the_figures_are_those_of_the_callers_channel() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let stats = async || alice.client.get(STATS).await.expect(200, "Channel stats fetched successfully").data();
        assert_eq!(stats().await, figures(0, 0, 0, 0));
        let (tea, secret) = (alice.ready_video("Tea").await, alice.hidden_ready_video("Secret").await);
        assert_eq!(stats().await, figures(2, 0, 0, 0));
        for client in [&alice.client, &bob.client, &app.anonymous()] {
            client.get(&format!("/api/v1/videos/{}", id(&tea))).await;
        }
        alice.client.get(&format!("/api/v1/videos/{}", id(&secret))).await;
        assert_eq!(stats().await, figures(2, 4, 0, 0));
        bob.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", alice.id)).await;
        let comment = bob.create(&format!("/api/v1/comments/{}", id(&tea)), json!({ "content": "Hm" })).await;
        let tweet = alice.create("/api/v1/tweets", json!({ "content": "Hm" })).await;
        for path in [format!("c/{}", id(&comment)), format!("t/{}", id(&tweet))] {
            alice.client.bare("POST", &format!("/api/v1/likes/toggle/{path}")).await.expect(200, "Liked successfully");
        }
        assert_eq!(stats().await, figures(2, 4, 1, 0), "likes on comments and tweets do not count");
        for person in [&alice, &bob] {
            person.client.bare("POST", &format!("/api/v1/likes/toggle/v/{}", id(&tea))).await;
        }
        alice.client.bare("POST", &format!("/api/v1/likes/toggle/v/{}", id(&secret))).await;
        assert_eq!(stats().await, figures(2, 4, 1, 3));
        assert_eq!(bob.client.get(STATS).await.data(), figures(0, 0, 0, 0));
        alice.client.delete(&format!("/api/v1/videos/{}", id(&tea))).await;
        assert_eq!(stats().await, figures(1, 1, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn working_on_a_video_is_not_watching_it() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let tea = id(&alice.ready_video("Tea").await);
        let path = format!("{VIDEOS}/{tea}");
        let seen = alice.client.get(&path).await.expect(200, "Video fetched successfully").data();
        assert_eq!((&seen["title"], &seen["views"]), (&json!("Tea"), &json!(0)));
        assert_eq!(alice.client.get("/api/v1/users/history").await.data(), json!([]));
        let watched = alice.client.get(&format!("/api/v1/videos/{tea}")).await.data();
        assert_eq!(watched["views"], 1);
        assert_eq!(alice.client.get(&path).await.data(), watched, "the same but for what it does");
        bob.client.get(&path).await.expect(403, "Only the owner of a video may do that");
        alice.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{tea}")).await;
        assert_eq!(alice.client.get(&path).await.data()["isPublished"], false);
        bob.client.get(&path).await.expect(404, "Video not found");
    })
    .await;
}

#[tokio::test]
async fn ones_own_videos_are_all_there_newest_first() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let empty = alice.client.get(VIDEOS).await;
        assert_eq!(empty.expect(200, "Channel videos fetched successfully").data(), json!([]));
        assert_eq!(empty.header("x-total-count"), "0");
        bob.ready_video("Not hers").await;
        let tea = alice.ready_video("Tea").await;
        app.advance(Duration::from_secs(1));
        let secret = alice.hidden_ready_video("Secret").await;
        for person in [&alice, &bob] {
            person.create(&format!("/api/v1/comments/{}", id(&tea)), json!({ "content": "Hm" })).await;
        }
        bob.client.bare("POST", &format!("/api/v1/likes/toggle/v/{}", id(&tea))).await;
        let response = alice.client.get(VIDEOS).await;
        assert_eq!(response.header("x-total-count"), "2");
        let list = response.data();
        assert_eq!((&list[0]["_id"], &list[0]["isPublished"]), (&secret["_id"], &json!(false)));
        assert_eq!((&list[1]["_id"], &list[1]["isPublished"]), (&tea["_id"], &json!(true)));
        assert_eq!((&list[1]["likesCount"], &list[1]["commentsCount"]), (&json!(1), &json!(2)));
        assert_eq!((&list[1]["owner"]["username"], &list[1]["createdAt"]), (&json!("alice"), &tea["createdAt"]));
    })
    .await;
}

#[tokio::test]
async fn the_health_check_tells_how_the_server_is() {
    run(async |app| {
        app.advance(Duration::from_millis(61_500));
        let health = app.anonymous().get("/api/v1/healthcheck").await;
        let expected =
            json!({ "status": "OK", "database": "connected", "uptime": 61, "timestamp": "2026-01-15T12:01:01.500Z" });
        assert_eq!(health.expect(200, "OK").data(), expected);
        assert_eq!(app.anonymous().head("/api/v1/HealthCheck/").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_was_told_to_stop_is_healthy_but_not_ready() {
    run(async |app| {
        let asked = ["?ready", "?ready=true", "?ready=1&more", "?READY"];
        let not_asked = ["", "?ready=false", "?already"];
        let statuses = async |queries: &[&str]| {
            let mut statuses = Vec::new();
            for query in queries {
                statuses.push(app.anonymous().get(&format!("/api/v1/healthcheck{query}")).await.status);
            }
            statuses
        };
        assert_eq!(statuses(&asked).await, [200; 4]);
        app.app.is_leaving.store(true, Ordering::Relaxed);
        // The names of parameters have a case.
        assert_eq!(statuses(&asked).await, [503, 503, 503, 200]);
        assert_eq!(statuses(&not_asked).await, [200; 3]);
        let response = app.anonymous().get("/api/v1/healthcheck?ready").await;
        response.expect(503, "The server is about to stop. Send requests to another one.");
        assert_eq!(response.header("connection"), "close");
    })
    .await;
}

#[tokio::test]
async fn without_a_database_the_health_check_and_everything_else_is_503() {
    run(async |app| {
        let alice = app.person("alice").await;
        app.app.db.close().await;
        for path in [
            "/api/v1/healthcheck",
            "/api/v1/healthcheck?ready",
            STATS,
            VIDEOS,
            "/api/v1/videos",
            "/api/v1/users/history",
        ] {
            let response = alice.client.get(path).await;
            response.expect(503, "The server cannot reach its database right now. Try again in a moment.");
            assert_eq!(response.header("retry-after"), "5", "{path}");
        }
        let response = alice.client.post("/api/v1/tweets", json!({ "content": "Hm" })).await;
        assert_eq!((response.status, response.header("retry-after")), (503, "5"));
    })
    .await;
}
