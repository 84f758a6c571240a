//! The API's description: what it says is complete and well-formed, and every success it promises is answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::contract::{DOCUMENT, follow, operations};
use crate::harness::run;
use crate::harness::world::{Actor, World, parameters};

fn operation(method: &str, path: &str) -> &'static Value {
    &DOCUMENT["paths"][path][method.to_lowercase()]
}

/// Every operation, and what the description says of it.
fn described() -> Vec<(String, &'static Value)> {
    let name = |(method, path): &(String, String)| format!("{method} {path}");
    operations().iter().map(|pair| (name(pair), operation(&pair.0, &pair.1))).collect()
}

/// Everything in the document that has this key.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key));
            object.values().for_each(|value| all(value, key, found));
        }
        Value::Array(values) => values.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

/// What the page's client, and other people's, are generated from.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

#[test]
fn the_description_changes_only_on_purpose() {
    let now = format!("{:#}\n", *DOCUMENT);
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(KEPT, &now).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap();
    let differs = now.lines().zip(kept.lines()).enumerate().find(|(_, (now, kept))| now != kept);
    assert!(
        now == kept,
        "docs/openapi.json is stale: {differs:?}\n\
         If the change is meant: UPDATE_OPENAPI=1 cargo test --test api -- description, then npm run api in ui/"
    );
}

#[tokio::test]
async fn the_server_answers_the_description_and_a_reference_that_works_offline() {
    run(async |app| {
        let response = app.anonymous().get("/api/v1/openapi.json").await;
        assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
        assert!(response.body == *DOCUMENT, "another document than the routes make");
        let page = app.anonymous().get("/docs").await;
        assert_eq!((page.status, page.header("location")), (303, "/docs/"));
        let page = app.anonymous().get("/docs/").await;
        let text = String::from_utf8(page.bytes.clone()).unwrap();
        assert_eq!(page.status, 200);
        assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
        let mut seen = 0;
        for reference in text.split(['"', '\'']).filter(|word| word.starts_with("./") || word.contains(".js")) {
            let response = app.anonymous().get(&format!("/docs/{}", reference.trim_start_matches("./"))).await;
            assert_eq!(response.status, 200, "{reference}");
            seen += 1;
        }
        assert!(seen >= 4, "{text}");
        let start = app.anonymous().get("/docs/swagger-initializer.js").await;
        assert!(String::from_utf8_lossy(&start.bytes).contains("/api/v1/openapi.json"));
    })
    .await;
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    assert!(DOCUMENT["openapi"].as_str().unwrap().starts_with("3.1"));
    for field in ["title", "version", "description", "license"] {
        assert!(!DOCUMENT["info"][field].is_null(), "{field}");
    }
    let mut references = Vec::new();
    all(&DOCUMENT, "$ref", &mut references);
    assert!(references.len() > 100);
    for reference in references {
        assert!(follow(reference.as_str().unwrap()).is_some(), "{reference} leads nowhere");
    }
    let schemes = DOCUMENT["components"]["securitySchemes"].as_object().unwrap();
    let mut used = Vec::new();
    all(&DOCUMENT["paths"], "security", &mut used);
    for way in used.iter().flat_map(|ways| ways.as_array().unwrap()).flat_map(|way| way.as_object().unwrap().keys()) {
        assert!(schemes.contains_key(way), "{way} is not described");
    }
}

#[test]
fn every_operation_is_described_completely() {
    let tags: BTreeSet<_> =
        DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone().to_string()).collect();
    let mut ids = BTreeMap::new();
    for (name, operation) in described() {
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} has no summary");
        let own = operation["tags"].as_array().unwrap();
        assert!(own.len() == 1 && tags.contains(&own[0].to_string()), "{name} has no known tag");
        let other = ids.insert(operation["operationId"].to_string(), name.clone());
        assert_eq!(other, None, "{name} has the operationId {}", operation["operationId"]);
        let declared: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(declared, parameters(name.split(' ').nth(1).unwrap()), "{name}");
        check_responses(&name, operation);
    }
}

/// Operations under `/api` whose successes are no envelopes.
const NOT_JSON: [&str; 2] = ["/videos/{videoId}/original", "/videos/{videoId}/processing/events"];

fn check_responses(name: &str, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
    for (status, response) in responses {
        let response = response["$ref"].as_str().map_or(response, |reference| follow(reference).unwrap());
        assert!(!response["description"].as_str().unwrap().is_empty(), "{name} {status}");
        let schema = response.pointer("/content/application~1json/schema");
        if status.parse::<u16>().unwrap() >= 400 {
            assert_eq!(schema, Some(&json!({ "$ref": "#/components/schemas/ErrorEnvelope" })), "{name} {status}");
        } else if NOT_JSON.iter().any(|route| name.ends_with(route)) {
            // These response bytes or events, or nothing at all.
            let contents = response["content"].as_object();
            let is_described = contents.is_some_and(|all| all.values().all(|content| content["schema"].is_object()));
            assert!(is_described || ["204", "304", "307"].contains(&status.as_str()), "{name} {status} has no schema");
        } else if !name.contains("/media/") && status != "204" {
            assert!(schema.is_some(), "{name} {status} has no schema");
        }
    }
    for status in ["500", "503"] {
        assert!(responses.contains_key(status), "{name} has no {status}");
    }
    for status in operation["requestBody"].is_object().then_some(["400", "413"]).iter().flatten() {
        assert!(responses.contains_key(*status), "{name} has no {status}");
    }
    let needs_login = operation["security"].is_array();
    assert!(!needs_login || responses.contains_key("401"), "{name} has no 401");
}

#[test]
fn every_body_has_an_example_of_its_fields() {
    for (name, operation) in described() {
        let Some(contents) = operation.pointer("/requestBody/content").and_then(Value::as_object) else { continue };
        // A piece of a file has no fields.
        for (kind, content) in contents.iter().filter(|(kind, _)| !kind.ends_with("octet-stream")) {
            let reference = content["schema"]["$ref"].as_str().unwrap_or_else(|| panic!("{name} {kind}"));
            let schema = DOCUMENT.pointer(&reference[1..]).unwrap();
            let fields = schema["properties"].as_object().unwrap();
            assert!(!fields.is_empty(), "{name} {kind}");
            for (field, schema) in fields {
                let is_secret = field.to_lowercase().contains("password") || field.to_lowercase().contains("token");
                let is_told = ["examples", "example", "default"].iter().any(|key| !schema[*key].is_null());
                let is_file = schema["format"] == "binary";
                assert!(is_told || is_file || is_secret, "{name} {kind}: {field} has no example: {schema}");
            }
        }
    }
}

/// Whether the lists in an response's data have nothing in them: the schema of an empty one proves nothing.
fn has_empty_list(data: &Value) -> bool {
    match data {
        Value::Array(list) => list.is_empty() || list.iter().all(has_empty_list),
        Value::Object(object) => object.values().any(has_empty_list),
        _ => false,
    }
}

#[tokio::test]
async fn every_operation_succeeds_as_described() {
    run(async |app| {
        let world = World::new(app).await;
        let (mut deletions, mut others): (Vec<_>, Vec<_>) =
            operations().into_iter().partition(|(method, path)| method == "DELETE" && !path.ends_with("/{sessionId}"));
        // First what changes things, then what reads them, then what takes them away. Changing the password ends the
        // other sessions, and watching makes the history.
        others.sort_by_key(|(method, path)| {
            let takes_away = path.contains("toggle/publish") || path.ends_with("/logout");
            let is_late = path.ends_with("/change-password");
            (takes_away, method == "GET", is_late, !path.contains("/remove/"), path != "/api/v1/videos/{videoId}")
        });
        // One of a list goes before the whole list.
        deletions.sort_by_key(|(_, path)| (path.ends_with("/me"), path.contains("/videos/"), !path.ends_with('}')));
        for (method, path) in others.into_iter().chain(deletions) {
            // Nobody subscribes to themselves.
            let actor = if path.contains("/subscriptions/c/") { Actor::Stranger } else { Actor::Owner };
            if path.ends_with("/v1/search") {
                app.indexed().await;
            }
            let response = world.ask(app, actor, &method, &path).await;
            let promised = operation(&method, &path)["responses"].get(response.status.to_string());
            assert!(response.status < 300 && promised.is_some(), "{method} {path}: {response:?}");
            let proves_nothing = method == "GET" && has_empty_list(&response.data());
            assert!(!proves_nothing, "{method} {path} answers an empty list: {}", response.body);
        }
    })
    .await;
}
