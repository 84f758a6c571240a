//! Shorts: which videos are some, and lists with them only and without them.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::lists::{slice, walk, with_query};
use crate::harness::rows::{self, execute, fill, id_of, settle};
use crate::harness::{Person, TestApp, file, id, run, samples};

const COUNT: i64 = 25;

async fn upload(person: &Person, name: &str, bytes: Vec<u8>) -> Value {
    let form = Form::new()
        .text("title", name.to_owned())
        .text("description", "x")
        .part("videoFile", file(name, bytes))
        .part("thumbnail", file("t.png", samples::png(16, 16)));
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    response.data()
}

fn clip(size: &str) -> Vec<u8> {
    let codec = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast";
    samples::ffmpeg("clip.mp4", &format!("-f lavfi -i testsrc2=s={size}:r=5:d=1 {codec}"))
}

#[tokio::test]
async fn upright_and_square_videos_are_shorts_and_nothing_else_is() {
    run(async |app| {
        let alice = app.person("alice").await;
        for (size, wanted) in [("48x64", true), ("64x64", true), ("64x48", false)] {
            let video = upload(&alice, size, clip(size)).await;
            assert_eq!(video["isShort"], json!(wanted), "{size}");
            let watched = app.anonymous().get(&format!("/api/v1/videos/{}", id(&video))).await.data();
            assert_eq!(watched["isShort"], json!(wanted), "{size}");
        }
        let song = samples::ffmpeg("song.m4a", "-f lavfi -i sine=d=1 -c:a aac");
        assert_eq!(upload(&alice, "song.m4a", song).await["isShort"], json!(false));
        // Hiding, publishing and deleting keep the totals right.
        let mine = format!("/api/v1/videos?userId={}", alice.id);
        let shorts = slice(&alice.client, &mine, "shorts=only").await.ids();
        assert_eq!(shorts.len(), 2);
        let toggle = format!("/api/v1/videos/toggle/publish/{}", shorts[0]);
        for (published, all) in [(1, 2), (2, 2)] {
            alice.client.bare("PATCH", &toggle).await.expect_status(200);
            for (client, list, wanted) in [
                (&alice.client, mine.as_str(), all),
                (&app.anonymous(), mine.as_str(), published),
                (&alice.client, "/api/v1/videos", published),
            ] {
                assert_eq!(slice(client, list, "shorts=only").await.total, wanted, "{list}");
                let rest = slice(client, list, "shorts=exclude").await;
                assert_eq!((rest.total, rest.docs.len()), (2, 2), "{list}");
            }
        }
        alice.client.delete(&format!("/api/v1/videos/{}", shorts[1])).await.expect_status(200);
        assert_eq!(slice(&alice.client, "/api/v1/videos", "shorts=only").await.ids(), shorts[..1]);
    })
    .await;
}

/// Makes every third of the videos a short, and gives every list that has them.
async fn lists(app: &TestApp, alice: &Person, bob: &Person) -> Vec<String> {
    let video = id_of(1);
    for table in [rows::USERS, rows::VIDEOS, rows::VIDEO_SEARCH] {
        fill(app, table, 1..=COUNT, &alice.id, &video).await;
    }
    for table in [rows::VIDEO_LIKES, rows::HISTORY, rows::PLAYLISTS] {
        fill(app, table, 1..=COUNT, &bob.id, &video).await;
    }
    execute(app, "UPDATE videos SET is_short = duration_s IN (0.0, 1.0, 2.5)".to_owned(), vec![]).await;
    let whole_list = "INSERT INTO playlist_videos (playlist_id, video_id, position)
                      SELECT p.id, v.id, v.created_at FROM playlists p CROSS JOIN videos v";
    execute(app, whole_list.to_owned(), vec![]).await;
    settle(app).await;
    bob.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", alice.id)).await.expect_status(200);
    let mut lists = vec!["/api/v1/likes/videos".to_owned(), "/api/v1/users/history".to_owned()];
    for filter in ["", &format!("&userId={}", alice.id), "&subscribed=true", "&query=video", "&query=1"] {
        for order in ["createdAt", "views", "duration", "title"] {
            for way in ["asc", "desc"] {
                lists.push(format!("/api/v1/videos?sortBy={order}&sortType={way}{filter}"));
            }
        }
    }
    lists
}

/// The video of an entry of any list.
fn video(entry: &Value) -> &Value {
    if entry["video"].is_object() { &entry["video"] } else { entry }
}

async fn check(person: &Person, path: &str) {
    let whole = slice(&person.client, path, "limit=100").await;
    for (word, wanted) in [("only", true), ("exclude", false)] {
        let docs = whole.docs.iter().filter(|entry| video(entry)["isShort"] == json!(wanted));
        let expected: Vec<String> = docs.map(id).collect();
        assert!(expected.len() > 1, "{path}");
        let filtered = with_query(path, &format!("shorts={word}"));
        assert_eq!(walk(&person.client, &filtered, 3, async |_| {}).await, expected, "{filtered}");
        let second = slice(&person.client, &filtered, "limit=2&page=2").await;
        assert_eq!(second.ids(), expected[2..expected.len().min(4)], "{filtered}");
        assert_eq!(second.total, i64::try_from(expected.len()).unwrap(), "{filtered}");
    }
    let blank = slice(&person.client, path, "limit=100&shorts=").await;
    assert_eq!(blank.ids(), whole.ids());
    let wrong = person.client.get(&with_query(path, "shorts=no")).await;
    wrong.expect(400, "shorts must be exclude or only");
    assert_eq!(wrong.body["errors"][0]["field"], "shorts");
}

#[tokio::test]
async fn every_list_of_videos_has_shorts_only_or_none_when_asked() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        for path in lists(app, &alice, &bob).await {
            check(&bob, &path).await;
        }
        for path in [format!("/api/v1/videos?userId={}", alice.id), "/api/v1/dashboard/videos".to_owned()] {
            check(&alice, &path).await;
        }
        let playlist = format!("/api/v1/playlist/{}", id_of(3));
        let whole = bob.client.get(&playlist).await.data();
        for (word, wanted) in [("only", true), ("exclude", false)] {
            let part = bob.client.get(&format!("{playlist}?shorts={word}")).await.data();
            let videos = whole["videos"].as_array().unwrap().iter();
            let expected: Vec<&Value> = videos.filter(|video| video["isShort"] == json!(wanted)).collect();
            assert_eq!(part["videos"].as_array().unwrap().iter().collect::<Vec<_>>(), expected);
            assert_eq!(part["totalVideos"], json!(expected.len()));
        }
        bob.client.get(&format!("{playlist}?shorts=1")).await.expect(400, "shorts must be exclude or only");
    })
    .await;
}
