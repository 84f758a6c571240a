//! The first visit: what a site says of itself, and who becomes its administrator.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestApp, register_form, run, run_with};

async fn site(app: &TestApp) -> Value {
    app.anonymous().get("/api/v1/site").await.expect(200, "Site fetched successfully").data()
}

#[tokio::test]
async fn a_new_site_says_that_nobody_is_there_yet() {
    run_with(&[("USER_QUOTA", "5GiB"), ("MAX_VIDEO_DURATION", "2h"), ("PUBLIC_READS", "false")], async |app| {
        let new = site(app).await;
        assert_eq!((&new["hasAccounts"], &new["hasVideos"]), (&json!(false), &json!(false)));
        assert_eq!((&new["publicReads"], &new["hasFfmpeg"]), (&json!(false), &json!(true)));
        assert_eq!(
            (&new["limits"]["userQuota"], &new["limits"]["videoDuration"]),
            (&json!(5_u64 << 30), &json!(7200.0))
        );
        let alice = app.person("alice").await;
        assert_eq!((&site(app).await["hasAccounts"], &site(app).await["hasVideos"]), (&json!(true), &json!(false)));
        alice.hidden_ready_video("Tea").await;
        assert_eq!(site(app).await["hasVideos"], false);
        alice.ready_video("Milk").await;
        assert_eq!(site(app).await["hasVideos"], true);
        alice
            .client
            .send(alice.client.request("DELETE", "/api/v1/users/me").json(&json!({ "password": PASSWORD })))
            .await;
        assert_eq!((&site(app).await["hasAccounts"], &site(app).await["hasVideos"]), (&json!(false), &json!(false)));
    })
    .await;
}

#[tokio::test]
async fn the_first_account_is_the_administrators_and_only_its_owner_is_told() {
    run(async |app| {
        let register = async |name: &str| {
            app.anonymous().multipart("POST", "/api/v1/users/register", register_form(name)).await.expect_status(201)
        };
        assert_eq!(register("alice").await["role"], "admin");
        assert_eq!(register("bob").await["role"], "user");
        let (alice, bob) = (app.login("alice").await, app.login("bob").await);
        for (person, role) in [(&alice, "admin"), (&bob, "user")] {
            assert_eq!(person.client.get("/api/v1/users/current-user").await.data()["role"], role);
            let body = json!({ "username": person.username, "password": PASSWORD });
            assert_eq!(person.client.post("/api/v1/users/login", body).await.data()["user"]["role"], role);
        }
        let seen = bob.client.get("/api/v1/users/c/alice").await.data();
        assert_eq!((&seen["username"], seen.get("role")), (&json!("alice"), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_register_at_the_same_moment_one_is_the_administrator() {
    run(async |app| {
        let names: Vec<String> = (0..8).map(|number| format!("first{number}")).collect();
        let register = |name: &str| {
            let (client, form) = (app.anonymous(), register_form(name));
            async move { client.multipart("POST", "/api/v1/users/register", form).await.expect_status(201)["role"].clone() }
        };
        let roles = futures_util::future::join_all(names.iter().map(|name| register(name))).await;
        assert_eq!(roles.iter().filter(|role| *role == "admin").count(), 1, "{roles:?}");
        assert_eq!(roles.iter().filter(|role| *role == "user").count(), 7, "{roles:?}");
    })
    .await;
}

#[tokio::test]
async fn a_site_that_everybody_has_left_begins_anew() {
    run(async |app| {
        let alice = app.person("alice").await;
        let leave = alice.client.request("DELETE", "/api/v1/users/me").json(&json!({ "password": PASSWORD }));
        assert_eq!(alice.client.send(leave).await.status, 200);
        let bob = app.person("bob").await;
        assert_eq!(bob.client.get("/api/v1/users/current-user").await.data()["role"], "admin");
    })
    .await;
}
