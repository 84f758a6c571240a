//! Registering: what is asked for, in which order it is checked, and what is left of a refused registration.

use futures_util::future::join_all;
use image::ImageFormat;
use reqwest::multipart::Form;
use serde_json::json;

use crate::harness::{Client, PASSWORD, Response, TestApp, file, register_form, run, run_with, samples};

const PATH: &str = "/api/v1/users/register";
const TAKEN: &str = "User with email or username already exists";
const LOOK_ALIKE: &str = "This username looks like that of another user. Choose one that cannot be mistaken for it.";

const ALICE: [(&str, &str); 4] =
    [("fullName", "Alice Liddell"), ("username", "alice"), ("email", "alice@example.org"), ("password", PASSWORD)];

/// Text parts; those of `ALICE` but for what `changed` says, where `None` leaves a part out.
fn texts(changed: &[(&str, Option<&str>)]) -> Form {
    let mut form = Form::new();
    for (name, usual) in ALICE {
        let value = changed.iter().find(|(field, _)| *field == name).map_or(Some(usual), |(_, value)| *value);
        if let Some(value) = value {
            form = form.text(name.to_owned(), value.to_owned());
        }
    }
    form
}

fn with_avatar(form: Form) -> Form {
    form.part("avatar", file("avatar.png", samples::png(32, 32)))
}

async fn register(app: &TestApp, form: Form) -> Response {
    app.anonymous().multipart("POST", PATH, form).await
}

#[tokio::test]
async fn registering_answers_the_account_and_no_tokens() {
    run(async |app| {
        let form = with_avatar(texts(&[
            ("fullName", Some("  Alice Liddell ")),
            ("username", Some(" ALICE ")),
            ("email", Some(" Alice@Example.org\n")),
        ]));
        let response = register(app, form).await;
        let user = response.expect(201, "User registered Successfully").data();
        assert_eq!(user["username"], "alice");
        assert_eq!(user["email"], "alice@example.org");
        assert_eq!(user["fullName"], "Alice Liddell");
        assert_eq!((&user["coverImage"], &user["watchHistory"]), (&json!(""), &json!([])));
        assert_eq!((&user["createdAt"], &user["updatedAt"]), (&json!("2026-01-15T12:00:00.000Z"), &user["createdAt"]));
        assert!(response.cookies().is_empty());
        assert!(!String::from_utf8_lossy(&response.bytes).to_lowercase().contains("token"));
        let avatar = user["avatar"].as_str().unwrap();
        assert!(avatar.starts_with(&format!("{}/media/", app.base)), "{avatar}");
        assert_eq!(app.anonymous().get(avatar).await.status, 200);
        assert_eq!(app.login("alice").await.id, user["_id"]);
    })
    .await;
}

#[tokio::test]
async fn files_and_texts_come_in_any_order_and_unknown_texts_are_ignored() {
    run(async |app| {
        let cover = || file("cover.jpg", samples::image(80, 40, ImageFormat::Jpeg));
        let form = Form::new()
            .part("coverImage", cover())
            .text("role", "admin")
            .text("fullname", "Alice Liddell")
            .text("username", "alice")
            .part("avatar", file("../../etc/passwd", samples::png(8, 8)).mime_str("application/octet-stream").unwrap())
            .text("password", PASSWORD)
            .text("email", "alice@example.org");
        let user = register(app, form).await.expect_status(201);
        assert_eq!(user["fullName"], "Alice Liddell");
        for picture in ["avatar", "coverImage"] {
            let response = app.anonymous().get(user[picture].as_str().unwrap()).await;
            assert_eq!((response.status, response.header("content-type")), (200, "image/jpeg"), "{picture}");
        }
        register(app, register_form("bob").part("coverImage", cover())).await.expect_status(201);
        app.media_settles_at(4).await;
    })
    .await;
}

#[tokio::test]
async fn every_text_that_is_missing_or_blank_is_named() {
    run(async |app| {
        for (field, _) in ALICE {
            for value in [None, Some(""), Some(" \t ")] {
                let response = register(app, with_avatar(texts(&[(field, value)]))).await;
                response.expect(400, "All fields are required");
                assert_eq!(response.body["errors"].as_array().unwrap().len(), 1, "{field} {value:?}");
                assert_eq!(response.body["errors"][0]["field"], field);
            }
        }
        let response = register(app, Form::new().text("x", "y")).await;
        assert_eq!(response.expect(400, "All fields are required").body["errors"].as_array().unwrap().len(), 4);
        app.anonymous().post(PATH, json!({})).await.expect(400, "All fields are required");
        app.anonymous().bare("POST", PATH).await.expect(400, "All fields are required");
        app.media_settles_at(0).await;
    })
    .await;
}

#[tokio::test]
async fn texts_are_checked_before_duplicates_and_duplicates_before_the_avatar() {
    run(async |app| {
        app.person("alice").await;
        let broken = || file("avatar.png", b"no picture".to_vec());
        register(app, texts(&[("email", None)])).await.expect(400, "All fields are required");
        register(app, texts(&[("email", Some("no address"))])).await.expect_status(400);
        register(app, texts(&[])).await.expect(409, TAKEN);
        register(app, texts(&[]).part("avatar", broken())).await.expect(409, TAKEN);
        let free = [("username", Some("bob")), ("email", Some("bob@example.org"))];
        let response = register(app, texts(&free)).await;
        assert_eq!(response.expect(400, "Avatar file is required").body["errors"][0]["field"], "avatar");
        let empty = texts(&free).part("avatar", file("", Vec::new()));
        register(app, empty).await.expect(400, "Avatar file is required");
        let response = register(app, texts(&free).part("avatar", broken())).await;
        response.expect(400, "This file is not a PNG, JPEG, WebP or GIF image; send one of these.");
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn names_and_addresses_are_taken_whatever_their_case() {
    run(async |app| {
        register(app, with_avatar(texts(&[("username", Some("Émile"))]))).await.expect_status(201);
        let again = [
            [("username", Some("émile")), ("email", Some("b@example.org"))],
            [("username", Some("ÉMILE")), ("email", Some("b@example.org"))],
            [("username", Some("bob")), ("email", Some("Alice@EXAMPLE.org"))],
        ];
        for changed in again {
            register(app, with_avatar(texts(&changed))).await.expect(409, TAKEN);
        }
        let channel = app.anonymous().get("/api/v1/users/c/%C3%89MILE").await;
        assert_eq!(channel.expect_status(200)["username"], "émile");
        app.media_settles_at(1).await;
    })
    .await;
}

#[tokio::test]
async fn user_names_fit_into_a_path() {
    run(async |app| {
        let longest = "n".repeat(50);
        for (number, name) in ["a", "a.b_c-d", "0", "日本語", ".hidden", &longest].into_iter().enumerate() {
            let email = format!("{number}@example.org");
            let form = with_avatar(texts(&[("username", Some(name)), ("email", Some(&email))]));
            assert_eq!(register(app, form).await.expect_status(201)["username"], name);
            let channel = app.anonymous().get(&format!("/api/v1/users/c/{name}")).await.expect_status(200);
            assert_eq!(channel["username"], name);
        }
        let too_long = "n".repeat(51);
        for name in ["a b", "a/b", "a@b", "..", ".", "a%2fb", "a?b", "<b>", "a\nb", "a:b", "🎬", &too_long] {
            let response = register(app, with_avatar(texts(&[("username", Some(name))]))).await;
            assert_eq!(response.status, 400, "{name}");
            assert_eq!(response.body["errors"][0]["field"], "username", "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_has_to_be_one() {
    run(async |app| {
        for email in ["alice", "@example.org", "alice@", "a b@example.org", "Alice <a@example.org>", "a@b@example.org"]
        {
            let response = register(app, with_avatar(texts(&[("email", Some(email))]))).await;
            assert_eq!(response.status, 400, "{email}");
            assert_eq!(response.body["errors"][0]["field"], "email", "{email}");
        }
        let long = "n".repeat(101);
        let response = register(app, with_avatar(texts(&[("fullName", Some(&long))]))).await;
        response.expect(400, "fullName must have at most 100 characters");
        app.media_settles_at(0).await;
    })
    .await;
}

#[tokio::test]
async fn passwords_are_taken_as_they_are_and_to_their_end() {
    run(async |app| {
        let long = "long ".repeat(40);
        for (number, password) in ["123456", " blanks around ", "пароль🔑", long.trim()].into_iter().enumerate()
        {
            let (name, email) = (format!("user{number}"), format!("user{number}@example.org"));
            let changed = [("username", Some(&*name)), ("email", Some(&email)), ("password", Some(password))];
            register(app, with_avatar(texts(&changed))).await.expect_status(201);
            let client = Client::new(&app.base, None, Some(email.clone()));
            let login = async |password: &str| {
                client.post("/api/v1/users/login", json!({ "username": name, "password": password })).await
            };
            let mut shorter = password.to_owned();
            shorter.pop();
            for wrong in [&shorter, &format!("{password}."), &format!(" {password}")] {
                login(wrong).await.expect(401, "Invalid user credentials");
            }
            login(password).await.expect(200, "User logged In Successfully");
        }
        let endless = "x".repeat(1001);
        let response = register(app, with_avatar(texts(&[("password", Some(&endless))]))).await;
        response.expect(400, "The password must have at most 1000 bytes");
    })
    .await;
}

#[tokio::test]
async fn nothing_is_left_of_a_refused_registration() {
    run_with(&[("MAX_IMAGE_SIZE", "20KiB")], async |app| {
        let good = || file("avatar.png", samples::png(32, 32));
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec();
        let mut cut_off = samples::png(64, 64);
        cut_off.truncate(200);
        let too_large = vec![0; 20 * 1024 + 1];
        for (bytes, status) in
            [(svg, 400), (cut_off, 400), (too_large, 413), (samples::video_file()[..9000].to_vec(), 400)]
        {
            let form = texts(&[]).part("avatar", file("avatar.png", bytes.clone()));
            register(app, form).await.expect_status(status);
            let form = texts(&[]).part("avatar", good()).part("coverImage", file("cover.png", bytes));
            register(app, form).await.expect_status(status);
        }
        let twice = texts(&[]).part("avatar", good()).part("avatar", good());
        register(app, twice).await.expect(400, "Only one file \"avatar\" is expected");
        let unknown = with_avatar(texts(&[])).part("photo", good());
        register(app, unknown).await.expect(400, "Unexpected file \"photo\"");
        app.media_settles_at(0).await;
        let body = json!({ "username": "alice", "password": PASSWORD });
        app.anonymous().post("/api/v1/users/login", body).await.expect(404, "User does not exist");
        register(app, register_form("alice")).await.expect_status(201);
    })
    .await;
}

#[tokio::test]
async fn a_malformed_upload_is_refused() {
    run(async |app| {
        let client = app.anonymous();
        let bodies = [
            ("multipart/form-data", "--x\r\n"),
            ("multipart/form-data; boundary=x", "no boundary at all"),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a\"\r\n\r\nab",
            ),
        ];
        for (kind, body) in bodies {
            let response = client.send(client.request("POST", PATH).header("content-type", kind).body(body)).await;
            response.expect_status(400);
        }
        let form = Form::new().part("username", reqwest::multipart::Part::bytes(vec![0xff, 0xfe]));
        register(app, form).await.expect(400, "username is not valid UTF-8");
        app.media_settles_at(0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_registrations_at_once_one_gets_the_name_and_the_address() {
    run(async |app| {
        let forms = |number: usize| {
            let (name, email) = (format!("user{number}"), format!("user{number}@example.org"));
            let same_name = with_avatar(texts(&[("email", Some(&email))]));
            let same_email = with_avatar(texts(&[("username", Some(&name)), ("email", Some("one@example.org"))]));
            [same_name, same_email]
        };
        let responses = join_all((0..4).flat_map(forms).map(|form| register(app, form))).await;
        for parity in 0..2 {
            let same: Vec<&Response> = responses.iter().skip(parity).step_by(2).collect();
            assert_eq!(same.iter().filter(|response| response.status == 201).count(), 1, "{same:?}");
            for refused in same.iter().filter(|response| response.status != 201) {
                refused.expect(409, TAKEN);
            }
        }
        app.media_settles_at(2).await;
    })
    .await;
}

async fn register_as(app: &TestApp, number: usize, name: &str) -> Response {
    let email = format!("{number}@example.org");
    register(app, with_avatar(texts(&[("username", Some(name)), ("email", Some(&email))]))).await
}

#[tokio::test]
async fn t18_a_name_that_looks_like_anothers_is_refused() {
    run(async |app| {
        for (number, name) in ["alice", "bob1", "с\u{43e}\u{440}", "émile"].into_iter().enumerate() {
            register_as(app, number, name).await.expect_status(201);
        }
        // With a Cyrillic letter, a mathematical digit, something invisible; and Latin letters for Cyrillic ones.
        for name in ["\u{430}lice", "al\u{456}ce", "bob\u{1d7cf}", "alice\u{3164}", "cop"] {
            register_as(app, 9, name).await.expect(409, LOOK_ALIKE);
        }
        for (number, name) in ["bobl", "b0b1", "a1ice", "emile", "алиса"].into_iter().enumerate() {
            register_as(app, 10 + number, name).await.expect_status(201);
        }
        app.media_settles_at(9).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t18_of_look_alikes_at_once_one_is_registered() {
    run(async |app| {
        let names = ["alice", "\u{430}lice", "al\u{456}ce", "\u{430}l\u{456}ce", "alic\u{435}"];
        let all = join_all(names.iter().enumerate().map(|(number, name)| register_as(app, number, name))).await;
        assert_eq!(all.iter().filter(|response| response.status == 201).count(), 1, "{all:?}");
        assert!(all.iter().all(|response| matches!(response.status, 201 | 409)), "{all:?}");
    })
    .await;
}
