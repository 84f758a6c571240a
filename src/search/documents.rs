//! What can be found, and under which words.

use std::collections::{BTreeMap, HashMap};

use super::lists::json;
use super::postings::{CLASS_MAX, Posting, WEIGHT_MAX};
use super::query::{channel_word, tag_word};
use super::words::indexed;
use crate::db::{Db, Error, Record, Sql, Tx, args, text_enum};
use crate::id::SubjectId;

text_enum! {
    /// A kind of things that can be found.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Kind {
        Video = "video",
        Channel = "channel",
        Tweet = "tweet",
        Playlist = "playlist",
    }
}

const TITLE_WEIGHT: u32 = 8;
pub const TAG_WEIGHT: u32 = 6;
const CHANNEL_WEIGHT: u32 = 5;
const DESCRIPTION_WEIGHT: u32 = 2;
/// Further words of a long text do not find it.
const TEXT_WORDS_MAX: usize = 1_000;

/// What is indexed of a thing.
#[derive(Clone, Debug, Record)]
pub struct Document {
    pub id: SubjectId,
    title: String,
    description: String,
    /// A JSON array.
    tags: Option<String>,
    username: Option<String>,
    full_name: Option<String>,
    /// Views, subscribers or likes.
    popularity: i64,
}

impl Document {
    /// Returns the words under which it is found.
    pub fn words(&self) -> BTreeMap<String, Posting> {
        let mut weights: HashMap<String, u32> = HashMap::new();
        let mut add = |text: &str, weight: u32| {
            let mut seen = std::collections::HashSet::new();
            for word in indexed(text).into_iter().take(TEXT_WORDS_MAX) {
                // A word that is there twice does not make it fit twice as well.
                if seen.insert(word.folded.clone()) {
                    *weights.entry(word.folded).or_default() += weight;
                }
            }
        };
        add(&self.title, TITLE_WEIGHT);
        add(&self.description, DESCRIPTION_WEIGHT);
        let names = [&self.full_name, &self.username].into_iter().flatten();
        add(&names.clone().map(String::as_str).collect::<Vec<_>>().join(" "), CHANNEL_WEIGHT);
        let tags = self.tags();
        add(&tags.join(" "), TAG_WEIGHT);
        let special = names.filter_map(|name| channel_word(name)).chain(tags.iter().filter_map(|tag| tag_word(tag)));
        weights.extend(special.map(|word| (word, 1)));
        let class = class(self.popularity);
        let posting = |weight: u32| Posting { weight: weight.min(WEIGHT_MAX), class };
        weights.into_iter().map(|(word, weight)| (word, posting(weight))).collect()
    }

    /// Returns the texts in which a phrase may be.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = vec![self.title.clone(), self.description.clone()];
        texts.extend(self.full_name.clone());
        texts.extend(self.tags());
        texts
    }

    fn tags(&self) -> Vec<String> {
        tags_of_json(self.tags.as_deref())
    }
}

/// Returns the tags in a column of a video.
pub fn tags_of_json(json: Option<&str>) -> Vec<String> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// Returns the number of digits, from 0 for none.
fn class(popularity: i64) -> u32 {
    popularity.checked_ilog10().map_or(0, |power| power + 1).min(CLASS_MAX)
}

impl Kind {
    /// Selects [`Document`]s of things with certain ids, if they may be found.
    pub const fn select(self) -> &'static str {
        match self {
            Self::Video => {
                "SELECT v.id, v.title, v.description, v.tags, o.username, o.full_name, v.views AS popularity
                 FROM videos v JOIN users o ON o.id = v.owner_id WHERE v.is_published AND v.id"
            }
            Self::Channel => {
                "SELECT u.id, u.full_name || ' ' || u.username AS title, '' AS description, NULL AS tags,
                        u.username, u.full_name, u.subscribers_count AS popularity
                 FROM users u WHERE u.id"
            }
            Self::Tweet => {
                "SELECT t.id, t.content AS title, '' AS description, NULL AS tags, o.username, o.full_name,
                        t.likes_count AS popularity
                 FROM tweets t JOIN users o ON o.id = t.owner_id WHERE t.id"
            }
            Self::Playlist => {
                "SELECT p.id, p.name AS title, p.description, NULL AS tags, o.username, o.full_name,
                        CAST(0 AS BIGINT) AS popularity
                 FROM playlists p JOIN users o ON o.id = p.owner_id WHERE p.id"
            }
        }
    }

    /// The next ids in their order, for a walk through everything.
    const fn walk(self) -> &'static str {
        match self {
            Self::Video => "SELECT id FROM videos WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)",
            Self::Channel => "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)",
            Self::Tweet => "SELECT id FROM tweets WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)",
            Self::Playlist => "SELECT id FROM playlists WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)",
        }
    }
}

/// Reads what is to be found now: things that are hidden or gone are left out.
pub async fn read(tx: &mut Tx, kind: Kind, ids: &[SubjectId]) -> Result<Vec<Document>, Error> {
    tx.all(Sql::from(kind.select()).then(Sql::IN_LIST), args![json(ids)]).await
}

/// Returns the ids that follow one, in their order.
pub async fn ids_after(db: &Db, kind: Kind, after: SubjectId, limit: i64) -> Result<Vec<SubjectId>, Error> {
    let rows: Vec<(SubjectId,)> = db.all(kind.walk(), args![after, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Returns the ids of a channel's things of a kind that follow one, in their order.
pub async fn ids_of_owner(
    db: &Db,
    kind: Kind,
    owner: SubjectId,
    after: SubjectId,
    limit: i64,
) -> Result<Vec<SubjectId>, Error> {
    let sql = match kind {
        Kind::Video => "SELECT id FROM videos WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)",
        Kind::Channel => "SELECT id FROM users WHERE id = $1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)",
        Kind::Tweet => "SELECT id FROM tweets WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)",
        Kind::Playlist => {
            "SELECT id FROM playlists WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)"
        }
    };
    let rows: Vec<(SubjectId,)> = db.all(sql, args![owner, after, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
