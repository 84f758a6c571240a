//! Shared links: what a page's head says of a video, a channel and a playlist, and oEmbed.

use serde_json::{Value, json};

use crate::harness::front_end::INDEX;
use crate::harness::{Person, Response, TestApp, id, run, run_with, video_form};

const EVIL: &str = "</title><script>alert(1)</script>\"'><!--";
const ESCAPED: &str = "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&gt;&lt;!--";

async fn page(app: &TestApp, path: &str) -> (u16, String) {
    let response = app.anonymous().get(path).await;
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8", "{path}");
    (response.status, String::from_utf8(response.bytes).unwrap())
}

/// What a `<meta>` tag of this name says, as it is written.
fn meta<'p>(page: &'p str, name: &str) -> &'p str {
    let start = page.find(&format!("=\"{name}\" content=\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    page[start..].split('"').nth(3).unwrap()
}

/// A playlist with one video.
async fn playlist(person: &Person, name: &str, video: &str) -> String {
    let body = json!({ "name": name, "description": "From the leaf to the cup" });
    let playlist = id(&person.create("/api/v1/playlist", body).await);
    let add = format!("/api/v1/playlist/add/{video}/{playlist}");
    assert_eq!(person.client.bare("PATCH", &add).await.status, 200);
    playlist
}

#[tokio::test]
async fn a_videos_page_says_what_it_shows() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea & \"milk\"").await;
        let (base, video_id) = (&app.base, id(&video));
        for path in [format!("/watch/{video_id}"), format!("/watch/{video_id}/"), format!("/embed/{video_id}")] {
            let (status, page) = page(app, &path).await;
            assert_eq!(status, 200);
            assert!(page.contains("<title>Tea &amp; &quot;milk&quot; · Chaitube</title>"), "{page}");
            assert_eq!(
                (page.matches("<title>").count(), page.matches("name=\"description\"").count()),
                (1, 1),
                "{page}"
            );
            assert!(page.contains(&format!("<link rel=\"canonical\" href=\"{base}/watch/{video_id}\">")), "{page}");
            assert_eq!(meta(&page, "og:type"), "video.other");
            assert_eq!(meta(&page, "og:url"), format!("{base}/watch/{video_id}"));
            assert_eq!(meta(&page, "og:image"), video["thumbnail"].as_str().unwrap());
            for side in ["og:image:width", "og:image:height", "og:video:width", "og:video:height"] {
                assert!(meta(&page, side).parse::<u32>().unwrap() > 0, "{side}");
            }
            assert_eq!(meta(&page, "og:video"), format!("{base}/embed/{video_id}"));
            assert!(page.contains(video["videoFile"].as_str().unwrap()), "{page}");
            assert_eq!(
                (meta(&page, "twitter:card"), meta(&page, "twitter:title")),
                ("player", "Tea &amp; &quot;milk&quot;")
            );
            assert!(page.contains("type=\"application/rss+xml\""), "{page}");
            // The address of the oEmbed response, as it stands there, leads to it.
            let tag = page.lines().find(|line| line.contains("application/json+oembed")).unwrap();
            let address = tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
            assert_eq!(app.anonymous().get(&address).await.body["title"], "Tea & \"milk\"");
        }
    })
    .await;
}

#[tokio::test]
async fn channels_and_playlists_have_heads_of_their_own() {
    run(async |app| {
        let alice = app.person("Alice").await;
        let video = alice.ready_video("Tea").await;
        let list = playlist(&alice, "All teas", &id(&video)).await;
        for path in ["/channel/alice", "/channel/ALICE", "/channel/alice/playlists"] {
            let (status, page) = page(app, path).await;
            assert_eq!((status, meta(&page, "og:type")), (200, "profile"));
            assert_eq!(meta(&page, "og:title"), "Alice of the Tests");
            assert_eq!(meta(&page, "og:url"), format!("{}/channel/alice", app.base));
            assert!(page.contains(&format!("{}/channel/alice/feed.xml", app.base)), "{page}");
            assert!(!page.contains("example.org"), "{page}");
        }
        let (status, page) = page(app, &format!("/playlist/{list}")).await;
        assert_eq!((status, meta(&page, "og:title")), (200, "All teas"));
        assert_eq!(meta(&page, "og:description"), "From the leaf to the cup");
        assert_eq!(meta(&page, "og:image"), video["thumbnail"].as_str().unwrap());
        assert_eq!(meta(&page, "twitter:card"), "summary_large_image");
    })
    .await;
}

#[tokio::test]
async fn nothing_anybody_writes_leaves_its_place_in_the_page() {
    run(async |app| {
        let alice = app.person("alice").await;
        let form = video_form(EVIL).text("x", "x");
        let video = alice.client.multipart("POST", "/api/v1/videos", form).await.data();
        let change = json!({ "description": EVIL });
        assert_eq!(alice.client.patch(&format!("/api/v1/videos/{}", id(&video)), change).await.status, 200);
        let body = json!({ "fullName": EVIL, "email": "alice@example.org" });
        assert_eq!(alice.client.patch("/api/v1/users/update-account", body).await.status, 200);
        let list = playlist(&alice, EVIL, &id(&video)).await;
        for path in [format!("/watch/{}", id(&video)), "/channel/alice".to_owned(), format!("/playlist/{list}")] {
            let (status, page) = page(app, &path).await;
            assert_eq!(status, 200);
            assert!(page.contains(&format!("<title>{ESCAPED} · Chaitube</title>")), "{page}");
            assert!(
                !page.contains("<script") && page.ends_with("</head><body><div id=\"root\"></div></body></html>\n"),
                "{page}"
            );
        }
        let response = app.anonymous().get(&format!("/api/v1/oembed?url={}/watch/{}", app.base, id(&video))).await;
        assert!(response.body["html"].as_str().unwrap().contains(&format!("title=\"{ESCAPED}\"")), "{response:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_published_is_like_what_is_not_there() {
    run(async |app| {
        let alice = app.person("alice").await;
        let hidden = id(&alice.hidden_ready_video("Tea for me alone").await);
        let list = playlist(&alice, "Mine", &hidden).await;
        for client in [app.anonymous(), alice.browser()] {
            for path in
                [format!("/watch/{hidden}"), format!("/embed/{hidden}"), "/watch/ffffffffffffffffffffffff".to_owned()]
            {
                let response = client.get(&path).await;
                assert_eq!((response.status, response.bytes.len()), (404, INDEX.len()), "{path}");
            }
            let response = client.get(&format!("/api/v1/oembed?url={}/watch/{hidden}", app.base)).await;
            response.expect(404, "Video not found");
        }
        let (status, page) = page(app, &format!("/playlist/{list}")).await;
        assert_eq!((status, page.contains("og:image"), page.contains("alone")), (200, false, false), "{page}");
    })
    .await;
}

#[tokio::test]
async fn without_public_reads_every_page_is_alike() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        let alice = app.person("alice").await;
        let video = id(&alice.ready_video("Tea").await);
        let list = playlist(&alice, "All", &video).await;
        let nobody = "ffffffffffffffffffffffff";
        for (real, made_up) in [
            (format!("/watch/{video}"), format!("/watch/{nobody}")),
            (format!("/embed/{video}"), format!("/embed/{nobody}")),
            ("/channel/alice".to_owned(), "/channel/nobody".to_owned()),
            (format!("/playlist/{list}"), format!("/playlist/{nobody}")),
        ] {
            assert_eq!(page(app, &real).await, page(app, &made_up).await);
            assert_eq!(page(app, &real).await.1.len(), INDEX.len());
        }
        let response = app.anonymous().get(&format!("/api/v1/oembed?url={}/watch/{video}", app.base)).await;
        response.expect(401, "Unauthorized request");
    })
    .await;
}

async fn oembed(app: &TestApp, parameters: &[(&str, &str)]) -> Response {
    app.anonymous().get(&format!("/api/v1/oembed?{}", serde_urlencoded::to_string(parameters).unwrap())).await
}

#[tokio::test]
async fn oembed_answers_a_player_that_fits() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let url = format!("{}/watch/{}", app.base, id(&video));
        let response = oembed(app, &[("url", &url)]).await;
        let body = &response.body;
        assert_eq!((response.status, &body["type"], &body["version"]), (200, &json!("video"), &json!("1.0")));
        assert_eq!((&body["title"], &body["author_name"]), (&json!("Tea"), &json!("alice of the Tests")));
        assert_eq!((&body["thumbnail_url"], &body["provider_name"]), (&video["thumbnail"], &json!("Chaitube")));
        assert!(body["html"].as_str().unwrap().starts_with(&format!(
            "<iframe src=\"{}/embed/{}\" ",
            app.base,
            id(&video)
        )));
        let (width, height) = (video["width"].as_f64().unwrap(), video["height"].as_f64().unwrap());
        let fits = |body: &Value, most: (u64, u64)| {
            let size = (body["width"].as_u64().unwrap(), body["height"].as_u64().unwrap());
            assert!(size.0 <= most.0 && size.1 <= most.1 && (size.0 == most.0 || size.1 == most.1), "{body}");
            assert!(
                (f64::from(u32::try_from(size.0).unwrap()) * height / width
                    - f64::from(u32::try_from(size.1).unwrap()))
                .abs()
                    < 2.0,
                "{body}"
            );
        };
        fits(body, (640, 640));
        fits(&oembed(app, &[("url", &url), ("maxwidth", "200"), ("maxheight", "50")]).await.body, (200, 50));
        let embed = url.replace("/watch/", "/embed/");
        assert_eq!(oembed(app, &[("url", &embed), ("format", "json")]).await.status, 200);

        oembed(app, &[]).await.expect(400, "url is required: the URL of a video page");
        oembed(app, &[("url", &url), ("format", "xml")])
            .await
            .expect(501, "oEmbed is available as JSON only: use format=json");
        for wrong in ["0", "-1", "x", "99999999999"] {
            let response = oembed(app, &[("url", &url), ("maxwidth", wrong)]).await;
            response.expect(400, "maxwidth must be a positive whole number of pixels");
        }
        let elsewhere = format!("https://evil.example/watch/{}", id(&video));
        for missing in
            [&elsewhere, &app.base, &format!("{}/channel/alice", app.base), "/watch/x", "javascript:alert(1)"]
        {
            oembed(app, &[("url", missing)]).await.expect(404, "Video not found");
        }
    })
    .await;
}
