//! Who may do what: every operation of the description, asked by nobody, by a stranger and by the owner.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::contract::{DOCUMENT, operations};
use crate::harness::world::{Actor, World, parameters};
use crate::harness::{TestApp, run, run_with};

/// What an operation responses: to nobody, to a stranger who is logged in, to the owner.
pub type Row<'a> = (&'a str, &'a str, [u16; 3]);

/// In an order in which each leaves the next what it needs.
pub const ROWS: &[Row<'static>] = &[
    ("GET", "/api/v1/healthcheck", [200, 200, 200]),
    ("GET", "/api/v1/site", [200, 200, 200]),
    ("GET", "/media/{name}", [200, 200, 200]),
    ("GET", "/media/streams/{videoId}/master.m3u8", [200, 200, 200]),
    ("GET", "/media/streams/{videoId}/{name}", [200, 200, 200]),
    ("GET", "/media/streams/{videoId}/manifest.mpd", [200, 200, 200]),
    ("GET", "/media/streams/{videoId}/storyboard.vtt", [200, 200, 200]),
    ("POST", "/api/v1/users/register", [201, 201, 201]),
    ("POST", "/api/v1/users/login", [200, 200, 200]),
    ("POST", "/api/v1/users/refresh-token", [401, 200, 200]),
    ("GET", "/api/v1/users/current-user", [401, 200, 200]),
    ("GET", "/api/v1/users/c/{username}", [200, 200, 200]),
    ("GET", "/api/v1/users/{userId}", [200, 200, 200]),
    ("GET", "/api/v1/users/search", [200, 200, 200]),
    ("GET", "/api/v1/users/sessions", [401, 200, 200]),
    ("DELETE", "/api/v1/users/sessions/{sessionId}", [401, 404, 200]),
    ("POST", "/api/v1/users/change-password", [401, 200, 200]),
    ("PATCH", "/api/v1/users/update-account", [401, 200, 200]),
    ("PATCH", "/api/v1/users/avatar", [401, 200, 200]),
    ("PATCH", "/api/v1/users/cover-image", [401, 200, 200]),
    ("GET", "/api/v1/videos", [200, 200, 200]),
    ("GET", "/api/v1/videos/suggestions", [200, 200, 200]),
    ("GET", "/api/v1/search", [200, 200, 200]),
    ("GET", "/api/v1/search/suggestions", [200, 200, 200]),
    ("GET", "/api/v1/tags", [200, 200, 200]),
    ("GET", "/api/v1/videos/trending", [200, 200, 200]),
    ("GET", "/api/v1/feed/shorts", [200, 200, 200]),
    ("GET", "/api/v1/oembed", [200, 200, 200]),
    ("POST", "/api/v1/videos", [401, 201, 201]),
    ("GET", "/api/v1/videos/{videoId}", [200, 200, 200]),
    ("POST", "/api/v1/videos/{videoId}/playbacks", [201, 201, 201]),
    // Its guard is the id.
    ("POST", "/api/v1/playbacks/{playbackId}", [204, 204, 204]),
    ("GET", "/api/v1/videos/{videoId}/related", [200, 200, 200]),
    ("GET", "/api/v1/feed/home", [200, 200, 200]),
    ("POST", "/api/v1/feed/hidden/{videoId}", [401, 200, 200]),
    ("DELETE", "/api/v1/feed/hidden/{videoId}", [401, 200, 200]),
    ("GET", "/api/v1/feed/settings", [401, 200, 200]),
    ("PATCH", "/api/v1/feed/settings", [401, 200, 200]),
    ("PATCH", "/api/v1/videos/{videoId}", [401, 403, 200]),
    ("GET", "/api/v1/videos/{videoId}/processing", [401, 403, 200]),
    ("GET", "/api/v1/videos/{videoId}/original", [401, 403, 200]),
    ("POST", "/api/v1/videos/{videoId}/processing/cancel", [401, 403, 200]),
    // Ends by itself, now that there is nothing to wait for.
    ("GET", "/api/v1/videos/{videoId}/processing/events", [401, 403, 200]),
    ("POST", "/api/v1/videos/{videoId}/processing/retry", [401, 403, 200]),
    ("OPTIONS", "/api/v1/uploads", [204, 204, 204]),
    ("POST", "/api/v1/uploads", [401, 201, 201]),
    ("GET", "/api/v1/uploads", [401, 200, 200]),
    ("GET", "/api/v1/uploads/{uploadId}", [401, 404, 200]),
    ("PATCH", "/api/v1/uploads/{uploadId}", [401, 404, 204]),
    ("DELETE", "/api/v1/uploads/{uploadId}", [401, 404, 204]),
    ("GET", "/api/v1/users/history", [401, 200, 200]),
    ("DELETE", "/api/v1/users/history/{videoId}", [401, 200, 200]),
    ("DELETE", "/api/v1/users/history", [401, 200, 200]),
    ("GET", "/api/v1/comments/{videoId}", [200, 200, 200]),
    ("POST", "/api/v1/comments/{videoId}", [401, 201, 201]),
    ("PATCH", "/api/v1/comments/c/{commentId}", [401, 403, 200]),
    ("GET", "/api/v1/tweets/user/{userId}", [200, 200, 200]),
    ("GET", "/api/v1/tweets", [200, 200, 200]),
    ("GET", "/api/v1/tweets/feed", [401, 200, 200]),
    ("POST", "/api/v1/tweets", [401, 201, 201]),
    ("PATCH", "/api/v1/tweets/{tweetId}", [401, 403, 200]),
    ("POST", "/api/v1/likes/toggle/v/{videoId}", [401, 200, 200]),
    ("POST", "/api/v1/likes/toggle/c/{commentId}", [401, 200, 200]),
    ("POST", "/api/v1/likes/toggle/t/{tweetId}", [401, 200, 200]),
    ("GET", "/api/v1/likes/videos", [401, 200, 200]),
    ("POST", "/api/v1/playlist", [401, 201, 201]),
    ("GET", "/api/v1/playlist/{playlistId}", [200, 200, 200]),
    ("GET", "/api/v1/playlist/user/{userId}", [200, 200, 200]),
    ("PATCH", "/api/v1/playlist/{playlistId}", [401, 403, 200]),
    ("PATCH", "/api/v1/playlist/remove/{videoId}/{playlistId}", [401, 403, 200]),
    ("PATCH", "/api/v1/playlist/add/{videoId}/{playlistId}", [401, 403, 200]),
    ("PATCH", "/api/v1/playlist/{playlistId}/order", [401, 403, 200]),
    // Nobody subscribes to themselves.
    ("POST", "/api/v1/subscriptions/c/{channelId}", [401, 200, 400]),
    ("GET", "/api/v1/subscriptions/c/{channelId}", [401, 200, 200]),
    ("GET", "/api/v1/subscriptions/u/{subscriberId}", [401, 200, 200]),
    ("GET", "/api/v1/dashboard/stats", [401, 200, 200]),
    ("GET", "/api/v1/dashboard/videos", [401, 200, 200]),
    ("GET", "/api/v1/dashboard/videos/{videoId}", [401, 403, 200]),
    ("GET", "/api/v1/dashboard/videos/{videoId}/views", [401, 403, 200]),
    ("DELETE", "/api/v1/tweets/{tweetId}", [401, 403, 200]),
    ("DELETE", "/api/v1/playlist/{playlistId}", [401, 403, 200]),
    ("DELETE", "/api/v1/comments/c/{commentId}", [401, 403, 200]),
    ("PATCH", "/api/v1/videos/toggle/publish/{videoId}", [401, 403, 200]),
    ("DELETE", "/api/v1/videos/{videoId}", [401, 403, 200]),
    // The caller's own session and account, whoever calls.
    ("POST", "/api/v1/users/logout", [401, 200, 200]),
    ("DELETE", "/api/v1/users/me", [401, 200, 200]),
];

/// What a stranger gets when the owner's video is hidden, where it is not 404.
const HIDDEN_FOR_STRANGERS: &[(&str, &str, u16)] = &[("PATCH", "/api/v1/playlist/remove/{videoId}/{playlistId}", 403)];

/// Whether an operation is about a video, or about something that hangs on one.
fn concerns_video(path: &str) -> bool {
    // Media has a table of its own: there it is the address that opens, not who asks.
    !path.starts_with("/media/") && (path.contains("{videoId}") || path.contains("{commentId}"))
}

/// The ways to be let in that the description gives: none, `Some(true)` with anonymous ones among them.
fn security(method: &str, path: &str) -> Option<bool> {
    let ways = DOCUMENT["paths"][path][method.to_lowercase()]["security"].as_array()?;
    Some(ways.iter().any(|way| way.as_object().unwrap().is_empty()))
}

fn is_private(method: &str, path: &str) -> bool {
    security(method, path) == Some(false)
}

#[test]
fn t10_every_operation_has_a_row() {
    let rows: BTreeSet<(String, String)> = ROWS.iter().map(|row| (row.0.to_owned(), row.1.to_owned())).collect();
    assert_eq!(rows.len(), ROWS.len(), "an operation has two rows");
    assert_eq!(rows, operations());
    for (method, path, _) in HIDDEN_FOR_STRANGERS {
        assert!(rows.contains(&((*method).to_owned(), (*path).to_owned())));
    }
}

#[test]
fn t10_the_description_says_which_operations_are_private() {
    for (method, path, [nobody, ..]) in ROWS {
        // Refreshing takes a token, but in its own way.
        let refuses = *nobody == 401 && !path.ends_with("/refresh-token");
        assert_eq!(is_private(method, path), refuses, "{method} {path}");
    }
}

async fn pass(app: &TestApp, world: &World, actor: Actor, rows: impl Iterator<Item = Row<'static>>) {
    for row in rows {
        check_row(app, world, actor, row).await;
    }
}

/// Asks what a row is about, as one of the three.
pub async fn check_row(app: &TestApp, world: &World, actor: Actor, (method, path, wanted): Row<'_>) {
    let response = world.ask(app, actor, method, path).await;
    let wanted = wanted[actor as usize];
    assert_eq!(response.status, wanted, "{actor:?}: {method} {path}: {}", response.message());
    if wanted >= 400 {
        assert_eq!(response.body["data"], Value::Null, "{actor:?}: {method} {path}");
    }
}

#[tokio::test]
async fn t10_everybody_may_do_what_the_table_says_and_nothing_else() {
    run(async |app| {
        let world = World::new(app).await;
        for actor in [Actor::Nobody, Actor::Stranger, Actor::Owner] {
            pass(app, &world, actor, ROWS.iter().copied()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn t10_what_hangs_on_a_hidden_video_is_the_owners_alone() {
    run(async |app| {
        let world = World::new(app).await;
        world.hide(app).await;
        let rows = ROWS.iter().filter(|row| concerns_video(row.1)).map(|&(method, path, wanted)| {
            let exception = HIDDEN_FOR_STRANGERS.iter().find(|row| (row.0, row.1) == (method, path));
            let stranger = exception.map_or(404, |row| row.2);
            (method, path, [if wanted[0] == 401 { 401 } else { 404 }, stranger, wanted[2]])
        });
        for actor in [Actor::Nobody, Actor::Stranger, Actor::Owner] {
            pass(app, &world, actor, rows.clone()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn t10_without_public_reads_nobody_reads_anything() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        let world = World::new(app).await;
        for (method, path, wanted) in ROWS {
            let response = world.ask(app, Actor::Nobody, method, path).await;
            let wanted = match security(method, path) {
                Some(_) => 401,
                // Its own guard is the signature.
                None if path.starts_with("/media/") => 404,
                None => wanted[0],
            };
            assert_eq!(response.status, wanted, "{method} {path}");
        }
        // Whoever is logged in reads as ever.
        let reads = ROWS.iter().copied().filter(|row| row.0 == "GET" && !row.1.starts_with("/media/"));
        pass(app, &world, Actor::Stranger, reads).await;
    })
    .await;
}

#[tokio::test]
async fn t10_a_token_that_is_no_good_is_worse_than_none() {
    run(async |app| {
        let world = World::new(app).await;
        let ended = app.login("stranger").await;
        assert_eq!(ended.client.bare("POST", "/api/v1/users/logout").await.status, 200);
        for token in
            ["nonsense", &ended.access_token, &ended.refresh_token, &format!("{}x", world.stranger().access_token)]
        {
            let client = app.anonymous().with_token(token);
            for (method, path, wanted) in ROWS {
                // Not those that take no token at all, nor what anybody may do with a password.
                if security(method, path).is_none() {
                    continue;
                }
                let response = world.ask_as(&client, Actor::Nobody, method, path).await;
                assert_eq!(response.status, 401, "{method} {path} gives {wanted:?} to others");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t10_who_asks_comes_before_what_is_asked() {
    run(async |app| {
        let world = World::new(app).await;
        let mut asked = BTreeMap::new();
        for (method, path, _) in ROWS {
            let ids = parameters(path).into_iter().filter(|name| name.ends_with("Id")).count();
            if ids == 0 {
                continue;
            }
            for (value, wanted) in [("nonsense", 400), ("abcdefghijkl", 400), ("ffffffffffffffffffffffff", 404)] {
                let target = parameters(path)
                    .iter()
                    .fold((*path).to_owned(), |path, name| path.replace(&format!("{{{name}}}"), value));
                let body = json!({ "content": "x", "title": "x", "name": "x", "videos": [] });
                let nobody = app.anonymous().send(app.anonymous().request(method, &target).json(&body)).await;
                let first = if is_private(method, path) { 401 } else { wanted };
                assert_eq!(nobody.status, first, "{method} {target}");
                let client = &world.owner().client;
                let response = client.send(client.request(method, &target).json(&body)).await;
                assert_eq!(response.status, wanted, "{method} {target}: {}", response.message());
                if wanted == 400 {
                    let message = response.message();
                    assert!(
                        message.starts_with("Invalid ") && message.ends_with(" id"),
                        "{method} {target}: {message}"
                    );
                }
                *asked.entry(wanted).or_insert(0) += 1;
            }
        }
        assert!(asked.values().all(|count| *count > 20), "{asked:?}");
    })
    .await;
}
