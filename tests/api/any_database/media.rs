//! Serving media: whole and in parts, conditionally, by HEAD, with the right headers.

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::harness::samples::{noise, png, silent_video, video_file, video_of};
use crate::harness::{Client, Person, Response, file, register_form, run};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Uploads these bytes and gives their address.
async fn publish(person: &Person, part: Part) -> String {
    let form = Form::new()
        .text("title", "Video")
        .text("description", "Video")
        .part("thumbnail", file("t.png", png(16, 9)))
        .part("videoFile", part);
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    text(&response.data()["videoFile"])
}

async fn range(client: &Client, url: &str, range: &str) -> Response {
    client.ask("GET", url, &[("range", range)]).await
}

#[tokio::test]
async fn a_video_is_served_whole_and_may_be_cached_for_ever() {
    run(async |app| {
        let alice = app.person("alice").await;
        let url = publish(&alice, file("video.mp4", video_file())).await;
        let anyone = app.anonymous();
        let whole = anyone.ask("GET", &url, &[("accept-encoding", "gzip, br, zstd, deflate")]).await;
        assert_eq!((whole.status, &whole.bytes), (200, &video_file()));
        for (name, value) in [
            ("content-type", "video/mp4"),
            ("content-length", &video_file().len().to_string()),
            ("accept-ranges", "bytes"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("content-encoding", ""),
            ("content-range", ""),
            ("set-cookie", ""),
        ] {
            assert_eq!(whole.header(name), value, "{name}");
        }
        let csp = whole.header("content-security-policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("sandbox"), "{csp}");
        let etag = whole.header("etag");
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 20, "{etag}");
        // Nothing of the uploader's words is in the address.
        let name = url.rsplit('/').next().unwrap();
        assert!(name.len() == 36 && name.split_once('.').unwrap().1 == "mp4" && !name.contains("film"), "{name}");

        let head = anyone.head(&url).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));
        for name in ["content-type", "content-length", "accept-ranges", "cache-control", "etag", "content-disposition"]
        {
            assert_eq!(head.header(name), whole.header(name), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_content_decides_the_type_and_not_its_name() {
    run(async |app| {
        let alice = app.person("alice").await;
        for (made_as, mime, extension) in [
            ("a.mp4", "video/mp4", "mp4"),
            ("a.mov", "video/quicktime", "mov"),
            ("a.webm", "video/webm", "webm"),
            ("a.mkv", "video/x-matroska", "mkv"),
        ] {
            let bytes = silent_video(made_as, 1);
            for (name, declared) in [("../../evil.html", "text/html"), ("x", "application/octet-stream")] {
                let part = Part::bytes(bytes.clone()).file_name(name).mime_str(declared).unwrap();
                let url = publish(&alice, part).await;
                assert_eq!(url.rsplit('.').next(), Some(extension));
                let response = app.anonymous().get(&url).await;
                assert_eq!((response.status, response.header("content-type")), (200, mime), "{made_as}");
                assert!(response.bytes == bytes, "{made_as} came back changed");
                assert_eq!(response.header("content-disposition"), "inline");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn pictures_are_served_like_videos() {
    run(async |app| {
        let form = register_form("alice").part("coverImage", file("cover.png", png(300, 100)));
        let user = app.anonymous().multipart("POST", "/api/v1/users/register", form).await.data();
        for field in ["avatar", "coverImage"] {
            let url = text(&user[field]);
            let whole = app.anonymous().get(&url).await;
            assert_eq!((whole.status, whole.header("content-type")), (200, "image/jpeg"), "{field}");
            assert_eq!(whole.header("cache-control"), "public, max-age=31536000, immutable");
            let part = range(&app.anonymous(), &url, "bytes=2-9").await;
            assert_eq!((part.status, part.bytes.as_slice()), (206, &whole.bytes[2..10]), "{field}");
        }
    })
    .await;
}

#[tokio::test]
async fn single_ranges_are_answered_with_the_part() {
    run(async |app| {
        let alice = app.person("alice").await;
        let bytes = video_of(100_000);
        let url = publish(&alice, file("video.mp4", bytes.clone())).await;
        for (wanted, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=0-99", 0, 99),
            ("bytes=5000-5000", 5000, 5000),
            ("bytes=99999-99999", 99_999, 99_999),
            ("bytes=99999-", 99_999, 99_999),
            ("bytes=0-", 0, 99_999),
            ("bytes=40000-", 40_000, 99_999),
            ("bytes=-1", 99_999, 99_999),
            ("bytes=-500", 99_500, 99_999),
            ("bytes=-100000", 0, 99_999),
            ("bytes=-9999999", 0, 99_999),
            ("bytes=99990-5000000", 99_990, 99_999),
            ("bytes=0-18446744073709551615", 0, 99_999),
            // Of several, only one lies inside.
            ("bytes=100000-,7-9", 7, 9),
        ] {
            let response = range(&app.anonymous(), &url, wanted).await;
            assert_eq!(response.status, 206, "{wanted}: {response:?}");
            assert_eq!(response.header("content-range"), format!("bytes {first}-{last}/100000"), "{wanted}");
            assert_eq!(response.header("content-length"), (last - first + 1).to_string(), "{wanted}");
            assert_eq!(response.header("content-type"), "video/mp4");
            assert!(!response.header("etag").is_empty() && response.header("content-encoding").is_empty());
            assert!(response.bytes == bytes[first..=last], "{wanted} gave other bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn ranges_outside_are_416_and_odd_ones_are_answered_whole() {
    run(async |app| {
        let alice = app.person("alice").await;
        let bytes = video_of(100_000);
        let url = publish(&alice, file("video.mp4", bytes.clone())).await;
        for outside in ["bytes=100000-", "bytes=100000-100001", "bytes=18446744073709551615-", "bytes=-0"] {
            let response = range(&app.anonymous(), &url, outside).await;
            assert_eq!((response.status, response.header("content-range")), (416, "bytes */100000"), "{outside}");
            assert_eq!(response.body["statusCode"], 416);
            assert_eq!(response.header("cache-control"), "no-store");
        }
        for odd in
            ["bytes=0-1,5-6", "bytes=0-0,-1", "bytes=5-4", "lines=0-5", "bytes", "bytes=", "bytes=a-b", "0-5", ""]
        {
            let response = range(&app.anonymous(), &url, odd).await;
            assert_eq!((response.status, response.header("content-range")), (200, ""), "{odd}");
            assert!(response.bytes == bytes, "{odd} gave other bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn any_range_gives_just_these_bytes() {
    run(async |app| {
        let alice = app.person("alice").await;
        // Longer than two of the pieces in which it is read.
        let size = 1_300_003;
        let bytes = video_of(size);
        let url = publish(&alice, file("video.mp4", bytes.clone())).await;
        let random = noise(120 * 8);
        for numbers in random.chunks_exact(8) {
            let number =
                |at: usize| usize::try_from(u32::from_le_bytes(numbers[at..at + 4].try_into().unwrap())).unwrap();
            let (a, b) = (number(0) % size, number(4) % size);
            let (first, last) = (a.min(b), a.max(b));
            // Short ones now and then, and both open forms.
            let (header, first, last) = match number(0) % 5 {
                0 => (format!("bytes={first}-"), first, size - 1),
                1 => (format!("bytes=-{}", last + 1), size - 1 - last, size - 1),
                2 => (format!("bytes={first}-{}", first + last % 100), first, (first + last % 100).min(size - 1)),
                _ => (format!("bytes={first}-{last}"), first, last),
            };
            let response = range(&app.anonymous(), &url, &header).await;
            assert_eq!(
                (response.status, response.header("content-range")),
                (206, &*format!("bytes {first}-{last}/{size}"))
            );
            assert!(response.bytes == bytes[first..=last], "{header} gave other bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn a_part_is_given_only_of_the_object_the_reader_began_with() {
    run(async |app| {
        let alice = app.person("alice").await;
        let url = publish(&alice, file("video.mp4", video_of(50_000))).await;
        let anyone = app.anonymous();
        let etag = anyone.head(&url).await.header("etag").to_owned();
        let weak = format!("W/{etag}");
        for (condition, wanted) in [
            (etag.as_str(), 206),
            (&weak, 200),
            ("\"other\"", 200),
            ("*", 200),
            ("Thu, 15 Jan 2026 12:00:00 GMT", 200),
            ("", 200),
        ] {
            let response = anyone.ask("GET", &url, &[("range", "bytes=10-19"), ("if-range", condition)]).await;
            assert_eq!(response.status, wanted, "{condition}");
            assert_eq!(response.bytes.len(), if wanted == 206 { 10 } else { 50_000 }, "{condition}");
        }
        let outside = anyone.ask("GET", &url, &[("range", "bytes=50000-"), ("if-range", "\"other\"")]).await;
        assert_eq!(outside.status, 200);
        let alone = anyone.ask("GET", &url, &[("if-range", &etag)]).await;
        assert_eq!(alone.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_has_it_already_is_told_so() {
    run(async |app| {
        let alice = app.person("alice").await;
        let url = publish(&alice, file("video.mp4", video_file())).await;
        let anyone = app.anonymous();
        let etag = anyone.head(&url).await.header("etag").to_owned();
        for (tags, wanted) in [
            (etag.clone(), 304),
            (format!("W/{etag}"), 304),
            (format!("\"a\", {etag} , \"b\""), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
            (etag.trim_matches('"').to_owned(), 200),
            (String::new(), 200),
        ] {
            for method in ["GET", "HEAD"] {
                let response = anyone.ask(method, &url, &[("if-none-match", &tags)]).await;
                assert_eq!(response.status, wanted, "{method} {tags}");
                assert_eq!(response.header("etag"), etag);
                assert_eq!(response.header("cache-control"), "public, max-age=31536000, immutable");
                let length = if wanted == 304 || method == "HEAD" { 0 } else { video_file().len() };
                assert_eq!(response.bytes.len(), length, "{method} {tags}");
            }
        }
        // The condition goes before the range, even one that lies outside.
        let both = anyone.ask("GET", &url, &[("if-none-match", &etag), ("range", "bytes=999999999-")]).await;
        assert_eq!(both.status, 304);
        let part = anyone.ask("GET", &url, &[("if-none-match", "\"other\""), ("range", "bytes=1-2")]).await;
        assert_eq!(part.status, 206);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    run(async |app| {
        let alice = app.person("alice").await;
        let url = publish(&alice, file("video.mp4", video_file())).await;
        let name = url.rsplit('/').next().unwrap().to_owned();
        let stem = name.split('.').next().unwrap().to_owned();
        for wrong in [
            String::new(),
            stem.clone(),
            format!("{stem}.webm"),
            name.to_uppercase(),
            format!("{name}.mp4"),
            format!("film/{}/{name}", &name[..2]),
            "00000000000000000000000000000000.mp4".to_owned(),
        ] {
            for method in ["GET", "HEAD"] {
                let response = app.anonymous().bare(method, &format!("/media/{wrong}")).await;
                assert_eq!(response.status, 404, "{method} {wrong}");
            }
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(alice.client.bare(method, &url).await.status, 404, "{method}");
        }
        assert_eq!(app.anonymous().get(&url).await.status, 200);
    })
    .await;
}
