//! Which web pages may call the server, and by which names it responses.

use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Response, TestApp, id, run, run_with};

const FOREIGN: &str = "https://evil.example";
const LISTED: &str = "https://front.example.org";
const PUBLIC: &str = "https://videos.example.org";

/// A request that asks whether another may be sent.
async fn preflight(client: &Client, path: &str, origin: &str) -> Response {
    let request = client.request("OPTIONS", path).header("origin", origin);
    let request = request.header("access-control-request-method", "PATCH");
    client.send(request.header("access-control-request-headers", "authorization, x-custom")).await
}

/// Fails unless exactly these of the origins may read responses, on good ones and on failures.
async fn may_read(app: &TestApp, allowed: &[&str], refused: &[&str]) {
    for (origins, is_allowed) in [(allowed, true), (refused, false)] {
        for origin in origins {
            let client = app.anonymous().with_header("origin", origin);
            let preflight = preflight(&app.anonymous(), "/api/v1/users/avatar", origin).await;
            assert_eq!(preflight.status, 204, "{origin}");
            let mut responses = vec![preflight];
            for path in ["/api/v1/videos", "/api/v1/nothing", "/api/v1/users/current-user", "/api/v1/videos?page=0"] {
                responses.push(client.get(path).await);
            }
            for response in responses {
                let expected = if is_allowed { *origin } else { "" };
                assert_eq!(response.header("access-control-allow-origin"), expected, "{origin}");
                assert!(!is_allowed || response.header("access-control-allow-credentials") == "true", "{origin}");
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_login() {
    run_with(&[("CORS_ORIGIN", LISTED)], async |app| {
        for path in ["/api/v1/users/avatar", "/api/v1/videos/", "/api/v1/nothing"] {
            let response = preflight(&app.anonymous(), path, LISTED).await;
            assert_eq!((response.status, response.bytes.len()), (204, 0), "{path}");
            assert_eq!(response.header("access-control-allow-origin"), LISTED);
            assert_eq!(response.header("access-control-allow-credentials"), "true");
            assert_eq!(response.header("access-control-allow-headers"), "authorization, x-custom");
            let mut methods: Vec<&str> =
                response.header("access-control-allow-methods").split(',').map(str::trim).collect();
            methods.sort_unstable();
            assert_eq!(methods, ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]);
        }
    })
    .await;
}

#[tokio::test]
async fn every_answer_varies_by_origin() {
    run(async |app| {
        let client = app.anonymous();
        for client in [client.clone(), client.with_header("origin", FOREIGN), client.with_header("origin", &app.base)] {
            for path in ["/api/v1/healthcheck", "/api/v1/nothing", "/api/v1/users/current-user"] {
                let response = client.get(path).await;
                let names =
                    response.headers.get_all("vary").iter().flat_map(|value| value.to_str().unwrap().split(','));
                assert!(names.map(str::trim).any(|name| name.eq_ignore_ascii_case("origin")), "{:?}", response.headers);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn listed_origins_may_read_and_no_others() {
    let list = format!("{LISTED}, http://other.example.org:3000");
    run_with(&[("CORS_ORIGIN", &list), ("PUBLIC_BASE_URL", PUBLIC)], async |app| {
        let refused = [
            FOREIGN,
            "null",
            "http://front.example.org",
            "https://front.example.org:8443",
            "https://front.example.org.evil.example",
            "https://evilfront.example.org",
            "http://other.example.org",
            "http://localhost:3000",
            "*",
        ];
        may_read(app, &[LISTED, "http://other.example.org:3000", PUBLIC], &refused).await;
        let response = app.anonymous().with_header("origin", LISTED).get("/api/v1/videos").await;
        let exposed = response.header("access-control-expose-headers").to_lowercase();
        assert!(exposed.split(',').any(|name| name.trim() == "x-total-count"), "{exposed}");
    })
    .await;
}

#[tokio::test]
async fn without_a_list_a_loopback_server_lets_loopback_pages_read() {
    run(async |app| {
        let allowed = [
            &app.base,
            "http://localhost:5173",
            "http://127.0.0.1:3000",
            "http://[::1]:8080",
            "https://app.localhost",
            "http://127.9.9.9",
        ];
        let refused = [
            FOREIGN,
            "null",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "http://192.168.1.2",
            "http://evil.example/?http://localhost",
        ];
        may_read(app, &allowed, &refused).await;
    })
    .await;
}

#[tokio::test]
async fn without_a_list_a_public_server_lets_only_its_own_pages_read() {
    run_with(&[("PUBLIC_BASE_URL", PUBLIC)], async |app| {
        let refused = [FOREIGN, "http://localhost:5173", "http://127.0.0.1:3000", "http://videos.example.org", "null"];
        may_read(app, &[PUBLIC], &refused).await;
    })
    .await;
}

#[tokio::test]
async fn a_star_lets_every_page_read_but_never_says_star() {
    run_with(&[("CORS_ORIGIN", "*"), ("PUBLIC_BASE_URL", PUBLIC)], async |app| {
        may_read(app, &[FOREIGN, LISTED, PUBLIC, "http://localhost:5173"], &[]).await;
    })
    .await;
}

/// Fails unless a page of this origin acts for its visitor by cookie, or just not, as said.
async fn cookies_count(app: &TestApp, client: &Client, is_trusted: bool) {
    let tweets = async || {
        let stats: (i64,) = app.app.db.one("SELECT COUNT(*) FROM tweets", vec![]).await.unwrap();
        stats.0
    };
    let before = tweets().await;
    let write = client.post("/api/v1/tweets", json!({ "content": "Hello" })).await;
    let read = client.get("/api/v1/users/current-user").await;
    let open_read = client.get("/api/v1/videos").await;
    if is_trusted {
        write.expect_status(201);
        read.expect_status(200);
        open_read.expect_status(200);
    } else {
        write.expect_status(403);
        read.expect(401, "Cookies are not accepted from another site");
        open_read.expect(401, "Cookies are not accepted from another site");
    }
    assert_eq!(tweets().await - before, i64::from(is_trusted));
}

#[tokio::test]
async fn t14_foreign_pages_cannot_act_by_cookie() {
    run(async |app| {
        let alice = app.person("alice").await;
        let from = |origin: &str| alice.browser().with_header("origin", origin);
        for origin in [&*app.base, "http://localhost:5173"] {
            cookies_count(app, &from(origin), true).await;
        }
        for origin in [FOREIGN, "null", "http://localhost.evil.example", "https://evil.example:8000", "file://"] {
            cookies_count(app, &from(origin), false).await;
        }
        // Programs send no origin; browsers that leave it out still say where the page came from.
        cookies_count(app, &alice.browser(), true).await;
        cookies_count(app, &alice.browser().with_header("sec-fetch-site", "same-origin"), true).await;
        cookies_count(app, &alice.browser().with_header("sec-fetch-site", "cross-site"), false).await;
        // A header is put there by the page itself, on purpose.
        for client in [alice.client.with_header("origin", FOREIGN), from(FOREIGN).with_token(&alice.access_token)] {
            client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.expect_status(201);
        }
    })
    .await;
}

#[tokio::test]
async fn t14_every_kind_of_write_is_refused_to_foreign_pages() {
    run(async |app| {
        let alice = app.person("alice").await;
        let tweet = alice.client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.expect_status(201);
        let evil = alice.browser().with_header("origin", FOREIGN);
        let form = evil.request("POST", "/api/v1/tweets").form(&[("content", "Hello")]);
        evil.send(form).await.expect_status(403);
        let text = evil.request("POST", "/api/v1/tweets").header("content-type", "text/plain").body("{}");
        evil.send(text).await.expect_status(403);
        evil.patch("/api/v1/users/update-account", json!({ "fullName": "x", "email": "x@y.zz" }))
            .await
            .expect_status(403);
        evil.delete(&format!("/api/v1/tweets/{}", id(&tweet))).await.expect_status(403);
        evil.bare("POST", "/api/v1/users/logout").await.expect_status(403);
        evil.bare("POST", "/api/v1/users/refresh-token").await.expect(401, "unauthorized request");
        // Nothing of it has happened, and the refresh token has not been used up.
        let tweets = alice.client.get(&format!("/api/v1/tweets/user/{}", alice.id)).await.expect_status(200);
        assert_eq!(tweets.as_array().unwrap().len(), 1);
        alice.browser().bare("POST", "/api/v1/users/refresh-token").await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn t14_only_trusted_origins_bring_cookies_on_a_public_server() {
    for list in [LISTED, "*"] {
        run_with(&[("CORS_ORIGIN", list), ("PUBLIC_BASE_URL", PUBLIC)], async |app| {
            let alice = app.person("alice").await;
            let from = |origin: &str| alice.browser().with_header("origin", origin);
            cookies_count(app, &from(PUBLIC), true).await;
            // A star trusts nobody: it is no list.
            cookies_count(app, &from(LISTED), list == LISTED).await;
            for origin in [FOREIGN, "http://localhost:5173", "http://videos.example.org", "null"] {
                cookies_count(app, &from(origin), false).await;
                let bearer = alice.client.with_header("origin", origin);
                assert_eq!(bearer.get("/api/v1/users/current-user").await.status, 200, "{origin}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn t14_a_name_the_server_does_not_go_by_is_refused() {
    run_with(&[("PUBLIC_BASE_URL", PUBLIC)], async |app| {
        let alice = app.person("alice").await;
        let avatar = alice.client.get("/api/v1/users/current-user").await.data()["avatar"].clone();
        let avatar = avatar.as_str().unwrap().trim_start_matches(PUBLIC).to_owned();
        let paths = ["/api/v1/videos", "/api/v1/users/current-user", "/api/v1/healthcheck", &avatar, "/docs/"];
        for host in
            ["evil.example", "evil.example:8000", "localhost.evil.example", "videos.example.org.evil.example", "x y"]
        {
            for path in paths {
                let response = alice.browser().with_header("host", host).get(path).await;
                assert_eq!((response.status, response.body.get("data")), (400, Some(&Value::Null)), "{host} {path}");
            }
        }
        let names = [
            "videos.example.org",
            "VIDEOS.example.org:443",
            "localhost",
            "localhost:9",
            "app.localhost",
            "[::1]:8000",
            "10.0.0.7",
        ];
        for host in names {
            for path in paths {
                let response = alice.browser().with_header("host", host).get(path).await;
                assert_eq!(response.status, 200, "{host} {path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t14_behind_a_proxy_the_name_is_the_proxys_business_but_foreign_pages_stay_out() {
    run_with(&[("TRUSTED_PROXIES", "1"), ("PUBLIC_BASE_URL", PUBLIC)], async |app| {
        let alice = app.person("alice").await;
        let inside = alice.browser().with_header("host", "backend.internal");
        inside.get("/api/v1/users/current-user").await.expect_status(200);
        cookies_count(app, &inside.with_header("origin", PUBLIC), true).await;
        cookies_count(app, &inside.with_header("origin", FOREIGN), false).await;
    })
    .await;
}

#[tokio::test]
async fn t14_a_foreign_page_cannot_log_its_visitor_in_to_an_account_of_its_choice() {
    run_with(&[("CORS_ORIGIN", "*"), ("PUBLIC_BASE_URL", PUBLIC)], async |app| {
        let mallory = app.person("mallory").await;
        let client = mallory.client.without_token();
        for (origin, cookies) in [(FOREIGN, 0), ("null", 0), (PUBLIC, 2)] {
            let page = client.with_header("origin", origin);
            let form =
                page.request("POST", "/api/v1/users/login").form(&[("username", "mallory"), ("password", PASSWORD)]);
            let response = page.send(form).await;
            let tokens = response.expect(200, "User logged In Successfully").data();
            assert_eq!(response.cookies().len(), cookies, "login from {origin}");
            let response =
                page.post("/api/v1/users/refresh-token", json!({ "refreshToken": tokens["refreshToken"] })).await;
            response.expect(200, "Access token refreshed");
            assert_eq!(response.cookies().len(), cookies, "refresh from {origin}");
        }
    })
    .await;
}
