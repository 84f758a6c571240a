//! Feeds, `robots.txt` and sitemaps.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::harness::rows::{self, fill, id_of, settle};
use crate::harness::{Response, TestApp, id, run, run_with};

async fn xml(app: &TestApp, path: &str) -> String {
    let response: Response = app.anonymous().get(path).await;
    let kind = response.header("content-type").to_owned();
    assert!(response.status == 200 && kind.contains("xml"), "{path}: {response:?}");
    let text = String::from_utf8(response.bytes).unwrap();
    well_formed(&text);
    text
}

/// Python reads XML as strictly as feed readers do.
fn well_formed(text: &str) {
    use std::io::Write as _;
    let program = "import sys, xml.dom.minidom as dom; dom.parseString(sys.stdin.buffer.read())";
    let mut child = Command::new("python3").args(["-c", program]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
}

#[tokio::test]
async fn a_channel_has_a_feed_of_its_published_videos() {
    run(async |app| {
        let alice = app.person("alice").await;
        let first = alice.ready_video("Tea & <milk>").await;
        alice.hidden_ready_video("Not for you").await;
        app.advance(Duration::from_mins(1));
        let change = json!({ "description": "</description>]]>\u{ffff}\u{b}" });
        assert_eq!(alice.client.patch(&format!("/api/v1/videos/{}", id(&first)), change).await.status, 200);
        let second = alice.ready_video("Later").await;
        let feed = xml(app, "/channel/ALICE/feed.xml").await;
        let titles: Vec<&str> = feed.split("<item>").skip(1).map(|item| item.split("title>").nth(1).unwrap()).collect();
        assert_eq!(titles, ["Later</", "Tea &amp; &lt;milk&gt;</"]);
        assert!(feed.contains("<title>alice of the Tests</title>"), "{feed}");
        assert!(feed.contains("<pubDate>Thu, 15 Jan 2026 12:01:00 GMT</pubDate>"), "{feed}");
        let video = second["videoFile"].as_str().unwrap();
        let bytes = app.anonymous().get(video).await.bytes.len();
        let enclosure = format!("<enclosure url=\"{video}\" length=\"{bytes}\" type=\"video/mp4\"/>");
        assert!(feed.contains(&enclosure), "{enclosure} in {feed}");
        assert!(!feed.contains("Not for you") && !feed.contains("example.org"), "{feed}");
        let response = app.anonymous().get("/channel/alice/feed.xml").await;
        let again = [("if-none-match", response.header("etag"))];
        assert_eq!(app.anonymous().ask("GET", "/channel/alice/feed.xml", &again).await.status, 304);
        app.anonymous().get("/channel/nobody/feed.xml").await.expect(404, "channel does not exists");
    })
    .await;
}

#[tokio::test]
async fn search_engines_find_what_is_published() {
    run(async |app| {
        let (alice, base) = (app.person("alice").await, &app.base);
        app.person("bob").await;
        let index = xml(app, "/sitemap.xml").await;
        assert_eq!(index.matches("<sitemap>").count(), 1, "{index}");
        let home = format!("<url><loc>{base}/</loc></url>");
        assert_eq!((index.contains(base), xml(app, "/sitemap/videos/1.xml").await.matches("<url>").count()), (true, 1));
        let (shown, hidden) = (id(&alice.ready_video("Tea").await), id(&alice.hidden_ready_video("Milk").await));
        let index = xml(app, "/sitemap.xml").await;
        assert_eq!(index.matches("<sitemap>").count(), 1, "{index}");
        assert!(index.contains(&format!("<loc>{base}/sitemap/videos/1.xml</loc>")), "{index}");
        let videos = xml(app, "/sitemap/videos/1.xml").await;
        let entry = format!("<url><loc>{base}/watch/{shown}</loc><lastmod>2026-01-15T12:00:00.000Z</lastmod></url>");
        assert!(videos.contains(&entry) && !videos.contains(&hidden), "{videos}");
        assert!(videos.contains(&home) && videos.contains(&format!("<loc>{base}/channel/alice</loc>")), "{videos}");
        assert!(!videos.contains("bob"), "{videos}");
        for nothing in ["2.xml", "0.xml", "-1.xml", "1001.xml", "99999999999999999999.xml", "1", "x.xml"] {
            let response = app.anonymous().get(&format!("/sitemap/videos/{nothing}")).await;
            response.expect(404, "There is nothing at this address");
        }
        let robots = String::from_utf8(app.anonymous().get("/robots.txt").await.bytes).unwrap();
        assert!(
            robots.contains(&format!("Sitemap: {base}/sitemap.xml")) && robots.contains("Disallow: /api/"),
            "{robots}"
        );
        assert!(!robots.lines().any(|line| line == "Disallow: /"), "{robots}");
    })
    .await;
}

#[tokio::test]
async fn a_large_site_has_several_lists() {
    run(async |app| {
        let alice = app.person("alice").await;
        fill(app, rows::VIDEOS, 1..=1_001, &alice.id, &id_of(1)).await;
        settle(app).await;
        assert_eq!(xml(app, "/sitemap.xml").await.matches("/sitemap/videos/").count(), 2);
        let (first, second) = (xml(app, "/sitemap/videos/1.xml").await, xml(app, "/sitemap/videos/2.xml").await);
        assert_eq!((first.matches("/watch/").count(), second.matches("/watch/").count()), (1_000, 1));
        let loc = second.rsplit("<loc>").next().unwrap().split("</loc>").next().unwrap();
        assert!(!first.contains(&format!("<loc>{loc}</loc>")), "{loc} is on both");
    })
    .await;
}

#[tokio::test]
async fn a_private_site_asks_search_engines_to_stay_away() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        app.person("alice").await.ready_video("Tea").await;
        let robots = String::from_utf8(app.anonymous().get("/robots.txt").await.bytes).unwrap();
        assert_eq!(robots, "User-agent: *\nDisallow: /\n");
        for path in ["/sitemap.xml", "/sitemap/videos/1.xml", "/channel/alice/feed.xml"] {
            let response = app.anonymous().get(path).await;
            response.expect(404, response.message());
        }
    })
    .await;
}
