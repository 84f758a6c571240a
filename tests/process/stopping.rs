//! SIGTERM and SIGINT: no new connections, running requests finish, exit code 0.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::program::{Place, Program};
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
