//! Tweets: short posts on a channel.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{PASSWORD, id, rows, run};

const TWEETS: &str = "/api/v1/tweets";

fn one(tweet: &Value) -> String {
    format!("{TWEETS}/{}", id(tweet))
}

fn of(user: &str) -> String {
    format!("{TWEETS}/user/{user}")
}

#[tokio::test]
async fn a_tweet_is_posted_listed_changed_and_removed() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let draft = json!({ "content": " Video on Friday! ", "owner": bob.id });
        let tweet = alice.client.post(TWEETS, draft).await.expect(201, "Tweet created successfully").data();
        assert_eq!((&tweet["content"], &tweet["owner"]["_id"]), (&json!("Video on Friday!"), &json!(alice.id)));
        assert_eq!((&tweet["likesCount"], &tweet["isLiked"]), (&json!(0), &json!(false)));
        assert_eq!(
            (&tweet["createdAt"], &tweet["updatedAt"]),
            (&json!("2026-01-15T12:00:00.000Z"), &tweet["createdAt"])
        );
        let list = app.anonymous().get(&of(&alice.id)).await;
        assert_eq!(list.expect(200, "Tweets fetched successfully").data(), json!([tweet]));
        assert_eq!((list.header("x-total-count"), list.header("x-next-cursor")), ("1", ""));

        let like = format!("/api/v1/likes/toggle/t/{}", id(&tweet));
        bob.client.bare("POST", &like).await.expect(200, "Liked successfully");
        app.advance(Duration::from_mins(1));
        let changed = alice.client.patch(&one(&tweet), json!({ "content": "Video on Saturday" })).await;
        let changed = changed.expect(200, "Tweet updated successfully").data();
        let mut expected = tweet.clone();
        expected["content"] = json!("Video on Saturday");
        expected["likesCount"] = json!(1);
        expected["totalLikes"] = json!(1);
        expected["updatedAt"] = json!("2026-01-15T12:01:00.000Z");
        assert_eq!(changed, expected);
        assert_eq!(app.anonymous().get(&of(&alice.id)).await.data(), json!([expected]));
        expected["isLiked"] = json!(true);
        assert_eq!(bob.client.get(&of(&alice.id)).await.data(), json!([expected]));

        let removed = alice.client.delete(&one(&tweet)).await.expect(200, "Tweet deleted successfully").data();
        assert_eq!(removed, json!({ "tweetId": tweet["_id"] }));
        let list = bob.client.get(&of(&alice.id)).await;
        assert_eq!((list.data(), list.header("x-total-count")), (json!([]), "0"));
        assert_eq!(rows::count(app, "tweet_likes").await, 0, "its likes went with it");
        alice.client.delete(&one(&tweet)).await.expect(404, "Tweet not found");
        alice.client.patch(&one(&tweet), json!({ "content": "x" })).await.expect(404, "Tweet not found");
    })
    .await;
}

#[tokio::test]
async fn tweets_come_newest_first_and_only_their_authors() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let mut expected = Vec::new();
        for number in 0..4 {
            let author = if number == 2 { &bob } else { &alice };
            let tweet = author.create(TWEETS, json!({ "content": format!("Number {number}") })).await;
            app.advance(Duration::from_millis(1));
            if number != 2 {
                expected.insert(0, tweet);
            }
        }
        assert_eq!(bob.client.get(&of(&alice.id)).await.data(), json!(expected));
        assert_eq!(bob.client.get(&of(&bob.id.to_uppercase())).await.data().as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_feed_has_ones_own_tweets_and_those_of_the_channels_one_subscribes_to() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        let mut posted = Vec::new();
        for (number, author) in [&alice, &bob, &carol, &bob].into_iter().enumerate() {
            posted.push(author.create(TWEETS, json!({ "content": format!("Number {number}") })).await);
            app.advance(Duration::from_millis(1));
        }
        let feed = async || {
            let response = alice.client.get("/api/v1/tweets/feed").await;
            let list = response.expect(200, "Tweets fetched successfully").data();
            assert_eq!(response.header("x-total-count"), list.as_array().unwrap().len().to_string());
            list
        };
        assert_eq!(feed().await, json!([posted[0]]));
        let subscription = format!("/api/v1/subscriptions/c/{}", bob.id);
        alice.client.bare("POST", &subscription).await.expect_status(200);
        assert_eq!(feed().await, json!([posted[3], posted[1], posted[0]]));
        alice.client.bare("POST", &subscription).await.expect_status(200);
        assert_eq!(feed().await, json!([posted[0]]));
    })
    .await;
}

#[tokio::test]
async fn the_list_of_all_tweets_has_everybodys_until_they_leave() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let mut posted = Vec::new();
        for (number, author) in [&alice, &bob, &alice].into_iter().enumerate() {
            posted.push(author.create(TWEETS, json!({ "content": format!("Number {number}") })).await);
            app.advance(Duration::from_millis(1));
        }
        let all = async || {
            let response = app.anonymous().get(TWEETS).await;
            let list = response.expect(200, "Tweets fetched successfully").data();
            assert_eq!(response.header("x-total-count"), list.as_array().unwrap().len().to_string());
            list
        };
        assert_eq!(all().await, json!([posted[2], posted[1], posted[0]]));
        let page = app.anonymous().get(&format!("{TWEETS}?limit=1&page=2")).await;
        assert_eq!((page.data(), page.header("x-total-count")), (json!([posted[1]]), "3"));
        alice.client.delete(&one(&posted[0])).await.expect_status(200);
        let goodbye = bob.client.request("DELETE", "/api/v1/users/me").json(&json!({ "password": PASSWORD }));
        bob.client.send(goodbye).await.expect_status(200);
        assert_eq!(all().await, json!([posted[2]]));
    })
    .await;
}

#[tokio::test]
async fn only_the_author_changes_and_removes_a_tweet() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let tweet = alice.create(TWEETS, json!({ "content": "Mine" })).await;
        let message = "Only the author of a tweet may do that";
        bob.client.patch(&one(&tweet), json!({ "content": "Ours" })).await.expect(403, message);
        bob.client.delete(&one(&tweet)).await.expect(403, message);
        bob.client.patch(&one(&tweet), json!({ "content": "" })).await.expect(400, "content is required");
        assert_eq!(alice.client.get(&of(&alice.id)).await.data(), json!([tweet]));
    })
    .await;
}

#[tokio::test]
async fn blank_and_endless_tweets_are_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        let tweet = alice.create(TWEETS, json!({ "content": "é".repeat(5_000) })).await;
        for body in [json!({}), json!({ "content": "" }), json!({ "content": " \r\n" }), json!({ "content": "\u{0}" })]
        {
            alice.client.post(TWEETS, body.clone()).await.expect(400, "content is required");
            alice.client.patch(&one(&tweet), body).await.expect(400, "content is required");
        }
        let endless = json!({ "content": "x".repeat(5_001) });
        let message = "content must have at most 5000 characters";
        alice.client.post(TWEETS, endless.clone()).await.expect(400, message);
        alice.client.patch(&one(&tweet), endless).await.expect(400, message);
        assert_eq!(alice.client.post(TWEETS, json!({ "content": { "$ne": 1 } })).await.status, 400);
        assert_eq!(alice.client.get(&of(&alice.id)).await.data(), json!([tweet]));
    })
    .await;
}

#[tokio::test]
async fn the_tweets_of_nobody_are_404() {
    run(async |app| {
        let alice = app.person("alice").await;
        let tweet = alice.create(TWEETS, json!({ "content": "An id, but not a user's" })).await;
        app.anonymous().get(&of(&id(&tweet))).await.expect(404, "User not found");
        app.anonymous().get(&of("alice")).await.expect(400, "Invalid user id");
        alice.client.delete(&format!("{TWEETS}/alice")).await.expect(400, "Invalid tweet id");
        alice.client.delete(&format!("{TWEETS}/{}", alice.id)).await.expect(404, "Tweet not found");
    })
    .await;
}
