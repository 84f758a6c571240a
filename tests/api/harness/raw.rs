//! Requests byte by byte, for what a well-behaved client would not send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No response takes longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back, uninterpreted but for the status.
#[derive(Debug)]
pub struct RawResponse {
    pub status: u16,
    pub bytes: Vec<u8>,
}

impl RawResponse {
    /// Everything that came, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// `METHOD target` with these further header lines, the target just as it is given.
pub async fn ask(base: &str, method: &str, target: &[u8], lines: &str) -> RawResponse {
    let host = base.trim_start_matches("http://");
    let mut request = format!("{method} ").into_bytes();
    request.extend(target);
    request.extend(format!(" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n").bytes());
    send(base, &request).await
}

/// Sends these bytes, and reads until the server closes the connection.
pub async fn send(base: &str, request: &[u8]) -> RawResponse {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut bytes = Vec::new();
    // The server may response, and stop listening, before it has read everything.
    let talk = async {
        let (_, read) = tokio::join!(writer.write_all(request), reader.read_to_end(&mut bytes));
        drop(read);
    };
    tokio::time::timeout(PATIENCE, talk).await.expect("the server answers");
    let status = String::from_utf8_lossy(&bytes).split(' ').nth(1).and_then(|status| status.parse().ok());
    RawResponse { status: status.unwrap_or(0), bytes }
}

/// Sends all of these bytes before it reads anything, as simple clients do; gives what comes until the server closes the
/// connection.
pub async fn send_first(base: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
    let mut bytes = Vec::new();
    let talk = async {
        stream.write_all(request).await.expect("the server takes everything");
        stream.read_to_end(&mut bytes).await.expect("the response arrives");
    };
    tokio::time::timeout(PATIENCE, talk).await.expect("the server answers");
    String::from_utf8_lossy(&bytes).into_owned()
}
