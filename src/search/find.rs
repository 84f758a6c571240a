//! From a query to hits.

use std::collections::BTreeMap;

use super::documents::Kind;
use super::hits::{Hit, Sort, newest, sorted};
use super::lookup::{Meaning, Part, look_up};
use super::matching::{Choose, How, LIMITS, Limits, Matches, find as find_matches};
use super::postings::read_words;
use super::query::Query;
use super::words::compounds;
use crate::db::{Db, Error, args};

/// So many hits are counted exactly and can be paged through.
const HITS_MAX: usize = 1_000;
/// With fewer hits than this, half of the words suffice.
const HITS_ENOUGH: usize = 3;
/// Of a search for a few good hits.
const FEW: Limits = Limits { candidates_max: 60, rows_max: 1_000 };

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In their order, [`HITS_MAX`] at most.
    pub hits: Vec<Hit>,
    /// There are more hits than these.
    pub is_cut: bool,
    /// The query with its mistyped words put right.
    pub did_you_mean: Option<String>,
    /// Words that are in the hits, for each typed word.
    pub matched: Vec<Vec<String>>,
}

/// Finds things of a kind. `now_ms` makes new ones rank higher.
///
/// # Errors
/// As any statement.
pub async fn find(db: &Db, kind: Kind, query: &Query, sort: Sort, now_ms: i64) -> Result<Found, Error> {
    find_among(db, kind, query, (sort, now_ms), LIMITS).await
}

/// Finds the best few things of a kind, more quickly than [`find`].
///
/// # Errors
/// As any statement.
pub async fn find_few(db: &Db, kind: Kind, query: &Query, now_ms: i64) -> Result<Found, Error> {
    find_among(db, kind, query, (Sort::Relevance, now_ms), FEW).await
}

async fn find_among(
    db: &Db,
    kind: Kind,
    query: &Query,
    (sort, now_ms): (Sort, i64),
    limits: Limits,
) -> Result<Found, Error> {
    let Some(part) = part(db, kind).await? else { return Ok(Found::default()) };
    let search = Search { db, part, query, sort, now_ms, limits };
    if query.has_no_words() {
        return search.newest().await;
    }
    let mut meaning = look_up(db, part, query, false).await?;
    let mut found = search.run(&meaning, meaning.slots.len()).await?;
    if found.hits.is_empty() && !query.words.is_empty() {
        // Words may be mistyped although there are such words.
        meaning = look_up(db, part, query, true).await?;
        found = search.run(&meaning, meaning.slots.len()).await?;
    }
    if found.hits.len() >= HITS_ENOUGH || meaning.slots.len() < 2 {
        return Ok(found);
    }
    // What has more of the words has more points.
    let more = search.run(&meaning, meaning.slots.len().div_ceil(2)).await?;
    Ok(if more.hits.len() > found.hits.len() { more } else { found })
}

/// Returns the part of the index that is searched for a kind; `None` when it is empty.
pub async fn part(db: &Db, kind: Kind) -> Result<Option<Part>, Error> {
    let sql = "SELECT generation, number FROM search_documents
               WHERE generation = (SELECT current FROM search_state WHERE id = 1) AND kind = $1
               ORDER BY number DESC LIMIT 1";
    let last: Option<(i64, i64)> = db.optional(sql, args![kind]).await?;
    Ok(last.map(|(generation, number)| Part { generation, kind, documents: number + 1 }))
}

struct Search<'a> {
    db: &'a Db,
    part: Part,
    query: &'a Query,
    sort: Sort,
    now_ms: i64,
    limits: Limits,
}

impl Search<'_> {
    /// Finds by bounds alone, among the newest things that are within those of time.
    async fn newest(&self) -> Result<Found, Error> {
        if self.part.kind != Kind::Video || !self.query.filters.is_bounded() {
            return Ok(Found::default());
        }
        let candidates = newest(self.db, self.part, &self.query.filters).await?;
        let mut hits = sorted(self.db, self.part, self.query, &candidates, (self.sort, self.now_ms)).await?;
        let is_cut = candidates.len() >= LIMITS.candidates_max || hits.len() > HITS_MAX;
        hits.truncate(HITS_MAX);
        Ok(Found { hits, is_cut, ..Found::default() })
    }

    async fn run(&self, meaning: &Meaning, words_min: usize) -> Result<Found, Error> {
        let choose = match self.sort {
            Sort::Relevance => Choose::Best,
            Sort::Date => Choose::Newest,
            Sort::Popularity => Choose::MostPopular,
        };
        let how = How { words_min, choose, limits: self.limits };
        let Matches { candidates, is_cut } = find_matches(self.db, self.part, meaning, &how).await?;
        let mut hits = sorted(self.db, self.part, self.query, &candidates, (self.sort, self.now_ms)).await?;
        let is_cut = is_cut || hits.len() > HITS_MAX;
        hits.truncate(HITS_MAX);
        let best = self.words_of(hits.first()).await?;
        Ok(Found { did_you_mean: corrected(self.query, meaning, &best), matched: matched(meaning), hits, is_cut })
    }

    /// Returns the ids of the words of the best hit, so that nobody is pointed to a word that only hidden things have.
    async fn words_of(&self, hit: Option<&Hit>) -> Result<Vec<i64>, Error> {
        let Some(hit) = hit else { return Ok(Vec::new()) };
        let sql = "SELECT words FROM search_documents WHERE generation = (SELECT CAST($1 AS BIGINT)) AND kind = $2 AND subject_id = $3";
        let words: Option<(Vec<u8>,)> =
            self.db.optional(sql, args![self.part.generation, self.part.kind, hit.facts.id]).await?;
        Ok(words.map(|(words,)| read_words(&words).into_keys().collect()).unwrap_or_default())
    }
}

/// Returns the query with those words of the best hit that mistyped ones were taken for. All else stays as it was typed.
fn corrected(query: &Query, meaning: &Meaning, best: &[i64]) -> Option<String> {
    let mut text = query.text.clone();
    for slot in &meaning.slots {
        let in_best = slot.choices.iter().filter(|choice| best.binary_search(&choice.entry.id).is_ok());
        let Some(choice) = in_best.max_by_key(|choice| choice.tenths).filter(|choice| choice.is_near()) else {
            continue;
        };
        let mut typed = compounds(&text).into_iter().flat_map(|word| word.parts);
        let Some(typed) = typed.find(|part| part.folded == slot.typed) else { continue };
        text.replace_range(typed.range, &choice.entry.word);
    }
    (text != query.text).then_some(text)
}

fn matched(meaning: &Meaning) -> Vec<Vec<String>> {
    let words = |slot: &super::lookup::Slot| slot.choices.iter().map(|choice| choice.entry.word.clone()).collect();
    meaning.slots.iter().map(words).collect::<Vec<Vec<String>>>()
}

/// Merges what was found of several kinds into one order.
pub fn merged(found: BTreeMap<Kind, Found>) -> Found {
    let mut merged = Found::default();
    for found in found.into_values() {
        merged.hits.extend(found.hits);
        merged.is_cut |= found.is_cut;
        merged.did_you_mean = merged.did_you_mean.or(found.did_you_mean);
        merged.matched.extend(found.matched);
    }
    merged.hits.sort_by(|one, other| other.place().cmp(&one.place()));
    merged.hits.truncate(HITS_MAX);
    merged
}
