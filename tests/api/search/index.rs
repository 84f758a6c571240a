//! How the index follows what changes, and how it is rebuilt.

use chaitube::{Reindexing, reindex};
use serde_json::json;

use super::{search, titles};
use crate::harness::rows::{self, count, execute, fill};
use crate::harness::{TestApp, id, run, video_form};

/// All rows of the index, in words that do not depend on ids.
async fn contents(app: &TestApp) -> Vec<(String, i64, i64)> {
    let sql = "SELECT w.kind || ' ' || w.word AS word, w.documents, w.magnitude
               FROM search_words w JOIN search_state s ON s.current = w.generation ORDER BY 1";
    app.app.db.all(sql, vec![]).await.unwrap()
}

#[tokio::test]
async fn changes_are_found_by_their_new_words_only() {
    run(async |app| {
        let anna = app.person("anna").await;
        let video = anna.video("Oboe").await;
        app.indexed().await;
        let path = format!("/api/v1/videos/{}", id(&video));
        anna.client.patch(&path, json!({ "title": "Bassoon", "description": "Low", "tags": ["woodwind"] })).await;
        app.indexed().await;
        assert!(titles(app, "oboe").await.is_empty());
        assert_eq!(titles(app, "bassoon").await, ["Bassoon"]);
        assert_eq!(titles(app, "tag:woodwind").await, ["Bassoon"]);
        let account = json!({ "fullName": "Clara Schumann", "email": "anna@example.org" });
        let response = anna.client.patch("/api/v1/users/update-account", account).await;
        assert_eq!(response.status, 200, "{response:?}");
        app.indexed().await;
        assert_eq!(titles(app, "schumann").await, ["Bassoon"], "the channel's name finds its videos");
        assert_eq!(search(&app.anonymous(), "q=schumann&type=channels").await["totalDocs"], 1);
    })
    .await;
}

#[tokio::test]
async fn the_tags_of_a_video_can_be_replaced_and_removed() {
    run(async |app| {
        let anna = app.person("anna").await;
        let form = video_form("Tagged").text("tags", "One, two, ONE");
        let video = anna.client.multipart("POST", "/api/v1/videos", form).await.data();
        assert_eq!(video["tags"], json!(["One", "two"]));
        let path = format!("/api/v1/videos/{}", id(&video));
        let tags = async || app.anonymous().get("/api/v1/tags").await.data();
        assert_eq!(tags().await, json!([{ "name": "One", "videos": 1 }, { "name": "two", "videos": 1 }]));
        let changed = anna.client.patch(&path, json!({ "tags": ["three"] })).await.data();
        assert_eq!(changed["tags"], json!(["three"]));
        assert_eq!(tags().await, json!([{ "name": "three", "videos": 1 }]));
        assert_eq!(anna.client.patch(&path, json!({ "tags": [] })).await.data()["tags"], json!([]));
        assert_eq!(tags().await, json!([]));
        let many: Vec<String> = (0..21).map(|number| format!("tag{number}")).collect();
        let response = anna.client.patch(&path, json!({ "tags": many })).await;
        assert_eq!((response.status, &response.body["errors"][0]["field"]), (400, &json!("tags")));
    })
    .await;
}

#[tokio::test]
async fn a_rebuilt_index_is_the_one_that_followed_the_changes() {
    run(async |app| {
        let anna = app.person("anna").await;
        fill(app, rows::VIDEOS, 1..=300, &anna.id, "").await;
        fill(app, rows::TWEETS, 1..=20, &anna.id, "").await;
        app.indexed().await;
        execute(app, "UPDATE videos SET title = 'Changed ' || title WHERE views = 3".to_owned(), vec![]).await;
        execute(app, "UPDATE videos SET is_published = false WHERE views = 4".to_owned(), vec![]).await;
        execute(app, "DELETE FROM videos WHERE views = 5".to_owned(), vec![]).await;
        rows::settle(app).await;
        app.indexed().await;
        let followed = contents(app).await;
        let mut last = None;
        reindex(&app.app, |state| last = Some(state)).await.unwrap();
        assert!(!matches!(last, Some(Reindexing::Failed(_))), "{last:?}");
        assert_eq!(contents(app).await, followed);
        assert_eq!(count(app, "search_state WHERE building IS NOT NULL").await, 0);
        let old = "search_words w WHERE w.generation <> (SELECT current FROM search_state)";
        assert_eq!(count(app, old).await, 0, "the build before is deleted");
    })
    .await;
}

#[tokio::test]
async fn what_changes_while_the_index_is_rebuilt_is_in_both_builds() {
    run(async |app| {
        let anna = app.person("anna").await;
        anna.video("Before").await;
        app.indexed().await;
        execute(app, "UPDATE search_state SET building = current + 1".to_owned(), vec![]).await;
        anna.video("Meanwhile").await;
        app.indexed().await;
        assert_eq!(titles(app, "meanwhile").await, ["Meanwhile"]);
        reindex(&app.app, |_| ()).await.unwrap();
        assert_eq!(titles(app, "meanwhile").await, ["Meanwhile"]);
        assert_eq!(titles(app, "before").await, ["Before"]);
    })
    .await;
}
