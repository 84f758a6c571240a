//! The home feed of members and of strangers.

use std::collections::BTreeSet;
use std::time::Duration;

use chaitube::{VideoId, args};
use serde_json::{Value, json};

use crate::harness::lists::slice;
use crate::harness::rows::{self, execute, fill, id_of, settle};
use crate::harness::{Client, Person, TestApp, id, run};

const HOME: &str = "/api/v1/feed/home";

async fn part(client: &Client, query: &str) -> (Vec<Value>, Option<String>) {
    let data = client.get(&format!("{HOME}?{query}")).await.expect(200, "Home feed fetched successfully").data();
    (data["docs"].as_array().unwrap().clone(), data["nextCursor"].as_str().map(str::to_owned))
}

/// The whole feed, from cursor to cursor. `between` happens after the first part.
async fn walk(client: &Client, query: &str, between: impl AsyncFnOnce()) -> Vec<Value> {
    let (mut found, mut next) = part(client, query).await;
    between().await;
    while let Some(cursor) = next {
        let (docs, after) = part(client, &format!("{query}&cursor={cursor}")).await;
        assert!(!docs.is_empty());
        found.extend(docs);
        next = after;
    }
    found
}

fn ids(entries: &[Value]) -> Vec<String> {
    entries.iter().map(id).collect()
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["reason"]["kind"].as_str().unwrap()).collect()
}

/// Sixty videos: the first twenty are ann's, the next twenty ben's, and the rest cid's.
async fn world(app: &TestApp) -> [Person; 3] {
    let people = [app.person("ann").await, app.person("ben").await, app.person("cid").await];
    for (person, numbers) in people.iter().zip([1..=20, 21..=40, 41..=60]) {
        fill(app, rows::VIDEOS, numbers.clone(), &person.id, "").await;
        fill(app, rows::VIDEO_SEARCH, numbers, &person.id, "").await;
    }
    settle(app).await;
    people
}

async fn set(app: &TestApp, column: &'static str, number: i64, value: i64) {
    let video: VideoId = id_of(number).parse().unwrap();
    let sql = match column {
        "trending" => "UPDATE videos SET trending = $1 WHERE id = $2",
        _ => "UPDATE videos SET is_published = $1 <> 0 WHERE id = $2",
    };
    app.app.db.execute(sql, args![value, video]).await.unwrap();
}

#[tokio::test]
async fn strangers_see_what_is_trending_and_then_what_is_new() {
    run(async |app| {
        world(app).await;
        set(app, "trending", 7, 500).await;
        set(app, "trending", 9, 900).await;
        set(app, "is_published", 60, 0).await;
        settle(app).await;
        let found = walk(&app.anonymous(), "limit=7", async || {}).await;
        let mut wanted = vec![id_of(9), id_of(7)];
        wanted.extend((1..=59).rev().filter(|number| ![7, 9].contains(number)).map(id_of));
        assert_eq!(ids(&found), wanted);
        assert_eq!(kinds(&found)[..3], ["trending", "trending", "new"]);
        assert_eq!(found[0]["reason"], json!({ "kind": "trending", "video": null, "channel": null }));
    })
    .await;
}

#[tokio::test]
async fn members_see_their_subscriptions_what_is_like_their_history_and_what_is_trending() {
    run(async |app| {
        let [_, ben, cid] = world(app).await;
        let dee = app.person("dee").await;
        dee.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", ben.id)).await.expect_status(200);
        dee.client.get(&format!("/api/v1/videos/{}", id_of(50))).await.expect_status(200);
        for number in 1..=5 {
            set(app, "trending", number, number).await;
        }
        app.advance(Duration::from_secs(1));
        let (first, _) = part(&dee.client, "limit=10").await;
        let count = |kind| kinds(&first).iter().filter(|found| **found == kind).count();
        assert_eq!(["subscription", "channel", "trending"].map(count), [6, 3, 1]);
        let of = |kind: &str| first.iter().filter(|entry| entry["reason"]["kind"] == kind).map(id).collect::<Vec<_>>();
        assert_eq!(of("subscription")[..3], [40, 39, 38].map(id_of));
        assert_eq!((of("channel"), of("trending")), ([60, 59, 58].map(id_of).to_vec(), vec![id_of(5)]));
        assert_eq!(first[0]["reason"]["channel"], json!(ben.id));
        assert!(first.iter().any(|entry| entry["reason"]["channel"] == json!(cid.id)));

        // Everything comes once, but for what was watched, also when something happens in between.
        let all = walk(&dee.client, "limit=9", async || {
            app.advance(Duration::from_secs(1));
            dee.client.get(&format!("/api/v1/videos/{}", id_of(39))).await.expect_status(200);
            ben.ready_video("Newer").await;
        })
        .await;
        let once: BTreeSet<String> = ids(&all).into_iter().collect();
        assert_eq!((all.len(), once.len()), (59, 59));
        assert!(!once.contains(&id_of(50)));
        let (again, _) = part(&dee.client, "limit=50").await;
        assert!(!ids(&again).contains(&id_of(39)));
        assert_eq!(again[0]["title"], "Newer");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_is_not_interested_in_stays_away_from_every_order() {
    run(async |app| {
        let [ann, ben, _] = world(app).await;
        ann.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", ben.id)).await.expect_status(200);
        for number in [40, 60] {
            ann.client.bare("POST", &format!("/api/v1/feed/hidden/{}", id_of(number))).await.expect_status(200);
        }
        set(app, "is_published", 59, 0).await;
        settle(app).await;
        let newest = walk(&ann.client, "order=newest&limit=25", async || {}).await;
        let wanted: Vec<String> = (1..=58).rev().filter(|number| *number != 40).map(id_of).collect();
        assert_eq!(ids(&newest), wanted);
        assert_eq!((kinds(&newest)[0], kinds(&newest)[19]), ("new", "subscription"));
        let feed = walk(&ann.client, "limit=25", async || {}).await;
        assert_eq!(ids(&feed).into_iter().collect::<BTreeSet<_>>(), wanted.into_iter().collect());
        ann.client.bare("POST", &format!("/api/v1/feed/hidden/{}", id_of(59))).await.expect(404, "Video not found");
        assert_eq!(ids(&walk(&app.anonymous(), "order=newest&limit=25", async || {}).await).len(), 59);
    })
    .await;
}

#[tokio::test]
async fn without_the_history_nothing_is_related_to_it() {
    run(async |app| {
        world(app).await;
        let dee = app.person("dee").await;
        dee.client.get(&format!("/api/v1/videos/{}", id_of(50))).await.expect_status(200);
        app.advance(Duration::from_secs(1));
        assert_eq!(kinds(&part(&dee.client, "limit=3").await.0), ["channel"; 3]);
        dee.client.patch("/api/v1/feed/settings", json!({ "useHistory": false })).await.expect_status(200);
        let all = walk(&dee.client, "limit=20", async || {}).await;
        assert_eq!((kinds(&all), all.len()), (vec!["new"; 60], 60));
    })
    .await;
}

#[tokio::test]
async fn cursors_nobody_handed_out_are_refused() {
    run(async |app| {
        let [ann, ..] = world(app).await;
        let cursor = part(&ann.client, "limit=3").await.1.unwrap();
        let other = slice(&ann.client, "/api/v1/videos", "limit=3").await.next.unwrap();
        for path in [
            format!("{HOME}?order=newest&cursor={cursor}"),
            format!("{HOME}?cursor=x"),
            format!("/api/v1/videos?cursor={cursor}"),
            format!("{HOME}?cursor={other}"),
        ] {
            let response = ann.client.get(&path).await;
            assert_eq!((response.status, &response.body["errors"][0]["field"]), (400, &json!("cursor")), "{path}");
        }
        ann.client.get(&format!("{HOME}?limit=0")).await.expect(400, "limit must be a positive whole number");
        let (most, _) = part(&ann.client, "limit=5000").await;
        assert_eq!(most.len(), 60);
    })
    .await;
}

#[tokio::test]
async fn the_last_five_thousand_hidden_videos_are_remembered() {
    run(async |app| {
        let [ann, ..] = world(app).await;
        fill(app, rows::VIDEOS, 61..=5_060, &ann.id, "").await;
        settle(app).await;
        let hidden = "INSERT INTO hidden_from_home (user_id, video_id, created_at)
                      SELECT u.id, v.id, v.created_at FROM videos v CROSS JOIN users u
                      WHERE u.username = 'ben' AND v.created_at >= 1020";
        execute(app, hidden.to_owned(), vec![]).await;
        let ben = app.login("ben").await;
        for number in [1, 2] {
            ben.client.bare("POST", &format!("/api/v1/feed/hidden/{}", id_of(number))).await.expect_status(200);
        }
        let left = rows::count(app, "hidden_from_home").await;
        assert!((4_990..=5_000).contains(&left), "{left}");
        ann.client.bare("DELETE", &format!("/api/v1/videos/{}", id_of(2))).await.expect_status(200);
        assert_eq!(rows::count(app, "hidden_from_home").await, left - 1);
    })
    .await;
}
