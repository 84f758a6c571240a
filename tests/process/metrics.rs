//! Metrics at an address of their own: of a server, and of a worker.

use std::net::TcpListener;
use std::time::Duration;

use crate::eventually::eventually;
use crate::program::{Place, Program};
use crate::samples;
use crate::videos::upload;

/// Where it says its metrics are.
fn address(program: &Program) -> String {
    let said = program.printed.lines().find_map(|line| line.strip_prefix("Metrics are at ")).unwrap();
    said.to_owned()
}

async fn scrape(program: &Program) -> String {
    let response = reqwest::get(address(program)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    response.text().await.unwrap()
}

/// The value of a series without labels, or with these.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn a_server_and_a_worker_each_have_their_own() {
    let place = Place::new(&[("METRICS", "127.0.0.1:0")]).await;
    let server = place.start_as(&["serve", "--no-worker"]);
    let token = server.token("alice").await;
    let text = scrape(&server).await;
    for metric in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"]
    {
        assert!(value(&text, metric).unwrap() > 0.0, "{metric}");
    }
    assert_eq!(value(&text, r#"chaitube_logins_total{result="success"}"#), Some(1.0));
    let registered = r#"chaitube_http_requests_total{route="/api/v1/users/register",method="POST",status="201"}"#;
    assert_eq!(value(&text, registered), Some(1.0));
    assert_eq!(value(&text, "chaitube_http_requests_in_flight"), Some(0.0));

    // Nothing else is there, and on the server's own port nothing of it.
    let elsewhere = address(&server).replace("/metrics", "/api/v1/healthcheck");
    assert_eq!(reqwest::get(elsewhere).await.unwrap().status(), 404);
    assert_eq!(reqwest::get(server.address("/metrics")).await.unwrap().status(), 404);

    let video = samples::ffmpeg("f.mp4", "-f lavfi -i testsrc2=s=320x180:r=10:d=1 -c:v mpeg4 -q:v 5");
    upload(&server, &token, &video).await;
    let worker = place.start_worker();
    let done = r#"chaitube_work_attempts_total{queue="jobs",kind="previews",result="done"}"#;
    eventually(async || value(&scrape(&worker).await, done).filter(|done| *done > 0.0).ok_or("it is not done")).await;
    assert_eq!(value(&scrape(&server).await, done), Some(0.0));
    worker.stop();
    server.stop();
}

#[tokio::test]
async fn a_client_that_sends_nothing_keeps_nobody_waiting() {
    let place = Place::new(&[("METRICS", "127.0.0.1:0"), ("WORKERS", "0")]).await;
    let server = place.start();
    let target = address(&server).replace("http://", "").replace("/metrics", "");
    let silent: Vec<_> = (0..8).map(|_| std::net::TcpStream::connect(&target).unwrap()).collect();
    tokio::time::timeout(Duration::from_mins(1), scrape(&server)).await.unwrap();
    drop(silent);
    server.stop();
}

#[tokio::test]
async fn a_start_without_its_address_for_metrics_fails_and_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new(&[("METRICS", &address)]).await;
    for command in ["serve", "worker"] {
        let output = place.run(&[command]);
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("cannot listen on {address} for metrics")), "{said}");
        assert!(said.contains("Set METRICS to another address"), "{said}");
    }
}

#[tokio::test]
async fn t15_the_configuration_shows_an_address_and_no_token() {
    for (value, shown) in [("127.0.0.1:9090", "127.0.0.1:9090"), ("token:0123456789abcdef", "token:***")] {
        let output = Place::new(&[("METRICS", value)]).await.run(&["config"]);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(&format!("metrics = \"{shown}\"")), "{printed}");
        assert!(!printed.contains("0123456789abcdef"));
    }
}
