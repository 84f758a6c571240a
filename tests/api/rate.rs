//! How often one may try: per address, per account, or as often as one likes.

use serde_json::json;

use crate::harness::{Client, PASSWORD, Response, register_form, run_with};

const LOGIN: &str = "/api/v1/users/login";
const REFRESH: &str = "/api/v1/users/refresh-token";
// The periods below are so long that nothing is given back while a test runs.
const ADDRESS: &str = "RATE_LIMIT_ADDRESS";
const ACCOUNT: &str = "RATE_LIMIT_ACCOUNT";

async fn login(client: &Client, name: &str, password: &str) -> Response {
    client.post(LOGIN, json!({ "username": name, "password": password })).await
}

/// Fails unless the response says that there were too many tries, and how many are allowed in two hours.
#[track_caller]
fn is_refused(response: &Response, tries: u64) {
    assert_eq!(response.status, 429, "{response:?}");
    let number = |name: &str| response.header(name).parse::<u64>().unwrap_or_else(|_| panic!("{name}: {response:?}"));
    let wait_s = number("retry-after");
    assert!((1..=7200 / tries).contains(&wait_s), "{wait_s}");
    response.expect(429, &format!("Too many attempts. Try again in {wait_s} seconds."));
    assert_eq!((number("ratelimit-limit"), number("ratelimit-remaining")), (tries, 0));
    assert_eq!(number("ratelimit-reset"), wait_s);
    assert_eq!(response.header("ratelimit-policy"), format!("{tries};w=7200"));
}

#[tokio::test]
async fn an_address_has_so_many_logins_whoever_it_tries_to_be() {
    run_with(&[("RATE_LIMIT", "on"), (ADDRESS, "4/2h")], async |app| {
        let alice = app.person("alice").await;
        let client = alice.client.without_token();
        for name in ["a", "b", "c"] {
            login(&client, name, PASSWORD).await.expect(404, "User does not exist");
        }
        is_refused(&login(&client, "d", PASSWORD).await, 4);
        is_refused(&login(&client, "alice", PASSWORD).await, 4);
        // Saying that one comes from somewhere else does not help.
        let liar = client.with_header("x-forwarded-for", "203.0.113.9").with_header("forwarded", "for=203.0.113.9");
        is_refused(&login(&liar, "alice", PASSWORD).await, 4);
        // Other things are counted on their own, and reading is not counted at all.
        alice.client.post(REFRESH, json!({ "refreshToken": alice.refresh_token })).await.expect_status(200);
        for _ in 0..10 {
            alice.client.get("/api/v1/users/current-user").await.expect_status(200);
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_has_so_many_logins_from_wherever_they_come() {
    run_with(&[("RATE_LIMIT", "on"), (ACCOUNT, "3/2h"), ("TRUSTED_PROXIES", "1")], async |app| {
        let client = app.person("alice").await.client.without_token();
        app.person("bob").await;
        let from = |address: &str| client.with_header("x-forwarded-for", address);
        let remaining = |response: &Response| response.header("ratelimit-remaining").to_owned();
        let response = login(&from("203.0.113.1"), "alice", PASSWORD).await;
        response.expect(200, "User logged In Successfully");
        assert_eq!((remaining(&response), response.header("ratelimit-limit")), ("1".to_owned(), "3"));
        assert_eq!(response.header("ratelimit-policy"), "3;w=7200");
        login(&from("203.0.113.2"), " ALICE ", "wrong").await.expect(401, "Invalid user credentials");
        is_refused(&login(&from("203.0.113.3"), "alice", PASSWORD).await, 3);
        let bob = Client::new(&app.base, None, Some("bob@example.org".into()));
        login(&bob, "bob", PASSWORD).await.expect(200, "User logged In Successfully");
    })
    .await;
}

#[tokio::test]
async fn an_account_is_one_account_under_each_of_its_names() {
    run_with(&[("RATE_LIMIT", "on"), (ACCOUNT, "3/2h")], async |app| {
        let client = app.person("alice").await.client.without_token();
        let bodies = [
            json!({ "email": "alice@example.org", "password": "wrong" }),
            json!({ "username": "alice@example.org", "password": "wrong" }),
        ];
        for body in bodies {
            client.post(LOGIN, body).await.expect(401, "Invalid user credentials");
        }
        // A made-up user name beside the address is no new account.
        for name in ["x1", "x2"] {
            let body = json!({ "username": name, "email": "alice@example.org", "password": "wrong" });
            is_refused(&client.post(LOGIN, body).await, 3);
        }
        is_refused(&login(&client, "alice", PASSWORD).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_name_nobody_has_is_limited_like_one_that_somebody_has() {
    run_with(&[("RATE_LIMIT", "on"), (ACCOUNT, "2/2h")], async |app| {
        for _ in 0..2 {
            login(&app.anonymous(), "nobody", PASSWORD).await.expect(404, "User does not exist");
        }
        is_refused(&login(&app.anonymous(), "NOBODY", PASSWORD).await, 2);
    })
    .await;
}

#[tokio::test]
async fn registrations_are_limited() {
    run_with(&[("RATE_LIMIT", "on"), (ADDRESS, "3/2h"), ("TRUSTED_PROXIES", "1")], async |app| {
        let register = async |name: &str, address: &str| {
            let client = app.anonymous().with_header("x-forwarded-for", address);
            client.multipart("POST", "/api/v1/users/register", register_form(name)).await
        };
        for name in ["a", "b", "c"] {
            register(name, "203.0.113.1").await.expect_status(201);
        }
        is_refused(&register("d", "203.0.113.1").await, 3);
        is_refused(&register("d", "6.6.6.6, 203.0.113.1").await, 3);
        register("d", "203.0.113.2").await.expect_status(201);
        // The provider of an IPv6 address gives its customer a whole network.
        for (number, name) in ["e", "f", "g"].into_iter().enumerate() {
            register(name, &format!("2001:db8:1:2:{number}::1")).await.expect_status(201);
        }
        is_refused(&register("h", "2001:db8:1:2:ffff::9").await, 3);
        register("h", "2001:db8:1:3::1").await.expect_status(201);
        app.media_settles_at(8).await;
    })
    .await;
}

#[tokio::test]
async fn refreshes_are_limited_by_address_and_by_account() {
    for (limit, tries) in [((ADDRESS, "3/2h"), 3), ((ACCOUNT, "4/2h"), 4)] {
        run_with(&[("RATE_LIMIT", "on"), limit], async |app| {
            let alice = app.person("alice").await;
            let client = alice.client.without_token();
            let mut token = alice.refresh_token.clone();
            for _ in 0..tries {
                let response = client.post(REFRESH, json!({ "refreshToken": token })).await;
                token =
                    response.expect(200, "Access token refreshed").data()["refreshToken"].as_str().unwrap().to_owned();
            }
            is_refused(&client.post(REFRESH, json!({ "refreshToken": token })).await, tries);
        })
        .await;
    }
}

#[tokio::test]
async fn guessing_the_password_of_an_open_session_is_limited() {
    run_with(&[("RATE_LIMIT", "on"), (ACCOUNT, "3/2h")], async |app| {
        let alice = app.person("alice").await;
        let change = json!({ "oldPassword": "wrong", "newPassword": "new" });
        for _ in 0..2 {
            alice
                .client
                .post("/api/v1/users/change-password", change.clone())
                .await
                .expect(400, "Invalid old password");
        }
        let leave = async |password: &str| {
            let request = alice.client.request("DELETE", "/api/v1/users/me").json(&json!({ "password": password }));
            alice.client.send(request).await
        };
        leave("wrong").await.expect(400, "Invalid password");
        is_refused(&leave(PASSWORD).await, 3);
        is_refused(&alice.client.post("/api/v1/users/change-password", change).await, 3);
        alice.client.get("/api/v1/users/current-user").await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn without_limits_nobody_is_refused() {
    run_with(&[("RATE_LIMIT", "off"), (ADDRESS, "1/2h"), (ACCOUNT, "1/2h")], async |app| {
        let client = app.person("alice").await.client.without_token();
        for _ in 0..5 {
            let response = login(&client, "alice", PASSWORD).await;
            response.expect(200, "User logged In Successfully");
            assert!(!response.headers.keys().any(|name| name.as_str().starts_with("ratelimit")), "{response:?}");
        }
    })
    .await;
}
