//! What holds across nodes that share a database. What they share of uploads, `bucket` tests.

use std::time::Duration;

use chaitube::VideoId;
use serde_json::json;

use crate::harness::{PASSWORD, Server, TestApp, eventually, id, run_on};

const LOGIN: &str = "/api/v1/users/login";

/// Runs a test on two servers with the same database, media and settings.
async fn on_two_nodes(settings: &[(&str, &str)], test: impl AsyncFnOnce(&TestApp, &TestApp)) {
    run_on(Server { settings, ..Server::default() }, async |one| {
        run_on(Server { settings, beside: Some(one), ..Server::default() }, async |other| test(one, other).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_session_of_one_node_is_one_of_all_and_ends_on_all() {
    on_two_nodes(&[], async |one, other| {
        let alice = one.person("alice").await;
        let there = alice.at(other);
        there.client.get("/api/v1/users/current-user").await.expect_status(200);
        there.client.post("/api/v1/users/logout", json!({})).await.expect_status(200);
        alice.client.get("/api/v1/users/current-user").await.expect_status(401);
    })
    .await;
}

#[tokio::test]
async fn tries_to_log_in_are_counted_across_nodes() {
    let settings = [("RATE_LIMIT", "on"), ("RATE_LIMIT_ACCOUNT", "4/2h"), ("RATE_LIMIT_ADDRESS", "1000/2h")];
    on_two_nodes(&settings, async |one, other| {
        let alice = one.person("alice").await;
        let nodes = [alice.client.without_token(), alice.at(other).client.without_token()];
        let body = |password: &str| json!({ "username": "alice", "password": password });
        // The first one was that of `person`.
        for (node, remaining) in nodes.iter().cycle().zip([2, 1, 0]) {
            let response = node.post(LOGIN, body(PASSWORD)).await;
            assert_eq!((response.status, response.header("ratelimit-remaining")), (200, &*remaining.to_string()));
        }
        for node in &nodes {
            assert_eq!(node.post(LOGIN, body(PASSWORD)).await.status, 429);
        }
        one.advance(Duration::from_mins(30));
        assert_eq!(nodes[1].post(LOGIN, body("wrong")).await.status, 401, "a quarter of the time gives one try back");
        assert_eq!(nodes[0].post(LOGIN, body(PASSWORD)).await.status, 429);
    })
    .await;
}

#[tokio::test]
async fn changes_are_heard_on_other_nodes() {
    on_two_nodes(&[], async |one, other| {
        if !one.app.db.is_shared() {
            return;
        }
        let alice = one.person("alice").await;
        let video = alice.video("first").await;
        let id: VideoId = id(&video).parse().unwrap();
        let mut follower = other.app.queue.follow(id);
        eventually(async || {
            for what in ["cancel", "retry"] {
                let path = format!("/api/v1/videos/{id}/processing/{what}");
                alice.client.bare("POST", &path).await.expect_status(200);
            }
            let heard = tokio::time::timeout(Duration::from_secs(1), follower.jobs_changed()).await;
            heard.map_err(|_| "nothing is heard")
        })
        .await;
    })
    .await;
}
