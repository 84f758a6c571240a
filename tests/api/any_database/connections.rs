//! Clients that hold connections without using them: they are cut off, or make room for others.

use std::time::Duration;

use chaitube::Setup;
use reqwest::multipart::Form;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::samples::video_file;
use crate::harness::{Person, Server, TestApp, eventually, file, run_on};

const LARGE_BYTES: usize = 32 * 1024 * 1024;
const HEALTH: &str = "/api/v1/healthcheck";

/// Runs a test against a server that is set up like this.
async fn run_set_up(settings: &[(&str, &str)], configure: impl Fn(&mut Setup), test: impl AsyncFnOnce(&TestApp)) {
    run_on(Server { settings, configure: Some(&configure), ..Server::default() }, test).await;
}

/// Publishes a video that no socket takes at once, and gives its path.
async fn large_video(person: &Person) -> String {
    let mut bytes = video_file();
    bytes.extend(u32::try_from(LARGE_BYTES - bytes.len()).unwrap().to_be_bytes());
    bytes.extend(b"free");
    bytes.resize(LARGE_BYTES, 0);
    let form = Form::new().text("title", "Large").text("description", "d").part("videoFile", file("l.mp4", bytes));
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    let address = response.data()["videoFile"].as_str().unwrap().to_owned();
    address[address.find("/media/").unwrap()..].to_owned()
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap()
}

/// Sends a request with these further lines and reads nothing of the answer.
async fn ask(app: &TestApp, path: &str, lines: &str) -> TcpStream {
    let mut stream = connect(app).await;
    let host = app.base.trim_start_matches("http://");
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Reads what comes until the server closes the connection.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn t19_a_client_that_does_not_read_is_cut_off() {
    run_set_up(
        &[],
        |setup| setup.connections.stall_limit = Duration::from_millis(200),
        async |app| {
            let path = large_video(&app.person("alice").await).await;
            let stalled = ask(app, &path, "").await;
            let received = rest_after_cut(stalled).await;
            assert!(received.starts_with(b"HTTP/1.1 200") && received.len() < LARGE_BYTES, "{} bytes", received.len());
            // Whoever reads gets all of it.
            let whole = rest(ask(app, &path, "Connection: close\r\n").await).await;
            assert!(whole.len() > LARGE_BYTES, "{} bytes", whole.len());
        },
    )
    .await;
}

/// Waits until the server has closed the connection, and only then reads what it has sent.
async fn rest_after_cut(mut stream: TcpStream) -> Vec<u8> {
    eventually(async || stream.write_all(b"\r\n").await.err().map(drop).ok_or("the connection is open")).await;
    rest(stream).await
}

#[tokio::test]
async fn t19_a_head_that_does_not_end_is_cut_off() {
    run_set_up(
        &[],
        |setup| setup.connections.head_limit = Duration::from_millis(200),
        async |app| {
            for begun in ["", "GET / HTTP/1.1\r\nHost: "] {
                let mut stream = connect(app).await;
                stream.write_all(begun.as_bytes()).await.unwrap();
                rest(stream).await;
            }
            let long = ask(app, HEALTH, &format!("X-Long: {}\r\n", "x".repeat(70_000))).await;
            assert!(rest(long).await.starts_with(b"HTTP/1.1 431"), "a head has a limit");
        },
    )
    .await;
}

#[tokio::test]
async fn t19_idle_connections_and_clients_that_do_not_read_make_room_for_others() {
    run_set_up(
        &[],
        |setup| setup.connections.per_client_max = 8,
        async |app| {
            let path = large_video(&app.person("alice").await).await;
            let (mut idle, mut stalled) = (Vec::new(), Vec::new());
            for _ in 0..8 {
                idle.push(connect(app).await);
            }
            for _ in 0..12 {
                stalled.push(answered(app, &path, "").await);
            }
            answered(app, HEALTH, "").await;
        },
    )
    .await;
}

/// Repeats a request until it is answered with 200.
async fn answered(app: &TestApp, path: &str, lines: &str) -> TcpStream {
    eventually(async || {
        let mut stream = ask(app, path, lines).await;
        let status = status(&mut stream).await;
        if status == 200 { Ok(stream) } else { Err(status) }
    })
    .await
}

/// Reads the first line of an answer.
async fn status(stream: &mut TcpStream) -> u16 {
    let mut line = [0; 12];
    let _ = stream.read_exact(&mut line).await;
    std::str::from_utf8(&line[9..]).ok().and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// Begins a request whose body never comes.
async fn busy(app: &TestApp) -> TcpStream {
    let mut stream = connect(app).await;
    let host = app.base.trim_start_matches("http://");
    let head = format!("POST /api/v1/users/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn t19_one_address_has_a_share_of_the_connections() {
    run_set_up(
        &[],
        |setup| setup.connections.per_client_max = 4,
        async |app| {
            let mut streams = Vec::new();
            for _ in 0..4 {
                streams.push(busy(app).await);
            }
            let refused = eventually(async || {
                let refused = ask(app, HEALTH, "Connection: close\r\n").await;
                let text = String::from_utf8(rest(refused).await).unwrap();
                if text.starts_with("HTTP/1.1 429") { Ok(text) } else { Err(text) }
            })
            .await;
            assert!(refused.contains("retry-after: 5") && refused.contains("from your address"), "{refused}");
            streams.pop();
            answered(app, HEALTH, "").await;
        },
    )
    .await;
}

#[tokio::test]
async fn t19_behind_a_proxy_the_share_is_the_clients() {
    let settings = [("TRUSTED_PROXIES", "1")];
    run_set_up(
        &settings,
        |setup| setup.connections.per_client_max = 4,
        async |app| {
            let path = large_video(&app.person("alice").await).await;
            let of = |client: &str| format!("X-Forwarded-For: 198.51.100.9, {client}\r\n");
            let mut streams = Vec::new();
            for _ in 0..4 {
                streams.push(answered(app, &path, &of("203.0.113.7")).await);
            }
            let mut refused = ask(app, HEALTH, &of("203.0.113.7")).await;
            assert_eq!(status(&mut refused).await, 429);
            answered(app, HEALTH, &of("203.0.113.8")).await;
            streams.clear();
            answered(app, HEALTH, &of("203.0.113.7")).await;
        },
    )
    .await;
}
