//! Finding people: by their id, and by the beginning of their name.

use serde_json::{Value, json};

use crate::harness::rows::{USERS, fill, id_of, settle};
use crate::harness::{TestApp, run};

async fn found(app: &TestApp, query: &str) -> Vec<String> {
    let users = app.anonymous().get(&format!("/api/v1/users/search?{query}")).await;
    let users = users.expect(200, "Users fetched successfully").data();
    users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_channel_is_the_same_by_id_and_by_name() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        alice.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", bob.id)).await.expect_status(200);
        for client in [&alice.client, &bob.client, &app.anonymous()] {
            let by_id = client.get(&format!("/api/v1/users/{}", bob.id)).await;
            let by_id = by_id.expect(200, "User channel fetched successfully").data();
            assert_eq!(by_id, client.get("/api/v1/users/c/bob").await.data());
        }
        let seen = alice.client.get(&format!("/api/v1/users/{}", bob.id)).await.data();
        assert_eq!((&seen["isSubscribed"], &seen["email"]), (&json!(true), &Value::Null));
        app.anonymous().get("/api/v1/users/nobody").await.expect(400, "Invalid user id");
        let missing = format!("/api/v1/users/{}", id_of(7));
        app.anonymous().get(&missing).await.expect(404, "channel does not exists");
    })
    .await;
}

#[tokio::test]
async fn users_are_found_by_the_beginning_of_their_names() {
    run(async |app| {
        let alice = app.person("alice").await;
        for name in ["Alan.b", "al-c", "bob", "zoë_1", "zoë1"] {
            app.person(name).await;
        }
        assert_eq!(found(app, "query=al").await, ["al-c", "alan.b", "alice"]);
        assert_eq!(found(app, "q=%40ALI").await, ["alice"]);
        assert_eq!(found(app, "query=zo%C3%AB_").await, ["zoë_1"]);
        for none in ["", "query=", "query=%20", "query=lice", "query=%25", "query=_", "query=al%27--"] {
            assert_eq!(found(app, none).await, Vec::<String>::new(), "{none}");
        }
        let long = "x".repeat(51);
        let refused = app.anonymous().get(&format!("/api/v1/users/search?query={long}")).await;
        refused.expect(400, "query must have at most 50 characters");
        fill(app, USERS, 1..=30, &alice.id, "").await;
        settle(app).await;
        assert_eq!(found(app, "query=user").await.len(), 20);
        let one = app.anonymous().get("/api/v1/users/search?query=alice").await.data();
        assert_eq!((&one[0]["_id"], &one[0]["subscribersCount"]), (&json!(alice.id), &json!(0)));
        assert_eq!(one[0]["email"], Value::Null);
    })
    .await;
}
