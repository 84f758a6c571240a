//! Following the work on a video: what is told, when it ends, how it is resumed, and how many may listen.

use std::time::Duration;

use chaitube::args;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Person, TestApp, eventually, id, run};

/// An event: its id and its content.
type Told = (String, Value);

/// Takes the events out of what has been received so far; what is not complete stays.
fn parse(text: &str) -> Vec<Told> {
    let blocks = text.split_inclusive("\n\n").filter(|block| block.ends_with("\n\n"));
    blocks
        .filter_map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            assert!(field("event:").is_none_or(|kind| kind == "processing"), "{block}");
            Some((field("id:")?.to_owned(), serde_json::from_str(field("data:")?).unwrap()))
        })
        .collect()
}

/// Somebody who listens.
struct Listener {
    response: reqwest::Response,
    text: String,
}

impl Listener {
    async fn new(person: &Person, id: &str, last: Option<&str>) -> Self {
        let request = person.client.request("GET", &path(id));
        let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("content-encoding"));
        Self { response, text: String::new() }
    }

    /// Waits until there are so many events, or for the end if there will not be as many.
    async fn events(&mut self, wanted: usize) -> Vec<Told> {
        while parse(&self.text).len() < wanted {
            match self.response.chunk().await.unwrap() {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk).unwrap()),
                None => break,
            }
        }
        parse(&self.text)
    }
}

fn path(id: &str) -> String {
    format!("/api/v1/videos/{id}/processing/events")
}

async fn processing(person: &Person, id: &str) -> Value {
    person.client.get(&format!("/api/v1/videos/{id}/processing")).await.data()
}

#[tokio::test]
async fn every_change_is_told_until_nothing_changes_any_more() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let mut listener = Listener::new(&alice, &id, None).await;
        let first = listener.events(1).await;
        assert_eq!(first[0].1, processing(&alice, &id).await, "the content is that of the other route");
        assert_eq!(first[0].1["steps"][0]["state"], "queued");
        let (events, _) = tokio::join!(listener.events(usize::MAX), app.jobs_done());
        let (_, last) = events.last().unwrap();
        assert_eq!((last, &last["status"]), (&processing(&alice, &id).await, &json!("ready")));
        assert!(last["steps"].as_array().unwrap().iter().all(|step| step["state"] == "done"), "{last}");
        assert!(events.windows(2).all(|pair| pair[0] != pair[1]), "nothing is told twice: {events:?}");
        assert!(events.len() >= 3, "{events:?}");
    })
    .await;
}

#[tokio::test]
async fn a_listener_that_comes_again_is_told_only_what_is_new() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let (queued, _) = Listener::new(&alice, &id, None).await.events(1).await.remove(0);
        // Nothing has changed: the first that comes is what changes then.
        let mut listener = Listener::new(&alice, &id, Some(&queued)).await;
        let cancel = async {
            // Whoever has heard nothing is told at once; by then the first would have been told, too.
            Listener::new(&alice, &id, None).await.events(1).await;
            alice.client.bare("POST", &format!("/api/v1/videos/{id}/processing/cancel")).await
        };
        let (events, cancelled) = tokio::join!(listener.events(usize::MAX), cancel);
        assert_eq!(cancelled.status, 200);
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!((&events[0].1["status"], &events[0].1["failure"]), (&json!("failed"), &cancelled.data()["failure"]));
        // All has been told: an EventSource stops at this.
        let over = alice.client.ask("GET", &path(&id), &[("last-event-id", &events[0].0)]).await;
        assert_eq!((over.status, over.bytes.len()), (204, 0));
        // Who has not heard the end is told it, whatever they heard before.
        for before in [queued.as_str(), "nonsense", "\u{fc}"] {
            let told = parse(
                &String::from_utf8(alice.client.ask("GET", &path(&id), &[("last-event-id", before)]).await.bytes)
                    .unwrap(),
            );
            assert_eq!(told, events, "{before}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_rest_of_the_work_is_estimated_whoever_does_it() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Video").await);
        let mut listener = Listener::new(&alice, &id, None).await;
        assert_eq!(listener.events(1).await[0].1["estimatedSeconds"], Value::Null);
        // Another process works on it: here only its traces in the database are to be seen.
        app.one_job_done().await;
        let now = app.app.clock.now_ms();
        let at_work = "UPDATE jobs SET state = 'running', fence = 7, begun_at = $1, updated_at = $2, lease_until = $3,
                       progress = $4 WHERE kind = 'ladder'";
        let tell = async |percent: i64| {
            let arguments = args![now - 30_000, now, now + 60_000, percent];
            assert_eq!(app.app.db.execute(at_work, arguments).await.unwrap(), 1);
        };
        tell(60).await;
        let told = async |listener: &mut Listener, percent: i64| {
            for wanted in 1.. {
                let events = listener.events(wanted).await;
                let (_, last) = events.last().unwrap().clone();
                if last["steps"][1]["percent"] == percent {
                    return last;
                }
            }
            Value::Null
        };
        let last = told(&mut listener, 60).await;
        assert_eq!(
            (&last["estimatedSeconds"], &last["steps"][1]["estimatedSeconds"]),
            (&json!(20), &json!(20)),
            "{last}"
        );
        assert_eq!(processing(&alice, &id).await["estimatedSeconds"], 20);
        app.advance(Duration::from_secs(5));
        assert_eq!(processing(&alice, &id).await["estimatedSeconds"], 15);
        tell(75).await;
        assert_eq!(told(&mut listener, 75).await["estimatedSeconds"], 5);
        app.advance(Duration::from_mins(2));
        app.jobs_done().await;
        let done = processing(&alice, &id).await;
        assert_eq!((&done["status"], &done["estimatedSeconds"]), (&json!("ready"), &Value::Null));
    })
    .await;
}

/// Opens as many streams as one may, and gives what the next one gets.
async fn crowd(app: &TestApp, person: &Person, id: &str) -> Vec<Listener> {
    let mut listeners = Vec::new();
    for _ in 0..8 {
        listeners.push(Listener::new(person, id, None).await);
    }
    let refused = person.client.get(&path(id)).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(
        refused.message().contains("You already have 8 event streams open") && refused.header("retry-after") == "5",
        "{refused:?}"
    );
    assert_eq!(app.anonymous().get(&path(id)).await.status, 401);
    listeners
}

#[tokio::test]
async fn one_user_cannot_take_every_place() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (tea, coffee) = (id(&alice.video("Tea").await), id(&bob.video("Coffee").await));
        assert_eq!(bob.client.get(&path(&tea)).await.status, 403);
        let mut listeners = crowd(app, &alice, &tea).await;
        Listener::new(&bob, &coffee, None).await;
        // A place is free again once a listener has gone and the server has noticed.
        listeners.truncate(4);
        eventually(async || {
            let status = alice.client.request("GET", &path(&tea)).send().await.unwrap().status();
            (status == 200).then_some(()).ok_or(status)
        })
        .await;
        drop(listeners);
    })
    .await;
}

#[tokio::test]
async fn t10_the_stream_ends_with_its_session() {
    run(async |app| {
        let alice = app.person("alice").await;
        let id = id(&alice.video("Tea").await);
        let mut listeners = Vec::new();
        for _ in 0..3 {
            let person = app.login("alice").await;
            let mut listener = Listener::new(&person, &id, None).await;
            listener.events(1).await;
            listeners.push((person, listener));
        }
        // One logs out, one is ended from another device, and a new password ends the rest.
        assert_eq!(listeners[0].0.client.post("/api/v1/users/logout", json!({})).await.status, 200);
        let sessions = listeners[1].0.client.get("/api/v1/users/sessions").await.data();
        let current = sessions.as_array().unwrap().iter().find(|session| session["isCurrent"] == true).unwrap();
        let path = format!("/api/v1/users/sessions/{}", current["_id"].as_str().unwrap());
        assert_eq!(alice.client.delete(&path).await.status, 200);
        for (_, listener) in &mut listeners[..2] {
            assert_eq!(listener.events(usize::MAX).await.len(), 1);
        }
        let body = json!({ "oldPassword": PASSWORD, "newPassword": "another long password" });
        assert_eq!(alice.client.post("/api/v1/users/change-password", body).await.status, 200);
        assert_eq!(listeners[2].1.events(usize::MAX).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_stream_ends_with_the_video_and_with_the_server() {
    let mut open = Vec::new();
    run(async |app| {
        let alice = app.person("alice").await;
        let (gone, stays) = (id(&alice.video("Gone").await), id(&alice.video("Stays").await));
        let mut listener = Listener::new(&alice, &gone, None).await;
        listener.events(1).await;
        assert_eq!(alice.client.delete(&format!("/api/v1/videos/{gone}")).await.status, 200);
        assert_eq!(listener.events(usize::MAX).await.len(), 1);
        open.push(Listener::new(&alice, &stays, None).await);
        open[0].events(1).await;
    })
    .await;
    // The server has stopped, and was not kept from it.
    assert_eq!(open[0].events(usize::MAX).await.len(), 1);
}
