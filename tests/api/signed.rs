//! Who may read which media: public addresses, signed ones, and a decision that is made anew on each request.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::samples::png;
use crate::harness::{Client, Person, TestApp, file, id, register_form, run, run_with};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn toggle(person: &Person, video: &Value) {
    let path = format!("/api/v1/videos/toggle/publish/{}", id(video));
    assert_eq!(person.client.bare("PATCH", &path).await.status, 200);
}

async fn shown(person: &Person, video: &Value) -> Value {
    let response = person.client.get(&format!("/api/v1/videos/{}", id(video))).await;
    assert_eq!(response.status, 200);
    response.data()
}

/// An address without its query, and the query.
fn split(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

/// What is asked of the media route: a method, a header, and the status when the object may be read.
const QUESTIONS: [(&str, &str, u16); 6] = [
    ("GET", "", 200),
    ("HEAD", "", 200),
    ("GET", "range", 206),
    ("GET", "bad range", 416),
    ("GET", "if-none-match", 304),
    ("HEAD", "if-none-match", 304),
];

/// Asks every question and checks each response: as the table has it, or 404 and not a byte.
async fn check(client: &Client, url: &str, may_read: bool, case: &str) {
    let name = split(url).0.rsplit('/').next().unwrap();
    let etag = format!("\"{}\"", name.split('.').next().unwrap());
    for (method, question, wanted) in QUESTIONS {
        let headers: &[(&str, &str)] = match question {
            "range" => &[("range", "bytes=0-9")],
            "bad range" => &[("range", "bytes=99999999999-")],
            "if-none-match" => &[("if-none-match", &etag)],
            _ => &[],
        };
        let response = client.ask(method, url, headers).await;
        let wanted = if may_read { wanted } else { 404 };
        assert_eq!(response.status, wanted, "{case}: {method} {question} {url}");
        if !may_read {
            assert_eq!((response.header("etag"), response.header("content-range")), ("", ""), "{case}");
            assert!(method == "HEAD" || response.message() == "Media not found", "{case}: {response:?}");
        }
    }
}

/// Signatures that never open anything of this video: of the owner's address with something changed, and others.
fn bad_signatures(good: &str, old: &str, of_other: &str) -> Vec<(String, &'static str)> {
    let (expires, signature) = good.strip_prefix("expires=").unwrap().split_once("&signature=").unwrap();
    let later = expires.parse::<i64>().unwrap() + 600;
    let flipped: String = signature.chars().rev().collect();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    vec![
        (String::new(), "no signature"),
        (old.to_owned(), "expired"),
        (of_other.to_owned(), "of another video"),
        (format!("expires={later}&signature={signature}"), "a later expiry"),
        (format!("expires={expires}&signature={first}{}", &signature[1..]), "a character changed"),
        (format!("expires={expires}&signature={flipped}"), "turned round"),
        (format!("expires={expires}&signature={}", &signature[..8]), "cut short"),
        (format!("expires={expires}&signature="), "an empty signature"),
        (format!("expires={expires}"), "no signature, but an expiry"),
        (format!("signature={signature}"), "no expiry"),
        (format!("expires=9223372036854775807&signature={signature}"), "the end of time"),
        (format!("expires=x&signature={signature}"), "no number"),
        (format!("expires={expires}&signature={signature}AAAA"), "too long"),
    ]
}

/// Two people, and two videos of the first; the other's signature must not open the one.
struct Scene {
    owner: Person,
    stranger: Person,
    video: Value,
    /// The query of the owner's address now, of one that has expired, and of one for the other video.
    good: String,
    old: String,
    of_other: String,
    avatar: String,
    cover: String,
}

async fn set_scene(app: &TestApp) -> Scene {
    let form = register_form("owner").part("coverImage", file("c.png", png(64, 16)));
    let account = app.anonymous().multipart("POST", "/api/v1/users/register", form).await.data();
    let (owner, stranger) = (app.login("owner").await, app.person("stranger").await);
    let video = owner.hidden_video("The one").await;
    let other = owner.hidden_video("The other").await;
    let old = split(&text(&video["videoFile"])).1.to_owned();
    app.advance(Duration::from_hours(7));
    let query = |video: &Value| split(&text(&video["videoFile"])).1.to_owned();
    let (good, of_other) = (query(&shown(&owner, &video).await), query(&shown(&owner, &other).await));
    let (avatar, cover) = (text(&account["avatar"]), text(&account["coverImage"]));
    Scene { owner, stranger, video, good, old, of_other, avatar, cover }
}

/// Every kind of media and every credential, asked by anybody, while the video is as it is.
async fn sweep(app: &TestApp, scene: &Scene, is_public: bool, case: &str) {
    let askers = [app.anonymous(), scene.stranger.client.clone(), scene.owner.client.clone()];
    let bad = bad_signatures(&scene.good, &scene.old, &scene.of_other);
    for (number, asker) in askers.iter().enumerate() {
        for (kind, address) in [
            ("film", split(&text(&scene.video["videoFile"])).0),
            ("thumbnail", split(&text(&scene.video["thumbnail"])).0),
            ("avatar", &scene.avatar),
            ("cover", &scene.cover),
        ] {
            let is_users = kind == "avatar" || kind == "cover";
            let case = format!("{case}, {kind}, asker {number}");
            check(asker, &format!("{address}?{}", scene.good), true, &case).await;
            for (query, what) in &bad {
                let case = format!("{case}, {what}");
                check(asker, &format!("{address}?{query}"), is_public || is_users, &case).await;
            }
        }
    }
}

#[tokio::test]
async fn t01_media_of_every_kind_is_given_only_to_those_who_may_see_it() {
    run(async |app| {
        let scene = set_scene(app).await;
        sweep(app, &scene, false, "unpublished").await;
        toggle(&scene.owner, &scene.video).await;
        sweep(app, &scene, true, "published").await;
        toggle(&scene.owner, &scene.video).await;
        sweep(app, &scene, false, "hidden again").await;
    })
    .await;
}

#[tokio::test]
async fn t01_without_public_reads_every_video_needs_a_signature() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        let scene = set_scene(app).await;
        sweep(app, &scene, false, "closed, unpublished").await;
        toggle(&scene.owner, &scene.video).await;
        sweep(app, &scene, false, "closed, published").await;
        // Whoever is logged in gets addresses that open what is published.
        let seen = shown(&scene.stranger, &scene.video).await;
        for field in ["videoFile", "thumbnail"] {
            check(&app.anonymous(), &text(&seen[field]), true, "a member's address").await;
        }
    })
    .await;
}

#[tokio::test]
async fn t01_hiding_publishing_and_deleting_work_on_the_next_request() {
    run(async |app| {
        let owner = app.person("owner").await;
        let video = owner.video("Tea").await;
        let anyone = app.anonymous();
        let (source, thumbnail) = (text(&video["videoFile"]), text(&video["thumbnail"]));
        assert_eq!((split(&source).1, split(&thumbnail).1), ("", ""));
        let mut signed = String::new();
        for round in 0..3 {
            for url in [&source, &thumbnail] {
                check(&anyone, url, true, "published").await;
                assert!(anyone.head(url).await.header("cache-control").starts_with("public"));
            }
            toggle(&owner, &video).await;
            for url in [&source, &thumbnail] {
                check(&anyone, url, false, &format!("hidden, round {round}")).await;
            }
            signed = text(&shown(&owner, &video).await["videoFile"]);
            check(&anyone, &signed, true, "signed").await;
            let response = anyone.head(&signed).await;
            assert_eq!(response.header("cache-control"), "private, no-store");
            toggle(&owner, &video).await;
        }
        assert_eq!(owner.client.delete(&format!("/api/v1/videos/{}", id(&video))).await.status, 200);
        for url in [&source, &thumbnail, &signed] {
            check(&anyone, url, false, "deleted").await;
        }
    })
    .await;
}

#[tokio::test]
async fn t01_a_signature_opens_its_video_and_no_account_or_route() {
    run(async |app| {
        let scene = set_scene(app).await;
        let path = format!("/api/v1/videos/{}?{}", id(&scene.video), scene.good);
        assert_eq!(app.anonymous().get(&path).await.status, 404);
        let signature = scene.good.split("signature=").nth(1).unwrap();
        let response = app.anonymous().with_token(signature).get("/api/v1/users/current-user").await;
        assert_eq!(response.status, 401);
        // Nor is an access token a signature.
        let address = text(&scene.video["videoFile"]);
        let expires = scene.good.split('&').next().unwrap();
        let url = format!("{}?{expires}&signature={}", split(&address).0, scene.owner.access_token);
        check(&app.anonymous(), &url, false, "an access token").await;
    })
    .await;
}

#[tokio::test]
async fn signed_addresses_expire_and_stay_the_same_for_a_while() {
    run_with(&[("MEDIA_URL_EXPIRY", "1h")], async |app| {
        let owner = app.person("owner").await;
        let video = owner.hidden_video("Tea").await;
        let first = text(&shown(&owner, &video).await["videoFile"]);
        app.advance(Duration::from_secs(599));
        assert_eq!(text(&shown(&owner, &video).await["videoFile"]), first);
        app.advance(Duration::from_secs(1));
        let second = text(&shown(&owner, &video).await["videoFile"]);
        assert_ne!(second, first);
        // Both work for the hour at least, and neither for ten minutes more than that.
        app.advance(Duration::from_mins(50));
        check(&app.anonymous(), &first, true, "after an hour").await;
        app.advance(Duration::from_mins(10));
        check(&app.anonymous(), &first, false, "after an hour and ten minutes").await;
        check(&app.anonymous(), &second, true, "the later one").await;
        app.advance(Duration::from_mins(10));
        check(&app.anonymous(), &second, false, "the later one, later").await;
    })
    .await;
}

#[tokio::test]
async fn every_answer_that_shows_ones_hidden_video_has_addresses_that_open() {
    run(async |app| {
        let owner = app.person("owner").await;
        let video = owner.hidden_video("Tea").await;
        let path = format!("/api/v1/videos/{}", id(&video));
        shown(&owner, &video).await;
        let like = format!("/api/v1/likes/toggle/v/{}", id(&video));
        assert_eq!(owner.client.bare("POST", &like).await.status, 200);
        let playlist = owner.client.post("/api/v1/playlist", json!({ "name": "a", "description": "b" })).await;
        let playlist = id(&playlist.data());
        let add = format!("/api/v1/playlist/add/{}/{playlist}", id(&video));
        assert_eq!(owner.client.bare("PATCH", &add).await.status, 200);
        let changed = owner.client.patch(&path, json!({ "title": "Coffee" })).await.data();
        let mut objects = vec![video, changed];
        for (place, pointer) in [
            (path, ""),
            (format!("/api/v1/videos?userId={}", owner.id), "/docs/0"),
            ("/api/v1/dashboard/videos".to_owned(), "/0"),
            ("/api/v1/users/history".to_owned(), "/0"),
            ("/api/v1/likes/videos".to_owned(), "/0/video"),
            (format!("/api/v1/playlist/{playlist}"), "/videos/0"),
            (format!("/api/v1/playlist/user/{}", owner.id), "/0/videos/0"),
        ] {
            let data = owner.client.get(&place).await.data();
            objects.push(data.pointer(pointer).unwrap_or_else(|| panic!("{place}: {data}")).clone());
        }
        for object in objects {
            for field in ["videoFile", "thumbnail"] {
                let Some(url) = object[field].as_str() else {
                    // Playlist cards have the thumbnail only.
                    assert!(field == "videoFile" && object.get("owner").is_none(), "{object}");
                    continue;
                };
                assert!(!split(url).1.is_empty(), "{url} is not signed");
                check(&app.anonymous(), url, true, "shown to its owner").await;
            }
        }
    })
    .await;
}
