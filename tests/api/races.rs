//! Many requests for one thing at the same moment: names, likes, subscriptions, views, tokens.

use std::pin::Pin;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Client, Person, Response, TestApp, id, register_form, rows, run};

/// A request that waits to be made.
pub type Request = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Makes requests at the same moment, each on a connection of its own. The answers are in the requests' order.
pub async fn at_once(requests: impl IntoIterator<Item = Request>) -> Vec<Response> {
    let mut running = JoinSet::new();
    for (number, request) in requests.into_iter().enumerate() {
        running.spawn(async move { (number, request.await) });
    }
    let mut responses = running.join_all().await;
    responses.sort_by_key(|(number, _)| *number);
    responses.into_iter().map(|(_, response)| response).collect()
}

pub fn request(client: &Client, method: &'static str, path: &str) -> Request {
    let (client, path) = (client.clone(), path.to_owned());
    Box::pin(async move { client.bare(method, &path).await })
}

pub fn post(client: &Client, path: &str, body: Value) -> Request {
    let (client, path) = (client.clone(), path.to_owned());
    Box::pin(async move { client.post(&path, body).await })
}

pub async fn people(app: &TestApp, count: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(app.person(&format!("person{number}")).await);
    }
    people
}

pub fn statuses(responses: &[Response]) -> Vec<u16> {
    let mut statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    statuses
}

/// A thing of each kind that can be liked, and the address that likes it.
async fn likeable(person: &Person) -> [String; 3] {
    let video = person.video("Tea").await;
    let comment = person.create(&format!("/api/v1/comments/{}", id(&video)), json!({ "content": "Hm" })).await;
    let tweet = person.create("/api/v1/tweets", json!({ "content": "Hm" })).await;
    [("v", &video), ("c", &comment), ("t", &tweet)]
        .map(|(kind, thing)| format!("/api/v1/likes/toggle/{kind}/{}", id(thing)))
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_of_many_registrations_of_one_name_one_wins() {
    run(async |app| {
        for name in ["alice", "Bob", "carol-1"] {
            let responses = at_once((0..8).map(|number| {
                let client = app.anonymous();
                let name = if number % 2 == 0 { name.to_owned() } else { name.to_uppercase() };
                Box::pin(async move { client.multipart("POST", "/api/v1/users/register", register_form(&name)).await })
                    as Request
            }))
            .await;
            assert_eq!(statuses(&responses), [201, 409, 409, 409, 409, 409, 409, 409]);
            for refused in responses.iter().filter(|response| response.status == 409) {
                refused.expect(409, "User with email or username already exists");
            }
        }
        assert_eq!(rows::count(app, "users").await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_likes_of_many_people_at_once_are_all_counted() {
    run(async |app| {
        let people = people(app, 8).await;
        for path in likeable(&people[0]).await {
            let responses = at_once(people.iter().map(|person| request(&person.client, "POST", &path))).await;
            let mut counts: Vec<i64> = responses
                .iter()
                .map(|response| response.expect(200, "Liked successfully").data()["likesCount"].as_i64().unwrap())
                .collect();
            counts.sort_unstable();
            assert_eq!(counts, (1..=8).collect::<Vec<_>>(), "each is told the count that it made");
            let responses = at_once(people[..5].iter().map(|person| request(&person.client, "POST", &path))).await;
            let least = responses
                .iter()
                .map(|response| response.expect(200, "Like removed successfully").data()["likesCount"].clone());
            assert_eq!(least.map(|count| count.as_i64().unwrap()).min(), Some(3));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_toggles_of_one_person_at_once_leave_what_their_number_says() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let mut paths = likeable(&alice).await.to_vec();
        paths.push(format!("/api/v1/subscriptions/c/{}", alice.id));
        for path in paths {
            let count_field = if path.contains("/likes/") { "likesCount" } else { "subscribersCount" };
            let flag = if path.contains("/likes/") { "isLiked" } else { "isSubscribed" };
            // 9 and then 8: on after the first, still on after the second.
            for (times, on) in [(9, 5), (8, 4)] {
                let responses = at_once((0..times).map(|_| request(&bob.client, "POST", &path))).await;
                assert_eq!(statuses(&responses), vec![200; times], "{path}");
                let turned_on = responses.iter().filter(|response| response.data()[flag] == true).count();
                assert_eq!(turned_on, on, "{path}");
                for response in &responses {
                    let data = response.data();
                    assert_eq!(data[count_field], i64::from(data[flag] == true), "{path}");
                }
            }
            let response = bob.client.bare("POST", &path).await.data();
            assert_eq!((&response[flag], &response[count_field]), (&json!(false), &json!(0)), "it was on: {path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_people_who_subscribe_to_each_other_at_once_do_not_wait_for_each_other() {
    run(async |app| {
        let people = people(app, 4).await;
        for _ in 0..5 {
            let mut requests = Vec::new();
            for from in &people {
                for to in people.iter().filter(|to| to.id != from.id) {
                    requests.push(request(&from.client, "POST", &format!("/api/v1/subscriptions/c/{}", to.id)));
                }
            }
            let responses = at_once(requests).await;
            assert_eq!(statuses(&responses), [200; 12]);
        }
        for person in &people {
            let channel = person.client.get(&format!("/api/v1/users/c/{}", person.username)).await.data();
            assert_eq!((&channel["subscribersCount"], &channel["channelsSubscribedToCount"]), (&json!(3), &json!(3)));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_views_at_once_count_once_for_each_viewer() {
    run(async |app| {
        let people = people(app, 6).await;
        let path = format!("/api/v1/videos/{}", id(&people[0].video("Tea").await));
        let views = |responses: &[Response]| -> Vec<i64> {
            responses
                .iter()
                .map(|response| response.expect(200, "Video fetched successfully").data()["views"].as_i64().unwrap())
                .collect()
        };
        let responses = at_once((0..10).map(|_| request(&people[0].client, "GET", &path))).await;
        assert_eq!(views(&responses), [1; 10]);
        let responses = at_once((0..10).map(|_| request(&app.anonymous(), "GET", &path))).await;
        assert_eq!(views(&responses), [2; 10], "one address is one viewer");
        let thrice = people.iter().flat_map(|person| [person; 3]);
        let responses = at_once(thrice.map(|person| request(&person.client, "GET", &path))).await;
        assert_eq!(views(&responses).into_iter().max(), Some(7), "five more people");
        for person in &people {
            let history = person.client.get("/api/v1/users/history").await.data();
            assert_eq!(history.as_array().unwrap().len(), 1);
            assert_eq!(history[0]["views"], 7);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_refreshes_at_once_with_one_token_all_get_its_only_successor() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut token = alice.refresh_token.clone();
        for _ in 0..3 {
            let body = json!({ "refreshToken": token });
            let refresh = |_| post(&app.anonymous(), "/api/v1/users/refresh-token", body.clone());
            let responses = at_once((0..8).map(refresh)).await;
            let successors: Vec<Value> = responses
                .iter()
                .map(|response| response.expect(200, "Access token refreshed").data()["refreshToken"].clone())
                .collect();
            assert!(successors.iter().all(|successor| *successor == successors[0]));
            assert_ne!(successors[0], token);
            for response in &responses {
                let access = response.data()["accessToken"].as_str().unwrap().to_owned();
                let current = alice.client.with_token(&access).get("/api/v1/users/current-user").await;
                current.expect(200, "User fetched successfully");
            }
            token = successors[0].as_str().unwrap().to_owned();
        }
        assert_eq!(rows::count(app, "sessions").await, 1);
    })
    .await;
}
