//! Text that looks like SQL, everywhere text is taken: it comes back as it was, or is refused, and nothing happens.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::lists::{slice, with_query};
use crate::harness::{PASSWORD, TestApp, file, id, register_form, rows, run, samples};

const EVIL: &[&str] = &[
    "'; DROP TABLE users; --",
    "x'); DELETE FROM videos; --",
    "\" OR \"\" = \"",
    "' OR '1'='1",
    "' UNION SELECT avatar FROM users --",
    "'||(SELECT email FROM users LIMIT 1)||'",
    "1; UPDATE users SET full_name = 'pwned'",
    "CASE WHEN (1=1) THEN id ELSE pg_sleep(9) END",
    "title; --",
    "$1 $2 $99 ?1 :name @name",
    "%_\\%\\_",
    "a\\' OR 1=1 /*",
    "text : \"NEAR\" AND NOT (OR) * ^",
    "{\"$gt\":\"\"}",
    "'::text||chr(65)",
    "naïve ‘quotes’ ＇fullwidth＇ \u{2019}",
];

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}

/// Every user, as the database has them.
async fn users(app: &TestApp) -> Vec<(String, String, String)> {
    let sql = "SELECT username, email, full_name FROM users ORDER BY username";
    app.app.db.all(sql, vec![]).await.unwrap()
}

#[tokio::test]
async fn t09_what_looks_like_sql_is_kept_as_text() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let comments = format!("/api/v1/comments/{}", id(&video));
        for evil in EVIL {
            let content = json!({ "content": evil });
            let tweet = alice.create("/api/v1/tweets", content.clone()).await;
            assert_eq!(tweet["content"], *evil);
            let comment = alice.create(&comments, content.clone()).await;
            assert_eq!(comment["content"], *evil);
            let named = json!({ "name": evil, "description": evil });
            let playlist = alice.create("/api/v1/playlist", named.clone()).await;
            assert_eq!((&playlist["name"], &playlist["description"]), (&json!(evil), &json!(evil)));
            for (path, body) in [
                (format!("/api/v1/tweets/{}", id(&tweet)), &content),
                (format!("/api/v1/comments/c/{}", id(&comment)), &content),
                (format!("/api/v1/playlist/{}", id(&playlist)), &named),
                (format!("/api/v1/videos/{}", id(&video)), &json!({ "title": evil, "description": evil })),
                ("/api/v1/users/update-account".to_owned(), &json!({ "fullName": evil, "email": "alice@example.org" })),
            ] {
                let changed = alice.client.patch(&path, body.clone()).await;
                assert_eq!(changed.status, 200, "{path}: {}", changed.body);
                for (field, value) in body.as_object().unwrap() {
                    assert_eq!(changed.body["data"][field], *value, "{path}");
                }
            }
        }
        let count = i64::try_from(EVIL.len()).unwrap();
        for (path, field) in [
            (format!("/api/v1/tweets/user/{}", alice.id), "content"),
            (comments, "content"),
            (format!("/api/v1/playlist/user/{}", alice.id), "name"),
        ] {
            let list = slice(&app.anonymous(), &path, "limit=100").await;
            assert_eq!(list.total, count);
            for evil in EVIL {
                assert_eq!(list.docs.iter().filter(|doc| doc[field] == *evil).count(), 1, "{path}: {evil}");
            }
        }
        assert_eq!(rows::count(app, "users").await, 1);
    })
    .await;
}

#[tokio::test]
async fn t09_a_search_for_sql_finds_what_has_that_text_and_nothing_else() {
    run(async |app| {
        let alice = app.person("alice").await;
        let numbers = 1..=i64::try_from(EVIL.len()).unwrap();
        rows::fill(app, rows::VIDEOS, numbers.clone(), &alice.id, "").await;
        for (number, evil) in numbers.zip(EVIL) {
            let body = json!({ "title": "Mill", "description": format!("<{evil}>") });
            alice.client.patch(&format!("/api/v1/videos/{}", rows::id_of(number)), body).await;
        }
        rows::settle(app).await;
        for evil in EVIL {
            let start: String = evil.chars().take(2).collect();
            let end: String = evil.chars().last().into_iter().collect();
            for wanted in [evil, evil.to_lowercase().as_str(), &start, &end] {
                let query = format!("query={}&limit=100", encoded(wanted));
                let found = slice(&alice.client, "/api/v1/videos", &query).await;
                let is_meant = |text: &&&str| format!("<{text}>").to_lowercase().contains(wanted.to_lowercase().trim());
                let expected = EVIL.iter().filter(is_meant).count();
                assert_eq!((found.docs.len(), found.total), (expected, i64::try_from(expected).unwrap()), "{wanted}");
                assert!(expected > 0, "{wanted}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t09_sql_in_query_parameters_and_paths_is_refused_or_ignored() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        rows::fill(app, rows::VIDEOS, 1..=5, &alice.id, "").await;
        rows::settle(app).await;
        let newest_first = slice(&alice.client, "/api/v1/videos", "").await.ids();
        let before = users(app).await;
        for evil in EVIL.iter().map(|evil| encoded(evil)) {
            for query in [format!("sortBy={evil}"), format!("sortBy={evil}&sortType={evil}"), format!("{evil}={evil}")]
            {
                assert_eq!(slice(&alice.client, "/api/v1/videos", &query).await.ids(), newest_first, "{query}");
            }
            for field in ["userId", "page", "limit", "cursor"] {
                let response = alice.client.get(&format!("/api/v1/videos?{field}={evil}")).await;
                assert_eq!(response.status, 400, "{field}={evil}");
            }
            for list in [
                "tweets/user/ID",
                "playlist/user/ID",
                "subscriptions/c/ID",
                "subscriptions/u/ID",
                "likes/videos",
                "users/history",
                "dashboard/videos",
            ] {
                let path = format!("/api/v1/{}", list.replace("ID", &bob.id));
                let response = bob.client.get(&with_query(&path, &format!("cursor={evil}"))).await;
                assert_eq!(response.status, 400, "{path}");
            }
            for path in [
                "videos/ID",
                "comments/ID",
                "tweets/user/ID",
                "playlist/ID",
                "playlist/user/ID",
                "subscriptions/c/ID",
                "subscriptions/u/ID",
            ] {
                let response = bob.client.get(&format!("/api/v1/{}", path.replace("ID", &evil))).await;
                assert_eq!(response.status, 400, "{path}: {evil}");
            }
            bob.client.get(&format!("/api/v1/users/c/{evil}")).await.expect(404, "channel does not exists");
            assert_eq!(bob.client.get(&format!("/media/{evil}")).await.status, 404);
        }
        for nul in ["%00", "alice%00", "%00alice"] {
            bob.client.get(&format!("/api/v1/users/c/{nul}")).await.expect(404, "channel does not exists");
        }
        assert_eq!(users(app).await, before);
    })
    .await;
}

#[tokio::test]
async fn t09_sql_and_operators_do_not_get_past_the_login() {
    run(async |app| {
        let alice = app.person("alice").await;
        let login = async |body: Value| app.anonymous().post("/api/v1/users/login", body).await;
        for evil in EVIL {
            for field in ["username", "email"] {
                let response = login(json!({ field: evil, "password": PASSWORD })).await;
                response.expect(404, "User does not exist");
            }
            let both = format!("alice{evil}");
            login(json!({ "username": both, "password": PASSWORD })).await.expect(404, "User does not exist");
            let response = login(json!({ "username": "alice", "password": evil })).await;
            response.expect(401, "Invalid user credentials");
            let refresh = app.anonymous().post("/api/v1/users/refresh-token", json!({ "refreshToken": evil })).await;
            refresh.expect(401, "Invalid refresh token");
            let response = alice.client.with_token("x").get("/api/v1/users/current-user").await;
            assert_eq!(response.status, 401);
        }
        for operator in [json!({ "$gt": "" }), json!({ "$ne": null }), json!(["alice"]), json!(true), json!(1)] {
            for body in [
                json!({ "username": operator, "password": PASSWORD }),
                json!({ "email": operator, "password": PASSWORD }),
                json!({ "username": "alice", "password": operator }),
            ] {
                assert_eq!(login(body).await.status, 400, "{operator}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t09_accounts_cannot_be_opened_under_the_name_of_sql() {
    run(async |app| {
        for (number, evil) in EVIL.iter().enumerate() {
            let form = |username: &str, email: &str, full_name: &str| {
                reqwest::multipart::Form::new()
                    .part("avatar", file("'; DROP TABLE media; --.png", samples::png(64, 64)))
                    .text("fullName", full_name.to_owned())
                    .text("username", username.to_owned())
                    .text("email", email.to_owned())
                    .text("password", (*evil).to_owned())
            };
            let register = async |form| app.anonymous().multipart("POST", "/api/v1/users/register", form).await;
            let (name, email) = (format!("user{number}"), format!("user{number}@example.org"));
            assert_eq!(register(form(evil, &email, "x")).await.status, 400, "{evil}");
            assert_eq!(register(form(&name, evil, "x")).await.status, 400, "{evil}");
            let response = register(form(&name, &email, evil)).await;
            assert_eq!(response.expect(201, "User registered Successfully").data()["fullName"], *evil);
            let body = json!({ "username": name, "password": evil });
            let client = app.anonymous();
            let request = client.request("POST", "/api/v1/users/login").json(&body);
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 200, "the password is what it is: {evil}");
        }
        assert_eq!(rows::count(app, "users").await, i64::try_from(EVIL.len()).unwrap());
        app.anonymous().multipart("POST", "/api/v1/users/register", register_form("alice")).await;
    })
    .await;
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The text of every macro call `name!(…)`, up to the parenthesis that ends it.
fn calls<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(name) {
        let (mut depth, rest) = (0_i32, &text[start..]);
        let end = rest.find(|c| {
            depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
            matches!(c, ')' | ']' | '}') && depth == 0
        });
        found.push(&rest[..end.unwrap_or(rest.len())]);
    }
    found
}

/// Whether a text reads like a piece of SQL.
fn is_sql(text: &str) -> bool {
    let words =
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WHERE ", "FROM ", "ORDER BY", "LIMIT ", " AND (", "VALUES"];
    words.iter().any(|word| text.contains(word))
}

#[test]
fn t09_the_program_makes_its_sql_of_literals_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&root);
    assert!(files.len() > 50, "the sources are where this test looks for them");
    let mut faults = Vec::new();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let is_facade = name.starts_with("db/");
        // A `Sql` takes `&'static str` only; these are the ways around that.
        let mut banned = vec!["from_utf8_unchecked", "transmute"];
        // A `Sql` that is put together once keeps its text.
        if name != "db/sql.rs" {
            banned.push("leak(");
        }
        if !is_facade {
            banned.extend(["sqlx", "rusqlite", "extern crate"]);
        }
        // The engines, which take the texts of a `Sql`.
        if !["db/sql.rs", "db/postgres/mod.rs"].contains(&name.as_str()) {
            banned.extend(["AssertSqlSafe", "raw_sql", "query_as_with", "query_with", "QueryBuilder"]);
        }
        faults.extend(banned.iter().filter(|word| text.contains(**word)).map(|word| format!("{name}: {word}")));
        for built in ["format!", "concat!", "write!", "push_str"] {
            let sql = calls(&text, built).into_iter().filter(|call| is_sql(call));
            faults.extend(sql.map(|call| format!("{name}: {call}")));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}
