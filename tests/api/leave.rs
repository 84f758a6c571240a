//! Leaving: what goes with an account, and what stays right for everybody else.

use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Person, Response, TestApp, file, id, register_form, run, samples};

async fn leave(client: &Client, body: Value) -> Response {
    client.send(client.request("DELETE", "/api/v1/users/me").json(&body)).await
}

async fn post(person: &Person, path: &str, body: Value) -> Value {
    let response = person.client.post(path, body).await;
    assert!(response.status < 300, "{path}: {response:?}");
    response.data()
}

/// What two people have done with each other: `one`'s video, tweet, comment and playlist, and what `two` did to them.
struct Doings {
    video: Value,
    tweet: Value,
    comment: Value,
    playlist: Value,
}

/// `one` publishes a video, a tweet and a playlist, comments on `others`, likes, watches and follows.
async fn publish(one: &Person) -> (Value, Value) {
    let tweet = post(one, "/api/v1/tweets", json!({ "content": format!("Hello from {}", one.username) })).await;
    (one.ready_video(&format!("A video by {}", one.username)).await, tweet)
}

async fn take_part(one: &Person, two: &Person, video: &Value, tweet: &Value) -> (Value, Value) {
    let path = format!("/api/v1/comments/{}", id(video));
    let comment = post(one, &path, json!({ "content": format!("{} was here", one.username) })).await;
    one.client.get(&format!("/api/v1/videos/{}", id(video))).await.expect_status(200);
    let playback = post(one, &format!("/api/v1/videos/{}/playbacks", id(video)), json!({})).await;
    let report = format!("/api/v1/playbacks/{}", playback["id"].as_str().unwrap());
    assert_eq!(one.client.post(&report, json!({ "ranges": [[0, 1]] })).await.status, 204);
    post(one, &format!("/api/v1/likes/toggle/v/{}", id(video)), json!({})).await;
    post(one, &format!("/api/v1/likes/toggle/t/{}", id(tweet)), json!({})).await;
    post(one, &format!("/api/v1/subscriptions/c/{}", two.id), json!({})).await;
    let playlist = json!({ "name": "Seen", "description": "What I have seen" });
    let playlist = post(one, "/api/v1/playlist", playlist).await;
    one.client.bare("PATCH", &format!("/api/v1/playlist/add/{}/{}", id(video), id(&playlist))).await.expect_status(200);
    (comment, playlist)
}

/// Lets the two do everything there is to each other; gives what each of them has made.
async fn entangle(one: &Person, two: &Person) -> [Doings; 2] {
    let ((video, tweet), (others_video, others_tweet)) = (publish(one).await, publish(two).await);
    let (comment, playlist) = take_part(one, two, &others_video, &others_tweet).await;
    let (others_comment, others_playlist) = take_part(two, one, &video, &tweet).await;
    for (person, liked) in [(one, &others_comment), (two, &comment)] {
        post(person, &format!("/api/v1/likes/toggle/c/{}", id(liked)), json!({})).await;
    }
    let others =
        Doings { video: others_video, tweet: others_tweet, comment: others_comment, playlist: others_playlist };
    [Doings { video, tweet, comment, playlist }, others]
}

#[tokio::test]
async fn nothing_of_an_account_stays() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let second = app.login("alice").await;
        let [mine, _] = entangle(&alice, &bob).await;
        let cover = reqwest::multipart::Form::new().part("coverImage", file("c.png", samples::png(90, 60)));
        let user = alice.client.multipart("PATCH", "/api/v1/users/cover-image", cover).await.expect_status(200);
        let media = [&user["avatar"], &user["coverImage"], &mine.video["videoFile"], &mine.video["thumbnail"]];
        for address in media {
            assert_eq!(app.anonymous().get(address.as_str().unwrap()).await.status, 200, "{address}");
        }

        let response = leave(&alice.client, json!({ "password": PASSWORD })).await;
        assert_eq!(response.expect(200, "Account deleted").data(), json!({}));
        assert_eq!(response.cookies().len(), 2);
        assert!(response.cookies().iter().all(|cookie| cookie.contains("Max-Age=0")), "{:?}", response.cookies());

        for person in [&alice, &second] {
            person.client.get("/api/v1/users/current-user").await.expect(401, "Invalid Access Token");
            let body = json!({ "refreshToken": person.refresh_token });
            app.anonymous().post("/api/v1/users/refresh-token", body).await.expect_status(401);
        }
        let body = json!({ "username": "alice", "password": PASSWORD });
        app.anonymous().post("/api/v1/users/login", body).await.expect(404, "User does not exist");
        for address in media {
            assert_eq!(app.anonymous().get(address.as_str().unwrap()).await.status, 404, "{address}");
        }
        for path in [
            "/api/v1/users/c/alice".to_owned(),
            format!("/api/v1/videos/{}", id(&mine.video)),
            format!("/api/v1/comments/{}", id(&mine.video)),
            format!("/api/v1/tweets/user/{}", alice.id),
            format!("/api/v1/playlist/user/{}", alice.id),
            format!("/api/v1/playlist/{}", id(&mine.playlist)),
            format!("/api/v1/subscriptions/u/{}", alice.id),
            format!("/api/v1/subscriptions/c/{}", alice.id),
        ] {
            bob.client.get(&path).await.expect_status(404);
        }
        for (what, made) in [("t", &mine.tweet), ("c", &mine.comment), ("v", &mine.video)] {
            bob.client.bare("POST", &format!("/api/v1/likes/toggle/{what}/{}", id(made))).await.expect_status(404);
        }
        no_row_names(app, &alice.id).await;
    })
    .await;
}

/// Fails when a row of any table still has this user's id.
async fn no_row_names(app: &TestApp, user: &str) {
    let user: chaitube::UserId = user.parse().unwrap();
    let counts = [
        ("users", "SELECT COUNT(*) FROM users WHERE id = $1"),
        ("sessions", "SELECT COUNT(*) FROM sessions WHERE user_id = $1"),
        ("videos", "SELECT COUNT(*) FROM videos WHERE owner_id = $1"),
        ("watch_history", "SELECT COUNT(*) FROM watch_history WHERE user_id = $1"),
        ("video_views", "SELECT COUNT(*) FROM video_views WHERE viewer = $1"),
        ("playbacks", "SELECT COUNT(*) FROM playbacks WHERE user_id = $1 OR viewer = $1"),
        ("comments", "SELECT COUNT(*) FROM comments WHERE owner_id = $1"),
        ("tweets", "SELECT COUNT(*) FROM tweets WHERE owner_id = $1"),
        ("video_likes", "SELECT COUNT(*) FROM video_likes WHERE user_id = $1"),
        ("comment_likes", "SELECT COUNT(*) FROM comment_likes WHERE user_id = $1"),
        ("tweet_likes", "SELECT COUNT(*) FROM tweet_likes WHERE user_id = $1"),
        ("subscriptions", "SELECT COUNT(*) FROM subscriptions WHERE subscriber_id = $1 OR channel_id = $1"),
        ("playlists", "SELECT COUNT(*) FROM playlists WHERE owner_id = $1"),
        ("media", "SELECT COUNT(*) FROM media WHERE user_id = $1"),
    ];
    for (table, sql) in counts {
        let (rows,): (i64,) = app.app.db.one(sql, chaitube::args![user]).await.unwrap();
        assert_eq!(rows, 0, "rows in {table}");
    }
    let texts = [
        "SELECT COUNT(*) FROM video_search WHERE text LIKE $1",
        "SELECT COUNT(*) FROM users WHERE email LIKE $1 OR username LIKE $1",
    ];
    for sql in texts {
        let (rows,): (i64,) = app.app.db.one(sql, chaitube::args!["%alice%"]).await.unwrap();
        assert_eq!(rows, 0, "{sql}");
    }
}

#[tokio::test]
async fn other_peoples_things_stay_and_are_counted_right() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        let [_, his] = entangle(&alice, &bob).await;
        let (carols_comment, _) = take_part(&carol, &bob, &his.video, &his.tweet).await;
        let bobs = |path: &str| bob.client.request("GET", path);
        let get = async |path: String| bob.client.send(bobs(&path)).await.expect_status(200);
        let video = get(format!("/api/v1/videos/{}", id(&his.video))).await;
        assert_eq!((&video["likesCount"], &video["commentsCount"]), (&json!(2), &json!(2)));

        leave(&alice.client, json!({ "password": PASSWORD })).await.expect(200, "Account deleted");

        let after = get(format!("/api/v1/videos/{}", id(&his.video))).await;
        assert_eq!((&after["likesCount"], &after["commentsCount"]), (&json!(1), &json!(1)));
        assert_eq!(after["views"], video["views"], "what was watched was watched");
        let comments = get(format!("/api/v1/comments/{}", id(&his.video))).await;
        assert_eq!((comments["docs"].as_array().unwrap().len(), &comments["totalDocs"]), (1, &json!(1)));
        assert_eq!(comments["docs"][0]["_id"], carols_comment["_id"]);
        let tweets = get(format!("/api/v1/tweets/user/{}", bob.id)).await;
        assert_eq!(tweets[0]["likesCount"], 1);
        let channel = get("/api/v1/users/c/bob".to_owned()).await;
        assert_eq!((&channel["subscribersCount"], &channel["channelsSubscribedToCount"]), (&json!(1), &json!(0)));
        let stats = get("/api/v1/dashboard/stats".to_owned()).await;
        assert_eq!(
            (&stats["totalSubscribers"], &stats["totalLikes"], &stats["totalVideos"]),
            (&json!(1), &json!(1), &json!(1))
        );
        for empty in ["/api/v1/likes/videos", "/api/v1/users/history", &format!("/api/v1/subscriptions/u/{}", bob.id)] {
            let list = get(empty.to_owned()).await;
            let of_alice = list.to_string().contains(&alice.id);
            assert!(!of_alice, "{empty}: {list}");
        }
        let playlist = get(format!("/api/v1/playlist/{}", id(&his.playlist))).await;
        assert_eq!((&playlist["videos"], &playlist["totalVideos"]), (&json!([]), &json!(0)));
        let all = get("/api/v1/videos".to_owned()).await;
        assert_eq!((&all["totalDocs"], &all["docs"][0]["_id"]), (&json!(1), &his.video["_id"]));
    })
    .await;
}

#[tokio::test]
async fn leaving_takes_the_password() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let before = alice.client.get("/api/v1/users/current-user").await.data();
        for body in [json!({}), json!({ "password": "" }), json!({ "password": null }), json!({ "password": "  " })] {
            leave(&alice.client, body).await.expect(400, "password is required");
        }
        alice.client.delete("/api/v1/users/me").await.expect(400, "password is required");
        for wrong in ["wrong", "CORRECT HORSE BATTERY STAPLE"] {
            leave(&alice.client, json!({ "password": wrong })).await.expect(400, "Invalid password");
        }
        leave(&app.anonymous(), json!({ "password": PASSWORD })).await.expect(401, "Unauthorized request");
        let foreign = alice.browser().with_header("origin", "https://evil.example");
        leave(&foreign, json!({ "password": PASSWORD })).await.expect_status(403);
        assert_eq!(alice.client.get("/api/v1/users/current-user").await.data(), before);
        bob.client.get("/api/v1/users/c/alice").await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_was_left_is_free_and_starts_with_nothing() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        entangle(&alice, &bob).await;
        leave(&alice.client, json!({ "password": PASSWORD })).await.expect_status(200);
        let again = app.anonymous().multipart("POST", "/api/v1/users/register", register_form("alice")).await;
        assert_ne!(again.expect_status(201)["_id"], alice.id);
        let again = app.login("alice").await;
        let channel = again.client.get("/api/v1/users/c/alice").await.expect_status(200);
        assert_eq!((&channel["subscribersCount"], &channel["videosCount"]), (&json!(0), &json!(0)));
        assert_eq!(again.client.get("/api/v1/users/history").await.expect_status(200), json!([]));
        alice.client.get("/api/v1/users/current-user").await.expect(401, "Invalid Access Token");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leaving_while_busy_leaves_nothing_behind() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let [_, his] = entangle(&alice, &bob).await;
        let like = format!("/api/v1/likes/toggle/v/{}", id(&his.video));
        let comment = format!("/api/v1/comments/{}", id(&his.video));
        let follow = format!("/api/v1/subscriptions/c/{}", bob.id);
        // She goes on with whatever she does until she is told that she is not there any more.
        let busy = (0..4).map(async |kind| {
            for _ in 0..2000 {
                let response = match kind {
                    0 => alice.client.bare("POST", &like).await,
                    1 => alice.client.post(&comment, json!({ "content": "One more" })).await,
                    2 => alice.client.bare("POST", &follow).await,
                    _ => alice.client.post("/api/v1/tweets", json!({ "content": "One more" })).await,
                };
                // PostgreSQL may give one of these up when it and the leaving wait for each other.
                assert!([200, 201, 401, 404, 409, 503].contains(&response.status), "{response:?}");
                if response.status == 401 {
                    return;
                }
            }
            panic!("the account is still there");
        });
        let (left, _) =
            tokio::join!(leave(&alice.client, json!({ "password": PASSWORD })), futures_util::future::join_all(busy));
        left.expect(200, "Account deleted");
        no_row_names(app, &alice.id).await;
    })
    .await;
}
