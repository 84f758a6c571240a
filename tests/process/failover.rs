//! A standby that becomes the primary under load, because the primary is lost, or cut off.

use std::collections::HashSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chaitube::{Db, DbOptions, args};
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use crate::database::postgres_url;
use crate::eventually::eventually;
use crate::program::Place;

const WRITERS: usize = 4;

/// A primary and its synchronous standby.
struct Pair {
    url: String,
    folder: String,
}

impl Pair {
    fn start() -> Self {
        let printed = script(&["pair"]);
        let (url, folder) = printed.trim_end().split_once('\n').unwrap();
        Self { url: url.to_owned(), folder: folder.to_owned() }
    }

    /// Ends the primary as a power cut would.
    fn crash(&self) {
        script(&["crash", &self.folder]);
    }

    /// Makes the standby the primary, whether or not there is one.
    fn promote(&self) {
        script(&["promote", &self.folder]);
    }

    async fn is_synchronous(&self) {
        let db = self.database().await;
        eventually(async || {
            let synchronous = db.exists("FROM pg_stat_replication WHERE sync_state = 'sync'", args![]).await.unwrap();
            synchronous.then_some(()).ok_or("the standby is not synchronous")
        })
        .await;
        db.close().await;
    }

    async fn database(&self) -> Db {
        let limit = Duration::from_mins(1);
        let url = self.url.clone();
        Db::open(&DbOptions { url, listen_url: None, connections_max: 1, statement_limit: limit, wait_limit: limit })
            .await
            .unwrap()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        script(&["stop", &self.folder]);
    }
}

fn script(arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
    let output = Command::new(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the writers have done so far.
#[derive(Default)]
struct Score {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    is_over: AtomicBool,
}

/// Posts one tweet after another; returns those that were acknowledged.
async fn write(address: String, token: String, writer: usize, score: Arc<Score>) -> Vec<String> {
    let (http, mut acknowledged) = (reqwest::Client::new(), Vec::new());
    for number in 0.. {
        if score.is_over.load(Ordering::SeqCst) {
            break;
        }
        let content = format!("{writer} {number}");
        let body = json!({ "content": content });
        let response = http.post(&address).bearer_auth(&token).json(&body).send().await.unwrap();
        match response.status() {
            StatusCode::CREATED => {
                acknowledged.push(content);
                score.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                score.refused.fetch_add(1, Ordering::SeqCst);
            }
            other => panic!("{other}: {}", response.text().await.unwrap()),
        }
    }
    acknowledged
}

/// Writes while `fail` happens. Everything acknowledged has to be there at the end. Returns how long nothing was.
async fn acknowledged_writes_survive(fail: impl FnOnce(&Pair)) -> Duration {
    let pair = Pair::start();
    let settings = [("DATABASE_URL", pair.url.as_str()), ("WORKERS", "0"), ("STATEMENT_TIMEOUT", "3s")];
    let place = Place::new(&settings).await;
    let program = place.start();
    let token = program.token("alice").await;
    pair.is_synchronous().await;

    let (score, mut writers) = (Arc::new(Score::default()), JoinSet::new());
    for writer in 0..WRITERS {
        writers.spawn(write(program.address("/api/v1/tweets"), token.clone(), writer, Arc::clone(&score)));
    }
    let more = async |than: usize| {
        let acknowledged = || score.acknowledged.load(Ordering::SeqCst);
        eventually(async || (acknowledged() > than).then_some(()).ok_or(acknowledged())).await;
        acknowledged()
    };
    more(100).await;
    let begun = Instant::now();
    tokio::task::block_in_place(|| fail(&pair));
    // Those that were on their way may still have been acknowledged, but not more.
    let again = more(score.acknowledged.load(Ordering::SeqCst) + WRITERS).await;
    let took = begun.elapsed();
    more(again + 100).await;
    score.is_over.store(true, Ordering::SeqCst);
    let acknowledged: Vec<String> = writers.join_all().await.into_iter().flatten().collect();
    program.stop();

    let db = pair.database().await;
    let stored: Vec<(String,)> = db.all("SELECT content FROM tweets", args![]).await.unwrap();
    db.close().await;
    let stored: HashSet<String> = stored.into_iter().map(|(content,)| content).collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|content| !stored.contains(*content)).collect();
    assert!(lost.is_empty(), "of {} acknowledged writes {lost:?} are lost", acknowledged.len());
    let refused = score.refused.load(Ordering::SeqCst);
    println!("{} writes acknowledged, {refused} refused, {took:?} without any", acknowledged.len());
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_primary_costs_seconds_and_nothing_that_was_acknowledged() {
    if postgres_url().is_none() {
        return;
    }
    let crash_and_promote = |pair: &Pair| {
        pair.crash();
        pair.promote();
    };
    let took = acknowledged_writes_survive(crash_and_promote).await;
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_was_replaced_behind_its_back_is_left() {
    if postgres_url().is_none() {
        return;
    }
    // It goes on as the primary, and waits for its standby in vain.
    let took = acknowledged_writes_survive(Pair::promote).await;
    assert!(took < Duration::from_secs(30), "{took:?}");
}
