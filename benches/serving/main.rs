//! How fast the program serves: bytes of a video held against nginx, and lists at any depth.
//!
//! `make bench` runs it, on SQLite and on PostgreSQL. Every figure is the median of several rounds, and whatever is
//! compared is measured turn by turn in the same run, because machines are noisy.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop there")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod nginx;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "the other benchmark asks for more")]
mod server;

use std::time::{Duration, Instant};

use self::nginx::Nginx;
use self::server::Server;

const ROUNDS: usize = 5;
const VIDEO_MIB: u32 = 256;
const VIDEO_BYTES: u64 = (VIDEO_MIB as u64) << 20;
const READERS: u32 = 4;
const LIST_VIDEOS: usize = 200;
const LIST_REQUESTS: u32 = 300;

#[tokio::main]
async fn main() {
    let server = Server::start().await;
    let video = server.upload(VIDEO_BYTES).await;
    media(&server, &video).await;
    lists(&server).await;
}

/// Several readers read the whole video at once.
async fn media(server: &Server, video: &str) {
    let nginx = Nginx::start(&server.stored_video());
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(read_all(video).await);
        if let Some(nginx) = &nginx {
            other.push(read_all(&nginx.address).await);
        }
    }
    let mib = VIDEO_MIB * READERS;
    let own = median(&mut own);
    println!("{READERS} readers, {mib} MiB: {:.0} MiB/s", rate(mib, own));
    if nginx.is_some() {
        let other = median(&mut other);
        let ratio = other.as_secs_f64() / own.as_secs_f64();
        println!("the same from nginx: {:.0} MiB/s; ratio {ratio:.2}", rate(mib, other));
    } else {
        println!("nginx is not installed: nothing to hold it against");
    }
}

async fn read_all(address: &str) -> Duration {
    let begun = Instant::now();
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        let address = address.to_owned();
        readers.spawn(async move {
            let mut response = reqwest::get(address).await.unwrap().error_for_status().unwrap();
            let mut bytes = 0;
            while let Some(chunk) = response.chunk().await.unwrap() {
                bytes += chunk.len() as u64;
            }
            assert_eq!(bytes, VIDEO_BYTES);
        });
    }
    readers.join_all().await;
    begun.elapsed()
}

/// The first page of the list, one far down by its number, and the same one by cursor.
async fn lists(server: &Server) {
    server.fill(LIST_VIDEOS).await;
    let cursor = server.cursor_at(LIST_VIDEOS - 20).await;
    let deep_page = (LIST_VIDEOS - 20) / 10;
    let paths = [
        ("first page", "/api/v1/videos".to_owned()),
        ("deep page by number", format!("/api/v1/videos?page={deep_page}")),
        ("deep page by cursor", format!("/api/v1/videos?cursor={cursor}")),
        ("health check", "/api/v1/healthcheck".to_owned()),
    ];
    for (name, path) in paths {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            for _ in 0..LIST_REQUESTS {
                server.get(&path).await;
            }
            rounds.push(begun.elapsed());
        }
        let each = median(&mut rounds) / LIST_REQUESTS;
        println!("{name}: {each:.2?} a request, one after the other");
    }
}

fn median(rounds: &mut [Duration]) -> Duration {
    rounds.sort();
    rounds[rounds.len() / 2]
}

fn rate(mib: u32, time: Duration) -> f64 {
    f64::from(mib) / time.as_secs_f64()
}
