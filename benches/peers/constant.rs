//! Answers every request with one answer held in memory, the least that axum costs. The first argument names the file it is in.

#![expect(clippy::print_stdout, reason = "the address is its output")]

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let file = std::env::args().nth(1).ok_or(std::io::ErrorKind::InvalidInput)?;
    let answer = Bytes::from(std::fs::read(file)?);
    let router = Router::new().fallback(|| async move { ([(CONTENT_TYPE, "application/json")], answer) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}
