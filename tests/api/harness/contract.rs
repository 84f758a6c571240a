//! Holding answers against the API's own description.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Response;

/// The description, as the server answers it.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(chaitube::document);

type Validators = HashMap<(String, String, u16), Option<Arc<Validator>>>;

static VALIDATORS: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);

/// An operation: its method in capital letters, and its path with parameters in braces.
pub type Operation = (String, String);

/// Every operation, without the aliases.
pub fn operations() -> BTreeSet<Operation> {
    described().filter(|operation| alias_of(&operation.0, &operation.1).is_none()).collect()
}

/// Every alias, and the operation it stands for.
pub fn aliases() -> Vec<(Operation, Operation)> {
    described().filter_map(|alias| alias_of(&alias.0, &alias.1).map(|own| (alias, own))).collect()
}

fn described() -> impl Iterator<Item = Operation> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())))
}

/// What a reference in the description leads to.
pub fn follow(reference: &str) -> Option<&'static Value> {
    DOCUMENT.pointer(&reference.strip_prefix('#')?.replace("%7B", "{").replace("%7D", "}"))
}

/// The operation that an alias stands for.
pub fn alias_of(method: &str, path: &str) -> Option<Operation> {
    let own = &DOCUMENT["paths"][path][method.to_lowercase()]["x-alias-of"];
    Some((own["method"].as_str()?.to_uppercase(), own["path"].as_str()?.to_owned()))
}

/// The paths of all lists: operations that read and take a cursor. A playlist is an object with a list in it, and the home
/// feed has neither a length nor numbered pages.
pub fn lists() -> Vec<String> {
    let takes_cursor = |operation: &Value| {
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "cursor"))
    };
    let reads = operations().into_iter().filter(|(method, _)| method == "GET").map(|(_, path)| path);
    let reads = reads.filter(|path| !["/api/v1/playlist/{playlistId}", "/api/v1/feed/home"].contains(&path.as_str()));
    reads.filter(|path| takes_cursor(&DOCUMENT["paths"][path]["get"])).collect()
}

/// The JSON body of an operation, made of the examples in its description.
pub fn example_body(method: &str, path: &str) -> Option<Value> {
    let body = &DOCUMENT["paths"][path][method.to_lowercase()]["requestBody"];
    let schema = body["content"]["application/json"]["schema"]["$ref"].as_str()?;
    let properties = DOCUMENT.pointer(schema.strip_prefix('#')?)?["properties"].as_object()?;
    let examples = properties.iter().filter(|(_, property)| !property["example"].is_null());
    Some(examples.map(|(name, property)| (name.clone(), property["example"].clone())).collect())
}

/// The operation's path for a request's path, if it is described.
pub fn template(method: &str, path: &str) -> Option<String> {
    let path = path.trim_end_matches('/').to_lowercase();
    let matches = |template: &str| {
        let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(&given)
                .all(|(wanted, given)| wanted.starts_with('{') || wanted.eq_ignore_ascii_case(given))
    };
    // Of several that match, the one with the fewest parameters is the one that is routed to.
    let mut found: Vec<String> = described()
        .filter(|(operation, template)| operation == method && matches(template))
        .map(|(_, template)| template)
        .collect();
    found.sort_by_key(|template| template.matches('{').count());
    found.into_iter().next()
}

/// Fails when an response is not as described: an unknown status, a field too few, too many or of another type.
pub fn check(method: &str, path: &str, response: &Response) {
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(template) = template(method, path) else {
        let is_described = path.starts_with("/api/v1/") && response.status < 400;
        let is_document = path.ends_with("/openapi.json");
        assert!(!is_described || is_document || method == "OPTIONS", "{method} {path} answers but is not described");
        return;
    };
    let key = (method.to_lowercase(), template, response.status);
    let validator = {
        // A test that failed here poisons the lock; the others are not to fail with it.
        let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
        validators.entry(key.clone()).or_insert_with(|| validator(&key)).clone()
    };
    let Some(validator) = validator else { return };
    if response.body.is_null() {
        return;
    }
    let faults: Vec<String> =
        validator.iter_errors(&response.body).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect();
    assert!(faults.is_empty(), "{key:?} is not as described: {faults:?}\n{}", response.body);
}

/// The validator of a JSON response; `None` when the response has no JSON.
fn validator((method, template, status): &(String, String, u16)) -> Option<Arc<Validator>> {
    let responses = &DOCUMENT["paths"][template][method]["responses"];
    let response = &responses[status.to_string()];
    // Failures are described once, and an alias refers to its operation's successes.
    let response = response["$ref"].as_str().and_then(follow).unwrap_or(response);
    assert!(response.is_object(), "{method} {template} responses {status}, which is not described");
    let schema = response.pointer("/content/application~1json/schema")?;
    let mut components = DOCUMENT["components"].clone();
    let mut schema = schema.clone();
    refuse_unknown(&mut schema, true);
    // Within compositions the outermost schema decides what is unknown.
    for component in components["schemas"].as_object_mut().unwrap().values_mut() {
        refuse_unknown(component, false);
    }
    let root = json!({ "allOf": [schema], "components": components });
    Some(Arc::new(jsonschema::draft202012::new(&root).unwrap()))
}

/// Makes every place where an object is answered refuse fields that are not described.
fn refuse_unknown(schema: &mut Value, is_place: bool) {
    let Some(object) = schema.as_object_mut() else { return };
    if is_place && (object.contains_key("$ref") || object.contains_key("properties") || object.contains_key("allOf")) {
        object.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| refuse_unknown(property, true));
            }
            ("items", items) => refuse_unknown(items, true),
            ("oneOf" | "anyOf", Value::Array(choices)) => {
                for choice in choices {
                    refuse_unknown(choice, true);
                }
            }
            ("allOf", Value::Array(parts)) => parts.iter_mut().for_each(|part| refuse_unknown(part, false)),
            _ => {}
        }
    }
}
