//! What is known of the documents that have the words, and in which order they are shown.

use std::collections::HashMap;

use super::documents::{Document, Kind, tags_of_json};
use super::lists::{NUMBERS, json};
use super::lookup::Part;
use super::matching::{Candidate, LIMITS};
use super::query::{Filters, Query, folded_words};
use crate::db::{Db, Error, Record, Sql, args};
use crate::id::SubjectId;

/// Documents whose whole texts are in memory at one time.
const TEXTS_READ: usize = 200;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What hits are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    #[default]
    Relevance,
    Date,
    Popularity,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    pub kind: Kind,
    /// What it is sorted by.
    pub key: i64,
    pub facts: Facts,
}

impl Hit {
    /// Where it is in the order, from the last.
    pub const fn place(&self) -> (i64, &[u8; 12]) {
        (self.key, self.facts.id.as_bytes())
    }
}

/// What decides on the order, and what facets count.
#[derive(Clone, Debug, Record)]
pub struct Facts {
    number: i64,
    pub id: SubjectId,
    /// Views, subscribers or likes.
    pub popularity: i64,
    pub created_at: i64,
    pub duration_s: Option<f64>,
    pub title: String,
    /// A JSON array.
    tags: Option<String>,
    pub username: String,
    pub full_name: String,
}

impl Facts {
    pub fn tags(&self) -> Vec<String> {
        tags_of_json(self.tags.as_deref())
    }

    fn passes(&self, filters: &Filters) -> bool {
        let after = filters.after_ms.is_none_or(|time| self.created_at >= time);
        let before = filters.before_ms.is_none_or(|time| self.created_at < time);
        let length = |test: fn(f64, f64) -> bool, limit: Option<f64>| {
            limit.is_none_or(|limit| self.duration_s.is_some_and(|duration| test(duration, limit)))
        };
        after
            && before
            && length(|is, limit| is >= limit, filters.longer_s)
            && length(|is, limit| is <= limit, filters.shorter_s)
    }
}

impl Kind {
    /// Things that are hidden are nowhere to be seen, whatever the index still has.
    const fn facts(self) -> &'static str {
        match self {
            Self::Video => {
                "d.number, v.id, v.views AS popularity, v.created_at, v.duration_s, v.title, v.tags, o.username, o.full_name"
            }
            Self::Channel => {
                "d.number, u.id, u.subscribers_count AS popularity, u.created_at, NULL AS duration_s,
                 u.full_name AS title, NULL AS tags, u.username, u.full_name"
            }
            Self::Tweet => {
                "d.number, t.id, t.likes_count AS popularity, t.created_at, NULL AS duration_s, '' AS title, NULL AS tags,
                 o.username, o.full_name"
            }
            Self::Playlist => {
                "d.number, p.id, CAST(0 AS BIGINT) AS popularity, p.created_at, NULL AS duration_s, p.name AS title,
                 NULL AS tags, o.username, o.full_name"
            }
        }
    }

    const fn tables(self) -> &'static str {
        match self {
            Self::Video => {
                "CROSS JOIN videos v CROSS JOIN users o WHERE v.id = d.subject_id AND o.id = v.owner_id AND v.is_published"
            }
            Self::Channel => "CROSS JOIN users u WHERE u.id = d.subject_id",
            Self::Tweet => "CROSS JOIN tweets t CROSS JOIN users o WHERE t.id = d.subject_id AND o.id = t.owner_id",
            Self::Playlist => {
                "CROSS JOIN playlists p CROSS JOIN users o WHERE p.id = d.subject_id AND o.id = p.owner_id"
            }
        }
    }
}

/// Returns the facts of the documents that may be seen and pass the filters.
async fn facts(db: &Db, part: Part, numbers: &[i64], filters: &Filters) -> Result<Vec<Facts>, Error> {
    let document = Sql::look_up(
        "search_documents",
        "d",
        "d.generation = (SELECT CAST($2 AS BIGINT)) AND d.kind = $3 AND d.number = g.value",
    );
    let sql = Sql::from("SELECT").then(part.kind.facts()).then("FROM").then(NUMBERS).then(document);
    let sql = sql.then(part.kind.tables());
    let mut facts: Vec<Facts> = db.all(sql, args![json(numbers), part.generation, part.kind]).await?;
    facts.retain(|facts| facts.passes(filters));
    Ok(facts)
}

/// Returns the hits among the candidates, in their order.
pub async fn sorted(
    db: &Db,
    part: Part,
    query: &Query,
    candidates: &[Candidate],
    (sort, now_ms): (Sort, i64),
) -> Result<Vec<Hit>, Error> {
    let mut numbers: Vec<i64> = candidates.iter().map(|candidate| candidate.number).collect();
    // Neighbours are often on the same page of the disk.
    numbers.sort_unstable();
    let mut facts = facts(db, part, &numbers, &query.filters).await?;
    if !query.phrases.is_empty() {
        keep_phrases(db, part.kind, &query.phrases, &mut facts).await?;
    }
    let points: HashMap<i64, u64> = candidates.iter().map(|candidate| (candidate.number, candidate.points)).collect();
    let typed: Vec<String> = query.words.iter().flat_map(|word| &word.parts).map(|part| part.folded.clone()).collect();
    let mut hits: Vec<Hit> = facts
        .into_iter()
        .map(|facts| {
            let key = match sort {
                Sort::Relevance => relevance(points.get(&facts.number).copied().unwrap_or(0), &facts, &typed, now_ms),
                Sort::Date => facts.created_at,
                Sort::Popularity => facts.popularity,
            };
            Hit { kind: part.kind, key, facts }
        })
        .collect();
    hits.sort_by(|one, other| other.place().cmp(&one.place()));
    Ok(hits)
}

/// Returns the newest videos that are within the bounds of time.
pub async fn newest(db: &Db, part: Part, filters: &Filters) -> Result<Vec<Candidate>, Error> {
    let document = Sql::look_up(
        "search_documents",
        "d",
        "d.generation = (SELECT CAST($1 AS BIGINT)) AND d.kind = $2 AND d.subject_id = v.id",
    );
    let sql = Sql::from("SELECT d.number FROM videos v").then(document).then(
        "WHERE v.is_published AND v.created_at >= $3 AND v.created_at < $4
         ORDER BY v.created_at DESC, v.id DESC LIMIT CAST($5 AS BIGINT)",
    );
    let bounds = (filters.after_ms.unwrap_or(i64::MIN), filters.before_ms.unwrap_or(i64::MAX));
    let limit = i64::try_from(LIMITS.candidates_max).unwrap_or(i64::MAX);
    let rows: Vec<(i64,)> = db.all(sql, args![part.generation, part.kind, bounds.0, bounds.1, limit]).await?;
    Ok(rows.into_iter().map(|(number,)| Candidate::without_words(number)).collect())
}

/// Keeps what has each phrase in one of its texts.
async fn keep_phrases(db: &Db, kind: Kind, phrases: &[Vec<String>], facts: &mut Vec<Facts>) -> Result<(), Error> {
    let ids: Vec<SubjectId> = facts.iter().map(|facts| facts.id).collect();
    let mut kept = std::collections::HashSet::new();
    for some in ids.chunks(TEXTS_READ) {
        let sql = Sql::from(kind.select()).then(Sql::IN_LIST);
        let documents: Vec<Document> = db.all(sql, args![json(some)]).await?;
        let has_all = |document: &Document| {
            let texts: Vec<Vec<String>> = document.texts().iter().map(|text| folded_words(text)).collect();
            phrases.iter().all(|phrase| texts.iter().any(|text| has_phrase(text, phrase)))
        };
        kept.extend(documents.into_iter().filter(has_all).map(|document| document.id));
    }
    facts.retain(|facts| kept.contains(&facts.id));
    Ok(())
}

fn has_phrase(words: &[String], phrase: &[String]) -> bool {
    words.windows(phrase.len()).any(|window| window == phrase)
}

/// How well a document fits, as an integer, so that every machine and database sorts alike.
///
/// The points of its words count for half as much again when the title is what was typed, and for a quarter when it has
/// that in one piece. Ten times the views count for 15 %, being new for up to 20 %.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "far below 2^52, and casts saturate")]
fn relevance(points: u64, facts: &Facts, typed: &[String], now_ms: i64) -> i64 {
    let title = folded_words(&facts.title);
    let wording = if typed.is_empty() {
        1.0
    } else if title == typed {
        1.5
    } else if typed.len() > 1 && has_phrase(&title, typed) {
        1.25
    } else {
        1.0
    };
    let popularity = 1.0 + 0.15 * (facts.popularity.max(0) as f64 + 1.0).log10();
    let days = ((now_ms - facts.created_at).max(0) / DAY_MS) as f64;
    let freshness = 1.0 + 0.2 / (1.0 + days / 30.0);
    (points as f64 * wording * popularity * freshness).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(title: &str, popularity: i64, created_at: i64) -> Facts {
        Facts {
            number: 0,
            id: SubjectId::from_bytes([0; 12]),
            popularity,
            created_at,
            duration_s: Some(90.0),
            title: title.to_owned(),
            tags: None,
            username: String::new(),
            full_name: String::new(),
        }
    }

    fn score(title: &str, popularity: i64, days: i64, typed: &[&str]) -> i64 {
        let typed: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
        relevance(1000, &facts(title, popularity, 1000 * DAY_MS - days * DAY_MS), &typed, 1000 * DAY_MS)
    }

    #[test]
    fn exact_titles_popular_and_new_ones_rank_higher() {
        let plain = score("Making green tea", 0, 365, &["tea", "green"]);
        assert!(score("Making green tea", 0, 365, &["green", "tea"]) > plain);
        assert!(score("Green tea", 0, 365, &["green", "tea"]) > score("Making green tea", 0, 365, &["green", "tea"]));
        assert!(score("Making green tea", 1000, 365, &["tea", "green"]) > plain);
        assert!(score("Making green tea", 0, 0, &["tea", "green"]) > plain);
    }

    #[test]
    fn filters_compare_length_and_time() {
        let video = facts("", 0, 5 * DAY_MS);
        let filters = |longer_s, after_ms| Filters { after_ms, longer_s, ..Filters::default() };
        assert!(video.passes(&filters(Some(90.0), Some(5 * DAY_MS))));
        assert!(!video.passes(&filters(Some(91.0), None)));
        assert!(!video.passes(&filters(None, Some(5 * DAY_MS + 1))));
        assert!(!Facts { duration_s: None, ..video }.passes(&filters(Some(1.0), None)));
    }
}
