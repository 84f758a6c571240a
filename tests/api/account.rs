//! Changing one's account, and what others see of it.

use std::time::Duration;

use image::ImageFormat;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Response, file, run, run_with, samples};

const UPDATE: &str = "/api/v1/users/update-account";
const UPDATED: &str = "Account details updated successfully";
const CURRENT: &str = "/api/v1/users/current-user";

fn image(name: &'static str, bytes: Vec<u8>) -> Form {
    Form::new().part(name, file("picture", bytes))
}

async fn patch(client: &Client, path: &str, form: Form) -> Response {
    client.multipart("PATCH", path, form).await
}

fn address<'a>(user: &'a Value, field: &str) -> &'a str {
    user[field].as_str().unwrap()
}

#[tokio::test]
async fn ones_own_account_is_shown_to_oneself_only() {
    run(async |app| {
        let alice = app.person("Alice").await;
        let user = alice.client.get(CURRENT).await.expect(200, "User fetched successfully").data();
        assert_eq!((&user["_id"], &user["username"]), (&json!(alice.id), &json!("alice")));
        assert_eq!((&user["email"], &user["fullName"]), (&json!("alice@example.org"), &json!("Alice of the Tests")));
        assert_eq!((&user["coverImage"], &user["watchHistory"]), (&json!(""), &json!([])));
        app.anonymous().get(CURRENT).await.expect(401, "Unauthorized request");
    })
    .await;
}

#[tokio::test]
async fn name_and_address_are_changed_in_any_form() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let form =
            |name: &str, email: &str| Form::new().text("fullName", name.to_owned()).text("email", email.to_owned());
        app.advance(Duration::from_secs(5));
        let as_json = json!({ "fullName": " Alice One ", "email": " One@Example.net " });
        let responses = [
            client.patch(UPDATE, as_json).await,
            client
                .send(client.request("PATCH", UPDATE).form(&[("fullname", "Alice Two"), ("email", "two@example.net")]))
                .await,
            patch(&client, UPDATE, form("Alice Three", "three@example.net")).await,
            client
                .patch(UPDATE, json!({ "fullname": "Alice Four", "email": "four@example.net", "username": "root" }))
                .await,
        ];
        let names = ["One", "Two", "Three", "Four"];
        for (response, number) in responses.iter().zip(names) {
            let user = response.expect(200, UPDATED).data();
            assert_eq!(user["fullName"], format!("Alice {number}"));
            assert_eq!(user["email"], format!("{}@example.net", number.to_lowercase()));
            assert_eq!((&user["username"], &user["updatedAt"]), (&json!("alice"), &json!("2026-01-15T12:00:05.000Z")));
            assert_eq!(user["createdAt"], "2026-01-15T12:00:00.000Z");
        }
        assert_eq!(client.get(CURRENT).await.data(), responses[3].data());
        let login = async |email: &str| {
            client.without_token().post("/api/v1/users/login", json!({ "email": email, "password": PASSWORD })).await
        };
        login("four@example.net").await.expect_status(200);
        login("alice@example.org").await.expect(404, "User does not exist");
    })
    .await;
}

#[tokio::test]
async fn an_account_change_that_is_refused_changes_nothing() {
    run(async |app| {
        let (alice, _bob) = (app.person("alice").await, app.person("bob").await);
        let before = alice.client.get(CURRENT).await.data();
        app.advance(Duration::from_secs(5));
        let bodies = [
            (json!({}), 400, "All fields are required"),
            (json!({ "fullName": "Alice" }), 400, "All fields are required"),
            (json!({ "email": "alice@example.org", "fullName": "  " }), 400, "All fields are required"),
            (json!({ "fullName": "Alice", "email": "no address" }), 400, "email is not a valid e-mail address"),
            (
                json!({ "fullName": "n".repeat(101), "email": "a@b.cc" }),
                400,
                "fullName must have at most 100 characters",
            ),
            (json!({ "fullName": ["Alice"], "email": "a@b.cc" }), 400, "fullName: must be text"),
            (json!({ "fullName": "Alice", "email": "BOB@example.org" }), 409, "User with email already exists"),
        ];
        for (body, status, message) in bodies {
            alice.client.patch(UPDATE, body).await.expect(status, message);
        }
        let taken = image("avatar", samples::png(40, 40)).text("email", "bob@example.org").text("fullName", "Alice");
        patch(&alice.client, UPDATE, taken).await.expect(409, "User with email already exists");
        let broken = image("avatar", b"no picture".to_vec()).text("email", "new@example.net").text("fullName", "Alice");
        patch(&alice.client, UPDATE, broken).await.expect_status(400);
        app.anonymous().patch(UPDATE, json!({})).await.expect(401, "Unauthorized request");
        app.media_settles_at(2).await;
        assert_eq!(alice.client.get(CURRENT).await.data(), before);
        // Her own address is not taken from herself.
        let body = json!({ "fullName": "Alice", "email": "ALICE@example.org" });
        alice.client.patch(UPDATE, body).await.expect(200, UPDATED);
    })
    .await;
}

#[tokio::test]
async fn pictures_may_come_with_the_account_or_alone() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let before = client.get(CURRENT).await.data();
        let form = image("avatar", samples::png(40, 40)).part("coverImage", file("cover", samples::png(80, 40)));
        let after = patch(&client, UPDATE, form).await.expect(200, UPDATED).data();
        assert_eq!((&after["fullName"], &after["email"]), (&before["fullName"], &before["email"]));
        assert_eq!(client.get(address(&before, "avatar")).await.status, 404);
        for field in ["avatar", "coverImage"] {
            assert_eq!(client.get(address(&after, field)).await.status, 200, "{field}");
        }
        let form = image("coverImage", samples::png(90, 40)).text("fullName", "Alice Liddell").text("email", "");
        let last = patch(&client, UPDATE, form).await.expect(200, UPDATED).data();
        assert_eq!((&last["fullName"], &last["email"]), (&json!("Alice Liddell"), &before["email"]));
        assert_eq!((&last["avatar"], client.get(address(&after, "coverImage")).await.status), (&after["avatar"], 404));
        app.media_settles_at(2).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one() {
    let routes = [
        ("avatar", "avatar", "Avatar image updated successfully", "Avatar file is missing"),
        ("update-avatar", "avatar", "Avatar image updated successfully", "Avatar file is missing"),
        ("cover-image", "coverImage", "Cover image updated successfully", "Cover image file is missing"),
        ("update-cover-image", "coverImage", "Cover image updated successfully", "Cover image file is missing"),
    ];
    run_with(&[("MAX_IMAGE_SIZE", "20KiB")], async |app| {
        let client = app.person("alice").await.client;
        for (route, field, message, missing) in routes {
            let path = format!("/api/v1/users/{route}");
            app.advance(Duration::from_secs(1));
            let first = patch(&client, &path, image(field, samples::png(30, 20))).await.expect(200, message).data();
            app.advance(Duration::from_secs(1));
            let second = patch(&client, &path, image(field, samples::png(20, 30))).await.expect(200, message).data();
            assert_ne!((&first[field], &first["updatedAt"]), (&second[field], &second["updatedAt"]));
            assert_eq!(client.get(address(&first, field)).await.status, 404, "the old {field} is gone");
            let bytes = client.get(address(&second, field)).await.bytes;
            let shown = image::load_from_memory(&bytes).unwrap();
            assert_eq!((shown.width(), shown.height()), (20, 30));

            patch(&client, &path, Form::new().text("x", "y")).await.expect(400, missing);
            patch(&client, &path, image(field, Vec::new())).await.expect(400, missing);
            client.patch(&path, json!({})).await.expect(400, missing);
            client.bare("PATCH", &path).await.expect(400, missing);
            patch(&client, &path, image("photo", samples::png(9, 9))).await.expect(400, "Unexpected file \"photo\"");
            patch(&client, &path, image(field, vec![0; 20 * 1024 + 1])).await.expect_status(413);
            patch(&client, &path, image(field, samples::png(64, 64)[..300].to_vec())).await.expect_status(400);
            let twice = image(field, samples::png(9, 9)).part(field, file("b", samples::png(9, 9)));
            patch(&client, &path, twice).await.expect_status(400);
            patch(&app.anonymous(), &path, image(field, samples::png(9, 9))).await.expect(401, "Unauthorized request");
            assert_eq!(client.get(CURRENT).await.data(), second, "what was refused changed nothing");
        }
        app.media_settles_at(2).await;
    })
    .await;
}

#[tokio::test]
async fn every_picture_format_is_taken_by_content_and_made_a_sensible_size() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];
        for (format, lie) in
            formats.into_iter().zip(["text/html", "application/octet-stream", "video/mp4", "image/svg+xml"])
        {
            let part = |name: &str| file(name, samples::image(1200, 300, format)).mime_str(lie).unwrap();
            let avatar = patch(&client, "/api/v1/users/avatar", Form::new().part("avatar", part("a.exe"))).await;
            let cover =
                patch(&client, "/api/v1/users/cover-image", Form::new().part("coverImage", part("c.html"))).await;
            for (response, field, size) in [(avatar, "avatar", (512, 128)), (cover, "coverImage", (1200, 300))] {
                let user = response.expect_status(200);
                let shown = client.get(address(&user, field)).await;
                assert_eq!(shown.header("content-type"), "image/jpeg", "{format:?}");
                let picture = image::load_from_memory(&shown.bytes).unwrap();
                assert_eq!((picture.width(), picture.height()), size, "{format:?} {field}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_new_avatars_at_once_one_stays_and_no_file_is_forgotten() {
    run(async |app| {
        let client = app.person("alice").await.client;
        let sides = [10, 20, 30, 40, 50];
        let changes =
            sides.map(|side| patch(&client, "/api/v1/users/avatar", image("avatar", samples::png(side, side))));
        for response in futures_util::future::join_all(changes).await {
            response.expect_status(200);
        }
        let user = client.get(CURRENT).await.data();
        assert_eq!(client.get(address(&user, "avatar")).await.status, 200);
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_shown_to_everybody_but_its_address_to_its_owner_only() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        for client in [&bob.client, &carol.client] {
            client.bare("POST", &format!("/api/v1/subscriptions/c/{}", alice.id)).await.expect_status(200);
        }
        alice.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", bob.id)).await.expect_status(200);
        let channel = async |client: &Client, name: &str| {
            client.get(&format!("/api/v1/users/c/{name}")).await.expect(200, "User channel fetched successfully").data()
        };
        for (client, is_subscribed, email) in [
            (&app.anonymous(), false, None),
            (&bob.client, true, None),
            (&alice.client, false, Some("alice@example.org")),
        ] {
            let shown = channel(client, "ALICE").await;
            assert_eq!((&shown["_id"], &shown["username"]), (&json!(alice.id), &json!("alice")));
            assert_eq!((&shown["fullName"], &shown["coverImage"]), (&json!("alice of the Tests"), &json!("")));
            assert_eq!(shown["subscribersCount"], 2);
            assert_eq!(shown["channelsSubscribedToCount"], 1);
            assert_eq!(shown["isSubscribed"], is_subscribed);
            assert_eq!(shown["createdAt"], "2026-01-15T12:00:00.000Z");
            assert_eq!(shown.get("email").and_then(Value::as_str), email);
        }
        for name in ["nobody", "alice2", "alic_", "%25", &alice.id, "..%2fme"] {
            let response = app.anonymous().get(&format!("/api/v1/users/c/{name}")).await;
            response.expect(404, "channel does not exists");
        }
    })
    .await;
}

#[tokio::test]
async fn a_channel_counts_the_videos_that_its_visitor_may_see() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        alice.ready_video("Shown").await;
        alice.hidden_ready_video("Hidden").await;
        for (client, count) in [(&app.anonymous(), 1), (&bob.client, 1), (&alice.client, 2)] {
            let channel = client.get("/api/v1/users/c/alice").await.expect_status(200);
            assert_eq!(channel["videosCount"], count);
        }
    })
    .await;
}

#[tokio::test]
async fn without_public_reads_everything_but_the_door_needs_a_login() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        let alice = app.person("alice").await;
        let playlist = json!({ "name": "Mine", "description": "All mine" });
        let playlist = alice.client.post("/api/v1/playlist", playlist).await.expect_status(201);
        let video = alice.ready_video("Video").await;
        let reads = [
            "/api/v1/videos".to_owned(),
            format!("/api/v1/videos/{}", address(&video, "_id")),
            format!("/api/v1/comments/{}", address(&video, "_id")),
            format!("/api/v1/tweets/user/{}", alice.id),
            "/api/v1/users/c/alice".to_owned(),
            format!("/api/v1/playlist/{}", address(&playlist, "_id")),
            format!("/api/v1/playlist/user/{}", alice.id),
        ];
        for path in &reads {
            app.anonymous().get(path).await.expect(401, "Unauthorized request");
            alice.client.get(path).await.expect_status(200);
        }
        app.anonymous().get("/api/v1/healthcheck").await.expect_status(200);
    })
    .await;
    run(async |app| {
        let alice = app.person("alice").await;
        for path in ["/api/v1/videos", "/api/v1/users/c/alice", &format!("/api/v1/tweets/user/{}", alice.id)] {
            app.anonymous().get(path).await.expect_status(200);
        }
    })
    .await;
}
