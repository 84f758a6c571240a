//! Many requests at the same moment that add to, take from and remove one thing: playlists, comments, videos.

use serde_json::{Value, json};

use crate::harness::{Person, Response, TestApp, id, rows, run};
use crate::races::{Request, at_once, people, post, request, statuses};

async fn playlist(person: &Person) -> Value {
    person.create("/api/v1/playlist", json!({ "name": "Tea", "description": "All of it" })).await
}

/// The positions in the only playlist, in order.
async fn positions(app: &TestApp) -> Vec<i64> {
    let sql = "SELECT position FROM playlist_videos ORDER BY position";
    let rows: Vec<(i64,)> = app.app.db.all(sql, vec![]).await.unwrap();
    rows.into_iter().map(|(position,)| position).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_videos_added_at_once_stand_in_the_playlist_once_and_in_a_row() {
    run(async |app| {
        let alice = app.person("alice").await;
        rows::fill(app, rows::VIDEOS, 1..=10, &alice.id, "").await;
        rows::settle(app).await;
        let playlist = playlist(&alice).await;
        let add = |number| format!("/api/v1/playlist/add/{}/{}", rows::id_of(number), id(&playlist));
        let responses = at_once((0..8).map(|_| request(&alice.client, "PATCH", &add(1)))).await;
        for response in &responses {
            let raw = response.expect(200, "Video added to playlist successfully").data();
            assert_eq!(raw["videos"], json!([rows::id_of(1)]));
        }
        let numbers = (1..=10).chain(1..=10);
        let responses = at_once(numbers.map(|number| request(&alice.client, "PATCH", &add(number)))).await;
        assert_eq!(statuses(&responses), [200; 20]);
        let detail = alice.client.get(&format!("/api/v1/playlist/{}", id(&playlist))).await.data();
        let mut found: Vec<String> = detail["videos"].as_array().unwrap().iter().map(id).collect();
        found.sort();
        assert_eq!(found, (1..=10).map(rows::id_of).collect::<Vec<_>>());
        assert_eq!(positions(app).await, (1..=10).collect::<Vec<_>>());
        // Adding and taking out at once: whatever wins, the entry is there once or not at all.
        let remove = |number| add(number).replace("/add/", "/remove/");
        let both = (0..10).map(|turn| request(&alice.client, "PATCH", &if turn % 2 == 0 { add(3) } else { remove(3) }));
        assert_eq!(statuses(&at_once(both).await), [200; 10]);
        let again = alice.client.bare("PATCH", &add(3)).await.data();
        assert_eq!(again["videos"].as_array().unwrap().len(), 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_comments_written_and_removed_at_once_are_counted_exactly() {
    run(async |app| {
        let people = people(app, 4).await;
        let video = people[0].ready_video("Tea").await;
        let path = format!("/api/v1/comments/{}", id(&video));
        let authors = people.iter().cycle().take(12);
        let responses =
            at_once(authors.map(|person| post(&person.client, &path, json!({ "content": "Me too" })))).await;
        assert_eq!(statuses(&responses), [201; 12]);
        let page = people[1].client.get(&path).await.data();
        assert_eq!((&page["totalDocs"], &page["totalPages"]), (&json!(12), &json!(2)));
        // Everybody removes the same comment, while its author changes it and others like it.
        let comment = responses[1].data();
        let (one, like) =
            (format!("/api/v1/comments/c/{}", id(&comment)), format!("/api/v1/likes/toggle/c/{}", id(&comment)));
        let removals = (0..6).map(|_| request(&people[0].client, "DELETE", &one));
        let likes = people.iter().map(|person| request(&person.client, "POST", &like));
        let edit = (people[1].client.clone(), one.clone());
        let edit: Request = Box::pin(async move { edit.0.patch(&edit.1, json!({ "content": "Not me" })).await });
        let responses = at_once(removals.chain(likes).chain([edit])).await;
        let removed = statuses(&responses[..6]);
        assert_eq!(removed, [200, 404, 404, 404, 404, 404]);
        for response in &responses[6..] {
            assert!(response.status == 200 || response.message() == "Comment not found", "{response:?}");
        }
        assert_eq!(people[1].client.get(&path).await.data()["totalDocs"], 11);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_removing_a_video_while_everybody_uses_it_never_fails() {
    run(async |app| {
        let people = people(app, 4).await;
        let owner = &people[0];
        let mut playlists = Vec::new();
        for person in &people {
            playlists.push(playlist(person).await);
        }
        for round in 0..4 {
            let video = owner.ready_video(&format!("Round {round}")).await;
            let video_id = id(&video);
            let comment = owner.create(&format!("/api/v1/comments/{video_id}"), json!({ "content": "Hm" })).await;
            let mut requests: Vec<Request> = Vec::new();
            for (person, playlist) in people.iter().zip(&playlists) {
                let client = &person.client;
                let comments = format!("/api/v1/comments/{video_id}");
                requests.push(post(client, &comments, json!({ "content": "Me too" })));
                for (method, path) in [
                    ("POST", format!("/api/v1/likes/toggle/v/{video_id}")),
                    ("POST", format!("/api/v1/likes/toggle/c/{}", id(&comment))),
                    ("PATCH", format!("/api/v1/playlist/add/{video_id}/{}", id(playlist))),
                    ("GET", format!("/api/v1/videos/{video_id}")),
                    ("GET", comments),
                ] {
                    requests.push(request(client, method, &path));
                }
            }
            // The removals go in the middle, so that some come before and some after.
            let middle = requests.len() / (round + 1);
            for _ in 0..2 {
                requests.insert(middle, request(&owner.client, "DELETE", &format!("/api/v1/videos/{video_id}")));
            }
            let mut responses = at_once(requests).await;
            let removals: Vec<Response> = responses.drain(middle..middle + 2).collect();
            assert_eq!(statuses(&removals), [200, 404]);
            let others = statuses(&responses);
            assert!(others.iter().all(|status| matches!(status, 200 | 201 | 404)), "{others:?}");
        }
        for table in ["videos", "comments", "video_likes", "comment_likes", "playlist_videos", "watch_history"] {
            assert_eq!(rows::count(app, table).await, 0, "{table}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_a_video_published_and_hidden_at_once_is_counted_right() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let toggle = |video: &Value| format!("/api/v1/videos/toggle/publish/{}", id(video));
        let videos = [alice.ready_video("One").await, alice.ready_video("Two").await, bob.ready_video("Three").await];
        let requests = (0..7).flat_map(|_| {
            videos.iter().map(|video| {
                let owner = if video["owner"] == alice.id.as_str() { &alice } else { &bob };
                request(&owner.client, "PATCH", &toggle(video))
            })
        });
        let responses = at_once(requests.collect::<Vec<_>>()).await;
        assert_eq!(statuses(&responses), [200; 21]);
        assert_eq!(app.anonymous().get("/api/v1/videos").await.data()["totalDocs"], 0);
        let responses = at_once((0..5).map(|_| request(&alice.client, "PATCH", &toggle(&videos[0])))).await;
        let published = responses.iter().filter(|response| response.data()["isPublished"] == true).count();
        assert_eq!(published, 3);
        assert_eq!(app.anonymous().get("/api/v1/videos").await.data()["totalDocs"], 1);
        let channel = bob.client.get("/api/v1/users/c/alice").await.data();
        assert_eq!(channel["videosCount"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_people_who_leave_at_once_while_others_use_their_things_are_all_gone() {
    run(async |app| {
        let people = people(app, 5).await;
        let mut videos = Vec::new();
        for person in &people {
            videos.push(person.ready_video("Tea").await);
        }
        let everything = |person: &Person| -> Vec<Request> {
            let likes = videos.iter().map(|video| format!("/api/v1/likes/toggle/v/{}", id(video)));
            let channels = people.iter().filter(|to| to.id != person.id);
            let subscriptions = channels.map(|to| format!("/api/v1/subscriptions/c/{}", to.id));
            likes.chain(subscriptions).map(|path| request(&person.client, "POST", &path)).collect()
        };
        let responses = at_once(people.iter().flat_map(everything)).await;
        assert!(responses.iter().all(|response| response.status == 200), "{:?}", statuses(&responses));
        let leave = |person: &Person| -> Request {
            let client = person.client.clone();
            Box::pin(async move {
                let request = client.request("DELETE", "/api/v1/users/me");
                client.send(request.json(&json!({ "password": crate::harness::PASSWORD }))).await
            })
        };
        let mut requests: Vec<Request> = people[1..].iter().map(leave).collect();
        for _ in 0..5 {
            for (person, video) in people.iter().zip(&videos) {
                let toggle = format!("/api/v1/videos/toggle/publish/{}", id(video));
                requests.push(request(&person.client, "PATCH", &toggle));
                requests.extend(everything(person));
            }
        }
        let responses = at_once(requests).await;
        let worst = responses.iter().find(|response| !matches!(response.status, 200 | 401 | 404 | 409));
        assert!(worst.is_none(), "{:?} {worst:?}", statuses(&responses));
        assert_eq!(statuses(&responses[..4]), [200; 4]);
        for table in ["users", "videos"] {
            assert_eq!(rows::count(app, table).await, 1, "{table}");
        }
        assert_eq!(rows::count(app, "subscriptions").await, 0);
    })
    .await;
}
