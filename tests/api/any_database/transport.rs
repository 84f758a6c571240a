//! The rules of transport that hold for every route: paths, bodies, envelopes, ids and times.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Body;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Response, file, id, run, run_with};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const BODY_BYTES_MAX: usize = 16 * 1024;
const NOBODY: &str = "0123456789abcdef01234567";

/// Sends bytes as a body of this type.
async fn send(client: &Client, method: &str, path: &str, kind: &str, body: impl Into<Body>) -> Response {
    client.send(client.request(method, path).header("content-type", kind).body(body)).await
}

#[tokio::test]
async fn a_trailing_slash_and_the_case_of_a_path_do_not_matter() {
    run(async |app| {
        let alice = app.person("alice").await;
        let current = "/api/v1/users/current-user";
        for path in [current, &format!("{current}/"), "/API/V1/Users/Current-User", "/Api/v1/USERS/current-user/"] {
            let response = alice.client.get(path).await;
            assert_eq!(response.expect(200, "User fetched successfully").data()["_id"], alice.id, "{path}");
        }
        let page = alice.client.get("/API/v1/Videos/?limit=7&page=2").await.expect_status(200);
        assert_eq!((&page["limit"], &page["page"]), (&json!(7), &json!(2)));
        let body = json!({ "username": "alice", "password": PASSWORD });
        app.anonymous().get("/api/v1/healthcheck/").await.expect_status(200);
        alice.client.post("/api/v1/Users/login/", body).await.expect(200, "User logged In Successfully");
    })
    .await;
}

#[tokio::test]
async fn long_responses_are_compressed_and_short_ones_are_not() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let path = format!("/api/v1/videos/{}", id(&video));
        let encoding = async || {
            let request = app.anonymous().request("GET", &path).header("accept-encoding", "gzip");
            request.send().await.unwrap().headers().get("content-encoding").cloned()
        };
        assert_eq!(encoding().await, None);
        let long = json!({ "description": "chai ".repeat(900) });
        alice.client.patch(&path, long).await.expect_status(200);
        assert_eq!(encoding().await.unwrap(), "gzip");
    })
    .await;
}

#[tokio::test]
async fn unknown_paths_and_unknown_methods_are_the_same_404() {
    run(async |app| {
        let requests = [
            ("GET", "/api/v1/nothing"),
            ("GET", "/api/v1"),
            ("GET", "/api/v2/videos"),
            ("POST", "/nothing"),
            ("GET", "/api/v1/users/login"),
            ("PUT", "/api/v1/videos"),
            ("POST", "/api/v1/healthcheck"),
            ("DELETE", "/api/v1/users/login"),
        ];
        for (method, path) in requests {
            let response = app.anonymous().bare(method, path).await;
            assert_eq!(response.status, 404, "{method} {path}");
            response.expect_status(404);
        }
    })
    .await;
}

#[tokio::test]
async fn methods_that_no_address_has_are_405() {
    run(async |app| {
        for method in ["TRACE", "BREW", "PROPFIND"] {
            for (path, allowed) in [("/api/v1/healthcheck", "GET,HEAD"), ("/api/v1/videos", "GET,HEAD,POST")] {
                let response = app.anonymous().bare(method, path).await;
                response.expect(405, &format!("The method {method} is not supported"));
                assert_eq!(response.header("allow"), allowed, "{method} {path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn unknown_fields_and_parameters_are_ignored() {
    run(async |app| {
        let alice = app.person("alice").await;
        let body = json!({ "content": "Hello", "owner": NOBODY, "_id": NOBODY, "extra": { "deep": [1] } });
        let tweet = alice.client.post("/api/v1/tweets?colour=red", body).await.expect_status(201);
        assert_eq!(tweet["owner"]["_id"], alice.id);
        assert_ne!(id(&tweet), NOBODY);
        alice.client.get("/api/v1/videos?colour=red&_=1&page=1").await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_not_needed_may_be_empty_or_missing() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let toggle = format!("/api/v1/subscriptions/c/{}", bob.id);
        for (turn, kind) in [None, Some(JSON), Some(FORM), Some("text/plain")].into_iter().enumerate() {
            let request = alice.client.request("POST", &toggle);
            let request = if let Some(kind) = kind { request.header("content-type", kind).body("") } else { request };
            let data = alice.client.send(request).await.expect_status(200);
            assert_eq!(data["subscribed"], turn % 2 == 0, "{kind:?}");
        }
        let tweet = alice.client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.expect_status(201);
        let path = format!("/api/v1/tweets/{}", id(&tweet));
        send(&alice.client, "DELETE", &path, JSON, "").await.expect_status(200);
        send(&alice.client, "POST", "/api/v1/users/logout", JSON, "").await.expect(200, "User logged Out");
    })
    .await;
}

#[tokio::test]
async fn json_and_forms_are_read_alike() {
    run(async |app| {
        let alice = app.person("alice").await;
        let bodies = [
            (JSON, r#"{"content":"Tea & cake"}"#),
            ("application/json; charset=utf-8", r#"{"content":"Tea & cake"}"#),
            ("Application/JSON", r#"{"content":"Tea \u0026 cake"}"#),
            (FORM, "content=Tea+%26+cake"),
            ("application/x-www-form-urlencoded;charset=UTF-8", "other=1&content=Tea%20%26%20cake"),
        ];
        for (kind, body) in bodies {
            let response = send(&alice.client, "POST", "/api/v1/tweets", kind, body).await;
            assert_eq!(response.expect_status(201)["content"], "Tea & cake", "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_may_have_16_kib_and_no_more() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let padded = |start: &str, end: &str, bytes: usize| {
            format!("{start}{}{end}", "x".repeat(bytes - start.len() - end.len()))
        };
        let forms = [(JSON, r#"{"content":"hello","padding":""#, "\"}"), (FORM, "content=hello&padding=", "")];
        for (kind, start, end) in forms {
            let fits = padded(start, end, BODY_BYTES_MAX);
            send(&client, "POST", "/api/v1/tweets", kind, fits).await.expect_status(201);
            for bytes in [BODY_BYTES_MAX + 1, 300 * 1024] {
                let body = padded(start, end, bytes);
                let response = send(&client, "POST", "/api/v1/tweets", kind, body).await;
                response.expect(413, "The body is larger than 16 KiB");
            }
            let pieces = padded(start, end, BODY_BYTES_MAX + 1).into_bytes();
            let pieces: Vec<_> = pieces.chunks(4096).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
            let unannounced = Body::wrap_stream(futures_util::stream::iter(pieces));
            send(&client, "POST", "/api/v1/tweets", kind, unannounced).await.expect_status(413);
        }
    })
    .await;
}

#[tokio::test]
async fn malformed_json_is_refused() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let deep = "[".repeat(8000);
        let bodies: [&[u8]; 9] = [
            b"{\"content\":",
            b"{\"content\":\"a\"",
            b"{content:\"a\"}",
            b"{\"content\":\"\xff\"}",
            b"[]",
            b"\"content\"",
            b"null",
            b"{\"content\":\"a\"} and more",
            deep.as_bytes(),
        ];
        for body in bodies {
            let response = send(&client, "POST", "/api/v1/tweets", JSON, body.to_vec()).await;
            assert_eq!(response.status, 400, "{}", String::from_utf8_lossy(body));
            response.expect_status(400);
        }
    })
    .await;
}

#[tokio::test]
async fn fields_of_the_wrong_type_are_refused_by_name() {
    run(async |app| {
        let alice = app.person("alice").await;
        for wrong in [json!({ "$gt": "" }), json!({ "$ne": null }), json!(["alice"]), json!(1), json!(true)] {
            for field in ["username", "email", "password"] {
                let mut body = json!({ "username": "alice", "password": PASSWORD });
                body[field] = wrong.clone();
                let response = app.anonymous().post("/api/v1/users/login", body).await;
                response.expect(400, &format!("{field}: must be text"));
                assert_eq!(response.body["errors"][0]["field"], field);
            }
            let response = alice.client.post("/api/v1/tweets", json!({ "content": wrong })).await;
            response.expect(400, "content: must be text");
        }
        // Null is what JavaScript makes of an empty variable: missing.
        let body = json!({ "username": "alice", "email": null, "password": null });
        app.anonymous().post("/api/v1/users/login", body).await.expect(400, "password is required");
    })
    .await;
}

#[tokio::test]
async fn texts_are_trimmed_and_blank_ones_count_as_missing() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let tweet = async |content: &str| client.post("/api/v1/tweets", json!({ "content": content })).await;
        assert_eq!(tweet(" \t Hello\n world \u{a0}\u{3000}\n").await.expect_status(201)["content"], "Hello\n world");
        assert_eq!(tweet("nul\0 and bell\u{7}").await.expect_status(201)["content"], "nul and bell");
        assert_eq!(tweet("日本語 🎬 عربى").await.expect_status(201)["content"], "日本語 🎬 عربى");
        for blank in ["", "   ", "\n\t\r", "\u{a0}\u{2003}", "\0"] {
            tweet(blank).await.expect(400, "content is required");
        }
    })
    .await;
}

#[tokio::test]
async fn ids_are_24_hexadecimal_characters_in_either_case() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let tweet = client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.expect_status(201);
        let tweet_id = id(&tweet);
        assert!(tweet_id.len() == 24 && tweet_id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{tweet_id}");
        let path = format!("/api/v1/tweets/{}", tweet_id.to_uppercase());
        client.patch(&path, json!({ "content": "Hello again" })).await.expect_status(200);
        let short = &NOBODY[1..];
        let long = format!("{NOBODY}0");
        for bad in ["abc", "abcdefghijkl", short, &long, "0123456789abcdef0123456g", "%20", "..%2f..%2fetc", "'--"] {
            let routes =
                [("video", "/api/v1/videos/"), ("user", "/api/v1/tweets/user/"), ("playlist", "/api/v1/playlist/")];
            for (thing, route) in routes {
                client.get(&format!("{route}{bad}")).await.expect(400, &format!("Invalid {thing} id"));
            }
            client.delete(&format!("/api/v1/comments/c/{bad}")).await.expect(400, "Invalid comment id");
            client.delete(&format!("/api/v1/tweets/{bad}")).await.expect(400, "Invalid tweet id");
        }
    })
    .await;
}

#[tokio::test]
async fn login_is_checked_before_input_and_input_before_existence_and_existence_before_ownership() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let tweet = alice.client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.expect_status(201);
        let (good, blank) = (json!({ "content": "New" }), json!({ "content": " " }));
        let patch = async |client: &Client, id: &str, body: &Value| {
            client.patch(&format!("/api/v1/tweets/{id}"), body.clone()).await
        };
        patch(&app.anonymous(), "bad", &blank).await.expect(401, "Unauthorized request");
        patch(&bob.client, "bad", &blank).await.expect(400, "Invalid tweet id");
        patch(&bob.client, NOBODY, &blank).await.expect(400, "content is required");
        patch(&bob.client, &id(&tweet), &blank).await.expect(400, "content is required");
        patch(&bob.client, NOBODY, &good).await.expect(404, "Tweet not found");
        patch(&bob.client, &id(&tweet), &good).await.expect_status(403);
        assert_eq!(patch(&alice.client, &id(&tweet), &good).await.expect_status(200)["content"], "New");
        let response = send(&app.anonymous(), "POST", "/api/v1/tweets", JSON, "{").await;
        response.expect(401, "Unauthorized request");
    })
    .await;
}

#[tokio::test]
async fn times_are_utc_with_milliseconds() {
    run(async |app| {
        let client = app.person("alice").await.client;
        app.advance(Duration::from_millis(1_234));
        let response = client.post("/api/v1/tweets", json!({ "content": "Hello" })).await;
        let tweet = response.expect_status(201);
        assert_eq!(tweet["createdAt"], "2026-01-15T12:00:01.234Z");
        app.advance(Duration::from_mins(1));
        let path = format!("/api/v1/tweets/{}", id(&tweet));
        let tweet = client.patch(&path, json!({ "content": "Hello!" })).await.expect_status(200);
        assert_eq!(tweet["createdAt"], "2026-01-15T12:00:01.234Z");
        assert_eq!(tweet["updatedAt"], "2026-01-15T12:01:01.234Z");
        assert!(!String::from_utf8_lossy(&response.bytes).contains("__v"));
    })
    .await;
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    run(async |app| {
        let mut ids = BTreeSet::new();
        for path in ["/api/v1/healthcheck", "/api/v1/videos", "/api/v1/nothing", "/api/v1/users/current-user"] {
            ids.insert(app.anonymous().get(path).await.header("x-request-id").to_owned());
        }
        assert_eq!(ids.len(), 4, "{ids:?}");
    })
    .await;
}

#[tokio::test]
async fn head_answers_what_get_does_without_the_body() {
    run(async |app| {
        for path in ["/api/v1/healthcheck", "/api/v1/videos", "/api/v1/nothing"] {
            let (head, get) = (app.anonymous().head(path).await, app.anonymous().get(path).await);
            assert_eq!((head.status, head.header("content-type")), (get.status, get.header("content-type")), "{path}");
            assert!(head.bytes.is_empty() && !get.bytes.is_empty(), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_sends_too_much_or_without_leave_is_told_so() {
    let settings = [("RATE_LIMIT", "on"), ("RATE_LIMIT_ADDRESS", "1/2h")];
    run_with(&settings, async |app| {
        let alice = app.person("alice").await;
        let upload = |mib: usize| Form::new().part("avatar", file("a.png", vec![7; mib << 20]));
        let (register, avatar) = ("/api/v1/users/register", "/api/v1/users/avatar");
        // A client that is cut off instead does not know that it only has to refresh its token.
        app.anonymous().multipart("PATCH", avatar, upload(9)).await.expect(401, "Unauthorized request");
        let stale = app.anonymous().with_token("stale");
        stale.multipart("POST", "/api/v1/videos", upload(20)).await.expect(401, "jwt malformed");
        let foreign = alice.browser().with_header("origin", "https://evil.example");
        foreign.multipart("PATCH", avatar, upload(9)).await.expect_status(403);
        app.anonymous().multipart("POST", register, upload(9)).await.expect_status(429);
        app.anonymous().multipart("POST", "/api/v1/nothing", upload(9)).await.expect_status(404);
        alice.client.multipart("PATCH", avatar, upload(11)).await.expect_status(413);
        alice.client.multipart("PATCH", avatar, upload(20)).await.expect_status(413);
        let json = "x".repeat(5 << 20);
        send(&alice.client, "POST", "/api/v1/tweets", JSON, json).await.expect_status(413);
    })
    .await;
}
