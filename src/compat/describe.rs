//! The aliases in the API's description: deprecated, and each led back to what it stands for.

use serde_json::{Map, Value, json};

use super::paths::{BASE, PATHS, PathAlias};
use super::shapes::{NESTED, each_object};

/// Adds the aliases to the description.
pub fn describe(document: &mut Value) {
    for alias in PATHS {
        let operation = operation(document, alias);
        document["paths"][format!("{BASE}{}", alias.path)][alias.method.to_lowercase()] = operation;
    }
    each_object(&mut document["components"]["schemas"], &describe_nested);
}

/// Adds the aliases of nested objects to a schema that has such objects.
fn describe_nested(schema: &mut Map<String, Value>) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (own, alias) in NESTED {
        let reference = properties.get(own).and_then(|property| property["$ref"].as_str());
        // An id is no object.
        let Some(reference) = reference.filter(|reference| !reference.ends_with("/Id")) else { continue };
        let about = format!("Alias of `{own}`, only for front ends that read it.");
        let property = json!({ "$ref": reference, "deprecated": true, "description": about });
        properties.insert(alias.to_owned(), property);
    }
}

/// Describes an alias by references to its operation.
fn operation(document: &Value, alias: &PathAlias) -> Value {
    let (method, path) = (alias.own_method.to_lowercase(), format!("{BASE}{}", alias.own_path));
    let own = &document["paths"][&path][&method];
    // A JSON pointer in a fragment, which has no braces.
    let pointer = path.replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
    let pointer = format!("#/paths/{pointer}/{method}");
    let reference = |part: &str| json!({ "$ref": format!("{pointer}/{part}") });
    // A reference to a reference is none for some readers.
    let response = |(status, own): (&String, &Value)| {
        let own = own["$ref"].is_string().then(|| own.clone());
        (status.clone(), own.unwrap_or_else(|| reference(&format!("responses/{status}"))))
    };
    let responses: Map<_, _> = own["responses"].as_object().into_iter().flatten().map(response).collect();
    let mut operation = json!({
        "operationId": operation_id(alias),
        "tags": own["tags"],
        "summary": format!("Alias of {} {path}", alias.own_method),
        "description": "For existing front ends. New ones use the other path.",
        "deprecated": true,
        "x-alias-of": { "method": method, "path": path },
        "parameters": parameters(own, alias),
        "responses": responses,
    });
    if own["requestBody"].is_object() {
        operation["requestBody"] = reference("requestBody");
    }
    if own["security"].is_array() {
        operation["security"] = own["security"].clone();
    }
    operation
}

/// Returns the operation's parameters, and those that only the alias has.
fn parameters(own: &Value, alias: &PathAlias) -> Vec<Value> {
    let own: Vec<&Value> = own["parameters"].as_array().into_iter().flatten().collect();
    let in_path = alias.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).map(|name| {
        let found = own.iter().find(|parameter| parameter["name"] == name);
        let ignored = json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" }, "description": "Ignored."
        });
        found.map_or(ignored, |parameter| (*parameter).clone())
    });
    let in_query = own.iter().filter(|parameter| parameter["in"] == "query");
    in_path.chain(in_query.map(|parameter| (*parameter).clone())).collect()
}

fn operation_id(alias: &PathAlias) -> String {
    let words = alias.path.replace(['{', '}'], "").replace(['/', '-'], "_");
    format!("alias_{}{words}", alias.method.to_lowercase())
}
