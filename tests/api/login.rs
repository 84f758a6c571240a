//! Logging in, the cookies that come of it, and the ways to present an access token.

use std::time::Duration;

use bcrypt::Version;
use chaitube::args;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Person, TestApp, run, run_with, tokens};

const PATH: &str = "/api/v1/users/login";
const CURRENT: &str = "/api/v1/users/current-user";
const WELCOME: &str = "User logged In Successfully";

type Settings = &'static [(&'static str, &'static str)];

/// What a `Set-Cookie` header of this name says: the value and the attributes.
fn cookie(cookies: &[String], name: &str) -> (String, Vec<String>) {
    let start = format!("{name}=");
    let found: Vec<_> = cookies.iter().filter_map(|cookie| cookie.strip_prefix(&start)).collect();
    assert_eq!(found.len(), 1, "{name} in {cookies:?}");
    let mut parts = found[0].split("; ").map(str::to_owned);
    let value = parts.next().unwrap();
    let mut attributes: Vec<String> = parts.collect();
    attributes.sort();
    (value, attributes)
}

/// A client that may be told this person's address but has no token.
async fn visitor(app: &TestApp, name: &str) -> Client {
    app.person(name).await.client.without_token()
}

#[tokio::test]
async fn a_name_or_an_address_logs_in_whichever_box_it_comes_in() {
    run(async |app| {
        let bob = app.person("bob").await;
        let client = visitor(app, "alice").await;
        let bodies = [
            json!({ "username": "alice" }),
            json!({ "username": " ALICE " }),
            json!({ "email": "alice@example.org" }),
            json!({ "email": "Alice@Example.ORG", "username": "" }),
            json!({ "username": "alice", "email": " " }),
            json!({ "username": "Alice@example.org" }),
            json!({ "username": "nobody", "email": "alice@example.org" }),
            json!({ "username": "alice", "email": "bob@example.org" }),
        ];
        for mut body in bodies {
            body["password"] = json!(PASSWORD);
            let response = client.post(PATH, body.clone()).await;
            let data = response.expect(200, WELCOME).data();
            assert_eq!(data["user"]["username"], "alice", "{body}");
            assert_ne!(data["user"]["_id"], bob.id);
        }
        let form = client.request("POST", PATH).form(&[("username", "alice"), ("password", PASSWORD)]);
        client.send(form).await.expect(200, WELCOME);
    })
    .await;
}

#[tokio::test]
async fn every_login_that_fails_says_why() {
    run(async |app| {
        let client = visitor(app, "alice").await;
        let failures = [
            (json!({}), 400, "username or email is required"),
            (json!({ "username": " ", "email": "", "password": PASSWORD }), 400, "username or email is required"),
            (json!({ "username": "alice" }), 400, "password is required"),
            (json!({ "username": "nobody", "password": "  " }), 400, "password is required"),
            (json!({ "username": "nobody", "password": PASSWORD }), 404, "User does not exist"),
            (json!({ "email": "nobody@example.org", "password": PASSWORD }), 404, "User does not exist"),
            (json!({ "username": "alice@example.com", "password": PASSWORD }), 404, "User does not exist"),
            (json!({ "email": "alice", "password": PASSWORD }), 404, "User does not exist"),
            (json!({ "username": "alice", "password": "wrong" }), 401, "Invalid user credentials"),
            (json!({ "username": "alice", "password": PASSWORD.to_uppercase() }), 401, "Invalid user credentials"),
            (json!({ "username": "alice", "password": format!("{PASSWORD} ") }), 401, "Invalid user credentials"),
        ];
        for (body, status, message) in failures {
            let response = client.post(PATH, body).await;
            response.expect(status, message);
            assert!(response.cookies().is_empty(), "{message}");
        }
        client.bare("POST", PATH).await.expect(400, "username or email is required");
    })
    .await;
}

#[tokio::test]
async fn a_login_answers_the_account_and_tokens_that_say_whose_they_are() {
    run_with(&[("ACCESS_TOKEN_EXPIRY", "15m"), ("REFRESH_TOKEN_EXPIRY", "2d")], async |app| {
        let client = visitor(app, "alice").await;
        let response = client.post(PATH, json!({ "username": "alice", "password": PASSWORD })).await;
        let data = response.expect(200, WELCOME).data();
        let token = |name: &str| tokens::read(data[name].as_str().unwrap());
        let (header, claims) = token("accessToken");
        assert_eq!(header["alg"], "HS256");
        let user = &data["user"];
        for field in ["_id", "username", "email", "fullName"] {
            assert_eq!(claims[field], user[field], "{field}");
        }
        let seconds = |claims: &Value| claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(seconds(&claims), 15 * 60);
        assert_eq!(claims["iat"], crate::harness::START_MS / 1000);
        let (header, refresh) = token("refreshToken");
        assert_eq!((&header["alg"], &refresh["_id"]), (&json!("HS256"), &user["_id"]));
        assert_eq!(seconds(&refresh), 2 * 24 * 3600);
        let sessions = client.with_token(data["accessToken"].as_str().unwrap()).get("/api/v1/users/sessions").await;
        let current: Vec<Value> =
            sessions.data().as_array().unwrap().iter().filter(|one| one["isCurrent"] == true).cloned().collect();
        assert_eq!((current.len(), &current[0]["_id"]), (1, &claims["sid"]));

        let cookies = response.cookies();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        for (name, max_age) in [("accessToken", "Max-Age=900"), ("refreshToken", "Max-Age=172800")] {
            let (value, attributes) = cookie(&cookies, name);
            assert_eq!(value, data[name]);
            assert_eq!(attributes, ["HttpOnly", max_age, "Path=/", "SameSite=Lax"], "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn cookies_are_set_and_cleared_as_the_settings_say() {
    const HTTPS: (&str, &str) = ("PUBLIC_BASE_URL", "https://videos.example.org");
    let cases: [(Settings, &[&str]); 4] = [
        (&[HTTPS], &["SameSite=Lax", "Secure"]),
        (&[HTTPS, ("COOKIE_SECURE", "off")], &["SameSite=Lax"]),
        (&[("COOKIE_SECURE", "on"), ("COOKIE_SAMESITE", "none")], &["SameSite=None", "Secure"]),
        (&[("COOKIE_SAMESITE", "strict")], &["SameSite=Strict"]),
    ];
    for (settings, wanted) in cases {
        run_with(settings, async |app| {
            let client = visitor(app, "alice").await;
            let response = client.post(PATH, json!({ "username": "alice", "password": PASSWORD })).await;
            let token = response.expect(200, WELCOME).data()["accessToken"].as_str().unwrap().to_owned();
            let logout = client.with_token(&token).bare("POST", "/api/v1/users/logout").await;
            logout.expect(200, "User logged Out");
            for name in ["accessToken", "refreshToken"] {
                let (_, set) = cookie(&response.cookies(), name);
                let (value, cleared) = cookie(&logout.cookies(), name);
                let max_age = |attribute: &String| attribute.starts_with("Max-Age=");
                assert_eq!(
                    set.iter().filter(|one| !max_age(one)).collect::<Vec<_>>(),
                    [&["HttpOnly", "Path=/"], wanted].concat()
                );
                assert_eq!((value.as_str(), cleared.contains(&"Max-Age=0".to_owned())), ("", true), "{cleared:?}");
                assert!(set.iter().filter(|one| !max_age(one)).all(|one| cleared.contains(one)), "{cleared:?}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_token_counts_in_a_cookie_in_a_header_or_bare() {
    run(async |app| {
        let Person { client, access_token: token, .. } = app.person("alice").await;
        let nobody = client.without_token();
        let with = |cookie: &str, header: &str| {
            let client = if cookie.is_empty() { nobody.clone() } else { nobody.with_header("cookie", cookie) };
            if header.is_empty() { client } else { client.with_header("authorization", header) }
        };
        let (good, stale) = (format!("accessToken={token}"), "accessToken=eyJ.stale.token");
        let accepted = [
            with(&good, ""),
            with(&format!("theme=dark; {good}; refreshToken=x"), ""),
            with("", &format!("Bearer {token}")),
            with("", &format!("bearer   {token} ")),
            with("", &token),
            with(stale, &format!("Bearer {token}")),
            with(stale, &token),
            with(&good, "Bearer undefined"),
            with("accessToken=", &token),
        ];
        for (index, client) in accepted.iter().enumerate() {
            assert_eq!(client.get(CURRENT).await.status, 200, "case {index}");
        }
        for nothing in
            [with("", ""), with("accessToken=", ""), with("", "Bearer"), with("", "Bearer "), with("other=1", "")]
        {
            nothing.get(CURRENT).await.expect(401, "Unauthorized request");
        }
        for bad in
            [with(stale, ""), with("", "Bearer undefined"), with("", "Basic YWxpY2U6cHc="), with(stale, "Bearer x.y")]
        {
            assert_eq!(bad.get(CURRENT).await.expect_status(401), Value::Null);
            // On an open route, too: a client has to learn that its token is no good.
            bad.get("/api/v1/videos").await.expect_status(401);
        }
    })
    .await;
}

#[tokio::test]
async fn an_access_token_expires_to_the_second() {
    run_with(&[("ACCESS_TOKEN_EXPIRY", "15m")], async |app| {
        let alice = app.person("alice").await;
        app.advance(Duration::from_secs(15 * 60 - 1));
        alice.client.get(CURRENT).await.expect_status(200);
        app.advance(Duration::from_secs(1));
        alice.client.get(CURRENT).await.expect(401, "jwt expired");
        alice.browser().get(CURRENT).await.expect(401, "jwt expired");
        alice.client.get("/api/v1/videos").await.expect(401, "jwt expired");
        // Whoever logs in anew goes on.
        let again = app.login("alice").await;
        let both = alice.browser().with_token(&again.access_token);
        assert_eq!(both.get(CURRENT).await.expect_status(200)["_id"], alice.id);
    })
    .await;
}

#[tokio::test]
async fn what_a_token_says_about_the_person_is_not_believed() {
    run(async |app| {
        let alice = app.person("alice").await;
        let body = json!({ "fullName": "Queen Alice", "email": "alice@example.org" });
        alice.client.patch("/api/v1/users/update-account", body).await.expect_status(200);
        assert_eq!(tokens::read(&alice.access_token).1["fullName"], "alice of the Tests");
        assert_eq!(alice.client.get(CURRENT).await.expect_status(200)["fullName"], "Queen Alice");
    })
    .await;
}

#[tokio::test]
async fn old_bcrypt_hashes_log_in_and_are_replaced() {
    run(async |app| {
        let alice = app.person("alice").await;
        let client = alice.client.without_token();
        let login =
            async |password: &str| client.post(PATH, json!({ "username": "alice", "password": password })).await;
        let db = &app.app.db;
        let stored = async || {
            let sql = "SELECT password_hash FROM users WHERE username = $1";
            db.one::<(String,)>(sql, args!["alice"]).await.unwrap().0
        };
        for (version, prefix) in [(Version::TwoA, "$2a$"), (Version::TwoB, "$2b$")] {
            let password = format!("my old password {prefix}");
            let hash = bcrypt::hash_with_result(&password, 4).unwrap().format_for_version(version);
            assert!(hash.starts_with(prefix));
            let sql = "UPDATE users SET password_hash = $1 WHERE username = $2";
            assert_eq!(db.execute(sql, args![&hash, "alice"]).await.unwrap(), 1);

            login("not my old password").await.expect(401, "Invalid user credentials");
            // bcrypt would read only the first 72 bytes, so this is refused rather than cut off.
            login(&format!("{password}{}", "x".repeat(72))).await.expect(400, "password must have at most 72 bytes");
            assert_eq!(stored().await, hash);
            login(&password).await.expect(200, WELCOME);
            let replaced = stored().await;
            assert!(replaced.starts_with("$argon2id$"), "{replaced}");
            login(&password).await.expect(200, WELCOME);
            login("not my old password").await.expect(401, "Invalid user credentials");
            assert_eq!(stored().await, replaced);
        }
    })
    .await;
}

#[tokio::test]
async fn a_bcrypt_hash_made_elsewhere_opens_its_account() {
    run(async |app| {
        let client = visitor(app, "alice").await;
        // A published test vector: the password is "U*U".
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let sql = "UPDATE users SET password_hash = $1 WHERE username = $2";
        app.app.db.execute(sql, args![hash, "alice"]).await.unwrap();
        let login =
            async |password: &str| client.post(PATH, json!({ "username": "alice", "password": password })).await;
        login("U*U*").await.expect(401, "Invalid user credentials");
        login("U*U").await.expect(200, WELCOME);
    })
    .await;
}
