//! Resumable uploads by hand, for what a well-behaved client would not do.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Client, Person, Response};

pub const PIECE: &str = "application/offset+octet-stream";

/// Begins an upload of so many bytes and gives its address.
pub async fn begin(client: &Client, bytes: usize) -> String {
    let length = bytes.to_string();
    let response = patiently(client, "POST", "/api/v1/uploads", &[("upload-length", &length)]).await;
    assert_eq!(response.status, 201, "{response:?}");
    assert!(response.header("upload-expires").ends_with(" GMT"), "{response:?}");
    response.header("location").to_owned()
}

/// A request without a body, again when the server is too busy, as every client does it.
async fn patiently(client: &Client, method: &str, address: &str, headers: &[(&str, &str)]) -> Response {
    for _ in 0..10 {
        let response = ask(client, method, address, headers).await;
        if response.status != 503 {
            return response;
        }
    }
    ask(client, method, address, headers).await
}

/// A request without a body.
pub async fn ask(client: &Client, method: &str, address: &str, headers: &[(&str, &str)]) -> Response {
    client.ask(method, address, &[headers, &[("tus-resumable", "1.0.0")]].concat()).await
}

/// Sends a piece.
pub async fn send(client: &Client, address: &str, offset: usize, bytes: &[u8], headers: &[(&str, &str)]) -> Response {
    let request = client
        .request("PATCH", address)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", offset)
        .header("content-type", PIECE)
        .body(bytes.to_vec());
    client.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

/// Where the server says that an upload stands.
pub async fn offset(client: &Client, address: &str) -> usize {
    let response = patiently(client, "HEAD", address, &[]).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!((response.header("cache-control"), response.header("tus-resumable")), ("no-store", "1.0.0"));
    response.header("upload-offset").parse().unwrap()
}

/// Uploads a whole video and gives the upload's id.
pub async fn whole(client: &Client, video: &[u8]) -> String {
    let address = begin(client, video.len()).await;
    let response = send(client, &address, 0, video, &[]).await;
    assert_eq!(
        (response.status, response.header("upload-offset")),
        (204, video.len().to_string().as_str()),
        "{response:?}"
    );
    id(&address)
}

/// The id at the end of an upload's address.
pub fn id(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

/// Begins to send a piece, and stops after `sent` bytes of it; whoever drops the stream cuts the connection.
pub async fn send_in_part(
    person: &Person,
    base: &str,
    address: &str,
    offset: usize,
    piece: &[u8],
    sent: usize,
) -> TcpStream {
    let mut stream = send_head(person, base, address, offset, piece.len(), "").await;
    stream.write_all(&piece[..sent]).await.unwrap();
    stream.flush().await.unwrap();
    stream
}

/// Sends a part of a piece as [`send_in_part`] does, from its beginning, when the server has asked for it.
pub async fn send_in_part_when_asked(
    person: &Person,
    base: &str,
    address: &str,
    piece: &[u8],
    sent: usize,
) -> TcpStream {
    let mut stream = send_head(person, base, address, 0, piece.len(), "Expect: 100-continue\r\n").await;
    let mut asked = *b"HTTP/1.1 100 Continue\r\n\r\n";
    stream.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&asked));
    stream.write_all(&piece[..sent]).await.unwrap();
    stream.flush().await.unwrap();
    stream
}

async fn send_head(person: &Person, base: &str, address: &str, offset: usize, length: usize, more: &str) -> TcpStream {
    let host = base.trim_start_matches("http://");
    let head = format!(
        "PATCH {address} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {offset}\r\nContent-Type: {PIECE}\r\nContent-Length: {length}\r\n{more}\r\n",
        person.access_token,
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The status of what comes back.
pub async fn status(stream: &mut TcpStream) -> u16 {
    let mut bytes = [0; 64];
    let read = stream.read(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes[..read]).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}
