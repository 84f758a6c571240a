//! Attacks by way of what people store, upload and present: T6, T7 and T15.

use image::ImageFormat;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Response, crafted, file, id, run, run_with, samples, tokens};

const CURRENT: &str = "/api/v1/users/current-user";
const SCRIPT: &str = "\"><script>alert('x')</script>&amp;{{7*7}}${7*7}\u{202e}javascript:alert(1)";

async fn new_avatar(client: &Client, bytes: Vec<u8>) -> Response {
    let form = Form::new().part("avatar", file("avatar.png", bytes));
    client.multipart("PATCH", "/api/v1/users/avatar", form).await
}

/// What the server shows after an avatar was accepted.
async fn shown_avatar(client: &Client, bytes: Vec<u8>) -> Response {
    let user = new_avatar(client, bytes).await.expect(200, "Avatar image updated successfully").data();
    client.get(user["avatar"].as_str().unwrap()).await
}

#[tokio::test]
async fn t06_stored_text_comes_back_as_it_was_in_json_that_no_browser_runs() {
    run(async |app| {
        let alice = app.person("alice").await;
        let client = &alice.client;
        let body = json!({ "fullName": SCRIPT, "email": "alice@example.org" });
        client.patch("/api/v1/users/update-account", body).await.expect_status(200);
        let tweet = client.post("/api/v1/tweets", json!({ "content": SCRIPT })).await.expect_status(201);
        let playlist = json!({ "name": SCRIPT, "description": SCRIPT });
        let playlist = client.post("/api/v1/playlist", playlist).await.expect_status(201);
        let video = alice.video(SCRIPT).await;
        let comment = format!("/api/v1/comments/{}", id(&video));
        client.post(&comment, json!({ "content": SCRIPT })).await.expect_status(201);
        let shown = [
            (format!("/api/v1/tweets/user/{}", alice.id), "/data/0/content"),
            (format!("/api/v1/tweets/user/{}", alice.id), "/data/0/owner/fullName"),
            (format!("/api/v1/playlist/{}", id(&playlist)), "/data/name"),
            (format!("/api/v1/videos/{}", id(&video)), "/data/title"),
            ("/api/v1/videos".to_owned(), "/data/docs/0/title"),
            (comment, "/data/docs/0/content"),
            ("/api/v1/users/c/alice".to_owned(), "/data/fullName"),
        ];
        for (path, pointer) in shown {
            let response = app.anonymous().get(&path).await;
            assert_eq!(response.body.pointer(pointer), Some(&json!(SCRIPT)), "{path}");
            assert_eq!(response.header("content-type"), "application/json");
            assert_eq!(response.header("x-content-type-options"), "nosniff");
            assert_eq!(response.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
            assert_eq!(response.header("x-frame-options"), "DENY");
        }
        assert_eq!(tweet["content"], SCRIPT);
        // What a request says is not said back as a page, either.
        for path in ["/%3Cscript%3Ealert(1)%3C/script%3E", "/api/v1/videos/%3Cscript%3E", "/media/%3Cscript%3E.png"] {
            let response = app.anonymous().get(path).await;
            assert!(response.status >= 400 && !String::from_utf8_lossy(&response.bytes).contains("<script"), "{path}");
            assert_eq!(response.header("content-type"), "application/json", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn t06_what_people_uploaded_never_runs_as_a_page() {
    run(async |app| {
        let alice = app.person("alice").await;
        let user = alice.client.get(CURRENT).await.data();
        let video = alice.video("Video").await;
        for (address, kind) in
            [(&user["avatar"], "image/jpeg"), (&video["thumbnail"], "image/jpeg"), (&video["videoFile"], "video/mp4")]
        {
            for method in ["GET", "HEAD"] {
                let response = app.anonymous().bare(method, address.as_str().unwrap()).await;
                assert_eq!((response.status, response.header("content-type")), (200, kind));
                assert_eq!(response.header("x-content-type-options"), "nosniff");
                let policy = response.header("content-security-policy");
                let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
                assert!(directives.contains(&"sandbox") && directives.contains(&"default-src 'none'"), "{policy}");
                assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
                assert_eq!(response.header("content-disposition"), "inline");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t06_no_parameter_sends_a_visitor_elsewhere() {
    run(async |app| {
        let alice = app.person("alice").await;
        let evil = "https%3A%2F%2Fevil.example%2F";
        let names = ["next", "redirect", "redirect_uri", "continue", "return", "returnUrl", "url", "callback"];
        let query = names.map(|name| format!("{name}={evil}")).join("&");
        let paths = [
            "/api/v1/videos",
            CURRENT,
            "/api/v1/healthcheck/",
            "/docs",
            "/docs/",
            "/",
            "//evil.example/",
            "/docs//evil.example",
        ];
        for path in paths {
            let response = alice.browser().get(&format!("{}{path}?{query}", app.base)).await;
            let target = response.header("location");
            let is_local = target.starts_with('/') && !target.starts_with("//") && !target.contains('\\');
            assert!(target.is_empty() || is_local, "{path} leads to {target}");
            assert_eq!((300..400).contains(&response.status), !target.is_empty(), "{path}");
        }
        for path in ["/api/v1/users/login", "/api/v1/users/logout"] {
            let body = json!({ "username": "alice", "password": PASSWORD, "next": "https://evil.example/" });
            let response = alice.client.post(&format!("{path}?{query}"), body).await;
            assert_eq!((response.status, response.header("location")), (200, ""), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn t07_svg_and_its_disguises_are_refused() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let svg =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><image href=\"file:///etc/passwd\"/></svg>";
        let disguises = [
            svg.to_owned(),
            format!("<?xml version=\"1.0\"?>{svg}"),
            format!("\u{feff}{svg}"),
            format!("<!-- GIF89a -->{svg}"),
            format!("push graphic-context\nimage over 0,0 0,0 'url(https://evil.example/)'\n{svg}"),
            "%!PS-Adobe-3.0\n(/etc/passwd) run".to_owned(),
            "<html><script>alert(1)</script></html>".to_owned(),
            format!("GIF89a{svg}"),
            format!("\u{89}PNG\r\n\u{1a}\n{svg}"),
        ];
        for bytes in disguises {
            new_avatar(&client, bytes.clone().into_bytes()).await.expect_status(400);
            let part = file("picture.svg", bytes.into_bytes()).mime_str("image/svg+xml").unwrap();
            let form = Form::new().part("coverImage", part);
            client.multipart("PATCH", "/api/v1/users/cover-image", form).await.expect_status(400);
        }
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn t07_a_decompression_bomb_is_refused_before_it_is_decoded() {
    run(async |app| {
        let client = app.person("alice").await.client;
        for (width, height) in [(60_000, 60_000), (12_001, 1), (1, 4_000_000_000), (12_000, 12_000), (0x7fff_ffff, 2)] {
            let response = new_avatar(&client, crafted::png_bomb(width, height)).await;
            let message = response.message().to_owned();
            response.expect(400, &message);
            assert!(message.starts_with("This image is too large"), "{width} x {height}: {message}");
        }
        new_avatar(&client, crafted::png_bomb(0, 64)).await.expect_status(400);
        new_avatar(&client, crafted::png_bomb(64, 65)).await.expect_status(400);
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn t07_what_a_picture_tells_about_its_maker_is_stripped() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let place = "GPS 48.137154 N 11.576124 E, serial 4711";
        let jpeg = crafted::jpeg_with_exif(60, 20, place);
        assert!(jpeg.windows(4).any(|bytes| bytes == b"Exif"));
        let mut samples = vec![jpeg];
        for kind in [*b"tEXt", *b"eXIf", *b"iTXt"] {
            samples.push(crafted::png_with_chunk(20, 60, kind, format!("Comment\0{place}").as_bytes()));
        }
        for bytes in samples {
            let has = |bytes: &[u8], wanted: &str| bytes.windows(wanted.len()).any(|part| part == wanted.as_bytes());
            assert!(has(&bytes, place));
            let shown = shown_avatar(&client, bytes).await;
            for trace in [place, "GPS", "Exif", "tEXt", "eXIf", "iTXt", "http://ns.adobe.com"] {
                assert!(!has(&shown.bytes, trace), "{trace}");
            }
            // The EXIF block said that it lies on its side; without the block it has to stand.
            let picture = image::load_from_memory(&shown.bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (20, 60));
        }
    })
    .await;
}

#[tokio::test]
async fn t07_polyglots_lose_their_second_nature() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let payloads: [&[u8]; 3] =
            [b"<script>alert(1)</script>", b"PK\x05\x06 a zip's end", b"<?php system($_GET[0]);"];
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            for payload in payloads {
                let shown = shown_avatar(&client, [&samples::image(16, 16, format), payload].concat()).await;
                assert_eq!(shown.header("content-type"), "image/jpeg", "{format:?}");
                assert!(!shown.bytes.windows(payload.len()).any(|part| part == payload), "{format:?}");
                assert!(shown.bytes.starts_with(b"\xff\xd8\xff") && shown.bytes.ends_with(b"\xff\xd9"), "{format:?}");
            }
        }
    })
    .await;
}

const ACCESS_SECRET: &str = "the access secret of this test";
const REFRESH_SECRET: &str = "the refresh secret of this test";
const SECRETS: [(&str, &str); 2] = [("ACCESS_TOKEN_SECRET", ACCESS_SECRET), ("REFRESH_TOKEN_SECRET", REFRESH_SECRET)];

#[tokio::test]
async fn t15_a_token_that_was_not_made_here_is_refused() {
    run_with(&SECRETS, async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (_, claims) = tokens::read(&alice.access_token);
        let (_, bobs) = tokens::read(&bob.access_token);
        let with = |name: &str, value: &Value| {
            let mut claims = claims.clone();
            claims[name] = value.clone();
            claims
        };
        let forged = tokens::forge("HS256", &claims, ACCESS_SECRET);
        alice.client.with_token(&forged).get(CURRENT).await.expect(200, "User fetched successfully");

        let [head, body, signature] = alice.access_token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let [_, bobs_body, _] = bob.access_token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let refused = [
            tokens::forge("none", &claims, ""),
            tokens::forge("None", &claims, ""),
            tokens::forge("nOnE", &claims, ""),
            tokens::forge("RS256", &claims, ACCESS_SECRET),
            tokens::forge("HS512", &claims, ACCESS_SECRET),
            tokens::forge("HS384", &claims, ACCESS_SECRET),
            tokens::forge("ES256", &claims, ACCESS_SECRET),
            tokens::forge("HS256", &claims, REFRESH_SECRET),
            tokens::forge("HS256", &claims, "secret"),
            tokens::forge("HS256", &claims, ""),
            format!("{head}.{bobs_body}.{signature}"),
            format!("{head}.{body}."),
            format!("{head}.{body}"),
            format!("{head}.{body}.{flipped}{}", &signature[1..]),
            format!("{head}.{body}.{}", &signature[..signature.len() - 4]),
            format!("{head}.{body}.{signature}.{signature}"),
            alice.refresh_token.clone(),
            // Rightly signed, but of no session that there is: as after an earlier leak of a database's ids.
            tokens::forge("HS256", &with("sid", &bobs["sid"]), ACCESS_SECRET),
            tokens::forge("HS256", &with("sid", &claims["_id"]), ACCESS_SECRET),
            tokens::forge("HS256", &with("_id", &bobs["_id"]), ACCESS_SECRET),
            tokens::forge("HS256", &with("_id", &json!({ "$ne": "" })), ACCESS_SECRET),
            tokens::forge("HS256", &with("exp", &claims["iat"]), ACCESS_SECRET),
            tokens::forge("HS256", &with("exp", &Value::Null), ACCESS_SECRET),
        ];
        for token in refused {
            for client in [
                alice.client.with_token(&token),
                alice.client.without_token().with_header("cookie", &format!("accessToken={token}")),
            ] {
                let response = client.get(CURRENT).await;
                assert_eq!(response.status, 401, "{token}");
                response.expect_status(401);
                client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.expect_status(401);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t15_a_refresh_token_that_was_not_made_here_is_refused() {
    run_with(&SECRETS, async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (_, claims) = tokens::read(&alice.refresh_token);
        let (_, bobs) = tokens::read(&bob.refresh_token);
        let mut stolen = claims.clone();
        stolen["_id"] = bobs["_id"].clone();
        let refused = [
            tokens::forge("none", &claims, ""),
            tokens::forge("RS256", &claims, REFRESH_SECRET),
            tokens::forge("HS256", &claims, ACCESS_SECRET),
            tokens::forge("HS256", &stolen, REFRESH_SECRET),
            alice.access_token.clone(),
        ];
        for token in refused {
            let body = json!({ "refreshToken": token });
            app.anonymous().post("/api/v1/users/refresh-token", body).await.expect_status(401);
        }
        // None of it has touched her session.
        let body = json!({ "refreshToken": alice.refresh_token });
        alice.client.without_token().post("/api/v1/users/refresh-token", body).await.expect_status(200);
    })
    .await;
}
