//! Response profiles, and a front end that needs one.

use chaitube::args;
use serde_json::{Value, json};

use crate::harness::rows::{VIDEOS, execute, fill, settle};
use crate::harness::{Client, PASSWORD, TestApp, id, register_form, run, run_with};

const ORIGIN: &str = "http://localhost:5173";

/// A profile with these choices for the front end at [`ORIGIN`].
fn choices(names: &str) -> String {
    format!("{ORIGIN}={names}")
}

/// A client of the front end, which the description does not hold for.
fn of_front_end(client: &Client) -> Client {
    client.with_header("origin", ORIGIN).in_other_shapes()
}

/// Runs a test on a server on which Alice has a video, a tweet, and Bob as a subscriber who likes the video.
async fn with_choices(names: &str, test: impl AsyncFnOnce(&TestApp, &Client, &Client, &str)) {
    run_with(&[("RESPONSE_PROFILES", &choices(names))], async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let video = id(&alice.ready_video("Tea").await);
        alice.create("/api/v1/tweets", json!({ "content": "Hello" })).await;
        for path in [format!("/api/v1/likes/toggle/v/{video}"), format!("/api/v1/subscriptions/c/{}", alice.id)] {
            bob.client.bare("POST", &path).await.expect_status(200);
        }
        test(app, &alice.client, &bob.client, &video).await;
        // Nobody else notices: these answers are held against the description.
        bob.client.with_header("origin", "http://localhost:1").get("/api/v1/tweets").await.expect_status(200);
        bob.client.get("/api/v1/videos").await.expect_status(200);
    })
    .await;
}

#[tokio::test]
async fn nested_aliases_repeat_what_front_ends_read_under_another_name() {
    with_choices("nested-aliases", async |_, _, bob, video| {
        let bob = of_front_end(bob);
        let list = bob.get("/api/v1/videos").await.expect_status(200);
        assert_eq!(list["docs"][0]["ownerDetails"], list["docs"][0]["owner"]);
        assert_eq!(list["docs"][0]["ownerDetails"]["username"], "alice");
        let tweets = bob.get("/api/v1/tweets").await.expect_status(200);
        assert_eq!(tweets[0]["ownerDetails"], tweets[0]["owner"]);
        let liked = bob.get("/api/v1/likes/videos").await.expect_status(200);
        assert_eq!((&liked[0]["likedVideo"], &liked[0]["likedVideo"]["_id"]), (&liked[0]["video"], &json!(video)));
        assert_eq!(liked[0]["likedVideo"]["ownerDetails"]["username"], "alice");
        let me = bob.get("/api/v1/users/current-user").await.expect_status(200);
        let mine = bob.get(&format!("/api/v1/subscriptions/u/{}", id(&me))).await.expect_status(200);
        assert_eq!(mine[0]["subscribedChannel"], mine[0]["channel"]);
        assert_eq!(mine[0]["subscribedChannel"]["latestVideo"]["_id"], video);
    })
    .await;
}

#[tokio::test]
async fn singular_lists_have_owner_details_without_a_profile() {
    run(async |app| {
        let alice = app.person("alice").await;
        alice.ready_video("Tea").await;
        let tweet = alice.create("/api/v1/tweet", json!({ "content": "Hello" })).await;
        assert_eq!(tweet["ownerDetails"], tweet["owner"]);
        for path in ["/api/v1/tweet".to_owned(), format!("/api/v1/tweet/user/{}", alice.id)] {
            let tweets = alice.client.get(&path).await.expect_status(200);
            assert_eq!(tweets[0]["ownerDetails"]["username"], "alice", "{path}");
        }
        let videos = alice.client.get("/api/v1/video/").await.expect_status(200);
        assert_eq!(videos["docs"][0]["ownerDetails"]["username"], "alice");
        let videos = alice.client.get("/api/v1/videos").await.expect_status(200);
        assert_eq!(videos["docs"][0]["ownerDetails"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn media_are_objects_with_a_url_and_an_id() {
    with_choices("media-objects", async |_, _, bob, video| {
        let plain = bob.get(&format!("/api/v1/videos/{video}")).await.expect_status(200);
        let shaped = of_front_end(bob).get(&format!("/api/v1/videos/{video}")).await.expect_status(200);
        for (field, is) in [("/videoFile", "mp4"), ("/thumbnail", "jpg"), ("/owner/avatar", "jpg")] {
            let (url, object) = (plain.pointer(field).unwrap(), shaped.pointer(field).unwrap());
            assert_eq!(&object["url"], url);
            let name = url.as_str().unwrap().rsplit('/').next().unwrap();
            assert_eq!(format!("{}.{is}", object["public_id"].as_str().unwrap()), name);
        }
        let me = of_front_end(bob).get("/api/v1/users/current-user").await.expect_status(200);
        assert_eq!(me["coverImage"], json!({ "url": "", "public_id": "" }));
    })
    .await;
}

#[tokio::test]
async fn one_videos_owner_is_an_id() {
    with_choices("owner-id", async |_, alice, bob, video| {
        let me = alice.get("/api/v1/users/current-user").await.expect_status(200);
        let shaped = of_front_end(bob).get(&format!("/api/v1/videos/{video}")).await.expect_status(200);
        assert_eq!(shaped["owner"], me["_id"]);
        let list = of_front_end(bob).get("/api/v1/videos").await.expect_status(200);
        assert_eq!(list["docs"][0]["owner"]["_id"], me["_id"], "in lists it stays an object");
    })
    .await;
}

#[tokio::test]
async fn lists_of_tweets_are_pages() {
    with_choices("tweet-docs", async |_, alice, bob, _| {
        alice.post("/api/v1/tweets", json!({ "content": "Again" })).await.expect_status(201);
        for path in ["/api/v1/tweets", "/api/v1/tweets/all", "/api/v1/tweets/feed"] {
            let page = of_front_end(bob).get(&format!("{path}?limit=1")).await.expect_status(200);
            assert_eq!((page["docs"].as_array().unwrap().len(), &page["totalDocs"]), (1, &json!(2)), "{path}");
            assert_eq!(page["hasNextPage"], true);
            let cursor = page["nextCursor"].as_str().unwrap();
            let rest = of_front_end(bob).get(&format!("{path}?limit=1&cursor={cursor}")).await.expect_status(200);
            assert_eq!((rest["docs"].as_array().unwrap().len(), &rest["hasNextPage"]), (1, &json!(false)));
        }
        let tweet = of_front_end(alice).post("/api/v1/tweets", json!({ "content": "One" })).await.expect_status(201);
        assert_eq!(tweet["content"], "One", "a tweet is not a list");
    })
    .await;
}

#[tokio::test]
async fn the_dashboard_has_arrays_and_parts_of_dates() {
    with_choices("stats-array, date-parts", async |app, alice, _, _| {
        let stats = of_front_end(alice).get("/api/v1/dashboard/stats").await.expect_status(200);
        assert_eq!(stats[0], json!({ "totalVideos": 1 }));
        let names: Vec<_> = stats.as_array().unwrap().iter().flat_map(|one| one.as_object().unwrap().keys()).collect();
        assert_eq!(names, ["totalVideos", "totalViews", "totalSubscribers", "totalLikes"]);
        let videos = of_front_end(alice).get("/api/v1/dashboard/videos").await.expect_status(200);
        assert_eq!(videos[0]["createdAt"], json!({ "year": 2026, "month": 1, "day": 15 }));
        assert!(videos[0]["updatedAt"].is_string());
        let refused = of_front_end(&app.anonymous()).get("/api/v1/dashboard/stats").await;
        refused.expect(401, "Unauthorized request");
    })
    .await;
}

#[tokio::test]
async fn the_sides_of_subscriptions_are_swapped_for_reading_only() {
    with_choices("swapped-subscriptions", async |_, alice, bob, _| {
        let (alice_id, bob_id) = {
            let me = async |client: &Client| id(&client.get("/api/v1/users/current-user").await.expect_status(200));
            (me(alice).await, me(bob).await)
        };
        let bob = of_front_end(bob);
        let mine = bob.get(&format!("/api/v1/subscriptions/c/{bob_id}")).await.expect_status(200);
        assert_eq!(mine[0]["channel"]["username"], "alice");
        let hers = bob.get(&format!("/api/v1/subscriptions/u/{alice_id}?limit=1")).await;
        assert_eq!(hers.expect_status(200)[0]["subscriber"]["username"], "bob");
        let toggled = bob.bare("POST", &format!("/api/v1/subscriptions/c/{alice_id}")).await.expect_status(200);
        assert_eq!(toggled["subscribed"], false);
    })
    .await;
}

#[tokio::test]
async fn a_readable_token_is_the_access_token_alone_and_only_where_it_was_chosen() {
    with_choices("readable-token", async |app, _, _, _| {
        let credentials = json!({ "username": "alice", "password": PASSWORD });
        let cookies = async |origin: &str| {
            let client = app.login("alice").await.client.without_token().with_header("origin", origin);
            let login = client.post("/api/v1/users/login", credentials.clone()).await;
            login.expect_status(200);
            assert!(login.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin")));
            let cookies = login.cookies();
            let named = |name: &str| cookies.iter().find(|cookie| cookie.starts_with(name)).unwrap().clone();
            (named("accessToken="), named("refreshToken="))
        };
        let (access, refresh) = cookies(ORIGIN).await;
        assert!(!access.contains("HttpOnly") && access.contains("SameSite=Lax; Path=/; Max-Age="), "{access}");
        assert!(refresh.contains("HttpOnly"), "{refresh}");
        let (access, refresh) = cookies("http://localhost:1").await;
        assert!(access.contains("HttpOnly") && refresh.contains("HttpOnly"));
    })
    .await;
}

#[tokio::test]
async fn a_profile_may_hold_for_all_but_those_with_their_own() {
    let profiles = format!("*=media-objects; {ORIGIN}=stats-array");
    run_with(&[("RESPONSE_PROFILES", &profiles)], async |app| {
        let client = app.anonymous().in_other_shapes();
        let form = register_form("alice");
        let created = client.multipart("POST", "/api/v1/users/register", form).await.expect_status(201);
        assert!(created["avatar"]["url"].is_string());
        let found = client.with_header("origin", ORIGIN).get("/api/v1/users/c/alice").await.expect_status(200);
        assert!(found["avatar"].is_string());
        let missing = client.get("/api/v1/users/c/bob").await;
        assert_eq!(
            (missing.expect(404, "channel does not exists").data(), missing.message()),
            (Value::Null, "channel does not exists")
        );
        let head = client.head("/api/v1/users/c/alice").await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));
    })
    .await;
}

#[tokio::test]
async fn a_response_that_is_too_long_to_be_changed_says_what_to_do() {
    run_with(&[("RESPONSE_PROFILES", &choices("media-objects"))], async |app| {
        let alice = app.person("alice").await;
        fill(app, VIDEOS, 1..=1_000, &alice.id, "").await;
        settle(app).await;
        execute(app, "UPDATE videos SET description = $1".to_owned(), args!["x".repeat(10_000)]).await;
        let client = of_front_end(&alice.client);
        let message = "The response is too long for a response profile. Ask for fewer entries with limit.";
        client.get("/api/v1/dashboard/videos").await.expect(400, message);
        let fewer = client.get("/api/v1/dashboard/videos?limit=100").await.expect_status(200);
        assert!(fewer[0]["thumbnail"]["url"].is_string());
    })
    .await;
}
