//! The shapes that profiles give to the data of a response.

use axum::http::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};

use super::paths::BASE;
use crate::config::{Choice, Profile};
use crate::http::reply::{X_NEXT_CURSOR, X_TOTAL_COUNT};

/// Fields that repeat an object under the name that some front ends read.
pub const NESTED: [(&str, &str); 3] =
    [("owner", "ownerDetails"), ("video", "likedVideo"), ("channel", "subscribedChannel")];

const MEDIA: [&str; 4] = ["avatar", "coverImage", "thumbnail", "videoFile"];

/// In the order in which the front ends' own server has them.
const STATS: [&str; 4] = ["totalVideos", "totalViews", "totalSubscribers", "totalLikes"];

/// Gives the data the shape of a profile. `path` is the operation's, with ids in it.
pub fn reshape(data: &mut Value, profile: Profile, path: &str, headers: &HeaderMap) {
    let path = path.strip_prefix(BASE).unwrap_or_default();
    // First: what comes then may replace what is repeated here.
    if profile.has(Choice::NestedAliases) {
        each_object(data, &repeat_nested);
    }
    if profile.has(Choice::OwnerId) && is_one_video(path) {
        let id = data.pointer("/owner/_id").cloned();
        if let (Some(owner), Some(id)) = (data.get_mut("owner"), id) {
            *owner = id;
        }
    }
    if profile.has(Choice::DateParts) && path == "/dashboard/videos" {
        data.as_array_mut().into_iter().flatten().for_each(split_date);
    }
    if profile.has(Choice::StatsArray) && path == "/dashboard/stats" {
        let stats = STATS.iter().filter_map(|name| Some(json!({ *name: data.get(*name)? })));
        *data = stats.collect();
    }
    if profile.has(Choice::TweetDocs) && path.starts_with("/tweets") && data.is_array() {
        *data = docs(data.take(), headers);
    }
    if profile.has(Choice::MediaObjects) {
        each_object(data, &media_objects);
    }
}

/// Calls `change` on every object, the inner ones first.
pub fn each_object(value: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|value| each_object(value, change));
            change(object);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| each_object(value, change)),
        _ => {}
    }
}

fn repeat_nested(object: &mut Map<String, Value>) {
    for (own, alias) in NESTED {
        if let Some(nested @ Value::Object(_)) = object.get(own) {
            let nested = nested.clone();
            object.insert(alias.to_owned(), nested);
        }
    }
}

fn media_objects(object: &mut Map<String, Value>) {
    for field in MEDIA {
        if let Some(value @ Value::String(_)) = object.get_mut(field) {
            let url = value.take();
            let name = url.as_str().and_then(|url| url.split('?').next()?.rsplit('/').next()).unwrap_or_default();
            let public_id = name.split('.').next().unwrap_or_default();
            *value = json!({ "public_id": public_id, "url": url });
        }
    }
}

fn is_one_video(path: &str) -> bool {
    path.strip_prefix("/videos/").is_some_and(|id| !id.contains('/'))
}

/// Splits `createdAt`, which is RFC 3339 in UTC.
fn split_date(video: &mut Value) {
    let Some(created) = video.get_mut("createdAt") else { return };
    let mut numbers = created.as_str().unwrap_or_default().split(['-', 'T']).map(|part| part.parse::<u16>().ok());
    if let (Some(Some(year)), Some(Some(month)), Some(Some(day))) = (numbers.next(), numbers.next(), numbers.next()) {
        *created = json!({ "year": year, "month": month, "day": day });
    }
}

fn docs(tweets: Value, headers: &HeaderMap) -> Value {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let total = text(X_TOTAL_COUNT).and_then(|total| total.parse::<u64>().ok());
    let next = text(X_NEXT_CURSOR);
    let mut page = Map::new();
    page.insert("docs".to_owned(), tweets);
    page.insert("totalDocs".to_owned(), json!(total));
    page.insert("hasNextPage".to_owned(), json!(next.is_some()));
    page.insert("nextCursor".to_owned(), json!(next));
    page.into()
}
