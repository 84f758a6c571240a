//! Open files and memory that connections take.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::program::{Place, Program};
use crate::samples;

const READERS: usize = 300;
const READER_BYTES_MAX: u64 = 128 * 1024;
const VIDEO_BYTES: usize = 16 * 1024 * 1024;
/// Less than the server waits for the head of a request.
const PATIENCE: Duration = Duration::from_secs(15);

fn connect(program: &Program) -> TcpStream {
    TcpStream::connect(program.base.strip_prefix("http://").unwrap().replace("localhost", "127.0.0.1")).unwrap()
}

#[tokio::test]
async fn the_limit_on_open_files_is_raised_and_said() {
    let place = Place::new(&[]).await;
    let program = place.start_with_handles(300, 2000);
    assert!(program.printed.contains("Connections: at most 808, with 2000 open files"), "{}", program.printed);
    program.stop();
}

#[tokio::test]
async fn t19_idle_connections_do_not_use_up_all_open_files() {
    let place = Place::new(&[]).await;
    let program = place.start_with_handles(320, 320);
    let idle: Vec<TcpStream> = (0..350).map(|_| connect(&program)).collect();
    let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
    let response = client.get(program.address("/api/v1/healthcheck")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    drop(idle);
    program.stop();
}

/// Publishes a video that no socket takes at once, and gives its path.
async fn large_video(program: &Program) -> String {
    let mut bytes = samples::video_file();
    bytes.extend(u32::try_from(VIDEO_BYTES - bytes.len()).unwrap().to_be_bytes());
    bytes.extend(b"free");
    bytes.resize(VIDEO_BYTES, 0);
    let form = Form::new()
        .text("title", "Large")
        .text("description", "d")
        .part("videoFile", Part::bytes(bytes).file_name("large.mp4"));
    let upload = reqwest::Client::new().post(program.address("/api/v1/videos")).multipart(form);
    let response = upload.bearer_auth(program.token("alice").await).send().await.unwrap();
    let video: Value = response.json().await.unwrap();
    let address = video["data"]["videoFile"].as_str().unwrap();
    address[address.find("/media/").unwrap()..].to_owned()
}

#[tokio::test]
async fn t19_a_client_that_does_not_read_takes_little_memory() {
    let place = Place::new(&[("WORKERS", "0")]).await;
    let program = place.start();
    let path = large_video(&program).await;
    let host = program.base.strip_prefix("http://").unwrap();
    let before = program.memory();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let mut reader = connect(&program);
        write!(reader, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        // Once the first bytes are there, the server has as much in its hands as it takes.
        reader.read_exact(&mut [0; 8]).unwrap();
        readers.push(reader);
    }
    let each = program.memory().saturating_sub(before) / READERS as u64;
    println!("{READERS} clients that do not read: {} KiB each", each / 1024);
    assert!(each <= READER_BYTES_MAX, "{each} bytes each");
    drop(readers);
    program.stop();
}
