//! What an owner does with a video: changing, publishing, hiding and deleting it.

use chaitube::args;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::samples::png;
use crate::harness::{Client, Person, TestApp, file, id, run};

fn at(video: &Value) -> String {
    format!("/api/v1/videos/{}", id(video))
}

fn toggle(video: &Value) -> String {
    format!("/api/v1/videos/toggle/publish/{}", id(video))
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.app.db.one::<(i64,)>(sql, args![]).await.unwrap().0
}

async fn status(client: &Client, url: &Value) -> u16 {
    client.get(url.as_str().unwrap()).await.status
}

#[tokio::test]
async fn a_video_is_changed_by_json_form_and_multipart() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        app.advance(std::time::Duration::from_mins(1));
        let json = alice.client.patch(&at(&video), json!({ "title": " One ", "isPublished": false })).await;
        assert_eq!((json.status, json.message()), (200, "Video updated successfully"));
        let json = json.data();
        assert_eq!((&json["title"], &json["description"]), (&json!("One"), &video["description"]));
        assert_eq!((&json["isPublished"], &json["owner"]), (&json!(true), &json!(alice.id)));
        assert_eq!((&json["createdAt"], &json["updatedAt"]), (&video["createdAt"], &json!("2026-01-15T12:01:00.000Z")));

        let request = alice.client.request("PATCH", &at(&video)).form(&[("description", "Two & two"), ("x", "y")]);
        let form = alice.client.send(request).await;
        assert_eq!(form.status, 200);
        assert_eq!((&form.data()["title"], &form.data()["description"]), (&json!("One"), &json!("Two & two")));

        let multipart = Form::new().text("title", "Three").text("description", "Four");
        let multipart = alice.client.multipart("PATCH", &at(&video), multipart).await;
        assert_eq!(multipart.status, 200);
        let shown = app.anonymous().get(&at(&video)).await.data();
        assert_eq!((&shown["title"], &shown["description"]), (&json!("Three"), &json!("Four")));
        assert_eq!(shown["thumbnail"], video["thumbnail"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_thumbnail_replaces_the_old_one() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let image = || Form::new().part("thumbnail", file("t.png", png(80, 45)));
        let changed = alice.client.multipart("PATCH", &at(&video), image()).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let changed = changed.data();
        assert_ne!(changed["thumbnail"], video["thumbnail"]);
        assert_eq!(changed["title"], "Tea");
        let anyone = app.anonymous();
        assert_eq!(status(&anyone, &changed["thumbnail"]).await, 200);
        assert_eq!(status(&anyone, &video["thumbnail"]).await, 404);
        assert_eq!(status(&anyone, &changed["videoFile"]).await, 200);

        let wrong = Form::new().text("title", "Other").part("thumbnail", file("t.png", b"no picture".to_vec()));
        assert_eq!(alice.client.multipart("PATCH", &at(&video), wrong).await.status, 400);
        let source = Form::new().part("videoFile", file("f.mp4", b"no".to_vec()));
        assert_eq!(alice.client.multipart("PATCH", &at(&video), source).await.status, 400);
        let bob = app.person("bob").await;
        assert_eq!(bob.client.multipart("PATCH", &at(&video), image()).await.status, 403);
        let shown = anyone.get(&at(&video)).await.data();
        assert_eq!((&shown["title"], &shown["thumbnail"]), (&json!("Tea"), &changed["thumbnail"]));
        assert_eq!(status(&anyone, &changed["thumbnail"]).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_change_that_changes_nothing_or_blanks_something_is_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        for (body, message) in [
            (json!({}), "Send a title, a description, tags or a thumbnail"),
            (json!({ "isPublished": false }), "Send a title, a description, tags or a thumbnail"),
            (json!({ "title": "" }), "title must not be blank"),
            (json!({ "title": " \t ", "description": "x" }), "title must not be blank"),
            (json!({ "title": "x", "description": "\n" }), "description must not be blank"),
        ] {
            let response = alice.client.patch(&at(&video), body.clone()).await;
            assert_eq!((response.status, response.message()), (400, message), "{body}");
        }
        for body in
            [json!({ "title": {"$ne": ""} }), json!({ "title": ["x"] }), json!({ "title": 5 }), json!(["title"])]
        {
            assert_eq!(alice.client.patch(&at(&video), body.clone()).await.status, 400, "{body}");
        }
        assert_eq!(alice.client.bare("PATCH", &at(&video)).await.status, 400);
        assert_eq!(alice.client.multipart("PATCH", &at(&video), Form::new()).await.status, 400);
        assert_eq!(app.anonymous().get(&at(&video)).await.data()["title"], "Tea");
    })
    .await;
}

#[tokio::test]
async fn strangers_are_refused_or_see_nothing() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (shown, hidden) = (alice.video("Shown").await, alice.hidden_video("Hidden").await);
        for (video, wanted, message) in
            [(&shown, 403, "Only the owner of a video may do that"), (&hidden, 404, "Video not found")]
        {
            for response in [
                bob.client.patch(&at(video), json!({ "title": "Mine" })).await,
                bob.client.delete(&at(video)).await,
                bob.client.bare("PATCH", &toggle(video)).await,
            ] {
                assert_eq!((response.status, response.message()), (wanted, message));
            }
        }
        // What is wrong with the request is said first, as if everything were there.
        assert_eq!(bob.client.patch(&at(&hidden), json!({ "title": "" })).await.status, 400);
        assert_eq!(alice.client.get(&at(&hidden)).await.data()["title"], "Hidden");
        assert_eq!(alice.client.get(&at(&shown)).await.data()["isPublished"], true);
    })
    .await;
}

#[tokio::test]
async fn a_video_is_hidden_and_published_again() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let anyone = app.anonymous();
        for (message, is_published, wanted) in [("Video hidden", false, 404), ("Video published", true, 200)] {
            app.advance(std::time::Duration::from_secs(1));
            let response = alice.client.bare("PATCH", &toggle(&video)).await;
            assert_eq!((response.status, response.message()), (200, message));
            assert_eq!(response.data()["isPublished"], is_published);
            assert_eq!(response.data()["owner"], alice.id.as_str());
            assert_eq!(anyone.get(&at(&video)).await.status, wanted);
            assert_eq!(anyone.get("/api/v1/videos").await.data()["totalDocs"], u8::from(is_published));
        }
        // Clients send all sorts of bodies along.
        let response = alice.client.patch(&toggle(&video), json!({})).await;
        assert_eq!((response.status, &response.data()["isPublished"]), (200, &json!(false)));
    })
    .await;
}

/// A video with everything that can hang on one: views, history, likes, comments, liked comments, playlist entries.
async fn busy_video(app: &TestApp, alice: &Person, bob: &Person) -> (Value, String) {
    let video = alice.video("Tea").await;
    let playlist = bob.client.post("/api/v1/playlist", json!({ "name": "Mine", "description": "Things" })).await;
    let playlist = id(&playlist.data());
    for person in [alice, bob] {
        let client = &person.client;
        assert_eq!(client.get(&at(&video)).await.status, 200);
        assert_eq!(client.bare("POST", &format!("/api/v1/likes/toggle/v/{}", id(&video))).await.status, 200);
        let comment = client.post(&format!("/api/v1/comments/{}", id(&video)), json!({ "content": "Good" })).await;
        let like = format!("/api/v1/likes/toggle/c/{}", id(&comment.data()));
        assert_eq!(alice.client.bare("POST", &like).await.status, 200);
    }
    let add = format!("/api/v1/playlist/add/{}/{playlist}", id(&video));
    assert_eq!(bob.client.bare("PATCH", &add).await.status, 200);
    assert_eq!(app.anonymous().get(&at(&video)).await.data()["views"], 3);
    (video, playlist)
}

#[tokio::test]
async fn deleting_a_video_removes_all_that_hangs_on_it() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (video, playlist) = busy_video(app, &alice, &bob).await;
        let other = bob.video("Other").await;
        let response = alice.client.delete(&at(&video)).await;
        assert_eq!((response.status, response.message()), (200, "Video deleted successfully"));
        assert_eq!(response.data(), json!({ "videoId": id(&video) }));
        // Two avatars, and the video and the thumbnail of the other video.
        app.media_settles_at(4).await;

        for sql in [
            "SELECT COUNT(*) FROM comments",
            "SELECT COUNT(*) FROM comment_likes",
            "SELECT COUNT(*) FROM video_likes",
            "SELECT COUNT(*) FROM video_views",
            "SELECT COUNT(*) FROM watch_history",
            "SELECT COUNT(*) FROM playlist_videos",
            "SELECT COUNT(*) FROM media WHERE state <> 'live'",
        ] {
            assert_eq!(count(app, sql).await, 0, "{sql}");
        }
        assert_eq!(count(app, "SELECT COUNT(*) FROM video_search").await, 1);
        let anyone = app.anonymous();
        assert_eq!(status(&anyone, &video["videoFile"]).await, 404);
        assert_eq!(status(&anyone, &video["thumbnail"]).await, 404);
        assert_eq!(status(&anyone, &other["videoFile"]).await, 200);
        for (client, path) in [
            (&bob.client, "/api/v1/likes/videos".to_owned()),
            (&bob.client, "/api/v1/users/history".to_owned()),
            (&alice.client, "/api/v1/dashboard/videos".to_owned()),
        ] {
            assert_eq!(client.get(&path).await.data(), json!([]), "{path}");
        }
        assert_eq!(bob.client.get(&format!("/api/v1/playlist/{playlist}")).await.data()["videos"], json!([]));
        assert_eq!(anyone.get("/api/v1/videos?query=tea").await.data()["totalDocs"], 0);
        for response in [anyone.get(&at(&video)).await, alice.client.delete(&at(&video)).await] {
            assert_eq!((response.status, response.message()), (404, "Video not found"));
        }
    })
    .await;
}

#[tokio::test]
async fn of_parallel_deletions_one_succeeds() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let path = at(&video);
        let deletions = (0..6).map(|_| alice.client.delete(&path));
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(deletions).await.iter().map(|response| response.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404, 404, 404, 404, 404]);
    })
    .await;
}

#[tokio::test]
async fn parallel_toggles_each_count() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let path = toggle(&video);
        let toggles = (0..7).map(|_| alice.client.bare("PATCH", &path));
        let responses = futures_util::future::join_all(toggles).await;
        let published = responses.iter().filter(|response| response.data()["isPublished"] == true).count();
        assert!(responses.iter().all(|response| response.status == 200));
        // Seven times from published: four times hidden, three times published.
        assert_eq!(published, 3);
        assert_eq!(app.anonymous().get(&at(&video)).await.status, 404);
        assert_eq!(app.anonymous().get("/api/v1/videos").await.data()["totalDocs"], 0);
    })
    .await;
}

#[tokio::test]
async fn of_parallel_thumbnails_one_stays() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let path = at(&video);
        let image = || Form::new().part("thumbnail", file("t.png", png(80, 45)));
        let changes = (0..6).map(|_| alice.client.multipart("PATCH", &path, image()));
        let responses = futures_util::future::join_all(changes).await;
        assert!(responses.iter().all(|response| response.status == 200), "{responses:?}");
        let shown = app.anonymous().get(&path).await.data();
        let mut open = Vec::new();
        for response in &responses {
            if status(&app.anonymous(), &response.data()["thumbnail"]).await == 200 {
                open.push(response.data()["thumbnail"].clone());
            }
        }
        assert_eq!(open, [shown["thumbnail"].clone()]);
        // The avatar, the video and one thumbnail.
        app.media_settles_at(3).await;
        assert_eq!(count(app, "SELECT COUNT(*) FROM media WHERE kind = 'thumbnail'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_change_that_meets_a_deletion_leaves_nothing() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let path = at(&video);
        let image = || Form::new().part("thumbnail", file("t.png", png(80, 45)));
        let changes = futures_util::future::join_all((0..4).map(|_| alice.client.multipart("PATCH", &path, image())));
        let (changes, deletion) = tokio::join!(changes, alice.client.delete(&path));
        assert_eq!(deletion.status, 200);
        assert!(changes.iter().all(|response| matches!(response.status, 200 | 404)), "{changes:?}");
        assert_eq!(alice.client.multipart("PATCH", &path, image()).await.status, 404);
        assert_eq!(count(app, "SELECT COUNT(*) FROM videos").await, 0);
        // The harness sees to it that the store has no more than the avatar.
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_anyway_has_no_image_looked_at() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let path = at(&alice.video("Tea").await);
        let broken = || Form::new().part("thumbnail", file("t.png", b"no image".to_vec()));
        let both = alice.client.multipart("PATCH", &path, broken().text("thumbnailCandidate", "0")).await;
        both.expect(400, "Send either thumbnail or thumbnailCandidate, not both");
        bob.client.multipart("PATCH", &path, broken()).await.expect(403, "Only the owner of a video may do that");
        alice.client.multipart("PATCH", &path, broken()).await.expect_status(400);
    })
    .await;
}
