//! Titles that complete what is typed into the search box.

use serde_json::json;

use crate::harness::{Client, run, run_with};

async fn suggestions(client: &Client, query: &str) -> Vec<String> {
    let query = serde_urlencoded::to_string([("query", query)]).unwrap();
    let response = client.get(&format!("/api/v1/videos/suggestions?{query}")).await;
    let titles = response.expect(200, "Suggestions fetched successfully").data();
    titles.as_array().unwrap().iter().map(|title| title.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn titles_that_have_the_text_are_suggested_once_and_those_that_begin_with_it_first() {
    run(async |app| {
        let alice = app.person("alice").await;
        for title in
            ["The best Tea", "Teapots", "teapots", "Kaffee", "100% tea_time", "\u{398}\u{3ac}\u{3bb}\u{3b1}\u{3c2}"]
        {
            alice.ready_video(title).await;
        }
        let hidden = alice.hidden_ready_video("Tea for me alone").await;
        for client in [&app.anonymous(), &alice.client] {
            let found = suggestions(client, " TEA ").await;
            assert_eq!(found.len(), 3, "{found:?}");
            assert!(found[0].eq_ignore_ascii_case("teapots"), "{found:?}");
            assert!(!found.iter().any(|title| hidden["title"] == title.as_str()), "{found:?}");
            assert_eq!(suggestions(client, "te").await, found, "few letters find the same");
            assert_eq!(suggestions(client, "%").await, ["100% tea_time"]);
            assert_eq!(suggestions(client, "a_t").await, ["100% tea_time"]);
            assert_eq!(suggestions(client, "\u{3bb}\u{3b1}\u{3c3}").await.len(), 1);
            for nothing in ["", "  ", "\"", "\" OR \"", "All about"] {
                assert_eq!(suggestions(client, nothing).await, Vec::<String>::new(), "{nothing}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn there_are_eight_at_most_and_long_texts_are_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        for number in 0..9 {
            alice.ready_video(&format!("Video {number}")).await;
        }
        assert_eq!(suggestions(&alice.client, "video").await.len(), 8);
        let path = format!("/api/v1/videos/suggestions?query={}", "x".repeat(201));
        let response = alice.client.get(&path).await;
        response.expect(400, "query must have at most 200 characters");
        assert_eq!(response.body["errors"][0]["field"], json!("query"));
    })
    .await;
}

#[tokio::test]
async fn without_public_reads_nothing_is_suggested_to_strangers() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        let alice = app.person("alice").await;
        alice.ready_video("Tea").await;
        app.anonymous().get("/api/v1/videos/suggestions?query=tea").await.expect(401, "Unauthorized request");
        assert_eq!(suggestions(&alice.client, "tea").await, ["Tea"]);
    })
    .await;
}
