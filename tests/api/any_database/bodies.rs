//! Bodies that never end, come slowly, or are still being sent when their response is ready.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{TestApp, raw, run, run_with, tus};

const MIB: usize = 1024 * 1024;
const REGISTER: &str = "/api/v1/users/register";
/// More than the buffers of both sockets have room for.
const LONG_BODY_BYTES: usize = 8 * MIB;
const PATIENCE: Duration = Duration::from_secs(20);

/// The head of a multipart request with a body of this length.
fn form_head(app: &TestApp, length: usize) -> String {
    let host = app.base.trim_start_matches("http://");
    format!(
        "POST {REGISTER} HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

fn text_part(name: &str, text: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
}

fn file_part(name: &str, bytes: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{bytes}\r\n")
}

/// Sends the beginning of a form, of which much more was announced; gives what is said to that.
async fn begin_form(app: &TestApp, body: &str) -> String {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    stream.write_all(format!("{}{body}", form_head(app, 5 * MIB)).as_bytes()).await.unwrap();
    first_words(&mut stream).await
}

/// What comes first; it holds the whole response unless that is long.
async fn first_words(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 16 * 1024];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut bytes)).await.expect("the server answers").unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

fn status(response: &str) -> &str {
    response.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn t12_the_second_file_of_a_name_is_refused_even_after_an_empty_one() {
    run(async |app| {
        for first in ["", "bytes"] {
            let body = format!("{}{}", file_part("avatar", first), file_part("avatar", "and the rest"));
            let response = begin_form(app, &body).await;
            assert_eq!(status(&response), "400", "{response}");
            assert!(response.contains("Only one file \\\"avatar\\\" is expected"), "{response}");
        }
    })
    .await;
}

#[tokio::test]
async fn t12_no_file_is_received_for_texts_that_are_refused() {
    run(async |app| {
        for (name, text, wanted) in [
            ("username", "no blanks", "username may have letters"),
            ("email", "nobody", "email is not a valid e-mail address"),
            ("password", &"x".repeat(5000), "The password must have at most"),
            ("fullName", &"x".repeat(101), "fullName must have at most 100 characters"),
            ("fullName", " ", "All fields are required"),
        ] {
            let response = begin_form(app, &(text_part(name, text) + &file_part("avatar", "the beginning"))).await;
            assert_eq!(status(&response), "400", "{response}");
            assert!(response.contains(wanted), "{response}");
        }
    })
    .await;
}

#[tokio::test]
async fn t12_a_form_is_limited_as_a_whole() {
    run_with(&[("MAX_IMAGE_SIZE", "64KiB")], async |app| {
        // Neither the texts nor the files are too large, but what stands around them.
        let padding = "x".repeat(100_000);
        let part = |name: usize| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\nX-Padding: {padding}\r\n\r\n\r\n")
        };
        let body: String = (0..10).map(part).collect();
        let pieces = body.as_bytes().chunks(4096).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces.collect::<Vec<_>>()));
        let client = app.anonymous();
        let request = client.request("POST", REGISTER).header("content-type", "multipart/form-data; boundary=b");
        let response = client.send(request.body(body)).await;
        response.expect(413, "The request is larger than the limit of 384 KiB");
    })
    .await;
}

/// Sends a byte of `body` each few milliseconds; gives what is said to that.
async fn trickle(mut stream: TcpStream, body: &[u8]) -> String {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for byte in body.iter().cycle() {
        tokio::select! {
            _ = ticks.tick() => stream.write_all(&[*byte]).await.unwrap(),
            readable = stream.readable() => {
                readable.unwrap();
                return first_words(&mut stream).await;
            }
        }
    }
    String::new()
}

#[tokio::test]
async fn t12_bodies_that_trickle_are_given_up() {
    run_with(&[("UPLOAD_IDLE_TIMEOUT", "300ms")], async |app| {
        let alice = app.person("alice").await;
        let mut form = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
        form.write_all(form_head(app, MIB).as_bytes()).await.unwrap();
        form.write_all(b"--b\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"f\"\r\n\r\n")
            .await
            .unwrap();
        let form = tokio::time::timeout(PATIENCE, trickle(form, b"x")).await.expect("the form is given up");
        assert!(status(&form) == "400" && form.contains("The upload stalled"), "{form}");
        let address = tus::begin(&alice.client, MIB).await;
        let piece = tus::send_in_part(&alice, &app.base, &address, 0, &vec![0; MIB], 0).await;
        let piece = tokio::time::timeout(PATIENCE, trickle(piece, b"x")).await.expect("the chunk is given up");
        assert!(status(&piece) == "503" && piece.contains("The upload stalled"), "{piece}");
    })
    .await;
}

#[tokio::test]
async fn t12_no_content_type_lifts_the_time_limit_of_a_route_without_files() {
    run_with(&[("REQUEST_TIMEOUT", "1s"), ("STATEMENT_TIMEOUT", "500ms")], async |app| {
        let host = app.base.trim_start_matches("http://");
        for kind in ["application/json", "multipart/form-data; boundary=b", tus::PIECE] {
            let mut stream = TcpStream::connect(host).await.unwrap();
            let head = format!(
                "POST /api/v1/users/login HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: 9\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let response = first_words(&mut stream).await;
            assert!(status(&response) == "503" && response.contains("timed out"), "{kind}: {response}");
        }
    })
    .await;
}

#[tokio::test]
async fn responses_to_unread_bodies_reach_those_who_send_everything_before_they_read() {
    run(async |app| {
        let long = "x".repeat(LONG_BODY_BYTES);
        let host = app.base.trim_start_matches("http://");
        for (path, kind, wanted) in [
            ("/api/v1/nothing", "multipart/form-data; boundary=b", "404"),
            ("/api/v1/videos", "multipart/form-data; boundary=b", "401"),
            ("/api/v1/users/login", "application/json", "413"),
        ] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {LONG_BODY_BYTES}\r\n"
            );
            // The connection goes on, unless the client does not want that.
            let next = format!("GET /api/v1/healthcheck HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let cases = [format!("{head}Connection: close\r\n\r\n{long}"), format!("{head}\r\n{long}{next}")];
            for (request, responses) in cases.iter().zip([1, 2]) {
                for round in 0..10 {
                    let response = raw::send_first(&app.base, request.as_bytes()).await;
                    assert_eq!(status(&response), wanted, "{path}, round {round}");
                    assert_eq!(response.matches("HTTP/1.1 ").count(), responses, "{path}: {response}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_held_back_is_not_asked_for_in_vain() {
    run(async |app| {
        let host = app.base.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "POST /api/v1/videos HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let response = first_words(&mut stream).await;
        assert_eq!(status(&response), "401", "{response}");
    })
    .await;
}
