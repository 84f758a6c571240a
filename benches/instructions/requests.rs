//! The hot paths, and sending requests to them over one connection.

use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::counting::mark;
use super::site::{Site, VIDEOS};

/// How often each path is counted. The fewest instructions are free of what the server does now and then beside requests.
pub const ROUNDS: usize = 5;
/// Requests of a round. There are as many before the first, to fill caches.
pub const REQUESTS: u64 = 60;

const RANGE: &str = "Range: bytes=65536-131071\r\n";

pub struct HotPath {
    pub name: &'static str,
    /// The request line and the headers of a request about a video.
    head: fn(&Site, &str) -> String,
}

pub const HOT_PATHS: [HotPath; 5] = [
    HotPath { name: "feed", head: |_, _| "GET /api/v1/videos HTTP/1.1\r\n".to_owned() },
    HotPath { name: "video", head: |_, video| format!("GET /api/v1/videos/{video} HTTP/1.1\r\n") },
    HotPath {
        name: "video_signed_in",
        head: |site, video| format!("GET /api/v1/videos/{video} HTTP/1.1\r\n{}", site.authorization),
    },
    HotPath {
        name: "like",
        head: |site, video| {
            format!("POST /api/v1/likes/toggle/v/{video} HTTP/1.1\r\ncontent-length: 0\r\n{}", site.authorization)
        },
    },
    HotPath { name: "range_64_kib", head: |site, _| format!("GET {} HTTP/1.1\r\n{RANGE}", site.file) },
];

/// Serves and asks within one process and one thread, so that callgrind sees both.
#[tokio::main(flavor = "current_thread")]
pub async fn measure(folder: &Path) {
    let site = Site::open(folder).await;
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    for path in HOT_PATHS {
        for _ in 0..=ROUNDS {
            for number in 0..REQUESTS {
                let video = &site.videos[usize::try_from(number).unwrap() % VIDEOS];
                let request = format!("{}Host: {}\r\n\r\n", (path.head)(&site, video), site.address);
                answer(&mut stream, request.as_bytes()).await;
            }
            mark();
        }
    }
    site.close().await;
}

/// Sends a request and reads the whole response, which must be a good one.
async fn answer(stream: &mut TcpStream, request: &[u8]) {
    stream.write_all(request).await.unwrap();
    let mut response = Vec::with_capacity(1 << 17);
    let body = loop {
        assert_ne!(stream.read_buf(&mut response).await.unwrap(), 0, "the server hung up");
        if let Some(end) = response.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&response[..body]).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 20"), "{}\n{head}", String::from_utf8_lossy(request));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let whole = body + length.parse::<usize>().unwrap();
    while response.len() < whole {
        assert_ne!(stream.read_buf(&mut response).await.unwrap(), 0, "the server hung up");
    }
}
