//! What becoming watchable costs: the wait of a person who has uploaded a video, and the processor time and memory of
//! the ladder, held against what one would type by hand.
//!
//! `make bench` runs it, or `cargo bench --bench pipeline` alone; `-- --seconds 600` says how long the video of the
//! ladders is, `--rounds 1` how often it is measured. Whatever is compared is measured turn by turn in the
//! same run, and every figure is the median of several rounds, because machines are noisy.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop there")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod by_hand;
mod children;
mod server;
mod videos;

use std::path::Path;
use std::time::{Duration, Instant};

use chaitube_media::{
    Container, Plan, ProgressHooks, STALL_TIMEOUT, Stream, Tools, VideoLimits, probe, read_timeline, transcode,
    validate,
};

use self::children::{Spent, spent};
use self::server::Server;

const ROUNDS: u32 = 3;
/// What is left of the video when the clock starts.
const LAST_PIECE_BYTES: usize = 1 << 20;
const TEN_MINUTES_S: u32 = 600;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let rounds = option("--rounds").unwrap_or(ROUNDS);
    watchable(folder.path(), rounds).await;
    for kind in videos::Kind::ALL {
        ladder(folder.path(), kind, option("--seconds").unwrap_or(videos::SHORT_S), rounds).await;
    }
}

/// The number behind an option of the command line.
fn option(name: &str) -> Option<u32> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)?.parse().ok()
}

/// From the last byte of an upload to an HLS address.
async fn watchable(folder: &Path, rounds: u32) {
    let source = std::fs::read(videos::video(folder, videos::Kind::Copied, TEN_MINUTES_S)).unwrap();
    let server = Server::start().await;
    let (mut received, mut made, mut playable) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let upload = server.upload_all_but(&source, LAST_PIECE_BYTES).await;
        let begun = Instant::now();
        server.finish_upload(&upload, &source, LAST_PIECE_BYTES).await;
        received.push(begun.elapsed());
        let video = server.publish(&upload).await;
        made.push(begun.elapsed());
        server.wait_for_hls(&video).await;
        playable.push(begun.elapsed());
        // The ladder of this round must not be in the next one's way.
        server.delete(&video).await;
    }
    println!("\n10 minutes of 1080p H.264/AAC, {} MB; seconds after the last byte was sent:", source.len() / 1_000_000);
    for (what, times) in [
        ("last piece acknowledged", &mut received),
        ("video made, plays as uploaded", &mut made),
        ("plays as HLS", &mut playable),
    ] {
        println!("  {what}: {:.2}", median(times).as_secs_f64());
    }
}

/// The ladder, made by the pipeline, by one command and by one process per rendition.
async fn ladder(folder: &Path, kind: videos::Kind, seconds: u32, rounds: u32) {
    let video = videos::video(folder, kind, seconds);
    let (mut own, mut one, mut each) = (Vec::new(), Vec::new(), Vec::new());
    let plan = plan(&video).await;
    for _ in 0..rounds {
        own.push(spent(pipeline(&video)).await);
        one.push(spent(async { by_hand::one_command(&video, &plan) }).await);
        each.push(spent(async { by_hand::one_process_per_rendition(&video, &plan) }).await);
    }
    println!(
        "\n{seconds} s of {}, {} renditions:",
        kind.name(),
        plan.first.renditions.len() + plan.rest.renditions.len()
    );
    let (own, one, each) = (Spent::median(own), Spent::median(one), Spent::median(each));
    for (what, spent) in
        [("the pipeline, all of it", &own), ("the best single command", &one), ("one process per rendition", &each)]
    {
        let ratio = own.processor.as_secs_f64() / spent.processor.as_secs_f64();
        println!(
            "  {what}: {:.1} s of processor time (pipeline/this {ratio:.2}), at most {} MiB",
            spent.processor.as_secs_f64(),
            spent.peak_bytes >> 20
        );
    }
}

fn tools() -> Tools {
    Tools::detect().unwrap().with_sandbox(Path::new(env!("CARGO_BIN_EXE_chaitube")))
}

async fn plan(video: &Path) -> Plan {
    let tools = tools();
    let info = probe(&tools, video, Container::Mp4, &VideoLimits::default()).await.unwrap();
    let timeline = read_timeline(&tools, video, &info, STALL_TIMEOUT).await.unwrap();
    Plan::new(&info, timeline.as_ref())
}

/// Probing, planning, every rendition, and the checks of what was made.
async fn pipeline(video: &Path) {
    let tools = tools();
    let scratch = tempfile::tempdir().unwrap();
    let info = probe(&tools, video, Container::Mp4, &VideoLimits::default()).await.unwrap();
    let timeline = read_timeline(&tools, video, &info, STALL_TIMEOUT).await.unwrap();
    let plan = Plan::new(&info, timeline.as_ref());
    let mut ignore = |_| {};
    let mut hooks = ProgressHooks::new(&mut ignore);
    let first =
        transcode(&tools, video, &info, &plan.first, plan.duration_s, scratch.path(), &mut hooks).await.unwrap();
    validate(&tools, &info, &first, scratch.path(), &[]).await.unwrap();
    let passed: Vec<String> = first.files().map(str::to_owned).collect();
    let rest = transcode(&tools, video, &info, &plan.rest, plan.duration_s, scratch.path(), &mut hooks).await.unwrap();
    let all = if plan.keeps_first { first.merged(rest).unwrap() } else { Stream { audio: first.audio, ..rest } };
    validate(&tools, &info, &all, scratch.path(), &passed).await.unwrap();
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
