//! Resumable uploads outlast the server: killed or stopped in the middle, it knows afterwards what it has.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::eventually::eventually;
use crate::program::{Place, Program, files};
use crate::samples;

const VIDEO_BYTES: usize = 40 * 1024 * 1024;

fn request(program: &Program, token: &str, method: Method, path: &str) -> RequestBuilder {
    let client = reqwest::Client::new();
    client.request(method, program.address(path)).bearer_auth(token).header("tus-resumable", "1.0.0")
}

async fn begin(program: &Program, token: &str, bytes: usize) -> String {
    let begun = request(program, token, Method::POST, "/api/v1/uploads").header("upload-length", bytes);
    let begun = begun.send().await.unwrap();
    assert_eq!(begun.status(), 201);
    begun.headers()["location"].to_str().unwrap().to_owned()
}

async fn offset(program: &Program, token: &str, address: &str) -> usize {
    let head = request(program, token, Method::HEAD, address).send().await.unwrap();
    assert_eq!(head.status(), 200);
    head.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
}

/// Begins to send a piece, and stops in its middle.
fn send_half(program: &Program, token: &str, address: &str, at: usize, piece: &[u8]) -> TcpStream {
    let authority = program.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).unwrap();
    write!(
        stream,
        "PATCH {address} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {at}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        piece.len()
    )
    .unwrap();
    stream.write_all(&piece[..piece.len() / 2]).unwrap();
    stream
}

async fn finish(program: &Program, token: &str, address: &str, at: usize, source: &[u8]) {
    let piece = request(program, token, Method::PATCH, address)
        .header("upload-offset", at)
        .header("content-type", "application/offset+octet-stream")
        .body(source[at..].to_vec());
    assert_eq!(piece.send().await.unwrap().status(), 204);
    let body = json!({ "title": "t", "description": "d", "uploadId": address.rsplit('/').next().unwrap() });
    let video = request(program, token, Method::POST, "/api/v1/videos").json(&body).send().await.unwrap();
    let video: Value = video.json().await.unwrap();
    let path = video["data"]["videoFile"].as_str().unwrap().split_once("/media/").unwrap().1;
    let stored = reqwest::get(program.address(&format!("/media/{path}"))).await.unwrap().bytes().await.unwrap();
    assert!(stored == source, "the video is not what was sent");
}

#[tokio::test]
async fn killed_in_the_middle_it_tells_the_truth_and_goes_on() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let mut program = place.start();
    let token = program.token("alice").await;
    let video = samples::video_of(VIDEO_BYTES);
    let address = begin(&program, &token, video.len()).await;
    let mut at = 0;
    for _ in 0..3 {
        let stream = send_half(&program, &token, &address, at, &video[at..]);
        let sent = Instant::now();
        let mut acknowledged = at;
        while at == 0 && acknowledged == 0 {
            assert!(sent.elapsed() < Duration::from_secs(20), "nothing is put on the disk before the end");
            acknowledged = offset(&program, &token, &address).await;
        }
        program.kill();
        drop(stream);
        program = place.start();
        let now = offset(&program, &token, &address).await;
        assert!(now >= acknowledged && now <= at + (video.len() - at) / 2, "{now}, acknowledged were {acknowledged}");
        at = now;
    }
    finish(&program, &token, &address, at, &video).await;
    program.stop();
}

#[tokio::test]
async fn a_form_that_was_cut_off_by_a_crash_leaves_nothing() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let before = files(&place.data().join("media"));
    let authority = program.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).unwrap();
    write!(
        stream,
        "POST /api/v1/videos HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n\
         --x\r\nContent-Disposition: form-data; name=\"videoFile\"; filename=\"f.mp4\"\r\n\r\n"
    )
    .unwrap();
    stream.write_all(&samples::video_file()).unwrap();
    eventually(async || (files(&place.data().join("media")) != before).then_some(()).ok_or("the upload never begins"))
        .await;
    program.kill();
    let program = place.start();
    assert_eq!(files(&place.data().join("media")), before);
    program.stop();
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_uploads_that_can_go_on_later() {
    let place = Place::new(&[("WORKERS", "0"), ("SHUTDOWN_TIMEOUT", "50s")]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let video = samples::video_of(1_200_000);
    let address = begin(&program, &token, video.len()).await;
    let mut stream = send_half(&program, &token, &address, 0, &video);
    let written = || files(&place.data().join("media")).iter().map(|file| file.metadata().unwrap().len()).sum::<u64>();
    eventually(async || (written() >= 200 * 1024).then_some(()).ok_or_else(written)).await;
    let begun = Instant::now();
    program.signal("-TERM");
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 503 ") && response.to_lowercase().contains("retry-after"), "{response}");
    drop(stream);
    assert_eq!(program.wait().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(40), "it waited for the upload");
    let program = place.start();
    let at = offset(&program, &token, &address).await;
    assert!(at > 200 * 1024, "what had come was lost: {at}");
    finish(&program, &token, &address, at, &video).await;
    program.stop();
}
