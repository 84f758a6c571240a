//! Things that are about the same, by the words that they have in common.

use super::documents::{Kind, TAG_WEIGHT};
use super::find::part;
use super::hits::{Sort, sorted};
use super::lists::{ONE_OF_NUMBERS, json};
use super::lookup::{Choice, Entry, Meaning, Slot};
use super::matching::{Choose, How, Limits, find};
use super::postings::read_words;
use super::query::Query;
use crate::db::{Db, Error, Sql, args};
use crate::id::SubjectId;

/// The rarest words of a thing say what it is about.
const WORDS_MAX: usize = 6;
/// Of all these words. With many videos even rare words have many, and all are read.
const DOCUMENTS_MAX: i64 = 4_000;
/// `rows_max` holds for a thing that has frequent words only.
const LIMITS: Limits = Limits { candidates_max: 40, rows_max: 64 };

/// Returns the things that have rare words of the title or the tags in common with one, the most alike first.
///
/// # Errors
/// As any statement.
pub async fn alike(db: &Db, kind: Kind, id: SubjectId, now_ms: i64) -> Result<Vec<SubjectId>, Error> {
    let Some(part) = part(db, kind).await? else { return Ok(Vec::new()) };
    let sql = "SELECT words FROM search_documents WHERE generation = (SELECT CAST($1 AS BIGINT)) AND kind = $2 AND subject_id = $3";
    let words: Option<(Vec<u8>,)> = db.optional(sql, args![part.generation, kind, id]).await?;
    let words = words.map(|(words,)| read_words(&words)).unwrap_or_default();
    let telling: Vec<i64> =
        words.iter().filter(|(_, posting)| posting.weight >= TAG_WEIGHT).map(|(word, _)| *word).collect();
    let sql = Sql::from("SELECT id, word, documents FROM search_words WHERE documents > 1 AND id").then(ONE_OF_NUMBERS);
    let mut entries: Vec<Entry> = db.all(sql, args![json(&telling)]).await?;
    entries.sort_by(|one, other| (one.documents, &one.word).cmp(&(other.documents, &other.word)));
    entries.truncate(WORDS_MAX);
    let mut documents = 0;
    let few = entries.iter().take_while(|entry| {
        documents += entry.documents;
        documents <= DOCUMENTS_MAX
    });
    let telling = few.count();
    entries.truncate(telling.max(1));
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let slot = |entry: Entry| Slot { typed: entry.word.clone(), choices: vec![Choice::exact(entry)] };
    let meaning = Meaning { slots: entries.into_iter().map(slot).collect(), ..Meaning::default() };
    let how = How { words_min: 1, choose: Choose::Best, limits: LIMITS };
    let matches = find(db, part, &meaning, &how).await?;
    let hits = sorted(db, part, &Query::default(), &matches.candidates, (Sort::Relevance, now_ms)).await?;
    Ok(hits.into_iter().map(|hit| hit.facts.id).filter(|found| *found != id).collect())
}
