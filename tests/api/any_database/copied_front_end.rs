//! The most copied family of front ends, page by page: what it calls, and what it reads from the answers. Its paths are
//! singular, its pictures have URLs of their own, and it keeps nothing but cookies.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Response, TestApp, file, id, run_with, samples};

const ORIGIN: &str = "http://localhost:5173";

/// A browser with the front end open.
struct Browser {
    client: Client,
    user: Value,
}

/// Fails unless every one of these can be read from the data, and is something.
#[track_caller]
fn reads(response: &Response, pointers: &[&str]) -> Value {
    assert!(response.status < 300, "{response:?}");
    assert!(response.body["success"] == true && !response.message().is_empty());
    let data = response.data();
    for pointer in pointers {
        let value = data.pointer(pointer).unwrap_or(&Value::Null);
        assert!(!value.is_null() && value != "", "{pointer} is {value} in {data}");
    }
    data
}

impl Browser {
    async fn sign_up(app: &TestApp, name: &str) -> Self {
        let client = app.anonymous().with_header("origin", ORIGIN).in_other_shapes();
        let form = Form::new()
            .part("avatar", file("avatar.png", samples::png(64, 64)))
            .text("username", name.to_owned())
            .text("email", format!("{name}@example.org"))
            .text("password", PASSWORD)
            .text("fullName", format!("{name} Example"))
            .part("coverImage", file("cover.png", samples::png(64, 64)));
        reads(&client.multipart("POST", "/api/v1/users/register", form).await, &["/_id"]);
        let credentials = json!({ "username": name, "password": PASSWORD });
        let login = client.with_email(&format!("{name}@example.org")).post("/api/v1/users/login", credentials).await;
        let user = reads(&login, &["/user/_id", "/user/username", "/user/avatar/url"])["user"].clone();
        let cookies: Vec<String> =
            login.cookies().iter().map(|cookie| cookie.split(';').next().unwrap().to_owned()).collect();
        let client = client.with_email(&format!("{name}@example.org")).with_header("cookie", &cookies.join("; "));
        Self { client, user }
    }

    fn id(&self) -> String {
        id(&self.user)
    }

    async fn get(&self, path: &str, pointers: &[&str]) -> Value {
        reads(&self.client.get(&format!("/api/v1{path}")).await, pointers)
    }

    async fn post(&self, path: &str, body: Value, pointers: &[&str]) -> Value {
        reads(&self.client.post(&format!("/api/v1{path}"), body).await, pointers)
    }

    async fn patch(&self, path: &str, body: Value, pointers: &[&str]) -> Value {
        reads(&self.client.patch(&format!("/api/v1{path}"), body).await, pointers)
    }

    async fn send(&self, method: &str, path: &str, form: Form, pointers: &[&str]) -> Value {
        reads(&self.client.multipart(method, &format!("/api/v1{path}"), form).await, pointers)
    }

    async fn delete(&self, path: &str, pointers: &[&str]) -> Value {
        reads(&self.client.delete(&format!("/api/v1{path}")).await, pointers)
    }

    /// Uploads a video in the front end's form, and gives its id.
    async fn publish(&self) -> String {
        let form = Form::new()
            .text("title", "Tea")
            .text("description", "All about tea")
            .part("videoFile", file("video.mp4", samples::video_file()))
            .part("thumbnail", file("thumbnail.png", samples::png(64, 36)));
        id(&self.send("POST", "/video", form, &["/_id"]).await)
    }
}

async fn with_front_end(test: impl AsyncFnOnce(Browser, Browser, String)) {
    let profiles = format!("{ORIGIN}=singular");
    run_with(&[("RESPONSE_PROFILES", &profiles)], async |app| {
        let (alice, bob) = (Browser::sign_up(app, "alice").await, Browser::sign_up(app, "bob").await);
        let video = alice.publish().await;
        test(alice, bob, video).await;
    })
    .await;
}

#[tokio::test]
async fn its_home_watch_and_search_pages_have_what_they_show() {
    with_front_end(async |alice, bob, video| {
        let card = [
            "_id",
            "thumbnail/url",
            "duration",
            "title",
            "createdAt",
            "ownerDetails/avatar/url",
            "ownerDetails/username",
        ];
        let card: Vec<String> = card.iter().map(|field| format!("/docs/0/{field}")).collect();
        let card: Vec<&str> = card.iter().map(String::as_str).collect();
        let home = bob.get("/video?page=1&limit=10", &card).await;
        assert_eq!(home["hasNextPage"], false);
        bob.get("/video?query=tea&sortBy=views&sortType=desc", &card).await;
        bob.get(&format!("/video?userId={}", alice.id()), &card).await;
        let watch =
            ["/videoFile/url", "/thumbnail/url", "/owner/avatar/url", "/owner/username", "/owner/_id", "/description"];
        let watched = bob.get(&format!("/video/v/{video}"), &watch).await;
        assert_eq!((&watched["isLiked"], &watched["owner"]["isSubscribed"]), (&json!(false), &json!(false)));
        assert_eq!((&watched["likesCount"], &watched["owner"]["subscribersCount"]), (&json!(0), &json!(0)));
        bob.get("/users/watch-history", &["/0/_id", "/0/thumbnail/url", "/0/owner/avatar/url", "/0/owner/username"])
            .await;

        let comment = ["/_id", "/content", "/owner/avatar/url", "/owner/username", "/createdAt"];
        let comment = id(&bob.post(&format!("/comment/{video}"), json!({ "content": "First" }), &comment).await);
        let list = bob.get(&format!("/comment/{video}?page=1&limit=10"), &["/docs/0/owner/fullName"]).await;
        assert_eq!((&list["totalDocs"], &list["docs"][0]["isLiked"]), (&json!(1), &json!(false)));
        bob.patch(&format!("/comment/c/{comment}"), json!({ "content": "Still first" }), &["/content"]).await;
        let removed = bob.delete(&format!("/comment/c/{comment}"), &["/commentId"]).await;
        assert_eq!(removed["commentId"], comment);
    })
    .await;
}

#[tokio::test]
async fn its_likes_subscriptions_and_tweets_have_what_they_show() {
    with_front_end(async |alice, bob, video| {
        bob.post(&format!("/likes/toggle/v/{video}"), json!({}), &["/isLiked"]).await;
        let liked = ["/0/likedVideo/_id", "/0/likedVideo/thumbnail/url", "/0/likedVideo/ownerDetails/avatar/url"];
        bob.get("/likes/videos", &liked).await;

        bob.post(&format!("/subscriptions/c/{}", alice.id()), json!({}), &["/subscribed"]).await;
        let channel =
            ["username", "avatar/url", "latestVideo/_id", "latestVideo/thumbnail/url", "latestVideo/videoFile/url"];
        let channel: Vec<String> = channel.iter().map(|field| format!("/0/subscribedChannel/{field}")).collect();
        let channel: Vec<&str> = channel.iter().map(String::as_str).collect();
        bob.get(&format!("/subscriptions/u/{}", bob.id()), &channel).await;
        let subscriber = ["/0/subscriber/avatar/url", "/0/subscriber/username"];
        let subscribers = alice.get(&format!("/subscriptions/c/{}", alice.id()), &subscriber).await;
        assert_eq!(subscribers[0]["subscriber"]["subscribersCount"], 0);
        let profile = bob.get("/users/c/alice", &["/_id", "/avatar/url", "/coverImage/url", "/fullName"]).await;
        assert_eq!((&profile["subcribersCount"], &profile["isSubscribed"]), (&json!(1), &json!(true)));

        let shown = ["/ownerDetails/avatar/url", "/ownerDetails/username", "/content", "/createdAt"];
        let tweet = id(&alice.post("/tweet", json!({ "content": "Hello" }), &shown).await);
        let list = ["/0/ownerDetails/avatar/url", "/0/ownerDetails/username"];
        bob.get(&format!("/tweet/user/{}", alice.id()), &list).await;
        bob.post(&format!("/likes/toggle/t/{tweet}"), json!({}), &["/isLiked"]).await;
        alice.patch(&format!("/tweet/{tweet}"), json!({ "content": "Hello again" }), &["/content"]).await;
        assert_eq!(alice.delete(&format!("/tweet/{tweet}"), &["/tweetId"]).await["tweetId"], tweet);
    })
    .await;
}

#[tokio::test]
async fn its_dashboard_and_settings_have_what_they_show() {
    with_front_end(async |alice, _, video| {
        let stats = alice.get("/dashboard/stats", &["/totalVideos"]).await;
        assert_eq!(
            (&stats["totalViews"], &stats["totalLikes"], &stats["totalSubscribers"]),
            (&json!(0), &json!(0), &json!(0))
        );
        let row = ["/0/title", "/0/createdAt/day", "/0/createdAt/month", "/0/createdAt/year", "/0/thumbnail/url"];
        alice.get("/dashboard/videos", &row).await;
        let toggled = alice.client.bare("PATCH", &format!("/api/v1/video/toggle/publish/{video}")).await;
        assert_eq!(reads(&toggled, &[])["isPublished"], false);
        let form = Form::new()
            .text("title", "Green tea")
            .text("description", "More about tea")
            .part("thumbnail", file("thumbnail.png", samples::png(64, 36)));
        let changed = alice.send("PATCH", &format!("/video/v/{video}"), form, &["/thumbnail/url"]).await;
        assert_eq!(changed["title"], "Green tea");
        alice.delete(&format!("/video/v/{video}"), &[]).await;

        let account = json!({ "fullName": "Alice B.", "email": "alice@example.org" });
        assert_eq!(alice.patch("/users/update-user", account, &["/avatar/url"]).await["fullName"], "Alice B.");
        let image = |part: &'static str| Form::new().part(part, file("new.png", samples::png(32, 32)));
        alice.send("PATCH", "/users/update-avatar", image("avatar"), &["/avatar/url"]).await;
        alice.send("PATCH", "/users/update-coverImg", image("coverImage"), &["/coverImage/url"]).await;
        let passwords = json!({ "oldPassword": "wrong", "newPassword": PASSWORD });
        let refused = alice.client.post("/api/v1/users/change-password", passwords).await;
        assert_eq!((refused.status, &refused.body["error"]), (400, &json!("Invalid old password")));
        alice.get("/users/current-user", &["/_id", "/avatar/url"]).await;
        reads(&alice.client.bare("POST", "/api/v1/users/logout").await, &[]);
        assert_eq!(alice.client.get("/api/v1/users/current-user").await.status, 401);
    })
    .await;
}
