//! Subscriptions: who follows which channel.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, id, run};

fn channel(person: &Person) -> String {
    format!("/api/v1/subscriptions/c/{}", person.id)
}

fn subscriber(person: &Person) -> String {
    format!("/api/v1/subscriptions/u/{}", person.id)
}

async fn toggle(person: &Person, to: &Person) -> Value {
    let response = person.client.bare("POST", &channel(to)).await;
    assert_eq!(response.status, 200, "{response:?}");
    let subscribed = response.data()["subscribed"].as_bool().unwrap();
    response.expect(200, if subscribed { "Subscribed successfully" } else { "Unsubscribed successfully" }).data()
}

fn stands(subscribed: bool, count: i64) -> Value {
    json!({ "subscribed": subscribed, "isSubscribed": subscribed, "subscribersCount": count })
}

#[tokio::test]
async fn subscribing_and_stopping_again() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        assert_eq!(toggle(&bob, &alice).await, stands(true, 1));
        assert_eq!(toggle(&carol, &alice).await, stands(true, 2));
        let profile = |person: &Person| person.client.clone();
        let seen = profile(&bob).get("/api/v1/users/c/alice").await.data();
        assert_eq!((&seen["subscribersCount"], &seen["isSubscribed"]), (&json!(2), &json!(true)));
        let seen = profile(&alice).get("/api/v1/users/c/bob").await.data();
        assert_eq!((&seen["channelsSubscribedToCount"], &seen["isSubscribed"]), (&json!(1), &json!(false)));
        assert_eq!(toggle(&bob, &alice).await, stands(false, 1));
        assert_eq!(toggle(&bob, &alice).await, stands(true, 2));
        alice.client.bare("POST", &channel(&alice)).await.expect(400, "You cannot subscribe to your own channel");
        let tweet = alice.create("/api/v1/tweets", json!({ "content": "An id, but not a channel's" })).await;
        let nobody = format!("/api/v1/subscriptions/c/{}", id(&tweet));
        alice.client.bare("POST", &nobody).await.expect(404, "Channel not found");
        alice.client.get(&nobody).await.expect(404, "Channel not found");
        alice.client.get(&nobody.replace("/c/", "/u/")).await.expect(404, "User not found");
        for (method, path) in [("POST", "c/alice"), ("GET", "c/alice"), ("GET", "u/alice")] {
            let response = alice.client.bare(method, &format!("/api/v1/subscriptions/{path}")).await;
            response.expect(400, "Invalid user id");
        }
    })
    .await;
}

#[tokio::test]
async fn a_channels_subscribers_come_newest_first_and_say_who_subscribes_to_whom() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        let empty = bob.client.get(&channel(&alice)).await;
        assert_eq!(empty.expect(200, "Subscribers fetched successfully").data(), json!([]));
        assert_eq!(empty.header("x-total-count"), "0");
        for (from, to) in [(&bob, &alice), (&carol, &alice), (&alice, &carol), (&bob, &carol)] {
            app.advance(Duration::from_secs(1));
            toggle(from, to).await;
        }
        let list = bob.client.get(&channel(&alice)).await;
        assert_eq!(list.header("x-total-count"), "2");
        let list = list.data();
        assert_eq!(
            (&list[0]["channel"], &list[0]["createdAt"]),
            (&json!(alice.id), &json!("2026-01-15T12:00:02.000Z"))
        );
        let carols = &list[0]["subscriber"];
        assert_eq!((&carols["_id"], &carols["username"]), (&json!(carol.id), &json!("carol")));
        assert_eq!((&carols["fullName"], &carols["coverImage"]), (&json!("carol of the Tests"), &json!("")));
        assert_eq!((&carols["subscribersCount"], &carols["subscribedToSubscriber"]), (&json!(2), &json!(true)));
        assert_eq!(carols["isSubscribed"], true, "bob, who asks, subscribes to carol");
        let bobs = &list[1]["subscriber"];
        assert_eq!((&bobs["_id"], &bobs["subscribedToSubscriber"]), (&json!(bob.id), &json!(false)));
        assert_eq!(bobs["isSubscribed"], false);
        let list = carol.client.get(&channel(&alice)).await.data();
        assert_eq!(list[0]["subscriber"]["isSubscribed"], false, "it is about whoever asks");
        assert_eq!(list[0]["subscriber"]["subscribedToSubscriber"], true, "it is about the channel");
        toggle(&carol, &alice).await;
        let list = carol.client.get(&channel(&alice)).await.data();
        assert_eq!(list.as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_channels_one_subscribes_to_show_their_latest_public_video() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        let empty = alice.client.get(&subscriber(&alice)).await;
        assert_eq!(empty.expect(200, "Subscribed channels fetched successfully").data(), json!([]));
        for (from, to) in [(&alice, &bob), (&alice, &carol), (&bob, &carol)] {
            app.advance(Duration::from_secs(1));
            toggle(from, to).await;
        }
        let old = bob.ready_video("Old").await;
        app.advance(Duration::from_secs(1));
        let new = bob.ready_video("New").await;
        app.advance(Duration::from_secs(1));
        bob.hidden_ready_video("Secret").await;
        carol.hidden_ready_video("Only this one").await;

        let list = bob.client.get(&subscriber(&alice)).await;
        assert_eq!(list.header("x-total-count"), "2");
        let list = list.data();
        assert_eq!(list[0]["channel"]["username"], "carol");
        assert_eq!(
            (&list[0]["channel"]["latestVideo"], &list[0]["channel"]["isSubscribed"]),
            (&json!(null), &json!(true))
        );
        assert_eq!(
            (&list[1]["subscriber"], &list[1]["createdAt"]),
            (&json!(alice.id), &json!("2026-01-15T12:00:01.000Z"))
        );
        let bobs = &list[1]["channel"];
        assert_eq!(
            (&bobs["_id"], &bobs["fullName"], &bobs["subscribersCount"]),
            (&json!(bob.id), &json!("bob of the Tests"), &json!(1))
        );
        assert_eq!(bobs["isSubscribed"], false, "bob, who asks, does not subscribe to himself");
        assert_eq!(bobs["latestVideo"], new);

        let latest = async || alice.client.get(&subscriber(&alice)).await.data()[1]["channel"]["latestVideo"].clone();
        bob.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(&new))).await;
        assert_eq!(latest().await, old);
        bob.client.delete(&format!("/api/v1/videos/{}", id(&old))).await;
        assert_eq!(latest().await, json!(null));
    })
    .await;
}
