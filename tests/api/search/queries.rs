//! What a search understands, and what it answers besides the results.

use std::time::Duration;

use serde_json::{Value, json};

use super::{encoded, results, search, titles};
use crate::harness::{TestApp, id, run, video_form};

const DAY: Duration = Duration::from_hours(24);

/// Uploads a published video with tags.
async fn tagged(app: &TestApp, owner: &crate::harness::Person, title: &str, tags: &str) -> Value {
    let form = video_form(title).text("tags", tags.to_owned());
    let response = owner.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    app.indexed().await;
    response.data()
}

#[tokio::test]
async fn operators_narrow_a_search_down() {
    run(async |app| {
        let (anna, bert) = (app.person("anna").await, app.person("bert").await);
        tagged(app, &anna, "Green tea at home", "tea, slow living").await;
        app.advance(40 * DAY);
        let bert = app.login(&bert.username).await;
        tagged(app, &bert, "Green tea for guests", "tea").await;
        for (text, found) in [
            ("green tea channel:bert", vec!["Green tea for guests"]),
            ("green tag:\"slow living\"", vec!["Green tea at home"]),
            ("tag:tea -guests", vec!["Green tea at home"]),
            ("\"tea for\"", vec!["Green tea for guests"]),
            ("green longer:1h", vec![]),
            ("green shorter:1h -home", vec!["Green tea for guests"]),
            ("channel:anna", vec!["Green tea at home"]),
            ("channel:nobody", vec![]),
        ] {
            assert_eq!(titles(app, text).await, found, "{text}");
        }
        let month = &search(&app.anonymous(), "q=green").await["docs"][0]["video"]["createdAt"];
        let day = &month.as_str().unwrap()[..10];
        assert_eq!(titles(app, &format!("green after:{day}")).await, ["Green tea for guests"]);
        assert_eq!(titles(app, &format!("green before:{day}")).await, ["Green tea at home"]);
        let by_parameters = results(&app.anonymous(), "q=green&tag=slow%20living&channel=anna&shorter=1h").await;
        assert_eq!(by_parameters.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn wrong_parameters_are_refused_with_the_reason() {
    run(async |app| {
        let client = app.anonymous();
        for (query, field) in [
            ("type=cats", "type"),
            ("q=tea&sort=best", "sort"),
            ("q=tea&after=soon", "after"),
            ("q=tea&longer=long", "longer"),
            ("q=tea&cursor=x", "cursor"),
            (&format!("q={}", "x".repeat(201)), "q"),
        ] {
            let response = client.get(&format!("/api/v1/search?{query}")).await;
            assert_eq!(response.status, 400, "{query}");
            assert_eq!(response.body["errors"][0]["field"], field, "{query}: {}", response.body);
        }
        for query in ["", "q=", "q=%20", "q=-", "q=%22%22", "q=%00"] {
            assert_eq!(search(&client, query).await["totalDocs"], 0, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn all_kinds_are_found_and_told_apart() {
    run(async |app| {
        let anna = app.person("anna").await;
        anna.video("Pottery for beginners").await;
        anna.create("/api/v1/tweets", json!({ "content": "My pottery wheel is here" })).await;
        anna.create("/api/v1/playlist", json!({ "name": "Pottery", "description": "Clay" })).await;
        app.person("pottery").await;
        app.indexed().await;
        for (kind, field) in
            [("videos", "video"), ("tweets", "tweet"), ("playlists", "playlist"), ("channels", "channel")]
        {
            let found = results(&app.anonymous(), &format!("q=pottery&type={kind}")).await;
            assert_eq!(found.len(), 1, "{kind}");
            assert_eq!(found[0]["type"], field);
            assert!(found[0][field].is_object(), "{}", found[0]);
        }
        assert_eq!(search(&app.anonymous(), "q=pottery&type=all").await["totalDocs"], 4);
    })
    .await;
}

#[tokio::test]
async fn a_mistyped_word_is_corrected_and_found() {
    run(async |app| {
        let anna = app.person("anna").await;
        anna.video("Photosynthesis in one minute").await;
        app.indexed().await;
        let page = search(&app.anonymous(), "q=photosythesis%20minute").await;
        assert_eq!(page["didYouMean"], "photosynthesis minute");
        assert_eq!(page["totalDocs"], 1);
        let page = search(&app.anonymous(), "q=Photosythesis%20-milk%20channel:anna").await;
        assert_eq!(page["didYouMean"], "photosynthesis -milk channel:anna");
        assert_eq!(search(&app.anonymous(), "q=photosynthesis").await["didYouMean"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn highlights_are_ranges_of_what_is_shown() {
    run(async |app| {
        let anna = app.person("anna").await;
        anna.video("🍵 Tee und Thé").await;
        app.indexed().await;
        let found = &results(&app.anonymous(), "q=the").await[0];
        assert_eq!(found["highlights"]["title"], json!([[11, 14]]));
        assert_eq!(found["highlights"]["owner"], json!([[8, 11]]), "{}", found["video"]["owner"]);
    })
    .await;
}

#[tokio::test]
async fn facets_count_what_was_found() {
    run(async |app| {
        let (anna, bert) = (app.person("anna").await, app.person("bert").await);
        tagged(app, &anna, "Tea one", "Tea, calm").await;
        tagged(app, &anna, "Tea two", "tea").await;
        tagged(app, &bert, "Tea three", "").await;
        let facets = search(&app.anonymous(), "q=tea&limit=1").await["facets"].clone();
        assert_eq!(facets["tags"][0]["count"], 2);
        assert_eq!(facets["tags"][1], json!({ "value": "calm", "count": 1 }));
        assert_eq!(facets["channels"][0], json!({ "value": "anna", "count": 2 }));
        assert_eq!(facets["durations"], json!([{ "value": "short", "count": 3 }]));
        assert_eq!(facets["years"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn pages_by_cursor_and_by_number_have_the_same_results() {
    run(async |app| {
        let anna = app.person("anna").await;
        for number in 0..7 {
            anna.video(&format!("Number {number} of seven")).await;
        }
        app.indexed().await;
        for sort in ["relevance", "date", "views"] {
            let all = results(&app.anonymous(), &format!("q=seven&limit=100&sort={sort}")).await;
            let ids = |list: &[Value]| list.iter().map(|result| id(&result["video"])).collect::<Vec<_>>();
            assert_eq!(all.len(), 7);
            let mut walked = Vec::new();
            let mut query = format!("q=seven&limit=3&sort={sort}");
            loop {
                let page = search(&app.anonymous(), &query).await;
                walked.extend(ids(page["docs"].as_array().unwrap()));
                let Some(cursor) = page["nextCursor"].as_str() else { break };
                query = format!("q=seven&limit=3&sort={sort}&cursor={}", encoded(cursor));
            }
            assert_eq!(walked, ids(&all), "{sort}");
            let second = results(&app.anonymous(), &format!("q=seven&limit=3&page=2&sort={sort}")).await;
            assert_eq!(ids(&second), ids(&all)[3..6], "{sort}");
        }
    })
    .await;
}

#[tokio::test]
async fn suggestions_complete_titles_channels_and_tags() {
    run(async |app| {
        let anna = app.person("teapot").await;
        tagged(app, &anna, "Green tea at home", "teatime").await;
        let suggested = async |text: &str| {
            let path = format!("/api/v1/search/suggestions?q={}", encoded(text));
            app.anonymous().get(&path).await.expect(200, "Suggestions fetched successfully").data()
        };
        let expected = json!([
            { "type": "title", "text": "Green tea at home" },
            { "type": "channel", "text": "teapot of the Tests", "username": "teapot" },
            { "type": "tag", "text": "teatime", "videos": 1 },
        ]);
        assert_eq!(suggested("tea").await, expected);
        assert_eq!(suggested("gren te").await[0], expected[0], "with a typing error");
        assert_eq!(suggested("zzz").await, json!([]));
        assert_eq!(suggested("").await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_list_of_videos_sorts_by_relevance() {
    run(async |app| {
        let anna = app.person("anna").await;
        anna.video("Cup").await;
        app.advance(Duration::from_secs(1));
        anna.video("A tea cup, and many other things for your table").await;
        app.indexed().await;
        let list = async |query: &str| {
            let page = app.anonymous().get(&format!("/api/v1/videos?{query}")).await.data();
            let titles = page["docs"].as_array().unwrap().iter().map(|video| video["title"].clone());
            titles.collect::<Vec<_>>()
        };
        assert_eq!(list("query=cup").await[0], "A tea cup, and many other things for your table");
        assert_eq!(list("query=cup&sortBy=relevance").await[0], "Cup");
        assert_eq!(list(&format!("query=cup&sortBy=relevance&userId={}&limit=1&page=2", anna.id)).await.len(), 1);
    })
    .await;
}
