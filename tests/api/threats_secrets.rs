//! Attacks on what has to stay secret: keys, tokens at rest and in number, and who has an account. T15 and T17.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::task::Poll;
use std::thread::available_parallelism;

use chaitube::{HashingCost, Setup, args};
use serde_json::json;

use crate::harness::{PASSWORD, Server, TestApp, register_form, run, run_on, tokens};

const LOGIN: &str = "/api/v1/users/login";

/// A signing key: in a file that nobody else may read, or in the database that nodes share.
async fn secret(app: &TestApp, name: &str) -> String {
    let path = app.folder.path().join(name);
    if app.app.db.is_shared() {
        assert!(!path.exists());
        let (secret,) = app.app.db.one("SELECT value FROM secrets WHERE name = $1", args![name]).await.unwrap();
        return secret;
    }
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{name}");
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn t15_every_server_makes_secrets_of_its_own() {
    let mut secrets = BTreeSet::new();
    let mut foreign: Option<(String, String)> = None;
    for _ in 0..2 {
        run(async |app| {
            for name in ["access_token_secret", "refresh_token_secret"] {
                let made = secret(app, name).await;
                // 32 random bytes; of those about 27 differ from each other, and fewer than 20 never happens.
                let bytes = hex::decode(&made).unwrap();
                assert_eq!(bytes.len(), 32);
                assert!(bytes.iter().collect::<BTreeSet<_>>().len() >= 20, "hardly random");
                assert!(secrets.insert(made), "a secret was made twice");
            }
            let alice = app.person("alice").await;
            if let Some((access, refresh)) = foreign.take() {
                let body = json!({ "refreshToken": refresh });
                alice
                    .client
                    .with_token(&access)
                    .get("/api/v1/users/current-user")
                    .await
                    .expect(401, "invalid signature");
                let response = app.anonymous().post("/api/v1/users/refresh-token", body).await;
                response.expect(401, "Invalid refresh token");
            }
            foreign = Some((alice.access_token, alice.refresh_token));
        })
        .await;
    }
}

#[tokio::test]
async fn t15_tokens_and_names_are_random_and_never_the_same() {
    run(async |app| {
        let alice = app.person("alice").await;
        let (mut nonces, mut sessions, mut pictures) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        // All in the same millisecond: nothing of it comes from the clock.
        for number in 0..20 {
            let person = app.login("alice").await;
            let (_, claims) = tokens::read(&person.refresh_token);
            // The id of the session and 16 random bytes.
            let jti = hex::decode(claims["jti"].as_str().unwrap()).unwrap();
            assert_eq!(jti.len(), 12 + 16);
            nonces.insert(jti[12..].to_vec());
            sessions.insert(tokens::read(&person.access_token).1["sid"].to_string());
            let form = register_form(&format!("user{number}"));
            let user = alice.client.without_token().multipart("POST", "/api/v1/users/register", form).await.data();
            let name = user["avatar"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
            let (stem, _) = name.split_once('.').unwrap();
            assert_eq!(hex::decode(stem).unwrap().len(), 16, "{name}");
            pictures.insert(name);
        }
        assert_eq!((nonces.len(), sessions.len(), pictures.len()), (20, 20, 20));
        // If one of 16 bytes were always the same it would show.
        for place in 0..16 {
            assert!(nonces.iter().map(|nonce| nonce[place]).collect::<BTreeSet<_>>().len() > 5, "byte {place}");
        }
    })
    .await;
}

/// Has passwords cost what they cost on a real server.
fn hash_in_earnest(setup: &mut Setup) {
    setup.hashing_cost = HashingCost::default();
}

#[tokio::test]
async fn t15_the_database_has_no_token_and_no_password() {
    run_on(Server { configure: Some(&hash_in_earnest), ..Server::default() }, async |app| {
        let alice = app.person("alice").await;
        let body = json!({ "refreshToken": alice.refresh_token });
        let next = alice.client.post("/api/v1/users/refresh-token", body).await.data();
        let (new, old): (Vec<u8>, Vec<u8>) =
            app.app.db.one("SELECT refresh_hash, previous_hash FROM sessions", vec![]).await.unwrap();
        for token in [&*alice.refresh_token, next["refreshToken"].as_str().unwrap()] {
            let nonce = tokens::read(token).1["jti"].as_str().unwrap()[24..].to_owned();
            for stored in [&new, &old] {
                assert_eq!(stored.len(), 32, "a SHA-256 digest");
                assert!(!hex::encode(stored).contains(&nonce));
            }
        }
        let (hash,): (String,) =
            app.app.db.one("SELECT password_hash FROM users WHERE username = $1", args!["alice"]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        // With what is stored, and with its hash, nobody logs in.
        for stolen in [&hash, &hex::encode(&new)] {
            let body = json!({ "username": "alice", "password": stolen });
            app.anonymous().post(LOGIN, body).await.expect(401, "Invalid user credentials");
            app.anonymous()
                .post("/api/v1/users/refresh-token", json!({ "refreshToken": stolen }))
                .await
                .expect_status(401);
        }
    })
    .await;
}

#[test]
fn t15_the_config_command_masks_every_secret() {
    let secrets = HashMap::from([
        ("ACCESS_TOKEN_SECRET", "https://access-swordfish.example/path"),
        ("REFRESH_TOKEN_SECRET", "refresh-swordfish-refresh"),
        ("DATABASE_URL", "postgres://chaitube:sword%66ish@db.example/videos?password=swordfish&sslmode=require"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_chaitube"))
        .arg("config")
        .current_dir(folder.path())
        .env_clear()
        .envs(&secrets)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(!printed.contains("swordfish") && !printed.contains("sword%66ish"), "{printed}");
    for name in ["access_token_secret", "refresh_token_secret"] {
        assert!(printed.contains(&format!("{name} = \"***\" # environment")), "{printed}");
    }
    // Which database it is one may well see.
    let line = printed.lines().find(|line| line.starts_with("database_url")).unwrap();
    assert!(line.contains("chaitube:***@db.example/videos") && line.contains("sslmode=require"), "{line}");
}

#[tokio::test]
async fn t17_an_unknown_account_is_hashed_for_like_a_known_one() {
    let settings: &[(&str, &str)] = &[("HASHING_QUEUE", "1")];
    run_on(Server { settings, configure: Some(&hash_in_earnest), ..Server::default() }, async |app| {
        let client = app.person("alice").await.client.without_token();
        let login = async |name: &str| client.post(LOGIN, json!({ "username": name, "password": "wrong" })).await;
        login("alice").await.expect(401, "Invalid user credentials");
        login("nobody").await.expect(404, "User does not exist");
        // All places of the hashing queue are taken, and kept, by whoever does not ask whether they are done.
        let places = available_parallelism().unwrap().get() + 1;
        let mut taken: Vec<_> = (0..places).map(|_| Box::pin(app.app.hasher.hash("x".into()))).collect();
        std::future::poll_fn(|context| {
            let pending = taken.iter_mut().filter_map(|hash| hash.as_mut().poll(context).is_pending().then_some(()));
            assert_eq!(pending.count(), places);
            Poll::Ready(())
        })
        .await;
        let mut said = BTreeSet::new();
        for name in ["alice", "nobody", "nobody@example.org"] {
            let response = login(name).await;
            assert_eq!((response.status, response.header("retry-after")), (503, "5"), "{name} needs a place");
            said.insert(response.message().to_owned());
        }
        assert_eq!(said.len(), 1, "{said:?}");
        drop(taken);
        login("nobody").await.expect(404, "User does not exist");
    })
    .await;
}

#[tokio::test]
async fn t17_an_unknown_account_takes_as_long_as_a_wrong_password() {
    run_on(Server { configure: Some(&hash_in_earnest), ..Server::default() }, async |app| {
        let client = app.person("alice").await.client.without_token();
        let mut times = HashMap::<&str, Vec<std::time::Duration>>::new();
        for _ in 0..15 {
            for name in ["alice", "nobody"] {
                let body = json!({ "username": name, "password": "wrong" });
                let start = std::time::Instant::now();
                client.post(LOGIN, body).await;
                times.entry(name).or_default().push(start.elapsed());
            }
        }
        let mut median = |name: &str| {
            let times = times.get_mut(name).unwrap();
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64()
        };
        let ratio = median("nobody") / median("alice");
        assert!((0.5..2.0).contains(&ratio), "unknown accounts take {ratio} times as long");
    })
    .await;
}

#[tokio::test]
async fn t17_what_an_unknown_account_is_checked_against_opens_nothing() {
    run(async |app| {
        let responses = [
            json!({ "username": "nobody", "password": "nobody's password" }),
            json!({ "email": "nobody@example.org", "password": "nobody's password" }),
            json!({ "username": "nobody@example.org", "password": PASSWORD }),
            json!({ "username": "", "email": "nobody", "password": PASSWORD }),
        ];
        let mut bodies = BTreeSet::new();
        for body in responses {
            let response = app.anonymous().post(LOGIN, body).await;
            response.expect(404, "User does not exist");
            assert!(response.cookies().is_empty());
            bodies.insert(response.bytes);
        }
        assert_eq!(bodies.len(), 1, "the same response whatever the login");
    })
    .await;
}
