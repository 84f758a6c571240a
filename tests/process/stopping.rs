//! SIGTERM and SIGINT: no new connections, running requests finish, exit code 0. Before that a server that is told to is
//! not ready for a while, so that balancers notice.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use futures_util::future::join_all;

use crate::eventually::eventually;
use crate::program::{Place, Program, is_alive};
use crate::samples;

/// Begins an upload by hand and leaves the rest of it for later.
fn begin_upload(program: &Program, token: &str) -> (TcpStream, Vec<u8>) {
    let boundary = "cut here";
    let mut body = Vec::new();
    for (name, value) in [("title", "Slow"), ("description", "Slowly sent")] {
        write!(body, "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").unwrap();
    }
    write!(body, "--{boundary}\r\nContent-Disposition: form-data; name=\"videoFile\"; filename=\"f.mp4\"\r\n\r\n")
        .unwrap();
    body.extend(samples::video_file());
    write!(body, "\r\n--{boundary}--\r\n").unwrap();
    let authority = program.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).unwrap();
    write!(
        stream,
        "POST /api/v1/videos HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=\"{boundary}\"\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    let rest = body.split_off(body.len() / 2);
    stream.write_all(&body).unwrap();
    (stream, rest)
}

#[tokio::test]
async fn a_running_upload_finishes_and_nobody_new_is_let_in() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let (mut upload, rest) = begin_upload(&program, &token);
    while crate::program::files(&place.data().join("media/film")).is_empty() {
        tokio::task::yield_now().await;
    }
    program.signal("-TERM");
    let address = program.base.strip_prefix("http://").unwrap().replace("localhost", "127.0.0.1");
    while TcpStream::connect(&address).is_ok() {
        tokio::task::yield_now().await;
    }
    upload.write_all(&rest).unwrap();
    let mut response = String::new();
    upload.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 201 "), "{response}");
    assert_eq!(program.wait().code(), Some(0));
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_at_the_limit() {
    let place = Place::new(&[("SHUTDOWN_TIMEOUT", "100ms")]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let (_upload, _rest) = begin_upload(&program, &token);
    program.signal("-INT");
    assert_eq!(program.wait().code(), Some(0));
}

const HEALTH: &str = "/api/v1/healthcheck";

/// What a balancer knows of a server, and what it had from it.
struct Node {
    base: String,
    is_ready: AtomicBool,
    served: AtomicU64,
    /// Responses that ended their connection.
    closed: AtomicU64,
}

impl Node {
    fn of(program: &Program) -> Self {
        let (base, served, closed) = (program.base.clone(), AtomicU64::new(0), AtomicU64::new(0));
        Self { base, is_ready: AtomicBool::new(false), served, closed }
    }

    /// Asks again and again whether the server is ready.
    async fn watch(&self, is_over: &AtomicBool) {
        let client = reqwest::Client::new();
        while !is_over.load(Relaxed) {
            let response = client.get(format!("{}{HEALTH}?ready", self.base)).send().await;
            self.is_ready.store(response.is_ok_and(|response| response.status() == 200), Relaxed);
            tokio::task::yield_now().await;
        }
    }
}

/// Sends requests to whichever server is ready, by connections that are kept. None may fail.
async fn request_steadily(nodes: &[Node], number: usize, is_over: &AtomicBool) {
    let client = reqwest::Client::new();
    for turn in number.. {
        if is_over.load(Relaxed) {
            return;
        }
        let ready: Vec<_> = nodes.iter().filter(|node| node.is_ready.load(Relaxed)).collect();
        let Some(node) = ready.get(turn % ready.len().max(1)) else {
            tokio::task::yield_now().await;
            continue;
        };
        let response = client.get(format!("{}/api/v1/videos", node.base)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let is_last = response.headers().get("connection").is_some_and(|value| value == "close");
        response.bytes().await.unwrap();
        node.served.fetch_add(1, Relaxed);
        node.closed.fetch_add(is_last.into(), Relaxed);
    }
}

#[tokio::test]
async fn no_request_fails_while_one_of_two_servers_is_stopped() {
    let place = Place::new(&[("SHUTDOWN_DELAY", "3s"), ("WORKERS", "0")]).await;
    let (leaving, staying) = (place.start(), place.start());
    let nodes = [Node::of(&leaving), Node::of(&staying)];
    let is_over = AtomicBool::new(false);
    let stops = async {
        let served = |node: &Node, more: u64| {
            let served = node.served.load(Relaxed);
            (served >= more).then_some(()).ok_or(served)
        };
        for node in &nodes {
            eventually(async || served(node, 50)).await;
            assert_eq!(node.closed.load(Relaxed), 0);
        }
        leaving.signal("-TERM");
        eventually(async || (!is_alive(leaving.pid())).then_some(()).ok_or("it still runs")).await;
        let more = nodes[1].served.load(Relaxed) + 50;
        eventually(async || served(&nodes[1], more)).await;
        is_over.store(true, Relaxed);
    };
    let clients = join_all((0..8).map(|number| request_steadily(&nodes, number, &is_over)));
    tokio::join!(join_all(nodes.iter().map(|node| node.watch(&is_over))), clients, stops);
    // Connections end with a response, and not under a request.
    assert!(nodes[0].closed.load(Relaxed) > 0);
    assert_eq!(nodes[1].closed.load(Relaxed), 0);
    assert!(leaving.log().contains("still taking requests"));
    assert_eq!(leaving.wait().code(), Some(0));
    staying.stop();
}

#[tokio::test]
async fn a_second_signal_ends_the_delay_and_ctrl_c_has_none() {
    let place = Place::new(&[("SHUTDOWN_DELAY", "1h"), ("WORKERS", "0")]).await;
    let program = place.start();
    program.signal("-INT");
    assert_eq!(program.wait().code(), Some(0));

    let program = place.start();
    let get = async |query: &str| {
        // On a connection of its own: none is refused.
        let client = reqwest::Client::new();
        let response = client.get(program.address(&format!("{HEALTH}{query}"))).send().await.unwrap();
        (response.status().as_u16(), response.headers().get("connection").is_some_and(|value| value == "close"))
    };
    assert_eq!(get("?ready").await, (200, false));
    program.signal("-TERM");
    eventually(async || (get("?ready").await == (503, true)).then_some(()).ok_or("it is ready")).await;
    assert_eq!(get("").await, (200, true));
    program.signal("-TERM");
    assert_eq!(program.wait().code(), Some(0));
}
