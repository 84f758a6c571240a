//! A database that goes away and comes back, one that is not up yet, and several processes that start at once.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::harness::proxy::{Line, Proxy};
use crate::harness::{Client, Response, Server, TestApp, id, postgres_url, run_on, run_with};

const HEALTH: &str = "/api/v1/healthcheck";
/// Quick enough for a test, long enough for a machine that is busy.
const QUICK: &[(&str, &str)] = &[("STATEMENT_TIMEOUT", "2s")];

fn is_unavailable(response: &Response) {
    response.expect(503, "The server cannot reach its database right now. Try again in a moment.");
    assert_eq!(response.body["errors"], json!([]));
    assert_eq!(response.header("retry-after"), "5");
}

/// Asks until the server is well again. What it answers until then is 503.
async fn heals(client: &Client) {
    let since = Instant::now();
    loop {
        let response = client.get(HEALTH).await;
        if response.status == 200 {
            return;
        }
        is_unavailable(&response);
        assert!(since.elapsed() < Duration::from_secs(30), "it does not heal");
    }
}

/// A server on PostgreSQL behind a proxy, with a person who has posted something.
async fn behind_proxy(line: Line, test: impl AsyncFnOnce(&TestApp, &Proxy)) {
    let Some(url) = postgres_url() else { return };
    let proxy = Proxy::start(&url, line);
    let server = Server { settings: QUICK, database_ports: &[proxy.port], ..Server::default() };
    run_on(server, async |app| test(app, &proxy).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_postgres_is_503_until_it_is_back() {
    behind_proxy(Line::Open, async |app, proxy| {
        let alice = app.person("alice").await;
        let tweet = alice.create("/api/v1/tweets", json!({ "content": "Before" })).await;
        let tweets = format!("/api/v1/tweets/user/{}", alice.id);
        for line in [Line::Down, Line::Closing, Line::Silent] {
            proxy.set(line).await;
            let (anonymous, content) = (app.anonymous(), json!({ "content": "Lost" }));
            let (health, read, write, login) = tokio::join!(
                alice.client.get(HEALTH),
                anonymous.get(&tweets),
                alice.client.post("/api/v1/tweets", content.clone()),
                alice.client.post("/api/v1/users/login", json!({ "username": "alice", "password": "x" })),
            );
            for response in [health, read, write, login] {
                is_unavailable(&response);
            }
            proxy.set(Line::Open).await;
            heals(&alice.client).await;
            assert_eq!(app.anonymous().get(&tweets).await.data(), json!([tweet]), "{line:?}");
            let again = alice.create("/api/v1/tweets", json!({ "content": "Back" })).await;
            let path = format!("/api/v1/tweets/{}", id(&again));
            alice.client.delete(&path).await.expect(200, "Tweet deleted successfully");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_broke_unnoticed_do_not_fail_the_next_requests_for_long() {
    behind_proxy(Line::Open, async |app, proxy| {
        let alice = app.person("alice").await;
        let many = async || {
            let requests = (0..16).map(|_| alice.client.get("/api/v1/users/current-user"));
            futures_util::future::join_all(requests).await
        };
        assert!(many().await.iter().all(|response| response.status == 200));
        // The pool is full of connections now; all of them break and nobody tells it.
        proxy.set(Line::Down).await;
        proxy.set(Line::Open).await;
        for response in many().await {
            assert!(matches!(response.status, 200 | 503), "{response:?}");
        }
        heals(&alice.client).await;
        assert!(many().await.iter().all(|response| response.status == 200));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hosts_the_one_that_is_left_takes_over() {
    let Some(url) = postgres_url() else { return };
    let (one, other) = (Proxy::start(&url, Line::Open), Proxy::start(&url, Line::Open));
    let server = Server { settings: QUICK, database_ports: &[one.port, other.port], ..Server::default() };
    run_on(server, async |app| {
        let alice = app.person("alice").await;
        for line in [Line::Down, Line::Closing, Line::Silent] {
            for (lost, left) in [(&one, &other), (&other, &one)] {
                left.set(Line::Open).await;
                lost.set(line).await;
                heals(&alice.client).await;
                alice.create("/api/v1/tweets", json!({ "content": "Still here" })).await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_a_postgres_that_is_not_up_yet() {
    let Some(url) = postgres_url() else { return };
    let proxy = Proxy::start(&url, Line::Closing);
    let settings = &[("DATABASE_WAIT", "60s")];
    let server = Server { settings, database_ports: &[proxy.port], ..Server::default() };
    let comes_up = async {
        proxy.turned_away(2).await;
        proxy.set(Line::Down).await;
        proxy.set(Line::Open).await;
    };
    let started = run_on(server, async |app| {
        app.anonymous().get(HEALTH).await.expect(200, "OK").data();
        app.person("alice").await;
    });
    tokio::join!(started, comes_up);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_gives_up_when_postgres_does_not_come_up_in_time() {
    let Some(url) = postgres_url() else { return };
    let proxy = Proxy::start(&url, Line::Closing);
    let folder = tempfile::tempdir().unwrap();
    let mut url = url::Url::parse(&url).unwrap();
    url.set_port(Some(proxy.port)).unwrap();
    let output = server(folder.path(), url.as_str()).env("DATABASE_WAIT", "2s").output().await.unwrap();
    assert!(!output.status.success());
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("the database is not available yet"), "{log}");
    assert!(log.contains("chaitube: the database: database unavailable"), "{log}");
    assert!(!log.contains(url.password().unwrap()), "the log has the password");
    proxy.turned_away(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_sqlite_refuses_writes_with_503_and_goes_on_reading() {
    if postgres_url().is_some() {
        return;
    }
    run_with(&[("STATEMENT_TIMEOUT", "1s")], async |app| {
        let alice = app.person("alice").await;
        let path = app.folder.path().join("test.db");
        let other = rusqlite::Connection::open(path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (tweet, tweets) = (json!({ "content": "Hm" }), format!("/api/v1/tweets/user/{}", alice.id));
        let (write, read, health) = tokio::join!(
            alice.client.post("/api/v1/tweets", tweet.clone()),
            alice.client.get(&tweets),
            alice.client.get(HEALTH),
        );
        is_unavailable(&write);
        assert_eq!(read.expect(200, "Tweets fetched successfully").data(), json!([]));
        health.expect(200, "OK");
        other.execute_batch("ROLLBACK").unwrap();
        let since = Instant::now();
        while alice.client.post("/api/v1/tweets", tweet.clone()).await.status != 201 {
            assert!(since.elapsed() < Duration::from_secs(30), "it does not heal");
        }
    })
    .await;
}

/// The program itself, with its own folder and nothing of this process's environment.
fn server(folder: &std::path::Path, database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaitube"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("CHAITUBE_CONFIG", "/dev/null")
        .env("DATA_DIR", folder)
        .env("DATABASE_URL", database_url)
        .env("PORT", "0")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Waits until a started process says where it is. What it prints then is still to be read, or it could not go on.
async fn address(child: &mut Child) -> (String, Lines<BufReader<ChildStdout>>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(address) = line.strip_prefix("Chaitube is at ") {
            return (address.to_owned(), lines);
        }
    }
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
    panic!("the process ended before it served: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_on_an_empty_database_all_come_up() {
    for is_shared_folder in [true, false] {
        let folders = [(); 4].map(|()| tempfile::tempdir().unwrap());
        if !is_shared_folder {
            // Otherwise the first process may meet an open folder with the database of the others in it.
            std::fs::set_permissions(folders[0].path(), Permissions::from_mode(0o700)).unwrap();
        }
        let database = crate::harness::TestDatabase::create(folders[0].path()).await;
        let mut processes: Vec<Child> = (0..4)
            .map(|number| if is_shared_folder { &folders[0] } else { &folders[number] })
            .map(|folder| server(folder.path(), &database.url).spawn().unwrap())
            .collect();
        for process in &mut processes {
            let (address, _output) = address(process).await;
            Client::new(&address, None, None).get(HEALTH).await.expect(200, "OK");
        }
        for process in &mut processes {
            process.kill().await.unwrap();
        }
    }
}
