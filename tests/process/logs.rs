//! What the log says, and what it must never say.

use reqwest::header::COOKIE;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::program::{PASSWORD, Place};
use crate::samples;

#[tokio::test]
async fn t15_no_token_password_or_cookie_is_ever_logged() {
    let place = Place::new(&[("LOG", "trace")]).await;
    let program = place.start();
    let access = program.token("alice").await;
    let http = reqwest::Client::new();
    let login = json!({ "username": "alice", "password": PASSWORD });
    let response = http.post(program.address("/api/v1/users/login")).json(&login).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    let refresh = body["data"]["refreshToken"].as_str().unwrap().to_owned();
    let with_cookie = http.get(program.address("/api/v1/users/current-user"));
    let response = with_cookie.header(COOKIE, format!("accessToken={access}")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let body = json!({ "refreshToken": refresh });
    http.post(program.address("/api/v1/users/refresh-token")).json(&body).send().await.unwrap();
    let body = json!({ "oldPassword": PASSWORD, "newPassword": "another long password" });
    let change = http.post(program.address("/api/v1/users/change-password")).bearer_auth(&access);
    assert_eq!(change.json(&body).send().await.unwrap().status(), 200);
    let form = Form::new()
        .text("title", "Hidden")
        .text("description", "d")
        .text("isPublished", "false")
        .part("videoFile", Part::bytes(samples::video_file()).file_name("f.mp4"));
    let upload = http.post(program.address("/api/v1/videos")).bearer_auth(&access).multipart(form);
    let video: Value = upload.send().await.unwrap().json().await.unwrap();
    let file = video["data"]["videoFile"].as_str().unwrap();
    assert_eq!(http.get(file).send().await.unwrap().status(), 200);
    let signature = file.split("signature=").nth(1).unwrap().to_owned();

    let log = program.log();
    assert!(log.contains("/api/v1/users/login"), "the log is where it is looked for");
    let secret = place.secret("access_token_secret").await;
    for (what, secret) in [
        ("access token", access.as_str()),
        ("refresh token", refresh.as_str()),
        ("password", PASSWORD),
        ("new password", "another long password"),
        ("signature", signature.as_str()),
        ("token secret", secret.as_str()),
        ("password hash", "$argon2"),
    ] {
        assert!(!log.contains(secret), "the log tells the {what}");
    }
    program.stop();
}

#[tokio::test]
async fn the_log_is_json_where_nobody_watches() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let response = reqwest::get(program.address("/api/v1/healthcheck")).await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let log = program.log();
    let line = log.lines().find(|line| line.contains(&id)).expect("a line with the request's id");
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["span"]["path"], "/api/v1/healthcheck");
    assert_eq!(line["status"], 200);
    program.stop();
}
