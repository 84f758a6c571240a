//! Reading lists in parts, whichever of the two forms they have: a page's envelope, or an array with headers.

use serde_json::Value;

use super::world::parameters;
use super::{Client, Response, contract};

/// A part of a list.
#[derive(Debug)]
pub struct Slice {
    pub docs: Vec<Value>,
    pub total: i64,
    pub next: Option<String>,
}

impl Slice {
    pub fn read(response: &Response) -> Self {
        assert_eq!(response.status, 200, "{}", response.body);
        let data = response.data();
        if let Value::Array(docs) = data {
            let next = response.header("x-next-cursor");
            let total = response.header("x-total-count").parse().expect("an array says how long the list is");
            return Self { docs, total, next: (!next.is_empty()).then(|| next.to_owned()) };
        }
        Self {
            docs: data["docs"].as_array().unwrap().clone(),
            total: data["totalDocs"].as_i64().unwrap(),
            next: data["nextCursor"].as_str().map(str::to_owned),
        }
    }

    pub fn ids(&self) -> Vec<String> {
        self.docs.iter().map(super::id).collect()
    }
}

/// The address of every list in the description: those of a person, and those about a video.
pub fn addresses(person: &str, video: &str) -> Vec<String> {
    let value = |name: &str| if name == "videoId" { video.to_owned() } else { person.to_owned() };
    let fill = |path: String| {
        parameters(&path).iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), &value(name)))
    };
    // What a search finds is sorted by how well it fits, and has tests of its own.
    contract::lists().into_iter().filter(|path| path != "/api/v1/search").map(fill).collect()
}

/// An address with more in its query.
pub fn with_query(path: &str, query: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{query}")
}

/// A part of the list at `path`.
pub async fn slice(client: &Client, path: &str, query: &str) -> Slice {
    Slice::read(&client.get(&with_query(path, query)).await)
}

/// Every id in the list, from cursor to cursor. `between` happens after each part but the last and is told how many
/// there were.
pub async fn walk(client: &Client, path: &str, limit: usize, mut between: impl AsyncFnMut(i64)) -> Vec<String> {
    let mut found = Vec::new();
    let mut query = format!("limit={limit}");
    for number in 1..1000 {
        let part = slice(client, path, &query).await;
        found.extend(part.ids());
        let Some(next) = part.next else { return found };
        assert_eq!(part.docs.len(), limit, "{path}: a part that is not the last is full");
        query = format!("limit={limit}&cursor={next}");
        between(number).await;
    }
    panic!("{path} has no end");
}
