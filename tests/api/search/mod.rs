//! Search over everything, suggestions and tags.

mod golden;
mod index;
mod queries;
mod visibility;

use serde_json::Value;

use crate::harness::{Client, TestApp};

/// Returns the results of a search, as `docs` has them.
async fn results(client: &Client, query: &str) -> Vec<Value> {
    search(client, query).await["docs"].as_array().unwrap().clone()
}

/// Returns the page of a search.
async fn search(client: &Client, query: &str) -> Value {
    client.get(&format!("/api/v1/search?{query}")).await.expect(200, "Search results fetched successfully").data()
}

/// Returns the titles of the videos that a text finds.
async fn titles(app: &TestApp, text: &str) -> Vec<String> {
    let results = results(&app.anonymous(), &format!("limit=100&q={}", encoded(text))).await;
    results.iter().map(|result| result["video"]["title"].as_str().unwrap().to_owned()).collect()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
