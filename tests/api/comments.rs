//! Comments: who may write, change and remove them, and what becomes of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, TestApp, id, rows, run};

const VIDEO_404: &str = "Video not found";
const COMMENT_404: &str = "Comment not found";

fn of(video: &Value) -> String {
    format!("/api/v1/comments/{}", id(video))
}

fn one(comment: &Value) -> String {
    format!("/api/v1/comments/c/{}", id(comment))
}

async fn like(person: &Person, comment: &Value) -> Value {
    let path = format!("/api/v1/likes/toggle/c/{}", id(comment));
    person.client.bare("POST", &path).await.expect(200, "Liked successfully").data()
}

async fn two(app: &TestApp) -> (Person, Person) {
    (app.person("alice").await, app.person("bob").await)
}

#[tokio::test]
async fn a_comment_is_written_listed_changed_and_removed() {
    run(async |app| {
        let (alice, bob) = two(app).await;
        let video = alice.ready_video("Tea").await;
        let draft = json!({ "content": "  Lovely.\nReally.  ", "likesCount": 7, "unknown": [] });
        let comment = bob.client.post(&of(&video), draft).await.expect(201, "Comment added successfully").data();
        assert_eq!(comment["content"], "Lovely.\nReally.");
        assert_eq!(comment["video"], video["_id"]);
        assert_eq!((&comment["likesCount"], &comment["isLiked"]), (&json!(0), &json!(false)));
        assert_eq!(comment["owner"]["_id"], bob.id);
        assert_eq!(
            (&comment["owner"]["username"], &comment["owner"]["fullName"]),
            (&json!("bob"), &json!("bob of the Tests"))
        );
        assert!(comment["owner"]["avatar"].as_str().unwrap().starts_with(&app.base));
        assert_eq!(
            (&comment["createdAt"], &comment["updatedAt"]),
            (&json!("2026-01-15T12:00:00.000Z"), &comment["createdAt"])
        );

        let page = alice.client.get(&of(&video)).await.expect(200, "Comments fetched successfully").data();
        assert_eq!((&page["docs"], &page["totalDocs"]), (&json!([comment]), &json!(1)));
        let detail = alice.client.get(&format!("/api/v1/videos/{}", id(&video))).await.data();
        assert_eq!(detail["commentsCount"], 1);

        like(&alice, &comment).await;
        like(&bob, &comment).await;
        app.advance(Duration::from_millis(1500));
        let changed = bob.client.patch(&one(&comment), json!({ "content": "Better." })).await;
        let changed = changed.expect(200, "Comment updated successfully").data();
        let mut expected = comment.clone();
        expected["content"] = json!("Better.");
        expected["updatedAt"] = json!("2026-01-15T12:00:01.500Z");
        expected["likesCount"] = json!(2);
        expected["totalLikes"] = json!(2);
        expected["isLiked"] = json!(true);
        assert_eq!(changed, expected);
        assert_eq!(alice.client.get(&of(&video)).await.data()["docs"], json!([expected]));

        let removed = bob.client.delete(&one(&comment)).await.expect(200, "Comment deleted successfully").data();
        assert_eq!(removed, json!({ "commentId": comment["_id"] }));
        let page = alice.client.get(&of(&video)).await.data();
        assert_eq!((&page["docs"], &page["totalDocs"], &page["totalPages"]), (&json!([]), &json!(0), &json!(1)));
        assert_eq!(rows::count(app, "comment_likes").await, 0, "its likes went with it");
        bob.client.delete(&one(&comment)).await.expect(404, COMMENT_404);
    })
    .await;
}

#[tokio::test]
async fn blank_and_endless_comments_are_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let comment = alice.create(&of(&video), json!({ "content": "é".repeat(1000) })).await;
        for body in [json!({}), json!({ "content": "" }), json!({ "content": " \n\t " }), json!({ "text": "x" })] {
            let response = alice.client.post(&of(&video), body.clone()).await;
            response.expect(400, "content is required");
            assert_eq!(response.body["errors"][0]["field"], "content");
            alice.client.patch(&one(&comment), body).await.expect(400, "content is required");
        }
        for content in [json!(null), json!(5), json!(["x"]), json!({ "$gt": "" })] {
            let response = alice.client.post(&of(&video), json!({ "content": content })).await;
            assert_eq!(response.status, 400, "{content}");
        }
        let endless = json!({ "content": "x".repeat(10_001) });
        let message = "content must have at most 10000 characters";
        alice.client.post(&of(&video), endless.clone()).await.expect(400, message);
        alice.client.patch(&one(&comment), endless).await.expect(400, message);
        alice.client.patch(&one(&comment), json!({ "content": "x".repeat(10_000) })).await;
        let page = alice.client.get(&of(&video)).await.data();
        assert_eq!(page["totalDocs"], 1);
        assert_eq!(page["docs"][0]["content"].as_str().unwrap().len(), 10_000);
    })
    .await;
}

#[tokio::test]
async fn only_the_author_changes_a_comment_and_the_owner_of_the_video_may_remove_it_too() {
    run(async |app| {
        let (alice, bob) = two(app).await;
        let carol = app.person("carol").await;
        let video = alice.ready_video("Tea").await;
        let comment = bob.create(&of(&video), json!({ "content": "First!" })).await;
        for other in [&alice, &carol] {
            let response = other.client.patch(&one(&comment), json!({ "content": "Mine now" })).await;
            response.expect(403, "Only the author of a comment may change it");
        }
        let message = "Only the author of a comment or the owner of the video may delete it";
        carol.client.delete(&one(&comment)).await.expect(403, message);
        // What is wrong with the body is said before whose comment it is.
        carol.client.patch(&one(&comment), json!({})).await.expect(400, "content is required");
        assert_eq!(alice.client.get(&of(&video)).await.data()["docs"], json!([comment]));
        alice.client.delete(&one(&comment)).await.expect(200, "Comment deleted successfully");
        assert_eq!(bob.client.get(&of(&video)).await.data()["docs"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_commented_on() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = alice.ready_video("Tea").await;
        let comment = alice.create(&of(&video), json!({ "content": "Soon gone" })).await;
        alice.client.delete(&format!("/api/v1/videos/{}", id(&video))).await.expect(200, "Video deleted successfully");
        let body = json!({ "content": "Where is it?" });
        app.anonymous().get(&of(&video)).await.expect(404, VIDEO_404);
        alice.client.post(&of(&video), body.clone()).await.expect(404, VIDEO_404);
        alice.client.patch(&one(&comment), body.clone()).await.expect(404, COMMENT_404);
        alice.client.delete(&one(&comment)).await.expect(404, COMMENT_404);
        assert_eq!(rows::count(app, "comments").await, 0, "comments go with their video");
        for bad in ["x", "123456789012", &id(&video)[1..], "%00", "..%2f..%2fetc"] {
            app.anonymous().get(&format!("/api/v1/comments/{bad}")).await.expect(400, "Invalid video id");
            let path = format!("/api/v1/comments/c/{bad}");
            alice.client.patch(&path, body.clone()).await.expect(400, "Invalid comment id");
        }
    })
    .await;
}

#[tokio::test]
async fn a_hidden_video_hides_its_comments_from_everybody_but_its_owner() {
    run(async |app| {
        let (alice, bob) = two(app).await;
        let video = alice.ready_video("Tea").await;
        let comment = bob.create(&of(&video), json!({ "content": "Nice" })).await;
        let toggle = format!("/api/v1/videos/toggle/publish/{}", id(&video));
        assert_eq!(alice.client.bare("PATCH", &toggle).await.data()["isPublished"], false);
        let body = json!({ "content": "Still here?" });
        for client in [&app.anonymous(), &bob.client] {
            client.get(&of(&video)).await.expect(404, VIDEO_404);
        }
        bob.client.post(&of(&video), body.clone()).await.expect(404, VIDEO_404);
        bob.client.patch(&one(&comment), body.clone()).await.expect(404, COMMENT_404);
        bob.client.delete(&one(&comment)).await.expect(404, COMMENT_404);
        assert_eq!(alice.client.get(&of(&video)).await.data()["docs"], json!([comment]));
        alice.create(&of(&video), body).await;
        alice.client.bare("PATCH", &toggle).await;
        assert_eq!(app.anonymous().get(&of(&video)).await.data()["totalDocs"], 2);
        bob.client.delete(&one(&comment)).await.expect(200, "Comment deleted successfully");
    })
    .await;
}

#[tokio::test]
async fn comments_come_newest_first_with_the_likes_of_whoever_asks() {
    run(async |app| {
        let (alice, bob) = two(app).await;
        let (video, other) = (alice.ready_video("Tea").await, alice.ready_video("Coffee").await);
        alice.create(&of(&other), json!({ "content": "Elsewhere" })).await;
        let mut written = Vec::new();
        for (number, person) in [&alice, &bob, &alice].into_iter().enumerate() {
            written.push(person.create(&of(&video), json!({ "content": format!("Number {number}") })).await);
            app.advance(Duration::from_millis(1));
        }
        like(&bob, &written[0]).await;
        like(&alice, &written[2]).await;
        like(&bob, &written[2]).await;
        written.reverse();
        for (client, liked) in
            [(&app.anonymous(), [false; 3]), (&alice.client, [true, false, false]), (&bob.client, [true, false, true])]
        {
            let page = client.get(&of(&video)).await.data();
            assert_eq!((&page["totalDocs"], &page["hasNextPage"]), (&json!(3), &json!(false)));
            let docs = page["docs"].as_array().unwrap();
            assert_eq!(docs.iter().map(id).collect::<Vec<_>>(), written.iter().map(id).collect::<Vec<_>>());
            assert_eq!(docs.iter().map(|doc| doc["isLiked"].as_bool().unwrap()).collect::<Vec<_>>(), liked);
            assert_eq!(docs.iter().map(|doc| doc["likesCount"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 0, 1]);
        }
    })
    .await;
}
