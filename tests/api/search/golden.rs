//! Searches whose first results a person has chosen, in many scripts. Both databases have to answer alike.

use std::collections::HashMap;
use std::fmt::Write as _;

use chaitube::args;
use serde::Deserialize;

use super::{encoded, results};
use crate::harness::rows::{execute, id_of};
use crate::harness::{TestApp, id, run};

#[derive(Deserialize)]
struct Golden {
    videos: Vec<Video>,
    channels: Vec<Channel>,
    queries: Vec<Query>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Video {
    key: String,
    title: String,
    description: String,
    tags: Vec<String>,
    channel: String,
    views: i64,
    duration_s: f64,
    created_day: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Channel {
    username: String,
    full_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    q: String,
    #[serde(default)]
    first: Vec<String>,
    #[serde(default)]
    first_any_order: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    why: String,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden.json")).unwrap()
}

/// Fills the site, and returns the keys of the videos by their ids.
async fn fill(app: &TestApp, golden: &Golden) -> HashMap<String, String> {
    let bytes = |number: i64| hex::decode(id_of(number)).unwrap();
    let mut channels = HashMap::new();
    for (channel, number) in golden.channels.iter().zip(1..) {
        let sql = "INSERT INTO users (id, username, email, full_name, password_hash, avatar, created_at, updated_at)
                   VALUES ($1, $2, $2, $3, '', '', 0, 0)";
        let username = channel.username.to_lowercase();
        execute(app, sql.to_owned(), args![bytes(number), &username, &channel.full_name]).await;
        channels.insert(username, bytes(number));
    }
    let mut keys = HashMap::new();
    for (video, number) in golden.videos.iter().zip(1..) {
        let sql = "INSERT INTO videos (id, owner_id, title, description, film, thumbnail, duration_s, width, height,
                                       status, is_published, views, tags, created_at, updated_at)
                   VALUES ($1, $2, $3, $4, '', '', $5, 160, 90, 'ready', true, $6, $7, $8, $8)";
        let noon: jiff::Timestamp = format!("{}T12:00:00Z", video.created_day).parse().unwrap();
        let owner = channels[&video.channel.to_lowercase()].clone();
        let tags = serde_json::to_string(&video.tags).unwrap();
        let args = args![
            bytes(number),
            owner,
            &video.title,
            &video.description,
            video.duration_s,
            video.views,
            tags,
            noon.as_millisecond()
        ];
        execute(app, sql.to_owned(), args).await;
        keys.insert(id_of(number), video.key.clone());
    }
    crate::harness::rows::settle(app).await;
    app.indexed().await;
    keys
}

async fn found(app: &TestApp, keys: &HashMap<String, String>, q: &str) -> Vec<String> {
    let results = results(&app.anonymous(), &format!("limit=100&q={}", encoded(q))).await;
    results.iter().map(|result| keys[&id(&result["video"])].clone()).collect()
}

#[tokio::test]
async fn the_golden_searches_find_what_people_expect() {
    run(async |app| {
        let golden = golden();
        let keys = fill(app, &golden).await;
        let (mut wrong, mut answers) = (Vec::new(), String::new());
        for query in &golden.queries {
            let found = found(app, &keys, &query.q).await;
            let ten = found.iter().take(10).map(String::as_str).collect::<Vec<_>>();
            writeln!(answers, "{}\t{}", query.q, ten.join(" ")).unwrap();
            let expected = query.first.len().max(query.first_any_order.len());
            let first = found.iter().take(expected).cloned().collect::<Vec<_>>();
            let sorted = |list: &[String]| {
                let mut list = list.to_vec();
                list.sort();
                list
            };
            let fits = if query.first.is_empty() {
                sorted(&first) == sorted(&query.first_any_order)
            } else {
                first == query.first
            };
            if !fits || query.never.iter().any(|never| found.contains(never)) {
                let few = found.iter().take(expected + 2).cloned().collect::<Vec<_>>();
                wrong.push(format!(
                    "{:?} ({}): {few:?} and not {:?}{:?}, never {:?}",
                    query.q, query.why, query.first, query.first_any_order, query.never
                ));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), golden.queries.len(), wrong.join("\n"));
        check_answers(&answers);
    })
    .await;
}

/// Compares the first ten results of every search with those that are written down: so both databases have the same, in
/// the same order. `UPDATE_GOLDEN=1` writes them down.
fn check_answers(answers: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/search/golden-answers.tsv");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, answers).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    let other = written.lines().zip(answers.lines()).find(|(written, answer)| written != answer);
    assert_eq!((other, written.lines().count()), (None, answers.lines().count()));
}

/// A small generator of numbers, the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Leaves a letter out, doubles one, swaps two or puts another one in its place.
fn mistyped(title: &str, numbers: &mut Numbers) -> String {
    let mut letters: Vec<char> = title.chars().collect();
    let places: Vec<usize> = (1..letters.len()).filter(|at| letters[*at].is_alphanumeric()).collect();
    let at = places[numbers.below(places.len())];
    match numbers.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at - 1, at),
        _ => letters[at] = letters[places[numbers.below(places.len())]],
    }
    letters.into_iter().collect()
}

#[tokio::test]
async fn a_title_with_a_typing_error_is_found_among_the_first_three() {
    run(async |app| {
        let golden = golden();
        let keys = fill(app, &golden).await;
        let mut numbers = Numbers(2026);
        let mut lost = Vec::new();
        for video in &golden.videos {
            for _ in 0..3 {
                let typed = mistyped(&video.title, &mut numbers);
                let found = found(app, &keys, &typed).await;
                if !found.iter().take(3).any(|key| *key == video.key) {
                    lost.push(format!(
                        "{typed:?}: {:?} and not {}",
                        found.iter().take(3).collect::<Vec<_>>(),
                        video.key
                    ));
                }
            }
        }
        assert!(lost.is_empty(), "{}:\n{}", lost.len(), lost.join("\n"));
    })
    .await;
}
