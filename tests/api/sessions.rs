//! Sessions: refreshing them, ending them, and what theft does to them.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::{once, pending};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::samples::video_file;
use crate::harness::{Client, PASSWORD, Person, Response, eventually, rows, run, run_with, tokens, tus};

const REFRESH: &str = "/api/v1/users/refresh-token";
const CURRENT: &str = "/api/v1/users/current-user";
const CHANGE: &str = "/api/v1/users/change-password";
const LOGOUT: &str = "/api/v1/users/logout";
const SESSIONS: &str = "/api/v1/users/sessions";
const USED: &str = "Refresh token is expired or used";

async fn refresh(client: &Client, token: &str) -> Response {
    client.without_token().post(REFRESH, json!({ "refreshToken": token })).await
}

/// The tokens of a refresh that went well: access and refresh.
async fn refreshed(client: &Client, token: &str) -> (String, String) {
    let data = refresh(client, token).await.expect(200, "Access token refreshed").data();
    (data["accessToken"].as_str().unwrap().to_owned(), data["refreshToken"].as_str().unwrap().to_owned())
}

async fn login(person: &Person, password: &str) -> Response {
    let body = json!({ "username": person.username, "password": password });
    person.client.without_token().post("/api/v1/users/login", body).await
}

#[tokio::test]
async fn refreshing_gives_two_new_tokens_and_their_cookies() {
    run(async |app| {
        let alice = app.person("alice").await;
        let response = refresh(&alice.client, &alice.refresh_token).await;
        let data = response.expect(200, "Access token refreshed").data();
        let (_, old) = tokens::read(&alice.refresh_token);
        let (_, new) = tokens::read(data["refreshToken"].as_str().unwrap());
        assert!(new["jti"].is_string() && new["jti"] != old["jti"], "{new}");
        assert_eq!(new["_id"], alice.id);
        let cookies = response.cookies();
        assert_eq!(cookies.len(), 2);
        for name in ["accessToken", "refreshToken"] {
            let start = format!("{name}={}; ", data[name].as_str().unwrap());
            assert!(cookies.iter().any(|cookie| cookie.starts_with(&start) && cookie.contains("HttpOnly")), "{name}");
        }
        let client = alice.client.with_token(data["accessToken"].as_str().unwrap());
        client.get(CURRENT).await.expect(200, "User fetched successfully");
        // The session stays one and the same.
        assert_eq!(client.get(SESSIONS).await.data().as_array().unwrap().len(), 1);
        refreshed(&alice.client, data["refreshToken"].as_str().unwrap()).await;
    })
    .await;
}

/// The clock stands still, so both are issued within one second.
#[tokio::test]
async fn access_tokens_of_one_second_differ() {
    run(async |app| {
        let alice = app.person("alice").await;
        let (access, _) = refreshed(&alice.client, &alice.refresh_token).await;
        let (old, new) = (tokens::read(&alice.access_token).1, tokens::read(&access).1);
        assert_eq!((&old["sid"], &old["iat"]), (&new["sid"], &new["iat"]));
        assert_ne!(old["jti"], new["jti"]);
        assert_ne!(alice.access_token, access);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_comes_in_a_cookie_or_in_the_body() {
    run(async |app| {
        let alice = app.person("alice").await;
        let nobody = alice.client.without_token();
        let response = alice.browser().bare("POST", REFRESH).await;
        let next = response.expect(200, "Access token refreshed").data()["refreshToken"].as_str().unwrap().to_owned();
        // A cookie that fails gives way to the body.
        let stale = nobody.with_header("cookie", "refreshToken=stale");
        stale.post(REFRESH, json!({ "refreshToken": next })).await.expect(200, "Access token refreshed");

        for body in [json!({}), json!({ "refreshToken": "" }), json!({ "refreshToken": null })] {
            nobody.post(REFRESH, body).await.expect(401, "unauthorized request");
        }
        nobody.bare("POST", REFRESH).await.expect(401, "unauthorized request");
        // In the header it does not count: that is the place of access tokens.
        alice.client.with_token(&next).bare("POST", REFRESH).await.expect(401, "unauthorized request");
        for bad in ["undefined", "a.b.c", &alice.access_token] {
            refresh(&nobody, bad).await.expect(401, "Invalid refresh token");
        }
        nobody.post(REFRESH, json!({ "refreshToken": { "$ne": "" } })).await.expect(400, "refreshToken: must be text");
    })
    .await;
}

#[tokio::test]
async fn a_session_lasts_as_long_as_it_is_refreshed_in_time() {
    run_with(&[("ACCESS_TOKEN_EXPIRY", "1h"), ("REFRESH_TOKEN_EXPIRY", "2d")], async |app| {
        let alice = app.person("alice").await;
        let mut tokens = (alice.access_token.clone(), alice.refresh_token.clone());
        for _ in 0..3 {
            app.advance(Duration::from_secs(2 * 24 * 3600 - 1));
            alice.client.with_token(&tokens.0).get(CURRENT).await.expect(401, "jwt expired");
            tokens = refreshed(&alice.client, &tokens.1).await;
            let client = alice.client.with_token(&tokens.0);
            assert_eq!(client.get(CURRENT).await.expect_status(200)["_id"], alice.id);
        }
        app.advance(Duration::from_hours(48));
        refresh(&alice.client, &tokens.1).await.expect(401, USED);
        let again = app.login("alice").await;
        let sessions = again.client.get(SESSIONS).await.expect_status(200);
        assert_eq!(sessions.as_array().unwrap().len(), 1, "the expired session is not listed: {sessions}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_refreshes_of_one_client_get_the_same_successor() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut token = alice.refresh_token.clone();
        for _ in 0..3 {
            let all = join_all((0..6).map(|_| refreshed(&alice.client, &token))).await;
            assert!(all.iter().all(|(_, successor)| *successor == all[0].1), "{all:?}");
            assert_ne!(all[0].1, token);
            for (access, _) in &all {
                alice.client.with_token(access).get(CURRENT).await.expect_status(200);
            }
            token.clone_from(&all[0].1);
            app.advance(Duration::from_mins(1));
        }
    })
    .await;
}

#[tokio::test]
async fn a_used_refresh_token_ends_the_session_for_thief_and_owner() {
    run_with(&[("REFRESH_GRACE", "10s")], async |app| {
        let (alice, other) = (app.person("alice").await, app.login("alice").await);
        let (access, next) = refreshed(&alice.client, &alice.refresh_token).await;
        app.advance(Duration::from_secs(10));
        assert_eq!(refreshed(&alice.client, &alice.refresh_token).await.1, next, "within the grace");
        app.advance(Duration::from_millis(1));
        refresh(&alice.client, &alice.refresh_token).await.expect(401, USED);
        refresh(&alice.client, &next).await.expect(401, USED);
        for token in [&alice.access_token, &access] {
            alice.client.with_token(token).get(CURRENT).await.expect(401, "Invalid Access Token");
        }
        // Her session on another device has nothing to do with it.
        other.client.get(CURRENT).await.expect_status(200);
        refreshed(&other.client, &other.refresh_token).await;
    })
    .await;
}

#[tokio::test]
async fn the_grace_reaches_back_one_token_only() {
    run(async |app| {
        let alice = app.person("alice").await;
        let (_, second) = refreshed(&alice.client, &alice.refresh_token).await;
        let (access, third) = refreshed(&alice.client, &second).await;
        refresh(&alice.client, &alice.refresh_token).await.expect(401, USED);
        refresh(&alice.client, &third).await.expect(401, USED);
        alice.client.with_token(&access).get(CURRENT).await.expect(401, "Invalid Access Token");
    })
    .await;
}

#[tokio::test]
async fn logging_out_ends_this_session_at_once_and_no_other() {
    run(async |app| {
        let (alice, other) = (app.person("alice").await, app.login("alice").await);
        let (access, next) = refreshed(&alice.client, &alice.refresh_token).await;
        let response = alice.browser().bare("POST", "/api/v1/users/logout").await;
        assert_eq!(response.expect(200, "User logged Out").data(), json!({}));
        for token in [&alice.access_token, &access] {
            alice.client.with_token(token).get(CURRENT).await.expect(401, "Invalid Access Token");
            alice.client.with_token(token).get("/api/v1/videos").await.expect(401, "Invalid Access Token");
        }
        alice.client.bare("POST", "/api/v1/users/logout").await.expect(401, "Invalid Access Token");
        refresh(&alice.client, &next).await.expect(401, USED);
        other.client.get(CURRENT).await.expect_status(200);
        app.anonymous().bare("POST", "/api/v1/users/logout").await.expect(401, "Unauthorized request");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    run(async |app| {
        let (alice, other) = (app.person("alice").await, app.login("alice").await);
        let bob = app.person("bob").await;
        let body = json!({ "oldPassword": PASSWORD, "newPassword": "a new one", "confirmPassword": "whatever" });
        let response = alice.client.post(CHANGE, body).await;
        assert_eq!(response.expect(200, "Password changed successfully").data(), json!({}));
        alice.client.get(CURRENT).await.expect_status(200);
        refreshed(&alice.client, &alice.refresh_token).await;
        other.client.get(CURRENT).await.expect(401, "Invalid Access Token");
        refresh(&other.client, &other.refresh_token).await.expect(401, USED);
        login(&alice, PASSWORD).await.expect(401, "Invalid user credentials");
        login(&alice, "a new one").await.expect(200, "User logged In Successfully");
        bob.client.get(CURRENT).await.expect_status(200);
        login(&bob, PASSWORD).await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn a_password_change_that_fails_changes_nothing() {
    run(async |app| {
        let (alice, other) = (app.person("alice").await, app.login("alice").await);
        let bodies = [
            json!({}),
            json!({ "oldPassword": PASSWORD }),
            json!({ "newPassword": "a new one" }),
            json!({ "oldPassword": PASSWORD, "newPassword": "   " }),
            json!({ "oldPassword": "", "newPassword": "a new one" }),
        ];
        for body in bodies {
            alice.client.post(CHANGE, body).await.expect(400, "oldPassword and newPassword are required");
        }
        let body = json!({ "oldPassword": "wrong", "newPassword": "a new one" });
        alice.client.post(CHANGE, body.clone()).await.expect(400, "Invalid old password");
        let endless = json!({ "oldPassword": PASSWORD, "newPassword": "x".repeat(1001) });
        alice.client.post(CHANGE, endless).await.expect(400, "The password must have at most 1000 bytes");
        app.anonymous().post(CHANGE, body).await.expect(401, "Unauthorized request");
        login(&alice, PASSWORD).await.expect_status(200);
        other.client.get(CURRENT).await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_to_their_owner_newest_first() {
    run(async |app| {
        let alice = app.person("alice").await;
        app.person("bob").await;
        app.advance(Duration::from_mins(1));
        let phone = alice.client.without_token().with_header("user-agent", &"Telephone ".repeat(50));
        let body = json!({ "username": "alice", "password": PASSWORD });
        let data = phone.post("/api/v1/users/login", body).await.expect_status(200);
        let phone = phone.with_token(data["accessToken"].as_str().unwrap());
        app.advance(Duration::from_mins(1));
        refreshed(&alice.client, &alice.refresh_token).await;

        let sessions = alice.client.get(SESSIONS).await.expect(200, "Sessions fetched successfully").data();
        let [newer, older] = sessions.as_array().unwrap().as_slice() else { panic!("{sessions}") };
        assert_eq!((&newer["isCurrent"], &older["isCurrent"]), (&json!(false), &json!(true)));
        assert_eq!(newer["userAgent"], "Telephone ".repeat(30));
        assert_eq!((&newer["address"], &older["userAgent"]), (&json!("127.0.0.1"), &json!("")));
        assert_eq!(newer["createdAt"], "2026-01-15T12:01:00.000Z");
        assert_eq!(older["createdAt"], "2026-01-15T12:00:00.000Z");
        assert_eq!(older["lastUsedAt"], "2026-01-15T12:02:00.000Z");
        assert_eq!(older["expiresAt"], "2026-01-25T12:02:00.000Z");
        let seen_from_there = phone.get(SESSIONS).await.data();
        assert_eq!((&seen_from_there[0]["isCurrent"], &seen_from_there[1]["isCurrent"]), (&json!(true), &json!(false)));
        app.anonymous().get(SESSIONS).await.expect(401, "Unauthorized request");
    })
    .await;
}

#[tokio::test]
async fn one_ends_ones_own_sessions_and_nobody_elses() {
    run(async |app| {
        let (alice, other, bob) = (app.person("alice").await, app.login("alice").await, app.person("bob").await);
        let session = |person: &Person| {
            let sid: Value = tokens::read(&person.access_token).1["sid"].clone();
            format!("{SESSIONS}/{}", sid.as_str().unwrap())
        };
        bob.client.delete(&session(&alice)).await.expect(404, "Session not found");
        app.anonymous().delete(&session(&alice)).await.expect(401, "Unauthorized request");
        alice.client.delete(&format!("{SESSIONS}/xyz")).await.expect(400, "Invalid session id");
        alice.client.get(CURRENT).await.expect_status(200);

        alice.client.delete(&session(&other)).await.expect(200, "Session ended");
        other.client.get(CURRENT).await.expect(401, "Invalid Access Token");
        refresh(&other.client, &other.refresh_token).await.expect(401, USED);
        alice.client.delete(&session(&other)).await.expect(404, "Session not found");
        assert_eq!(alice.client.get(SESSIONS).await.data().as_array().unwrap().len(), 1);
        alice.client.delete(&session(&alice)).await.expect(200, "Session ended");
        alice.client.get(CURRENT).await.expect(401, "Invalid Access Token");
    })
    .await;
}

#[tokio::test]
async fn t10_running_uploads_end_with_their_session() {
    run(async |app| {
        app.person("alice").await;
        let (phone, laptop) = (app.login("alice").await, app.login("alice").await);
        let video = video_file();
        let half = video.len() / 2;
        let address = tus::begin(&phone.client, video.len()).await;
        let mut piece = tus::send_in_part_when_asked(&phone, &app.base, &address, &video, half).await;
        phone.client.post(LOGOUT, json!({})).await.expect(200, "User logged Out");
        assert_eq!(tus::status(&mut piece).await, 401);
        assert_eq!(tus::offset(&laptop.client, &address).await, half, "what has arrived counts");

        let begun = once(async move { Ok::<_, std::io::Error>(video[..half].to_vec()) }).chain(pending());
        let file = Part::stream(reqwest::Body::wrap_stream(begun)).file_name("f.mp4");
        let form = Form::new().text("title", "t").text("description", "d").part("videoFile", file);
        let logout = async {
            eventually(async || match rows::count(app, "uploads").await {
                2 => Ok(()),
                other => Err(other),
            })
            .await;
            laptop.client.post(LOGOUT, json!({})).await.expect(200, "User logged Out");
        };
        let (response, ()) = tokio::join!(laptop.client.multipart("POST", "/api/v1/videos", form), logout);
        response.expect(401, "The session has ended. Log in and try again.");
    })
    .await;
}
