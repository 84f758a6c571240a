//! The watch page: what it shows to whom, views that count once, and videos that are nowhere to be seen.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Client, Person, TestApp, id, run, run_with};

fn at(video: &Value) -> String {
    format!("/api/v1/videos/{}", id(video))
}

async fn views(client: &Client, video: &Value) -> i64 {
    let response = client.get(&at(video)).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.data()["views"].as_i64().unwrap()
}

#[tokio::test]
async fn the_watch_page_is_about_the_caller() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = alice.ready_video("Tea").await;
        let like = format!("/api/v1/likes/toggle/v/{}", id(&video));
        assert_eq!(bob.client.bare("POST", &like).await.status, 200);
        let subscribe = format!("/api/v1/subscriptions/c/{}", alice.id);
        assert_eq!(bob.client.bare("POST", &subscribe).await.status, 200);
        let comment = format!("/api/v1/comments/{}", id(&video));
        assert_eq!(alice.client.post(&comment, json!({ "content": "First" })).await.status, 201);
        for (client, mine) in [(&alice.client, false), (&bob.client, true), (&app.anonymous(), false)] {
            let response = client.get(&at(&video)).await;
            assert_eq!(response.message(), "Video fetched successfully");
            let shown = response.data();
            assert_eq!((&shown["isLiked"], &shown["owner"]["isSubscribed"]), (&json!(mine), &json!(mine)));
            assert_eq!((&shown["likesCount"], &shown["commentsCount"]), (&json!(1), &json!(1)));
            assert_eq!(shown["owner"]["subscribersCount"], 1);
            assert_eq!((&shown["owner"]["_id"], &shown["owner"]["username"]), (&json!(alice.id), &json!("alice")));
            for field in ["videoFile", "thumbnail", "title", "description", "duration", "createdAt", "updatedAt"] {
                assert_eq!(shown[field], video[field], "{field}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn ids_are_read_in_either_case_and_nothing_else_is_one() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let upper = format!("/api/v1/videos/{}", id(&video).to_uppercase());
        assert_eq!(alice.client.get(&upper).await.data()["_id"], video["_id"]);
        for wrong in
            ["1", "abcdefghijkl", "65a53f2e8c1b4a0012ab34c", "65a53f2e8c1b4a0012ab34cdd", "65a53f2e8c1b4a0012ab34cg"]
        {
            let response = alice.client.get(&format!("/api/v1/videos/{wrong}")).await;
            assert_eq!((response.status, response.message()), (400, "Invalid video id"), "{wrong}");
        }
        // An id like any other, but of a user.
        let response = alice.client.get(&format!("/api/v1/videos/{}", alice.id)).await;
        assert_eq!((response.status, response.message()), (404, "Video not found"));
    })
    .await;
}

#[tokio::test]
async fn a_viewer_counts_once_within_the_window() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (video, other) = (alice.ready_video("Tea").await, alice.ready_video("Other").await);
        // The response has the increased number already.
        assert_eq!(views(&bob.client, &video).await, 1);
        assert_eq!(views(&bob.client, &video).await, 1);
        assert_eq!(views(&alice.client, &video).await, 2);
        assert_eq!(views(&app.anonymous(), &video).await, 3);
        assert_eq!(views(&app.anonymous(), &video).await, 3);
        assert_eq!(views(&bob.client, &other).await, 1);
        // Another session is the same viewer.
        assert_eq!(views(&app.login("bob").await.client, &video).await, 3);
        app.advance(Duration::from_secs(30 * 60 - 1));
        assert_eq!(views(&bob.client, &video).await, 3);
        // The window runs from the view that was counted, not from the last one.
        app.advance(Duration::from_secs(1));
        assert_eq!(views(&bob.client, &video).await, 4);
        assert_eq!(views(&bob.client, &video).await, 4);
        assert_eq!(views(&app.anonymous(), &video).await, 5);
    })
    .await;
}

#[tokio::test]
async fn the_window_is_a_setting() {
    run_with(&[("VIEW_WINDOW", "10s")], async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        for wanted in 1..4 {
            assert_eq!(views(&alice.client, &video).await, wanted);
            app.advance(Duration::from_secs(10));
        }
    })
    .await;
}

#[tokio::test]
async fn parallel_views_are_counted_exactly() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let mut people = vec![app.anonymous()];
        for number in 0..5 {
            people.push(app.person(&format!("viewer{number}")).await.client);
        }
        let watching = people.iter().flat_map(|client| (0..4).map(|_| views(client, &video)));
        let seen = futures_util::future::join_all(watching).await;
        assert_eq!(seen.iter().max(), Some(&6));
        assert_eq!(views(&people[1], &video).await, 6);
        let history = people[1].get("/api/v1/users/history").await.data();
        assert_eq!(history.as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn watching_moves_a_video_to_the_front_of_the_history() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (first, second) = (alice.ready_video("First").await, alice.ready_video("Second").await);
        for video in [&first, &second, &first] {
            app.advance(Duration::from_secs(1));
            views(&bob.client, video).await;
        }
        views(&app.anonymous(), &second).await;
        let history = bob.client.get("/api/v1/users/history").await.data();
        let watched: Vec<_> =
            history.as_array().unwrap().iter().map(|video| (id(video), &video["watchedAt"])).collect();
        let times = [json!("2026-01-15T12:00:03.000Z"), json!("2026-01-15T12:00:02.000Z")];
        assert_eq!(watched, [(id(&first), &times[0]), (id(&second), &times[1])]);
        let own = bob.client.get("/api/v1/users/current-user").await.data();
        assert_eq!(own["watchHistory"], json!([id(&first), id(&second)]));
        assert_eq!(alice.client.get("/api/v1/users/history").await.data(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_refused_look_leaves_no_trace() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let hidden = alice.hidden_ready_video("Hidden").await;
        for client in [&bob.client, &app.anonymous()] {
            let response = client.get(&at(&hidden)).await;
            assert_eq!((response.status, response.message()), (404, "Video not found"));
        }
        assert_eq!(bob.client.get("/api/v1/users/history").await.data(), json!([]));
        assert_eq!(views(&alice.client, &hidden).await, 1);
        let closed = alice.client.get(&at(&hidden)).await.data();
        assert_eq!(closed["isPublished"], false);
    })
    .await;
}

/// Where `video` shows up for this person: a name for each place.
async fn places(person: &Person, owner: &Person, playlist: &str, video: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (place, path) in [
        ("list", "/api/v1/videos".to_owned()),
        ("search", "/api/v1/videos?query=tea".to_owned()),
        ("channel", format!("/api/v1/videos?userId={}", owner.id)),
        ("history", "/api/v1/users/history".to_owned()),
        ("current-user", "/api/v1/users/current-user".to_owned()),
        ("likes", "/api/v1/likes/videos".to_owned()),
        ("playlist", format!("/api/v1/playlist/{playlist}")),
        ("playlists", format!("/api/v1/playlist/user/{}", owner.id)),
        ("subscriptions", format!("/api/v1/subscriptions/u/{}", person.id)),
        ("page", format!("/api/v1/videos/{video}")),
        ("comments", format!("/api/v1/comments/{video}")),
        ("dashboard", "/api/v1/dashboard/videos".to_owned()),
    ] {
        let response = person.client.get(&path).await;
        let names_it = String::from_utf8_lossy(&response.bytes).contains(video);
        // A raw playlist names its videos by id only; that, too, counts.
        if response.status == 200 && names_it {
            found.push(place);
        }
    }
    found
}

/// Both people like, watch and comment on the video, which is in a playlist of the owner's; they follow each other.
async fn entangle(alice: &Person, bob: &Person, video: &str) -> String {
    let playlist = alice.client.post("/api/v1/playlist", json!({ "name": "All", "description": "All" })).await;
    let playlist = id(&playlist.data());
    let add = format!("/api/v1/playlist/add/{video}/{playlist}");
    assert_eq!(alice.client.bare("PATCH", &add).await.status, 200);
    for (person, other) in [(alice, bob), (bob, alice)] {
        for (method, path) in [
            ("GET", format!("/api/v1/videos/{video}")),
            ("POST", format!("/api/v1/likes/toggle/v/{video}")),
            ("POST", format!("/api/v1/subscriptions/c/{}", other.id)),
        ] {
            assert_eq!(person.client.bare(method, &path).await.status, 200);
        }
        let comment = person.client.post(&format!("/api/v1/comments/{video}"), json!({ "content": "Yes" })).await;
        assert_eq!(comment.status, 201);
    }
    playlist
}

async fn channel_videos(app: &TestApp) -> (i64, i64) {
    let channel = app.anonymous().get("/api/v1/users/c/alice").await.data();
    let list = app.anonymous().get("/api/v1/videos").await.data();
    (channel["videosCount"].as_i64().unwrap(), list["totalDocs"].as_i64().unwrap())
}

#[tokio::test]
async fn a_hidden_video_is_nowhere_for_strangers_and_comes_back() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = id(&alice.ready_video("Tea").await);
        let playlist = entangle(&alice, &bob, &video).await;
        let everywhere = [
            "list",
            "search",
            "channel",
            "history",
            "current-user",
            "likes",
            "playlist",
            "playlists",
            "subscriptions",
            "page",
            "comments",
        ];
        assert_eq!(places(&bob, &alice, &playlist, &video).await, everywhere);
        let toggle = format!("/api/v1/videos/toggle/publish/{video}");
        assert_eq!(alice.client.bare("PATCH", &toggle).await.status, 200);
        assert_eq!(places(&bob, &alice, &playlist, &video).await, Vec::<&str>::new());
        let owned =
            ["channel", "history", "current-user", "likes", "playlist", "playlists", "page", "comments", "dashboard"];
        assert_eq!(places(&alice, &alice, &playlist, &video).await, owned);
        assert_eq!(channel_videos(app).await, (0, 0));
        // The totals do not tell of it either.
        for path in ["/api/v1/users/history", "/api/v1/likes/videos"] {
            assert_eq!(bob.client.get(path).await.header("x-total-count"), "0", "{path}");
        }
        let shown = bob.client.get(&format!("/api/v1/playlist/{playlist}")).await.data();
        assert_eq!((&shown["totalVideos"], &shown["totalViews"]), (&json!(0), &json!(0)));

        assert_eq!(alice.client.bare("PATCH", &toggle).await.status, 200);
        assert_eq!(places(&bob, &alice, &playlist, &video).await, everywhere);
        assert_eq!(channel_videos(app).await, (1, 1));
    })
    .await;
}
