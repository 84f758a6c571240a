//! Aliases: paths and names that front ends of other forks use.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::contract::{DOCUMENT, aliases, operations, template};
use crate::harness::world::{Actor, World};
use crate::harness::{PASSWORD, Person, TestApp, id, run};
use crate::matrix::{ROWS, check_row};

#[test]
fn an_alias_is_described_as_deprecated_and_hides_no_operation() {
    assert!(aliases().len() > 30);
    for ((method, path), own) in aliases() {
        let alias = &DOCUMENT["paths"][&path][method.to_lowercase()];
        assert!(operations().contains(&own), "{method} {path} stands for {own:?}");
        assert_eq!(alias["deprecated"], true, "{method} {path}");
        let described = &DOCUMENT["paths"][&own.1][own.0.to_lowercase()];
        assert_eq!((&alias["security"], &alias["tags"]), (&described["security"], &described["tags"]));
        assert_eq!(alias["requestBody"].is_object(), described["requestBody"].is_object());
        let statuses = |of: &Value| of["responses"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(statuses(alias), statuses(described));
    }
    for (method, path) in operations() {
        assert_eq!(template(&method, &path), Some(path.clone()), "an alias hides {method} {path}");
    }
}

/// Everything the matrix says of an operation holds for its aliases, too: as often as one has aliases, all is asked
/// through other ones.
#[tokio::test]
async fn t10_an_alias_lets_in_whom_its_operation_lets_in() {
    let mut of: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
    for (alias, own) in aliases() {
        of.entry(own).or_default().push(alias);
    }
    let rounds = of.values().map(Vec::len).max().unwrap();
    for round in 0..rounds {
        run(async |app| {
            let world = World::new(app).await;
            for actor in [Actor::Nobody, Actor::Stranger, Actor::Owner] {
                for (method, path, wanted) in ROWS {
                    let own = ((*method).to_owned(), (*path).to_owned());
                    let (method, path) = of.get(&own).and_then(|all| all.get(round)).unwrap_or(&own);
                    check_row(app, &world, actor, (method, path, *wanted)).await;
                }
            }
        })
        .await;
    }
}

/// The fields that stand beside others, and what they repeat.
const FIELDS: [(&str, &str); 6] = [
    ("fullname", "fullName"),
    ("totalLikes", "likesCount"),
    ("totalSubscribers", "subscribersCount"),
    ("subcribersCount", "subscribersCount"),
    ("subscriptionsCount", "channelsSubscribedToCount"),
    ("loggedInUser", "user"),
];

#[test]
fn fields_that_stand_beside_others_are_described_as_deprecated() {
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    for alias in FIELDS.iter().map(|(alias, _)| *alias).chain(["error"]) {
        // `totalLikes` is a name of its own in the statistics.
        let having = schemas.iter().filter(|(name, schema)| *name != "Stats" && !schema["properties"][alias].is_null());
        let having: Vec<_> = having.collect();
        assert!(!having.is_empty(), "{alias} is not described");
        for (name, schema) in having {
            assert_eq!(schema["properties"][alias]["deprecated"], true, "{name}.{alias}");
            let required = schema["required"].as_array();
            assert!(!required.is_some_and(|all| all.contains(&json!(alias))), "{name}.{alias}");
        }
    }
}

/// Every property of this name in the description's schemas.
fn properties<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("properties").and_then(|properties| properties.get(name)));
            object.values().for_each(|value| properties(value, name, found));
        }
        Value::Array(values) => values.iter().for_each(|value| properties(value, name, found)),
        _ => {}
    }
}

#[test]
fn objects_that_front_ends_ask_for_are_described_as_deprecated() {
    for (own, alias) in [("owner", "ownerDetails"), ("video", "likedVideo"), ("channel", "subscribedChannel")] {
        let (mut aliases, mut owns) = (Vec::new(), Vec::new());
        properties(&DOCUMENT["components"], alias, &mut aliases);
        properties(&DOCUMENT["components"], own, &mut owns);
        assert!(!aliases.is_empty(), "{alias}");
        for property in aliases {
            assert_eq!(property["deprecated"], true, "{alias}");
            assert!(owns.iter().any(|own| own["$ref"] == property["$ref"]), "{alias} is no {own}");
        }
    }
}

/// Counts the fields that have their alias beside them, and fails at one that has not.
fn count_aliases(value: &Value, found: &mut BTreeMap<&str, usize>) {
    match value {
        Value::Object(object) => {
            for (alias, own) in
                FIELDS.iter().filter(|(alias, own)| object.contains_key(*own) && *alias != "loggedInUser")
            {
                assert_eq!(object.get(*alias), object.get(*own), "{alias} in {value}");
                *found.entry(alias).or_default() += 1;
            }
            object.values().for_each(|value| count_aliases(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| count_aliases(value, found)),
        _ => {}
    }
}

async fn someone_with_everything(app: &TestApp) -> (Person, Person, String) {
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let video = id(&alice.ready_video("Tea").await);
    bob.create(&format!("/api/v1/comments/{video}"), json!({ "content": "First" })).await;
    alice.create("/api/v1/tweets", json!({ "content": "Hello" })).await;
    for path in [format!("/api/v1/likes/toggle/v/{video}"), format!("/api/v1/subscriptions/c/{}", alice.id)] {
        bob.client.bare("POST", &path).await.expect_status(200);
    }
    (alice, bob, video)
}

#[tokio::test]
async fn every_object_has_its_fields_under_their_other_names_too() {
    run(async |app| {
        let (alice, bob, video) = someone_with_everything(app).await;
        let mut found = BTreeMap::new();
        for path in [
            "/api/v1/videos".to_owned(),
            format!("/api/v1/videos/{video}"),
            format!("/api/v1/comments/{video}"),
            "/api/v1/tweets".to_owned(),
            "/api/v1/likes/videos".to_owned(),
            "/api/v1/users/history".to_owned(),
            "/api/v1/users/current-user".to_owned(),
            "/api/v1/users/c/alice".to_owned(),
            format!("/api/v1/subscriptions/c/{}", alice.id),
            format!("/api/v1/subscriptions/u/{}", bob.id),
        ] {
            let before = found.values().sum::<usize>();
            count_aliases(&bob.client.get(&path).await.expect_status(200), &mut found);
            assert!(found.values().sum::<usize>() > before, "{path} has no field with an alias");
        }
        assert_eq!(found.len(), FIELDS.len() - 1, "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn logging_in_answers_the_account_twice_and_errors_say_why_twice() {
    run(async |app| {
        app.person("alice").await;
        let client = app.login("alice").await.client.without_token();
        let login = client.post("/api/v1/users/login", json!({ "username": "alice", "password": PASSWORD })).await;
        let data = login.expect_status(200);
        assert!(data["user"]["_id"].is_string());
        assert_eq!(data["loggedInUser"], data["user"]);
        for response in [
            client.post("/api/v1/users/login", json!({ "username": "alice", "password": "wrong" })).await,
            client.get("/api/v1/nothing").await,
        ] {
            assert!(response.status >= 400 && !response.message().is_empty());
            assert_eq!(response.body["error"], response.body["message"]);
        }
    })
    .await;
}
