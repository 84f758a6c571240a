//! Playlists: making them, filling them, and who sees what in them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, Response, id, rows, run};

const PLAYLISTS: &str = "/api/v1/playlist";
const FORBIDDEN: &str = "Only the owner of a playlist may do that";
const NOT_FOUND: &str = "Playlist not found";

fn one(playlist: &Value) -> String {
    format!("{PLAYLISTS}/{}", id(playlist))
}

async fn tea_list(person: &Person) -> Value {
    person.create(PLAYLISTS, json!({ "name": "Tea", "description": "All about tea" })).await
}

async fn add(person: &Person, video: &Value, playlist: &Value) -> Response {
    person.client.bare("PATCH", &format!("{PLAYLISTS}/add/{}/{}", id(video), id(playlist))).await
}

async fn remove(person: &Person, video: &Value, playlist: &Value) -> Response {
    person.client.bare("PATCH", &format!("{PLAYLISTS}/remove/{}/{}", id(video), id(playlist))).await
}

fn ids(things: &[&Value]) -> Value {
    things.iter().map(|thing| thing["_id"].clone()).collect()
}

fn shown(playlist: &Value) -> Value {
    playlist["videos"].as_array().unwrap().iter().map(|video| video["_id"].clone()).collect()
}

#[tokio::test]
async fn a_playlist_is_made_changed_and_removed() {
    run(async |app| {
        let alice = app.person("alice").await;
        let draft = json!({ "name": " Tea ", "description": "All about tea", "videos": ["x"] });
        let playlist = alice.client.post(PLAYLISTS, draft).await.expect(201, "Playlist created successfully").data();
        assert_eq!((&playlist["name"], &playlist["description"]), (&json!("Tea"), &json!("All about tea")));
        assert_eq!((&playlist["videos"], &playlist["owner"]), (&json!([]), &json!(alice.id)));
        assert_eq!(playlist["createdAt"], "2026-01-15T12:00:00.000Z");

        app.advance(Duration::from_secs(1));
        let changed = alice.client.patch(&one(&playlist), json!({ "name": "Green tea" })).await;
        let changed = changed.expect(200, "Playlist updated successfully").data();
        let mut expected = playlist.clone();
        expected["name"] = json!("Green tea");
        expected["updatedAt"] = json!("2026-01-15T12:00:01.000Z");
        assert_eq!(changed, expected);
        let changed = alice.client.patch(&one(&playlist), json!({ "description": "And more" })).await.data();
        assert_eq!((&changed["name"], &changed["description"]), (&json!("Green tea"), &json!("And more")));

        let detail = app.anonymous().get(&one(&playlist)).await.expect(200, "Playlist fetched successfully").data();
        assert_eq!((&detail["name"], &detail["owner"]["username"]), (&json!("Green tea"), &json!("alice")));
        assert_eq!((&detail["totalVideos"], &detail["totalViews"]), (&json!(0), &json!(0)));

        let removed = alice.client.delete(&one(&playlist)).await.expect(200, "Playlist deleted successfully").data();
        assert_eq!(removed, json!({ "playlistId": playlist["_id"] }));
        alice.client.get(&one(&playlist)).await.expect(404, NOT_FOUND);
        alice.client.delete(&one(&playlist)).await.expect(404, NOT_FOUND);
        alice.client.patch(&one(&playlist), json!({ "name": "x" })).await.expect(404, NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_playlist_needs_a_name_and_a_description() {
    run(async |app| {
        let alice = app.person("alice").await;
        for (body, fields) in [
            (json!({}), json!(["name", "description"])),
            (json!({ "name": "Tea" }), json!(["description"])),
            (json!({ "name": " ", "description": "x" }), json!(["name"])),
        ] {
            let response = alice.client.post(PLAYLISTS, body).await;
            response.expect(400, "Name and description are required");
            let named: Value = response.body["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
            assert_eq!(named, fields);
        }
        let playlist = tea_list(&alice).await;
        let (long_name, long_text) = ("n".repeat(151), "d".repeat(5_001));
        for (name, description, message) in [
            (long_name.as_str(), "x", "name must have at most 150 characters"),
            ("x", long_text.as_str(), "description must have at most 5000 characters"),
        ] {
            let body = json!({ "name": name, "description": description });
            alice.client.post(PLAYLISTS, body.clone()).await.expect(400, message);
            alice.client.patch(&one(&playlist), body).await.expect(400, message);
        }
        for (body, message) in [
            (json!({}), "Send a name or a description"),
            (json!({ "name": "" }), "name must not be blank"),
            (json!({ "name": "Tea", "description": "  " }), "description must not be blank"),
        ] {
            alice.client.patch(&one(&playlist), body).await.expect(400, message);
        }
        assert_eq!(alice.client.post(PLAYLISTS, json!({ "name": {}, "description": "x" })).await.status, 400);
        let list = alice.client.get(&format!("{PLAYLISTS}/user/{}", alice.id)).await.data();
        assert_eq!(list.as_array().unwrap().len(), 1);
        assert_eq!((&list[0]["name"], &list[0]["updatedAt"]), (&playlist["name"], &playlist["updatedAt"]));
    })
    .await;
}

#[tokio::test]
async fn videos_stand_in_the_order_they_were_added_and_only_once() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (first, second, third) =
            (alice.ready_video("1").await, bob.ready_video("2").await, alice.ready_video("3").await);
        let playlist = tea_list(&alice).await;
        app.advance(Duration::from_secs(1));
        for (video, expected) in
            [(&third, ids(&[&third])), (&first, ids(&[&third, &first])), (&second, ids(&[&third, &first, &second]))]
        {
            let raw = add(&alice, video, &playlist).await.expect(200, "Video added to playlist successfully").data();
            assert_eq!((&raw["videos"], &raw["updatedAt"]), (&expected, &json!("2026-01-15T12:00:01.000Z")));
        }
        app.advance(Duration::from_secs(1));
        let again = add(&alice, &third, &playlist).await.expect(200, "Video added to playlist successfully").data();
        assert_eq!(again["videos"], ids(&[&third, &first, &second]));
        assert_eq!(again["updatedAt"], "2026-01-15T12:00:01.000Z", "nothing has changed");

        bob.client.get(&format!("/api/v1/videos/{}", id(&second))).await;
        bob.store_views().await;
        let detail = app.anonymous().get(&one(&playlist)).await.data();
        assert_eq!((shown(&detail), &detail["totalVideos"]), (ids(&[&third, &first, &second]), &json!(3)));
        assert_eq!(detail["totalViews"], 1);
        assert_eq!(detail["videos"][2]["owner"]["username"], "bob");

        let raw =
            remove(&alice, &first, &playlist).await.expect(200, "Video removed from playlist successfully").data();
        assert_eq!((&raw["videos"], &raw["updatedAt"]), (&ids(&[&third, &second]), &json!("2026-01-15T12:00:02.000Z")));
        app.advance(Duration::from_secs(1));
        let raw =
            remove(&alice, &first, &playlist).await.expect(200, "Video removed from playlist successfully").data();
        assert_eq!((&raw["videos"], &raw["updatedAt"]), (&ids(&[&third, &second]), &json!("2026-01-15T12:00:02.000Z")));
        let raw = add(&alice, &first, &playlist).await.data();
        assert_eq!(raw["videos"], ids(&[&third, &second, &first]), "what comes again comes last");

        alice.client.delete(&format!("/api/v1/videos/{}", id(&third))).await.expect(200, "Video deleted successfully");
        assert_eq!(shown(&alice.client.get(&one(&playlist)).await.data()), ids(&[&second, &first]));
        alice.client.delete(&one(&playlist)).await.expect(200, "Playlist deleted successfully");
        assert_eq!(rows::count(app, "playlist_videos").await, 0, "its entries went with it");
    })
    .await;
}

#[tokio::test]
async fn hidden_videos_are_left_out_for_strangers_and_can_still_be_taken_out() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (tea, secret) = (alice.ready_video("Tea").await, alice.hidden_ready_video("Secret").await);
        let (of_alice, of_bob) = (tea_list(&alice).await, tea_list(&bob).await);
        add(&bob, &secret, &of_bob).await.expect(404, "Video not found");
        for video in [&tea, &secret] {
            add(&alice, video, &of_alice).await.expect(200, "Video added to playlist successfully");
        }
        add(&bob, &tea, &of_bob).await.expect(200, "Video added to playlist successfully");
        app.anonymous().get(&format!("/api/v1/videos/{}", id(&tea))).await;
        alice.store_views().await;
        let user = format!("{PLAYLISTS}/user/{}", alice.id);
        for (client, videos) in
            [(&app.anonymous(), ids(&[&tea])), (&bob.client, ids(&[&tea])), (&alice.client, ids(&[&tea, &secret]))]
        {
            let total = json!(videos.as_array().unwrap().len());
            let detail = client.get(&one(&of_alice)).await.data();
            let card = client.get(&user).await.data()[0].clone();
            for playlist in [detail, card] {
                assert_eq!((shown(&playlist), &playlist["totalVideos"]), (videos.clone(), &total));
                assert_eq!(playlist["totalViews"], 1);
            }
        }
        // Hidden after it was added: it keeps its place, and its owner's playlist lets go of it.
        alice.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(&tea))).await;
        let detail = bob.client.get(&one(&of_bob)).await.data();
        assert_eq!(
            (&detail["videos"], &detail["totalVideos"], &detail["totalViews"]),
            (&json!([]), &json!(0), &json!(0))
        );
        let raw = remove(&bob, &tea, &of_bob).await.expect(200, "Video removed from playlist successfully").data();
        assert_eq!(raw["videos"], json!([]));
        assert_eq!(rows::count(app, "playlist_videos").await, 2);
    })
    .await;
}

#[tokio::test]
async fn somebody_elses_playlist_can_be_read_only() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = bob.ready_video("Tea").await;
        let playlist = tea_list(&alice).await;
        add(&bob, &video, &playlist).await.expect(403, FORBIDDEN);
        remove(&bob, &video, &playlist).await.expect(403, FORBIDDEN);
        bob.client.patch(&one(&playlist), json!({ "name": "Mine" })).await.expect(403, FORBIDDEN);
        bob.client.patch(&one(&playlist), json!({ "name": "" })).await.expect(400, "name must not be blank");
        bob.client.delete(&one(&playlist)).await.expect(403, FORBIDDEN);
        let detail = bob.client.get(&one(&playlist)).await.data();
        assert_eq!((&detail["name"], &detail["videos"]), (&json!("Tea"), &json!([])));

        for (path, message) in [
            (format!("add/{}/{}", id(&playlist), id(&playlist)), "Video not found"),
            (format!("add/{}/{}", id(&video), id(&video)), NOT_FOUND),
            (format!("remove/{}/{}", id(&video), id(&video)), NOT_FOUND),
        ] {
            alice.client.bare("PATCH", &format!("{PLAYLISTS}/{path}")).await.expect(404, message);
        }
        for (path, message) in [
            (format!("add/x/{}", id(&playlist)), "Invalid video id"),
            (format!("add/{}/x", id(&video)), "Invalid playlist id"),
            (format!("remove/{}/x", id(&video)), "Invalid playlist id"),
        ] {
            alice.client.bare("PATCH", &format!("{PLAYLISTS}/{path}")).await.expect(400, message);
        }
        app.anonymous().get(&format!("{PLAYLISTS}/x")).await.expect(400, "Invalid playlist id");
    })
    .await;
}

#[tokio::test]
async fn somebodys_playlists_come_newest_first() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let user = format!("{PLAYLISTS}/user/{}", alice.id);
        let empty = bob.client.get(&user).await;
        assert_eq!(empty.expect(200, "Playlists fetched successfully").data(), json!([]));
        assert_eq!(empty.header("x-total-count"), "0");
        let video = alice.ready_video("Tea").await;
        let mut made = Vec::new();
        for _ in 0..3 {
            made.insert(0, tea_list(&alice).await);
            app.advance(Duration::from_millis(1));
        }
        tea_list(&bob).await;
        add(&alice, &video, &made[1]).await.expect(200, "Video added to playlist successfully");
        let list = app.anonymous().get(&user).await;
        assert_eq!(list.header("x-total-count"), "3");
        let list = list.data();
        let order: Vec<String> = list.as_array().unwrap().iter().map(id).collect();
        assert_eq!(order, made.iter().map(id).collect::<Vec<_>>(), "filling one does not move it");
        let filled = &list[1];
        assert_eq!((&filled["owner"], &filled["totalVideos"]), (&json!(alice.id), &json!(1)));
        let mut mini = filled["videos"][0].clone();
        for field in ["_id", "title", "thumbnail", "duration", "views"] {
            assert_eq!(mini[field], video[field]);
            mini.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(mini, json!({}), "nothing else is said about a video here");
        assert_eq!((&list[0]["videos"], &list[2]["videos"]), (&json!([]), &json!([])));
        bob.client.get(&format!("{PLAYLISTS}/user/{}", id(&video))).await.expect(404, "User not found");
        bob.client.get(&format!("{PLAYLISTS}/user/bob")).await.expect(400, "Invalid user id");
    })
    .await;
}

#[tokio::test]
async fn a_playlist_has_at_most_five_thousand_videos() {
    run(async |app| {
        let alice = app.person("alice").await;
        let playlist = tea_list(&alice).await;
        rows::fill(app, rows::VIDEOS, 1..=5_001, &alice.id, "").await;
        rows::execute(
            app,
            "INSERT INTO playlist_videos (playlist_id, video_id, position)
             SELECT p.id, v.id, v.width FROM playlists p CROSS JOIN videos v WHERE v.created_at < 1000 + 5000 / 3"
                .to_owned(),
            vec![],
        )
        .await;
        rows::settle(app).await;
        let filled = rows::count(app, "playlist_videos").await;
        let numbered = |number| json!({ "_id": rows::id_of(number) });
        for number in filled + 1..=5_000 {
            add(&alice, &numbered(number), &playlist).await.expect(200, "Video added to playlist successfully");
        }
        let message = "A playlist can have at most 5000 videos";
        add(&alice, &numbered(5_001), &playlist).await.expect(400, message);
        let raw =
            add(&alice, &numbered(5_000), &playlist).await.expect(200, "Video added to playlist successfully").data();
        assert_eq!(raw["videos"].as_array().unwrap().len(), 5_000);
        remove(&alice, &numbered(1), &playlist).await.expect(200, "Video removed from playlist successfully");
        add(&alice, &numbered(5_001), &playlist).await.expect(200, "Video added to playlist successfully");
    })
    .await;
}
