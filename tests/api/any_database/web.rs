//! The web page: its files, its addresses, and what is there without it.

use crate::harness::front_end::INDEX;
use crate::harness::{Response, Server, TestApp, id, run, run_on};

const SCRIPT: &str = "/assets/index-abc123.js";

async fn ask(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    app.anonymous().ask("GET", path, headers).await
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.bytes).unwrap()
}

#[tokio::test]
async fn files_go_out_as_they_were_packed() {
    run(async |app| {
        for (wish, encoding, content) in [
            ("gzip, deflate, br, zstd", "br", "script for brotli"),
            ("gzip", "gzip", "script for gzip"),
            ("br;q=0, gzip;q=0.1", "gzip", "script for gzip"),
            ("identity", "", "plain script"),
        ] {
            let response = ask(app, SCRIPT, &[("accept-encoding", wish)]).await;
            assert_eq!(
                (response.status, response.header("content-encoding"), text(&response)),
                (200, encoding, content)
            );
            assert_eq!(response.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(response.header("content-type"), "text/javascript; charset=utf-8");
            assert_eq!(response.header("vary"), "accept-encoding");
            let again = [("accept-encoding", wish), ("if-none-match", response.header("etag"))];
            assert_eq!(ask(app, SCRIPT, &again).await.status, 304, "{wish}");
        }
        let head = app.anonymous().head(SCRIPT).await;
        assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (200, "12", 0));
        for (path, kind) in [("/favicon.svg", "image/svg+xml"), ("/site.webmanifest", "application/manifest+json")] {
            let response = ask(app, path, &[]).await;
            assert_eq!((response.status, response.header("content-type")), (200, kind), "{path}");
            assert_eq!(response.header("cache-control"), "no-cache");
        }
        // No file has two names, and none lies outside.
        for path in ["/assets/index-abc123.js.br", "/index.html", "/assets/../index.html", "/assets/x.js", "/assets/"] {
            let response = ask(app, path, &[]).await;
            assert!(response.status == 404 || text(&response) == INDEX, "{path}: {response:?}");
            assert_ne!(text(&response), "script for brotli");
        }
        assert_eq!(
            ask(app, "/assets/x.js", &[("accept", "text/html")]).await.header("content-type"),
            "application/json"
        );
    })
    .await;
}

#[tokio::test]
async fn every_address_of_the_front_end_answers_the_page() {
    run(async |app| {
        for path in [
            "/",
            "/search?q=tea",
            "/posts",
            "/playlists",
            "/history",
            "/liked",
            "/subscriptions",
            "/shorts",
            "/studio",
            "/studio/",
            "/studio/video/65a53f2e8c1b4a0012ab34cd",
            "/settings",
            "/login",
            "/register",
        ] {
            let response = ask(app, path, &[]).await;
            assert_eq!((response.status, response.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
            assert_eq!(text(&response).len(), INDEX.len(), "{path}");
            assert_eq!(response.header("cache-control"), "no-cache");
            assert_eq!(ask(app, path, &[("if-none-match", response.header("etag"))]).await.status, 304, "{path}");
        }
        let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        for path in ["/nothing", "/nothing/at/all", "/watch", "/watch/x", "/shorts/x", "/channel/nobody", "/playlist/x"]
        {
            let response = ask(app, path, &browser).await;
            assert_eq!((response.status, response.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
            assert_eq!((text(&response).len(), response.header("etag")), (INDEX.len(), ""), "{path}");
        }
        for path in ["/api/v1/nothing", "/api/nothing", "/media/nothing/x", "/assets/nothing"] {
            let response = ask(app, path, &browser).await;
            response.expect(404, response.message());
        }
        // Programs are told in their own form.
        ask(app, "/nothing", &[("accept", "application/json")]).await.expect(404, "There is nothing at this address");
        ask(app, "/nothing", &[]).await.expect(404, "There is nothing at this address");
        let posted = app.anonymous().ask("POST", "/nothing", &browser).await;
        posted.expect(404, "There is nothing at this address");
    })
    .await;
}

#[tokio::test]
async fn pages_run_under_a_strict_policy_and_only_players_may_be_framed() {
    run(async |app| {
        let video = id(&app.person("alice").await.video("Tea").await);
        for (path, framed_by) in
            [("/".to_owned(), "'none'"), (format!("/watch/{video}"), "'none'"), (format!("/embed/{video}"), "*")]
        {
            let response = ask(app, &path, &[]).await;
            let policy = response.header("content-security-policy");
            assert!(policy.starts_with("default-src 'self'; ") && !policy.contains("unsafe"), "{path}: {policy}");
            assert!(policy.ends_with(&format!("frame-ancestors {framed_by}")), "{path}: {policy}");
            assert!(policy.contains(&format!("media-src 'self' blob: {}", app.base)), "{path}: {policy}");
            let frames = if framed_by == "*" { "" } else { "DENY" };
            assert_eq!((response.status, response.header("x-frame-options")), (200, frames), "{path}");
        }
        let missing = ask(app, "/embed/ffffffffffffffffffffffff", &[]).await;
        assert_eq!((missing.status, missing.header("x-frame-options")), (404, ""));
        let api = ask(app, "/api/v1/videos", &[]).await;
        assert_eq!(api.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(api.header("x-frame-options"), "DENY");
    })
    .await;
}

#[tokio::test]
async fn without_a_front_end_the_first_page_says_how_to_build_it() {
    let server = Server { configure: Some(&|setup| setup.front_end = &[]), ..Server::default() };
    run_on(server, async |app| {
        let response = ask(app, "/", &[]).await;
        assert_eq!((response.status, response.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(text(&response).contains("make run") && text(&response).contains("/docs"), "{}", text(&response));
        for path in ["/watch/65a53f2e8c1b4a0012ab34cd", "/login", "/nothing"] {
            ask(app, path, &[("accept", "text/html")]).await.expect(404, "There is nothing at this address");
        }
        assert_eq!(ask(app, "/api/v1/videos", &[]).await.status, 200);
        assert_eq!(ask(app, "/robots.txt", &[]).await.status, 200);
    })
    .await;
}
