//! Lists that may be long: playlists come in pages, and the descriptions of other people's videos are short.

use serde_json::{Value, json};

use crate::harness::lists::{slice, walk};
use crate::harness::rows::{self, execute, fill, id_of, settle};
use crate::harness::{Person, TestApp, id, run};

const COUNT: i64 = 2_005;

/// A playlist of `COUNT` videos with descriptions as long as they may be, the last video first.
async fn long_playlist(app: &TestApp, owner: &Person) -> String {
    fill(app, rows::VIDEOS, 1..=COUNT, &owner.id, "").await;
    fill(app, rows::PLAYLISTS, 1..=1, &owner.id, "").await;
    let entries = "INSERT INTO playlist_videos (playlist_id, video_id, position)
                   SELECT p.id, v.id, ROW_NUMBER() OVER (ORDER BY v.id DESC) FROM playlists p CROSS JOIN videos v";
    execute(app, entries.to_owned(), vec![]).await;
    let description = "é".repeat(10_000);
    execute(app, format!("UPDATE videos SET description = '{description}' WHERE width = 160"), vec![]).await;
    settle(app).await;
    format!("/api/v1/playlist/{}", id_of(1))
}

fn ids(playlist: &Value) -> Vec<String> {
    playlist["videos"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn t12_a_long_playlist_comes_in_pages_and_its_sums_are_of_all() {
    run(async |app| {
        let alice = app.person("alice").await;
        let path = long_playlist(app, &alice).await;
        execute(app, "UPDATE videos SET is_published = false WHERE views = 3".to_owned(), vec![]).await;
        settle(app).await;
        let hidden = rows::count(app, "videos WHERE views = 3").await;
        let expected: Vec<String> = (1..=COUNT).rev().filter(|number| number * 5 % 11 != 3).map(id_of).collect();
        let views: i64 = (1..=COUNT).map(|number| number * 5 % 11).filter(|views| *views != 3).sum();

        let response = app.anonymous().get(&path).await;
        assert!(response.bytes.len() < 1_500_000, "{} bytes", response.bytes.len());
        let first = response.expect(200, "Playlist fetched successfully").data();
        assert_eq!(ids(&first), expected[..1_000]);
        let mut found = Vec::new();
        let mut query = "limit=300".to_owned();
        loop {
            let page = app.anonymous().get(&format!("{path}?{query}")).await.data();
            assert_eq!((&page["totalVideos"], &page["totalViews"]), (&json!(COUNT - hidden), &json!(views)));
            found.extend(ids(&page));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            query = format!("limit=300&cursor={cursor}");
        }
        assert_eq!(found, expected);
        let second = app.anonymous().get(&format!("{path}?page=2&limit=500")).await.data();
        assert_eq!(ids(&second), expected[500..1_000]);
        let own = alice.client.get(&format!("{path}?page=3")).await.data();
        assert_eq!((ids(&own), &own["nextCursor"]), ((1..=5).rev().map(id_of).collect(), &Value::Null));
        let tweets = format!("/api/v1/tweets/user/{}?cursor={}", alice.id, second["nextCursor"].as_str().unwrap());
        app.anonymous().get(&tweets).await.expect_status(400);
    })
    .await;
}

#[tokio::test]
async fn t12_a_list_of_playlists_has_the_first_videos_of_each() {
    run(async |app| {
        let alice = app.person("alice").await;
        long_playlist(app, &alice).await;
        let of_alice = format!("/api/v1/playlist/user/{}", alice.id);
        let list = app.anonymous().get(&of_alice).await.data();
        assert_eq!(ids(&list[0]), (COUNT - 19..=COUNT).rev().map(id_of).collect::<Vec<_>>());
        assert_eq!((&list[0]["totalVideos"], &list[0]["containsVideo"]), (&json!(COUNT), &Value::Null));
        for (video, is_in) in [(1, true), (COUNT + 1, false)] {
            let list = app.anonymous().get(&format!("{of_alice}?videoId={}", id_of(video))).await.data();
            assert_eq!(list[0]["containsVideo"], json!(is_in));
        }
        app.anonymous().get(&format!("{of_alice}?videoId=x")).await.expect(400, "Invalid video id");
    })
    .await;
}

#[tokio::test]
async fn t12_descriptions_are_short_in_lists_and_whole_where_their_owner_edits_them() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let long = "é".repeat(5_000);
        let (tea, milk) = (alice.ready_video("Tea").await, alice.ready_video("Milk").await);
        let change = json!({ "description": long });
        alice.client.patch(&format!("/api/v1/videos/{}", id(&tea)), change).await.expect_status(200);
        let playlist = bob.create("/api/v1/playlist", json!({ "name": "Tea", "description": "b" })).await;
        for video in [&tea, &milk] {
            bob.client.get(&format!("/api/v1/videos/{}", id(video))).await.expect_status(200);
            bob.client.bare("POST", &format!("/api/v1/likes/toggle/v/{}", id(video))).await.expect_status(200);
            let add = format!("/api/v1/playlist/add/{}/{}", id(video), id(&playlist));
            bob.client.bare("PATCH", &add).await.expect_status(200);
        }
        bob.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", alice.id)).await.expect_status(200);
        // The latest is the other one.
        alice.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(&milk))).await.expect_status(200);

        let short = format!("{}…", "é".repeat(299));
        let description = async |person: &Person, path: &str, pointer: &str| {
            let data = person.client.get(path).await.data();
            let entries = data.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("{path}: {data}"));
            let tea = entries.iter().find(|entry| entry.to_string().contains(&id(&tea))).unwrap();
            let video = [&tea["video"], &tea["channel"]["latestVideo"]].into_iter().find(|video| video.is_object());
            video.unwrap_or(tea)["description"].as_str().unwrap().to_owned()
        };
        for (path, pointer) in [
            ("/api/v1/videos".to_owned(), "/docs"),
            ("/api/v1/videos?query=tea".to_owned(), "/docs"),
            (format!("/api/v1/videos?userId={}", alice.id), "/docs"),
            ("/api/v1/users/history".to_owned(), ""),
            ("/api/v1/likes/videos".to_owned(), ""),
            (format!("/api/v1/subscriptions/u/{}", bob.id), ""),
            (format!("/api/v1/playlist/{}", id(&playlist)), "/videos"),
        ] {
            assert_eq!(description(&bob, &path, pointer).await, short, "{path}");
        }
        for (path, pointer) in
            [(format!("/api/v1/videos?userId={}", alice.id), "/docs"), ("/api/v1/dashboard/videos".to_owned(), "")]
        {
            assert_eq!(description(&alice, &path, pointer).await, long, "{path}");
        }
        let watched = bob.client.get(&format!("/api/v1/videos/{}", id(&tea))).await.data();
        assert_eq!(watched["description"], json!(long));
        let edge = json!({ "description": "é".repeat(300) });
        alice.client.patch(&format!("/api/v1/videos/{}", id(&tea)), edge).await.expect_status(200);
        assert_eq!(description(&bob, "/api/v1/videos", "/docs").await, "é".repeat(300));
    })
    .await;
}

#[tokio::test]
async fn t12_a_search_for_a_common_word_looks_at_a_thousand_matches() {
    const ALL: i64 = 1_203;
    run(async |app| {
        let alice = app.person("alice").await;
        fill(app, rows::VIDEOS, 1..=ALL, &alice.id, "").await;
        fill(app, rows::VIDEO_SEARCH, 1..=ALL, &alice.id, "").await;
        settle(app).await;
        let newest: Vec<String> = (1..=ALL).rev().map(id_of).collect();
        // By an index, in each text of a channel, and by a text that is too short for an index.
        for query in ["query=video".to_owned(), format!("query=video&userId={}", alice.id), "query=vi".to_owned()] {
            let path = format!("/api/v1/videos?{query}");
            let last = slice(&alice.client, &path, "limit=100&page=10").await;
            assert_eq!((last.ids(), last.total), (newest[900..1_000].to_vec(), 1_000), "{path}");
            let none = slice(&alice.client, &path, "limit=100&page=11").await;
            assert_eq!((none.ids(), none.total), (vec![], 1_000), "{path}");
            assert_eq!(walk(&alice.client, &path, 100, async |_| {}).await, newest, "a cursor leads on: {path}");
            let mut oldest = walk(&alice.client, &format!("{path}&sortType=asc"), 100, async |_| {}).await;
            oldest.reverse();
            assert_eq!(oldest, newest, "{path}");
            let mut most_watched: Vec<i64> = (ALL - 999..=ALL).collect();
            most_watched.sort_by_key(|number| std::cmp::Reverse((number * 5 % 11, *number)));
            let most_watched: Vec<String> = most_watched.into_iter().map(id_of).collect();
            let by_views = format!("{path}&sortBy=views");
            assert_eq!(walk(&alice.client, &by_views, 100, async |_| {}).await, most_watched, "{path}");
        }
        let few = slice(&alice.client, "/api/v1/videos?query=video 7 1", "limit=5").await;
        let count = rows::count(app, "video_search WHERE text LIKE '%video 7 1%'").await;
        assert_eq!((few.total, few.docs.len()), (count, 5));
    })
    .await;
}
