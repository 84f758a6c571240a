//! Putting a playlist into another order.

use serde_json::{Value, json};

use crate::harness::rows::{self, fill, id_of};
use crate::harness::{Person, Response, id, run};

const CHANGED: &str = "The videos do not match the playlist. Reload it and try again.";

/// A playlist with these videos.
async fn playlist(person: &Person, videos: &[String]) -> String {
    let made = person.create("/api/v1/playlist", json!({ "name": "All", "description": "All" })).await;
    for video in videos {
        let path = format!("/api/v1/playlist/add/{video}/{}", id(&made));
        assert_eq!(person.client.bare("PATCH", &path).await.status, 200);
    }
    id(&made)
}

async fn order(person: &Person, playlist: &str, videos: &[&String]) -> Response {
    person.client.patch(&format!("/api/v1/playlist/{playlist}/order"), json!({ "videos": videos })).await
}

async fn shown(person: &Person, playlist: &str) -> Vec<String> {
    let playlist = person.client.get(&format!("/api/v1/playlist/{playlist}")).await.data();
    playlist["videos"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn owners_put_their_playlists_in_order() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut videos = Vec::new();
        for title in ["a", "b", "c"] {
            videos.push(id(&alice.ready_video(title).await));
        }
        let list = playlist(&alice, &videos).await;
        let [a, b, c] = [&videos[0], &videos[1], &videos[2]];
        let response = order(&alice, &list, &[c, a, b]).await;
        let raw = response.expect(200, "Playlist reordered successfully").data();
        assert_eq!(raw["videos"], json!([c, a, b]));
        assert_eq!(shown(&alice, &list).await, [c.clone(), a.clone(), b.clone()]);
        // What is added afterwards comes last.
        let d = id(&alice.ready_video("d").await);
        let add = format!("/api/v1/playlist/add/{d}/{list}");
        assert_eq!(alice.client.bare("PATCH", &add).await.data()["videos"], json!([c, a, b, d]));
        order(&alice, &list, &[a, b, c]).await.expect(409, CHANGED);
        let (stranger, foreign) = (app.person("bob").await, "ffffffffffffffffffffffff".to_owned());
        order(&alice, &list, &[a, b, c, &d, &foreign]).await.expect(409, CHANGED);
        order(&alice, &list, &[a, b, c, c]).await.expect(400, "videos must list each video once");
        order(&alice, &list, &[a, b, &"x".to_owned()]).await.expect(400, "Invalid video id");
        let path = format!("/api/v1/playlist/{list}/order");
        alice.client.patch(&path, json!({})).await.expect(400, "videos is required: the ids in their new order");
        assert_eq!(alice.client.patch(&path, json!({ "videos": "x" })).await.status, 400);
        order(&stranger, &list, &[a]).await.expect(403, "Only the owner of a playlist may do that");
        assert_eq!(shown(&alice, &list).await, [c.clone(), a.clone(), b.clone(), d.clone()]);
    })
    .await;
}

#[tokio::test]
async fn what_the_owner_does_not_see_keeps_its_place() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (a, hidden, b) =
            (id(&alice.ready_video("a").await), id(&bob.ready_video("h").await), id(&alice.ready_video("b").await));
        let list = playlist(&alice, &[a.clone(), hidden.clone(), b.clone()]).await;
        let hide = format!("/api/v1/videos/toggle/publish/{hidden}");
        assert_eq!(bob.client.bare("PATCH", &hide).await.data()["isPublished"], false);
        let response = order(&alice, &list, &[&b, &a]).await;
        assert_eq!(response.data()["videos"], json!([b, hidden, a]));
        assert_eq!(bob.client.bare("PATCH", &hide).await.data()["isPublished"], true);
        order(&alice, &list, &[&a, &b]).await.expect(409, CHANGED);
    })
    .await;
}

#[tokio::test]
async fn the_longest_playlist_can_be_put_in_order() {
    run(async |app| {
        let alice = app.person("alice").await;
        fill(app, rows::VIDEOS, 1..=5000, &alice.id, &id_of(1)).await;
        rows::settle(app).await;
        let list = playlist(&alice, &[]).await;
        let entries = "INSERT INTO playlist_videos (playlist_id, video_id, position)
                       SELECT p.id, v.id, 1 FROM playlists p CROSS JOIN videos v";
        rows::execute(app, entries.to_owned(), vec![]).await;
        let wanted: Vec<String> = (1..=5000).rev().map(id_of).collect();
        let response = order(&alice, &list, &wanted.iter().collect::<Vec<_>>()).await;
        assert_eq!((response.status, &response.data()["videos"]), (200, &json!(wanted)));
        let path = format!("/api/v1/playlist/{list}/order");
        let response = alice.client.patch(&path, json!({ "videos": [Value::from("0".repeat(170_000))] })).await;
        response.expect(413, "The body is larger than 160 KiB");
    })
    .await;
}
