//! Related videos: what is watched together, of one channel, and popular.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Client, Person, TestApp, id, run};

async fn related(client: &Client, video: &Value) -> Vec<Value> {
    let response = client.get(&format!("/api/v1/videos/{}/related", id(video))).await;
    response.expect(200, "Related videos fetched successfully").data().as_array().unwrap().clone()
}

fn titles(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["title"].as_str().unwrap()).collect()
}

async fn watch(app: &TestApp, person: &Person, video: &Value) {
    person.client.get(&format!("/api/v1/videos/{}", id(video))).await.expect_status(200);
    person.store_views().await;
    app.advance(Duration::from_secs(1));
}

/// Lets the periodic tasks run.
async fn settled(app: &TestApp) {
    app.advance(Duration::from_mins(6));
    app.tasks_done().await;
}

/// Four channels with a video each, the last one the newest.
async fn channels(app: &TestApp) -> (Vec<Person>, Vec<Value>) {
    let (mut people, mut videos) = (Vec::new(), Vec::new());
    for (name, title) in [("ann", "Tea"), ("ben", "Milk"), ("cid", "Water"), ("dee", "Juice")] {
        let person = app.person(name).await;
        videos.push(person.ready_video(title).await);
        people.push(person);
        app.advance(Duration::from_secs(1));
    }
    (people, videos)
}

#[tokio::test]
async fn what_two_people_watch_together_is_related() {
    run(async |app| {
        let (people, videos) = channels(app).await;
        let [tea, milk, water, juice] = &videos[..] else { unreachable!() };
        let nobody = app.anonymous();
        watch(app, &people[2], tea).await;
        watch(app, &people[2], milk).await;
        settled(app).await;
        // One viewer is not enough, however often.
        app.advance(Duration::from_hours(1));
        watch(app, &people[2], tea).await;
        watch(app, &people[2], milk).await;
        settled(app).await;
        assert!(related(&nobody, tea).await.iter().all(|entry| entry["reason"]["kind"] == "popular"));

        watch(app, &people[3], milk).await;
        watch(app, &people[3], tea).await;
        settled(app).await;
        let beside = related(&nobody, tea).await;
        assert_eq!(beside[0]["title"], "Milk");
        let reason = json!({ "kind": "related", "video": { "_id": id(tea), "title": "Tea" }, "channel": null });
        assert_eq!(beside[0]["reason"], reason);
        assert_eq!(titles(&related(&nobody, milk).await)[0], "Tea");
        // Less often together, further down. More than a day apart is not together.
        for name in ["ann", "ben"] {
            let person = app.login(name).await;
            for video in [water, tea] {
                watch(app, &person, video).await;
            }
            app.advance(Duration::from_hours(25));
            watch(app, &app.login(name).await, juice).await;
        }
        watch(app, &app.login("cid").await, water).await;
        settled(app).await;
        assert_eq!(titles(&related(&nobody, tea).await), ["Milk", "Water", "Juice"]);
        assert_eq!(related(&nobody, tea).await[2]["reason"]["kind"], "popular");
        assert_eq!(related(&nobody, tea).await, related(&nobody, tea).await);
    })
    .await;
}

#[tokio::test]
async fn nothing_hidden_watched_or_unwanted_is_related() {
    run(async |app| {
        let (people, videos) = channels(app).await;
        let [tea, milk, water, juice] = &videos[..] else { unreachable!() };
        for person in &people[2..] {
            for video in [tea, milk, water, juice] {
                watch(app, person, video).await;
            }
        }
        settled(app).await;
        let nobody = app.anonymous();
        assert_eq!(related(&nobody, tea).await.len(), 3);
        // Those who watched everything have nothing left.
        assert_eq!(titles(&related(&people[2].client, tea).await), Vec::<&str>::new());
        let toggle = format!("/api/v1/videos/toggle/publish/{}", id(milk));
        people[1].client.bare("PATCH", &toggle).await.expect_status(200);
        assert!(!titles(&related(&nobody, tea).await).contains(&"Milk"));
        assert!(!titles(&related(&people[1].client, tea).await).contains(&"Milk"));
        nobody.get(&format!("/api/v1/videos/{}/related", id(milk))).await.expect(404, "Video not found");
        assert_eq!(related(&people[1].client, milk).await.len(), 3);

        let hidden = format!("/api/v1/feed/hidden/{}", id(water));
        for _ in 0..2 {
            people[0].client.bare("POST", &hidden).await.expect_status(200);
        }
        assert_eq!(titles(&related(&people[0].client, tea).await), ["Juice"]);
        people[0].client.delete(&hidden).await.expect_status(200);
        assert_eq!(related(&people[0].client, tea).await.len(), 2);
        let message = "This video is not hidden from your recommendations";
        people[0].client.delete(&hidden).await.expect(404, message);
        people[2].client.delete(&format!("/api/v1/videos/{}", id(water))).await.expect_status(200);
        assert_eq!(titles(&related(&nobody, tea).await), ["Juice"]);
    })
    .await;
}

#[tokio::test]
async fn those_who_opt_out_pair_nothing() {
    run(async |app| {
        let (people, videos) = channels(app).await;
        let settings = "/api/v1/feed/settings";
        assert_eq!(people[2].client.get(settings).await.data(), json!({ "useHistory": true }));
        for person in &people[2..] {
            let changed = person.client.patch(settings, json!({ "useHistory": false })).await.expect_status(200);
            assert_eq!(changed, json!({ "useHistory": false }));
            watch(app, person, &videos[0]).await;
            watch(app, person, &videos[1]).await;
        }
        settled(app).await;
        let beside = related(&app.anonymous(), &videos[0]).await;
        assert!(beside.iter().all(|entry| entry["reason"]["kind"] == "popular"));
        // Nor is anything left out because of it.
        assert_eq!(related(&people[2].client, &videos[0]).await.len(), 3);
        let refused = people[2].client.patch(settings, json!({})).await;
        refused.expect(400, "useHistory is required: true or false");
        people[2].client.patch(settings, json!({ "useHistory": "x" })).await.expect_status(400);
    })
    .await;
}

#[tokio::test]
async fn a_channel_has_three_places_and_the_list_a_length() {
    run(async |app| {
        let (people, videos) = channels(app).await;
        for number in 0..5 {
            people[0].ready_video(&format!("More tea {number}")).await;
        }
        let beside = related(&app.anonymous(), &videos[0]).await;
        assert_eq!(beside.len(), 6);
        let same = beside.iter().filter(|entry| entry["owner"]["_id"] == json!(people[0].id));
        assert_eq!(same.map(|entry| entry["reason"]["kind"].as_str().unwrap()).collect::<Vec<_>>(), ["channel"; 3]);
        let path = format!("/api/v1/videos/{}/related", id(&videos[0]));
        let few = app.anonymous().get(&format!("{path}?limit=2")).await.data();
        assert_eq!(few.as_array().unwrap()[..], beside[..2]);
        for wrong in ["0", "x", "-1"] {
            let response = app.anonymous().get(&format!("{path}?limit={wrong}")).await;
            response.expect(400, "limit must be a positive whole number");
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_rare_words_of_the_title_in_common_is_related() {
    run(async |app| {
        let (ann, ben) = (app.person("ann").await, app.person("ben").await);
        let bread = ann.ready_video("Sourdough for beginners").await;
        ben.ready_video("Chess in winter").await;
        ben.ready_video("My sourdough starter").await;
        let hidden = ben.ready_video("Sourdough for beginners, too").await;
        ben.client.patch(&format!("/api/v1/videos/toggle/publish/{}", id(&hidden)), json!({})).await;
        app.indexed().await;
        let beside = related(&app.anonymous(), &bread).await;
        let similar: Vec<Value> = beside.into_iter().filter(|entry| entry["reason"]["kind"] == "similar").collect();
        assert_eq!(titles(&similar)[0], "My sourdough starter");
        assert_eq!(similar[0]["reason"]["video"]["title"], "Sourdough for beginners");
        assert!(!titles(&similar).contains(&"Sourdough for beginners, too"));
    })
    .await;
}
