//! Everything has a limit: bodies, texts, parts, pages, playlists, depth, and what comes before a body.

use std::sync::atomic::{AtomicUsize, Ordering};

use chaitube::{Sql, args, recount};
use futures_util::future::join_all;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::{
    Person, Response, TestApp, crafted, file, id, raw, register_form, register_form_with, run, run_with, video_form,
};

const BODY_BYTES_MAX: usize = 16 * 1024;

/// A JSON body of exactly this size, most of it in a field nobody asked for.
fn json_of(bytes: usize) -> String {
    let frame = json!({ "content": "Hello", "padding": "" }).to_string();
    frame.replace("\"padding\":\"\"", &format!("\"padding\":\"{}\"", "x".repeat(bytes - frame.len())))
}

#[tokio::test]
async fn t12_bodies_without_files_have_at_most_16_kib() {
    run(async |app| {
        let alice = app.person("alice").await;
        let post = async |kind: &str, body: reqwest::Body| {
            let request = alice.client.request("POST", "/api/v1/tweets").header("content-type", kind).body(body);
            alice.client.send(request).await
        };
        let form = |bytes: usize| format!("content=Hello&padding={}", "x".repeat(bytes - 22));
        for (kind, body) in
            [("application/json", json_of(BODY_BYTES_MAX)), ("application/x-www-form-urlencoded", form(BODY_BYTES_MAX))]
        {
            assert_eq!(body.len(), BODY_BYTES_MAX);
            assert_eq!(post(kind, body.into()).await.status, 201, "{kind}");
        }
        for (kind, body) in [
            ("application/json", json_of(BODY_BYTES_MAX + 1)),
            ("application/x-www-form-urlencoded", form(BODY_BYTES_MAX + 1)),
            ("application/json", json_of(3_000_000)),
            ("text/plain", "x".repeat(BODY_BYTES_MAX + 1)),
        ] {
            // Once with a length that says so, once without.
            let pieces: Vec<_> =
                body.as_bytes().chunks(4096).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
            let endless = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
            for body in [reqwest::Body::from(body), endless] {
                let response = post(kind, body).await;
                assert_eq!((response.status, response.message()), (413, "The body is larger than 16 KiB"), "{kind}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t12_nested_json_is_refused_before_it_hurts() {
    run(async |app| {
        let alice = app.person("alice").await;
        let deep = |open: &str, close: &str, depth: usize| {
            format!("{{\"content\":\"Hello\",\"x\":{}1{}}}", open.repeat(depth), close.repeat(depth))
        };
        let bodies =
            [deep("[", "]", 5000), deep("{\"a\":", "}", 2500), "[".repeat(BODY_BYTES_MAX), "{\"a\":".repeat(3000)];
        for body in bodies {
            let request = alice.client.request("POST", "/api/v1/tweets").header("content-type", "application/json");
            let response = alice.client.send(request.body(body)).await;
            assert_eq!(response.status, 400);
            assert!(response.message().starts_with("The body is not valid JSON"), "{}", response.message());
        }
        assert_eq!(alice.client.post("/api/v1/tweets", json!({ "content": "Hello", "x": [[[1]]] })).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn t12_texts_have_at_most_so_many_characters() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = id(&alice.ready_video("Tea").await);
        let tweet = alice.client.post("/api/v1/tweets", json!({ "content": "Hello" })).await;
        let playlist = alice.client.post("/api/v1/playlist", json!({ "name": "a", "description": "b" })).await;
        let (tweet, playlist) = (id(&tweet.data()), id(&playlist.data()));
        for (method, path, field, most) in [
            ("POST", "/api/v1/tweets".to_owned(), "content", 5_000),
            ("PATCH", format!("/api/v1/tweets/{tweet}"), "content", 5_000),
            ("POST", format!("/api/v1/comments/{video}"), "content", 10_000),
            ("POST", "/api/v1/playlist".to_owned(), "name", 150),
            ("PATCH", format!("/api/v1/playlist/{playlist}"), "description", 5_000),
            ("PATCH", format!("/api/v1/videos/{video}"), "title", 200),
            ("PATCH", format!("/api/v1/videos/{video}"), "description", 10_000),
            ("PATCH", "/api/v1/users/update-account".to_owned(), "fullName", 100),
        ] {
            // Characters are counted, not bytes.
            let letter = if most > 5_000 { "x" } else { "ж" };
            for (length, is_good) in [(most, true), (most + 1, false)] {
                let mut body = json!({ "description": "b", "email": "alice@example.org" });
                body[field] = Value::from(format!("  {} ", letter.repeat(length)));
                let response = alice.client.send(alice.client.request(method, &path).json(&body)).await;
                assert_eq!(response.status < 300, is_good, "{method} {path} {field} {length}: {}", response.message());
                if !is_good {
                    let wanted = format!("{field} must have at most {most} characters");
                    assert_eq!((response.status, response.message()), (400, wanted.as_str()));
                    assert_eq!(response.body["errors"][0]["field"], field);
                }
            }
        }
        for (length, wanted) in [(200, 200), (201, 400)] {
            let query = format!("/api/v1/videos?query={}", "x".repeat(length));
            assert_eq!(app.anonymous().get(&query).await.status, wanted);
        }
    })
    .await;
}

#[tokio::test]
async fn t12_multipart_texts_are_limited_in_size_and_number() {
    run(async |app| {
        let alice = app.person("alice").await;
        let create = async |form: Form| alice.client.multipart("POST", "/api/v1/videos", form).await;
        let many = |count: usize, text: &'static str| {
            (0..count).fold(video_form("Tea"), |form, number| form.text(format!("field{number}"), text))
        };
        // Two texts are those of the video.
        assert_eq!(create(many(98, "x")).await.status, 201);
        for (count, text) in [(99, "x"), (99, ""), (5000, "")] {
            let response = create(many(count, text)).await;
            assert_eq!((response.status, response.message()), (413, "There are more than 100 text fields"));
        }
        // The same name again and again is not one field.
        let same = (0..200).fold(video_form("Tea"), |form, _| form.text("again", "x"));
        assert_eq!(create(same).await.status, 413);
        assert_eq!(create(video_form("Tea").text("long", "x".repeat(120 * 1024))).await.status, 201);
        for form in [
            video_form("Tea").text("long", "x".repeat(128 * 1024)),
            Form::new().text("long", "x".repeat(5_000_000)),
            video_form("Tea").text("y".repeat(129 * 1024), "a long name"),
        ] {
            assert_eq!(create(form).await.status, 413);
        }
        assert_eq!(alice.client.get("/api/v1/dashboard/stats").await.data()["totalVideos"], 2);
    })
    .await;
}

#[tokio::test]
async fn t12_a_part_whose_head_never_ends_is_given_up() {
    run(async |app| {
        let alice = app.person("alice").await;
        let head = |length: usize| {
            format!(
                "POST /api/v1/videos HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
                 Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n",
                app.base.trim_start_matches("http://"),
                alice.access_token
            )
        };
        for start in ["--b\r\nContent-Disposition: form-data; name=\"title\"; x=\"", "--b\r\nX: ", "no boundary "] {
            // More was announced than is ever sent: only a server that does not wait for it can response.
            let request = format!("{}{start}{}", head(100_000_000), "x".repeat(1_000_000));
            let response = raw::send(&app.base, request.as_bytes()).await;
            assert_eq!(response.status, 400, "{start}: {}", response.text());
        }
    })
    .await;
}

#[tokio::test]
async fn t12_oversized_heads_are_refused_and_the_server_goes_on() {
    run(async |app| {
        app.person("alice").await;
        let long = "x".repeat(1_000_000);
        let many = "X-Field: y\r\n".repeat(2000);
        for (target, lines) in [
            ("/api/v1/videos".to_owned(), format!("X-Long: {long}\r\n")),
            ("/api/v1/videos".to_owned(), format!("Cookie: accessToken={long}\r\n")),
            ("/api/v1/videos".to_owned(), format!("Authorization: Bearer {long}\r\n")),
            ("/api/v1/videos".to_owned(), many),
            (format!("/api/v1/videos?query={long}"), String::new()),
            (format!("/{long}"), String::new()),
        ] {
            let response = raw::ask(&app.base, "GET", target.as_bytes(), &lines).await;
            // A connection that is closed without an response is a refusal, too.
            assert!(matches!(response.status, 0 | 400 | 414 | 431), "{}", response.status);
        }
        let medium = "x".repeat(20_000);
        let headers = [("authorization", medium.as_str())];
        assert_eq!(app.anonymous().ask("GET", "/api/v1/videos", &headers).await.status, 401);
        let parameters = "unknown=1&".repeat(5000);
        assert_eq!(app.anonymous().get(&format!("/api/v1/videos?{parameters}")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn t12_a_login_with_an_endless_password_is_refused() {
    run(async |app| {
        app.person("alice").await;
        let body = json!({ "username": "alice", "password": "x".repeat(10_000) });
        let response = app.anonymous().post("/api/v1/users/login", body).await;
        assert_eq!(response.status, 400);
        let part = Part::text("x".repeat(100_000));
        let form = Form::new().text("username", "bob").text("email", "bob@example.org").text("fullName", "Bob");
        let response = app.anonymous().multipart("POST", "/api/v1/users/register", form.part("password", part)).await;
        assert_eq!(response.status, 400);
    })
    .await;
}

/// Doubles the rows of a table so many times; every new one has an id of its own.
async fn double(app: &TestApp, times: usize, sql: fn() -> Sql) {
    for _ in 0..times {
        app.app.db.execute(sql(), args![]).await.unwrap();
    }
    recount(&app.app.db).await.unwrap();
}

fn more_tweets() -> Sql {
    Sql::pair(
        "INSERT INTO tweets (id, owner_id, content, created_at, updated_at)
         SELECT randomblob(12), owner_id, content, created_at, updated_at FROM tweets",
        "INSERT INTO tweets (id, owner_id, content, created_at, updated_at)
         SELECT decode(substr(md5(random()::text), 1, 24), 'hex'), owner_id, content, created_at, updated_at FROM tweets",
    )
}

fn more_videos() -> Sql {
    Sql::pair(
        "INSERT INTO videos (id, owner_id, title, description, film, thumbnail, duration_s, width, height, status,
                             is_published, created_at, updated_at)
         SELECT randomblob(12), owner_id, title, description, film, thumbnail, duration_s, width, height, status,
                is_published, created_at, updated_at FROM videos",
        "INSERT INTO videos (id, owner_id, title, description, film, thumbnail, duration_s, width, height, status,
                             is_published, created_at, updated_at)
         SELECT decode(substr(md5(random()::text), 1, 24), 'hex'), owner_id, title, description, film, thumbnail,
                duration_s, width, height, status, is_published, created_at, updated_at FROM videos",
    )
}

#[tokio::test]
async fn t12_lists_end_at_a_thousand_and_go_on_by_cursor() {
    run(async |app| {
        let alice = app.person("alice").await;
        assert_eq!(alice.client.post("/api/v1/tweets", json!({ "content": "Hello" })).await.status, 201);
        double(app, 10, more_tweets).await;
        let path = format!("/api/v1/tweets/user/{}", alice.id);
        let length = |data: &Value| data.as_array().unwrap().len();
        for query in ["", "?limit=1000", "?limit=5000", "?limit=9223372036854775807"] {
            let response = app.anonymous().get(&format!("{path}{query}")).await;
            assert_eq!((length(&response.data()), response.header("x-total-count")), (1000, "1024"), "{query}");
            let rest = app.anonymous().get(&format!("{path}?cursor={}", response.header("x-next-cursor"))).await;
            assert_eq!((length(&rest.data()), rest.header("x-next-cursor")), (24, ""));
        }
    })
    .await;
}

/// A playlist with the greatest number of videos, and one video that is not in it.
async fn full_playlist(app: &TestApp, alice: &Person) -> (String, String) {
    alice.ready_video("Tea").await;
    double(app, 13, more_videos).await;
    let playlist = alice.client.post("/api/v1/playlist", json!({ "name": "a", "description": "b" })).await;
    let playlist = id(&playlist.data());
    let parsed: chaitube::PlaylistId = playlist.parse().unwrap();
    let added = app
        .app
        .db
        .execute(
            "INSERT INTO playlist_videos (playlist_id, video_id, position)
             SELECT $1, id, ROW_NUMBER() OVER (ORDER BY id) FROM videos ORDER BY id LIMIT 5000",
            args![parsed],
        )
        .await
        .unwrap();
    assert_eq!(added, 5000);
    let sql = "SELECT id FROM videos WHERE id NOT IN (SELECT video_id FROM playlist_videos) ORDER BY id LIMIT 1";
    let (other,): (chaitube::VideoId,) = app.app.db.one(sql, args![]).await.unwrap();
    (playlist, other.to_string())
}

#[tokio::test]
async fn t12_a_playlist_has_at_most_5000_videos() {
    run(async |app| {
        let alice = app.person("alice").await;
        let (playlist, other) = full_playlist(app, &alice).await;
        let change = async |verb: &str, video: &str| {
            alice.client.bare("PATCH", &format!("/api/v1/playlist/{verb}/{video}/{playlist}")).await
        };
        let response = change("add", &other).await;
        assert_eq!((response.status, response.message()), (400, "A playlist can have at most 5000 videos"));
        let detail = alice.client.get(&format!("/api/v1/playlist/{playlist}")).await.data();
        assert_eq!(detail["totalVideos"], 5000);
        let member = id(&detail["videos"][0]);
        assert_eq!(change("add", &member).await.status, 200);
        assert_eq!(change("remove", &member).await.status, 200);
        assert_eq!(change("add", &other).await.status, 200);
        assert_eq!(change("add", &member).await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn t12_an_avatar_has_fewer_pixels_than_a_cover_and_that_fewer_than_a_thumbnail() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let refused = |million: u32| {
            format!(
                "This image is too large: at most 12000 pixels a side and {million} million pixels in all are accepted \
                 here; make it smaller first."
            )
        };
        for (method, path, field, million) in [
            ("PATCH", "/api/v1/users/avatar", "avatar", 25),
            ("PATCH", "/api/v1/users/cover-image", "coverImage", 32),
            ("POST", "/api/v1/videos", "thumbnail", 50),
        ] {
            let form = if method == "POST" { video_form("Tea") } else { Form::new() };
            let form = form.part(field, file("large.png", crafted::png_bomb(10_000, million * 100 + 1)));
            client.multipart(method, path, form).await.expect(400, &refused(million));
        }
    })
    .await;
}

/// Registers somebody at this address.
async fn register(app: &TestApp, address: &str, form: Form) -> Response {
    app.anonymous().with_header("x-forwarded-for", address).multipart("POST", "/api/v1/users/register", form).await
}

/// Decoding an image is the dearest thing that an unknown caller may ask for.
#[tokio::test]
async fn t12_images_from_one_address_leave_room_for_those_of_others() {
    run_with(&[("TRUSTED_PROXIES", "1")], async |app| {
        let large = crafted::plain_png(4999, 4999);
        let form = |name: &str| register_form(name).part("coverImage", file("large.png", large.clone()));
        let flood = join_all((0..24).map(|n| register(app, "2001:db8::1", form(&format!("mallory{n}")))));
        let (flood, same_network, other) = tokio::join!(
            flood,
            register(app, "2001:db8::2", form("mallory")),
            register(app, "192.0.2.1", form("alice")),
        );
        other.expect(201, "User registered Successfully");
        let mut refused = flood.iter().chain([&same_network]).filter(|response| response.status != 201);
        let first = refused.next().expect("nobody was refused");
        first.expect(503, "8 images from your address are waiting. Try again in a moment.");
        assert_eq!(first.header("retry-after"), "5");
        assert!(refused.all(|response| response.status == 503));
    })
    .await;
}

#[tokio::test]
async fn t12_small_images_do_not_wait_for_large_ones() {
    const FLOOD: usize = 8;
    run_with(&[("TRUSTED_PROXIES", "1")], async |app| {
        let large = crafted::plain_jpeg(4999, 4999);
        let answered = AtomicUsize::new(0);
        let register = async |address: String, form: Form| {
            register(app, &address, form).await.expect(201, "User registered Successfully");
            answered.fetch_add(1, Ordering::Relaxed)
        };
        let flood = join_all((0..FLOOD).map(|n| {
            let form = register_form_with(&format!("mallory{n}"), file("large.jpg", large.clone()));
            register(format!("2001:db8:0:{n}::1"), form)
        }));
        let (_, before_alice) = tokio::join!(flood, register("192.0.2.1".into(), register_form("alice")));
        assert!(before_alice < FLOOD / 2, "{before_alice} people with large images were answered first");
    })
    .await;
}
