//! Tags: words that owners choose for their videos.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::db::{Error, Sql, Tx, args};
use crate::http::body::Text;
use crate::id::VideoId;
use crate::search::{fold_tag, tags_of_json};

pub const TAGS_MAX: usize = 20;
pub const TAG_CHARS_MAX: usize = 50;

/// Tags as a request has them: a JSON array, or a text with commas between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<String>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("must be a list of texts, or a text with commas between the tags");
        let value = Value::deserialize(deserializer)?;
        let list = match &value {
            // Forms have texts only.
            Value::String(text) if text.trim_start().starts_with('[') => {
                serde_json::from_str(text).map_err(|_| wrong())?
            }
            Value::String(text) => text.split(',').map(|tag| Value::String(tag.to_owned())).collect(),
            Value::Array(list) => list.clone(),
            _ => return Err(wrong()),
        };
        let texts: Result<Vec<Text>, _> = list.into_iter().map(serde_json::from_value).collect();
        let mut tags: BTreeMap<String, ()> = BTreeMap::new();
        let mut kept = Vec::new();
        for text in texts.map_err(|_| wrong())? {
            let tag = text.as_str().trim_start_matches('#').split_whitespace().collect::<Vec<_>>().join(" ");
            let folded = fold_tag(&tag);
            // Two that differ in nothing that matters are one.
            if !folded.is_empty() && tags.insert(folded, ()).is_none() {
                kept.push(tag);
            }
        }
        if kept.len() > TAGS_MAX {
            return Err(serde::de::Error::custom(format!("a video has at most {TAGS_MAX} tags")));
        }
        if kept.iter().any(|tag| tag.chars().count() > TAG_CHARS_MAX) {
            return Err(serde::de::Error::custom(format!("a tag has at most {TAG_CHARS_MAX} characters")));
        }
        Ok(Self(kept))
    }
}

impl Tags {
    /// Returns the column's text.
    pub fn json(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| serde_json::to_string(&self.0).unwrap_or_default())
    }
}

/// Stores which tags a video has. Counts them if it is published, and uncounts those before.
pub async fn store(tx: &mut Tx, video: VideoId, json: Option<&str>, is_published: bool) -> Result<(), Error> {
    if is_published {
        count(tx, video, -1).await?;
    }
    tx.run("DELETE FROM video_tags WHERE video_id = $1", args![video]).await?;
    let tags: Vec<[String; 2]> = tags_of_json(json).into_iter().map(|tag| [fold_tag(&tag), tag]).collect();
    if tags.is_empty() {
        return Ok(());
    }
    let rows = Sql::pair(
        "json_each($1) WHERE true ORDER BY 1",
        "json_array_elements(CAST($1 AS json)) AS given(value) WHERE true ORDER BY 1",
    );
    let rows_json = serde_json::to_string(&tags).unwrap_or_default();
    let sql = Sql::from("INSERT INTO tags (tag, name, videos) SELECT value ->> 0, value ->> 1, 0 FROM");
    tx.run(sql.then(rows.clone()).then("ON CONFLICT (tag) DO NOTHING"), args![&rows_json]).await?;
    let sql = Sql::from("INSERT INTO video_tags (tag, video_id) SELECT value ->> 0, $2 FROM");
    tx.run(sql.then(rows).then("ON CONFLICT (video_id, tag) DO NOTHING"), args![rows_json, video]).await?;
    if is_published {
        count(tx, video, 1).await?;
    }
    Ok(())
}

/// Changes how many published videos have each of the video's tags.
pub async fn count(tx: &mut Tx, video: VideoId, by: i64) -> Result<(), Error> {
    // In one order, as everybody else locks them.
    let lock =
        Sql::from("SELECT tag FROM tags WHERE tag IN (SELECT tag FROM video_tags WHERE video_id = $1) ORDER BY tag");
    let tags: Vec<(String,)> = tx.all(lock.for_update(), args![video]).await?;
    if tags.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE tags SET videos = videos + $2 WHERE tag IN (SELECT tag FROM video_tags WHERE video_id = $1)";
    tx.run(sql, args![video, by]).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Vec<String>, String> {
        serde_json::from_value::<Tags>(value).map(|tags| tags.0).map_err(|error| error.to_string())
    }

    #[test]
    fn tags_come_as_lists_and_as_texts() {
        let expected = ["Green tea", "DIY"].map(str::to_owned);
        for value in [json!(["Green  tea", "#DIY"]), json!("Green tea, DIY,"), json!(r#"["Green tea", "DIY", "diy"]"#)]
        {
            assert_eq!(read(value).unwrap(), expected);
        }
        assert!(read(json!("")).unwrap().is_empty());
        assert!(read(json!(7)).is_err());
        assert!(read(json!([7])).is_err());
    }

    #[test]
    fn tags_have_limits() {
        let many: Vec<String> = (0..=TAGS_MAX).map(|number| number.to_string()).collect();
        assert!(read(json!(many)).unwrap_err().contains("at most 20"));
        assert!(read(json!(["x".repeat(TAG_CHARS_MAX + 1)])).unwrap_err().contains("at most 50"));
    }
}
