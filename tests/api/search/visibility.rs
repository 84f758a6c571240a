//! Nothing hidden is ever found, counted, suggested or used to correct a word, also while the index is behind.

use serde_json::{Value, json};

use super::search;
use crate::harness::{Client, Person, TestApp, id, run, video_form};

/// Asks everything that could tell that a video with this title and tag is there.
async fn traces(client: &Client) -> Vec<(&'static str, Value)> {
    let data = async |path: &str| client.get(path).await.data();
    vec![
        ("words", search(client, "q=xylophone").await["docs"].clone()),
        ("all kinds", search(client, "q=xylophone%20secrets&type=all").await["docs"].clone()),
        ("a mistyped word", search(client, "q=xylophnoe").await["docs"].clone()),
        ("a correction", search(client, "q=xylophnoe").await["didYouMean"].clone()),
        ("a tag", search(client, "q=tag:marimba").await["docs"].clone()),
        ("facets", search(client, "q=xylophone%20secrets").await["facets"]["tags"].clone()),
        ("suggestions", data("/api/v1/search/suggestions?q=xylo").await),
        ("suggestions of tags", data("/api/v1/search/suggestions?q=marimb").await),
        ("tags", data("/api/v1/tags?prefix=mar").await),
        ("by relevance", data("/api/v1/videos?query=xylophone&sortBy=relevance").await["docs"].clone()),
        ("total", json!(search(client, "q=xylophone").await["totalDocs"].as_i64().filter(|total| *total > 0))),
    ]
}

async fn nothing_is_seen(app: &TestApp, others: &[&Person], when: &str) {
    let mut clients = vec![("somebody anonymous", app.anonymous())];
    clients.extend(others.iter().map(|person| (person.username.as_str(), person.client.clone())));
    for (who, client) in clients {
        for (what, trace) in traces(&client).await {
            assert!(trace.is_null() || trace == json!([]), "{when}, {who}, {what}: {trace}");
        }
    }
}

#[tokio::test]
async fn hidden_videos_leave_no_trace_in_searches() {
    run(async |app| {
        let (anna, bert) = (app.person("anna").await, app.person("bert").await);
        let form = video_form("Xylophone secrets").text("tags", "marimba");
        let video = anna.client.multipart("POST", "/api/v1/videos", form.text("isPublished", "false")).await.data();
        nothing_is_seen(app, &[&anna, &bert], "before the index knows it").await;
        app.indexed().await;
        nothing_is_seen(app, &[&anna, &bert], "hidden from the first").await;

        let toggle = format!("/api/v1/videos/toggle/publish/{}", id(&video));
        anna.client.patch(&toggle, json!({})).await.expect(200, "Video published");
        app.indexed().await;
        for (what, trace) in traces(&app.anonymous()).await {
            assert!(!trace.is_null() && trace != json!([]), "published, {what}: {trace}");
        }

        anna.client.patch(&toggle, json!({})).await.expect(200, "Video hidden");
        nothing_is_seen(app, &[&anna, &bert], "hidden, and the index behind").await;
        app.indexed().await;
        nothing_is_seen(app, &[&anna, &bert], "hidden again").await;

        anna.client.patch(&toggle, json!({})).await.expect(200, "Video published");
        app.indexed().await;
        anna.client.delete(&format!("/api/v1/videos/{}", id(&video))).await;
        nothing_is_seen(app, &[&anna, &bert], "deleted, and the index behind").await;
        app.indexed().await;
        nothing_is_seen(app, &[&anna, &bert], "deleted").await;
    })
    .await;
}

#[tokio::test]
async fn what_a_deleted_account_had_is_not_found() {
    run(async |app| {
        let anna = app.person("anna").await;
        anna.video("Zither lesson").await;
        anna.create("/api/v1/tweets", json!({ "content": "Zither!" })).await;
        anna.create("/api/v1/playlist", json!({ "name": "Zither", "description": "All of them" })).await;
        app.indexed().await;
        assert_eq!(search(&app.anonymous(), "q=zither&type=all").await["totalDocs"], 3);
        let body = json!({ "password": crate::harness::PASSWORD });
        let request = anna.client.request("DELETE", "/api/v1/users/me").json(&body);
        let response = anna.client.send(request).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(search(&app.anonymous(), "q=zither&type=all").await["totalDocs"], 0);
        app.indexed().await;
        assert_eq!(search(&app.anonymous(), "q=zither&type=all").await["totalDocs"], 0);
        let left = crate::harness::rows::count(app, "search_documents").await;
        assert_eq!(left, 0, "documents are left in the index");
        assert_eq!(crate::harness::rows::count(app, "search_words").await, 0);
        assert_eq!(crate::harness::rows::count(app, "search_postings").await, 0);
    })
    .await;
}
