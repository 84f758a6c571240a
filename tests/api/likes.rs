//! Likes on videos, comments and tweets, and the list of videos one likes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, id, rows, run};

const LIKED: &str = "/api/v1/likes/videos";

async fn toggle(person: &Person, kind: &str, thing: &Value) -> (u16, String, Value) {
    let response = person.client.bare("POST", &format!("/api/v1/likes/toggle/{kind}/{}", id(thing))).await;
    (response.status, response.message().to_owned(), response.data())
}

fn now(is_liked: bool, count: i64) -> (u16, String, Value) {
    let message = if is_liked { "Liked successfully" } else { "Like removed successfully" };
    (200, message.to_owned(), json!({ "isLiked": is_liked, "liked": is_liked, "likesCount": count }))
}

#[tokio::test]
async fn everything_can_be_liked_and_the_like_taken_back() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = alice.ready_video("Tea").await;
        let comment = alice.create(&format!("/api/v1/comments/{}", id(&video)), json!({ "content": "Hm" })).await;
        let tweet = alice.create("/api/v1/tweets", json!({ "content": "Hm" })).await;
        for (kind, thing) in [("v", &video), ("c", &comment), ("t", &tweet)] {
            assert_eq!(toggle(&alice, kind, thing).await, now(true, 1), "one may like one's own");
            assert_eq!(toggle(&bob, kind, thing).await, now(true, 2));
            assert_eq!(toggle(&alice, kind, thing).await, now(false, 1));
            assert_eq!(toggle(&bob, kind, thing).await, now(false, 0));
            assert_eq!(toggle(&bob, kind, thing).await, now(true, 1));
        }
        let watch = format!("/api/v1/videos/{}", id(&video));
        for (client, is_liked) in [(&app.anonymous(), false), (&alice.client, false), (&bob.client, true)] {
            let detail = client.get(&watch).await.data();
            assert_eq!((&detail["likesCount"], &detail["isLiked"]), (&json!(1), &json!(is_liked)));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_or_hidden_cannot_be_liked() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = alice.hidden_ready_video("Secret").await;
        let comment = alice.create(&format!("/api/v1/comments/{}", id(&video)), json!({ "content": "Hm" })).await;
        let tweet = alice.create("/api/v1/tweets", json!({ "content": "Soon gone" })).await;
        alice.client.delete(&format!("/api/v1/tweets/{}", id(&tweet))).await.expect(200, "Tweet deleted successfully");
        let refused = |message: &str| (404, message.to_owned(), Value::Null);
        assert_eq!(toggle(&bob, "v", &video).await, refused("Video not found"));
        assert_eq!(toggle(&bob, "c", &comment).await, refused("Comment not found"));
        assert_eq!(toggle(&bob, "t", &tweet).await, refused("Tweet not found"));
        assert_eq!(toggle(&bob, "v", &tweet).await, refused("Video not found"));
        assert_eq!(toggle(&bob, "c", &video).await, refused("Comment not found"));
        assert_eq!(toggle(&alice, "v", &video).await, now(true, 1), "the owner may");
        assert_eq!(toggle(&alice, "c", &comment).await, now(true, 1));
        for (kind, thing) in [("v", "video"), ("c", "comment"), ("t", "tweet")] {
            let response = bob.client.bare("POST", &format!("/api/v1/likes/toggle/{kind}/{}x", &id(&video)[1..])).await;
            response.expect(400, &format!("Invalid {thing} id"));
        }
    })
    .await;
}

#[tokio::test]
async fn liked_videos_come_newest_like_first_without_what_is_hidden_or_gone() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let empty = bob.client.get(LIKED).await;
        assert_eq!(empty.expect(200, "Liked videos fetched successfully").data(), json!([]));
        assert_eq!(empty.header("x-total-count"), "0");
        let videos = [alice.ready_video("One").await, alice.ready_video("Two").await, bob.ready_video("Three").await];
        for index in [1, 0, 2] {
            app.advance(Duration::from_secs(1));
            toggle(&bob, "v", &videos[index]).await;
        }
        toggle(&alice, "v", &videos[1]).await;
        let liked = bob.client.get(LIKED).await.data();
        let titles = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|entry| entry["video"]["title"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(titles(&liked), ["Three", "One", "Two"]);
        let last = &liked[2];
        assert_eq!((&last["likedBy"], &last["createdAt"]), (&json!(bob.id), &json!("2026-01-15T12:00:01.000Z")));
        assert_eq!((&last["video"]["owner"]["username"], &last["video"]["likesCount"]), (&json!("alice"), &json!(2)));

        for video in [&videos[0], &videos[2]] {
            let owner = if video["owner"] == alice.id.as_str() { &alice } else { &bob };
            owner.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(video))).await;
        }
        let response = bob.client.get(LIKED).await;
        assert_eq!(titles(&response.data()), ["Three", "Two"], "one's own hidden ones stay");
        assert_eq!(response.header("x-total-count"), "2");
        alice.client.delete(&format!("/api/v1/videos/{}", id(&videos[1]))).await;
        assert_eq!(titles(&bob.client.get(LIKED).await.data()), ["Three"]);
        assert_eq!(titles(&alice.client.get(LIKED).await.data()), Vec::<String>::new());
        assert_eq!(rows::count(app, "video_likes").await, 2, "the deleted video's likes went with it");
        // Taking a like back and giving it anew makes it the newest.
        alice.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(&videos[0]))).await;
        app.advance(Duration::from_secs(1));
        toggle(&bob, "v", &videos[0]).await;
        toggle(&bob, "v", &videos[0]).await;
        assert_eq!(titles(&bob.client.get(LIKED).await.data()), ["One", "Three"]);
    })
    .await;
}
