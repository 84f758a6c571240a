//! Watch history and the counting of views.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Client, Person, id, rows, run, run_with};

const HISTORY: &str = "/api/v1/users/history";
const MESSAGE: &str = "Watch history fetched successfully";

async fn watch(client: &Client, video: &Value) -> Value {
    client.get(&format!("/api/v1/videos/{}", id(video))).await.expect(200, "Video fetched successfully").data()
}

async fn titles(person: &Person) -> Vec<String> {
    let response = person.client.get(HISTORY).await;
    let list = response.expect(200, MESSAGE).data();
    let list = list.as_array().unwrap();
    assert_eq!(response.header("x-total-count"), list.len().to_string());
    let own = person.client.get("/api/v1/users/current-user").await.data()["watchHistory"].clone();
    assert_eq!(own, list.iter().map(|video| video["_id"].clone()).collect::<Value>(), "both tell the same history");
    list.iter().map(|video| video["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_was_watched_last_comes_first_and_only_once() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (tea, coffee) = (alice.ready_video("Tea").await, alice.ready_video("Coffee").await);
        assert_eq!(titles(&bob).await, Vec::<String>::new());
        for video in [&tea, &coffee, &tea] {
            app.advance(Duration::from_secs(1));
            watch(&bob.client, video).await;
        }
        assert_eq!(titles(&bob).await, ["Tea", "Coffee"]);
        let list = bob.client.get(HISTORY).await.data();
        assert_eq!(list[0]["watchedAt"], "2026-01-15T12:00:03.000Z");
        assert_eq!((&list[0]["owner"]["username"], &list[0]["views"]), (&json!("alice"), &json!(1)));
        assert_eq!(bob.client.get("/api/v1/users/watch-history").await.expect(200, MESSAGE).data(), list);
        assert_eq!(titles(&alice).await, Vec::<String>::new(), "everybody has a history of their own");
        app.anonymous().get(HISTORY).await.expect(401, "Unauthorized request");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_just_watched_is_in_the_very_next_answer() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let tea = alice.ready_video("Tea").await;
        // Whatever the server is busy storing: others watch at the same time.
        for round in 0..10 {
            let others = (0..4).map(|_| watch(&alice.client, &tea));
            let own = async {
                watch(&bob.client, &tea).await;
                assert_eq!(titles(&bob).await, ["Tea"], "{round}");
                bob.client.bare("DELETE", HISTORY).await.expect_status(200);
                assert_eq!(titles(&bob).await, Vec::<String>::new(), "{round}");
            };
            futures_util::future::join(futures_util::future::join_all(others), own).await;
        }
        assert_eq!(watch(&bob.client, &tea).await["views"], 2);
    })
    .await;
}

#[tokio::test]
async fn one_forgets_a_video_or_all_of_them_and_their_views_stay_counted() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (tea, coffee, milk) =
            (alice.ready_video("Tea").await, alice.ready_video("Coffee").await, alice.ready_video("Milk").await);
        for video in [&tea, &coffee, &milk] {
            watch(&bob.client, video).await;
            watch(&alice.client, video).await;
            app.advance(Duration::from_secs(1));
        }
        let one = format!("{HISTORY}/{}", id(&coffee));
        bob.client.bare("DELETE", &one).await.expect(200, "Video removed from the watch history");
        assert_eq!(titles(&bob).await, ["Milk", "Tea"]);
        bob.client.bare("DELETE", &one).await.expect(404, "This video is not in your watch history");
        bob.client.bare("DELETE", HISTORY).await.expect(200, "Watch history cleared");
        assert_eq!(titles(&bob).await, Vec::<String>::new());
        assert_eq!(titles(&alice).await, ["Milk", "Coffee", "Tea"], "everybody has a history of their own");
        assert_eq!(watch(&bob.client, &coffee).await["views"], 2);
        assert_eq!(titles(&bob).await, ["Coffee"], "what is watched again is remembered again");
        bob.client.bare("DELETE", &format!("{HISTORY}/nonsense")).await.expect_status(400);
    })
    .await;
}

#[tokio::test]
async fn hidden_and_deleted_videos_leave_the_history() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (tea, own) = (alice.ready_video("Tea").await, bob.ready_video("Own").await);
        for video in [&tea, &own] {
            watch(&bob.client, video).await;
            app.advance(Duration::from_secs(1));
        }
        watch(&alice.client, &tea).await;
        for (owner, video) in [(&alice, &tea), (&bob, &own)] {
            owner.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(video))).await;
        }
        assert_eq!(titles(&bob).await, ["Own"], "one's own hidden ones stay");
        assert_eq!(titles(&alice).await, ["Tea"]);
        bob.client.get(&format!("/api/v1/videos/{}", id(&tea))).await.expect(404, "Video not found");
        alice.client.bare("PATCH", &format!("/api/v1/videos/toggle/publish/{}", id(&tea))).await;
        assert_eq!(titles(&bob).await, ["Own", "Tea"], "it comes back where it was");
        alice.client.delete(&format!("/api/v1/videos/{}", id(&tea))).await.expect(200, "Video deleted successfully");
        assert_eq!(titles(&bob).await, ["Own"]);
        assert_eq!(rows::count(app, "watch_history").await, 1);
        assert_eq!(rows::count(app, "video_views").await, 1);
    })
    .await;
}

async fn watch_from(client: &Client, video: &Value, forwarded: &str) -> i64 {
    let request = client.request("GET", &format!("/api/v1/videos/{}", id(video)));
    let response = client.send(request.header("x-forwarded-for", forwarded)).await;
    response.expect(200, "Video fetched successfully").data()["views"].as_i64().unwrap()
}

#[tokio::test]
async fn t16_invented_addresses_do_not_make_new_viewers() {
    run(async |app| {
        let alice = app.person("alice").await;
        let tea = alice.ready_video("Tea").await;
        for address in ["10.0.0.1", "10.0.0.2", "2001:db8::1", "10.0.0.3, 10.0.0.4", "nonsense", ""] {
            assert_eq!(watch_from(&app.anonymous(), &tea, address).await, 1, "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn t16_behind_trusted_proxies_only_what_the_proxies_wrote_makes_a_viewer() {
    run_with(&[("TRUSTED_PROXIES", "1")], async |app| {
        let alice = app.person("alice").await;
        let tea = alice.ready_video("Tea").await;
        let anonymous = app.anonymous();
        for (forwarded, views) in [
            ("10.0.0.1", 1),
            ("10.0.0.2", 2),
            ("10.0.0.1", 2),
            // What stands to the left of the proxy's entry was written by the caller.
            ("10.9.9.9, 10.0.0.1", 2),
            ("10.9.9.8,10.0.0.2", 2),
            ("10.0.0.3", 3),
            // One customer has a whole /64.
            ("2001:db8:1:2::1", 4),
            ("2001:db8:1:2:ffff::2", 4),
            ("2001:db8:1:3::1", 5),
        ] {
            assert_eq!(watch_from(&anonymous, &tea, forwarded).await, views, "{forwarded}");
        }
    })
    .await;
}
