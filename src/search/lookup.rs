//! From typed words to words of the index.

use std::collections::HashMap;

use super::documents::Kind;
use super::lists::{TEXTS, json};
use super::near::{edits, edits_max, forms, is_forgiven};
use super::query::Query;
use crate::db::{Db, Error, Record, Sql, args};

/// Words that a typed beginning may stand for: the most frequent ones.
const ENDINGS_MAX: i64 = 20;
/// Words that a mistyped one may stand for.
const NEAR_MAX: usize = 10;
/// Of those that share a form with it, so many are compared: the most frequent ones.
const COMPARED_MAX: i64 = 300;
/// In tenths: how much a word counts that is typed in full, in part or nearly.
const EXACT: u32 = 10;
const BEGINNING: u32 = 7;
const ONE_EDIT: u32 = 4;
const TWO_EDITS: u32 = 2;

/// A build of the index, of one kind of things.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub generation: i64,
    pub kind: Kind,
    /// How many documents it may have.
    pub documents: i64,
}

/// A word of the index.
#[derive(Clone, Debug, PartialEq, Eq, Record)]
pub struct Entry {
    pub id: i64,
    pub word: String,
    pub documents: i64,
}

/// A word of the index that a typed one may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub entry: Entry,
    /// How much it counts, in tenths.
    pub tenths: u32,
}

impl Choice {
    pub const fn exact(entry: Entry) -> Self {
        Self { entry, tenths: EXACT }
    }

    /// Says whether the typed word is mistyped, if this is what was meant.
    pub const fn is_near(&self) -> bool {
        matches!(self.tenths, ONE_EDIT | TWO_EDITS)
    }
}

/// A typed word, with what it may stand for.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    pub typed: String,
    pub choices: Vec<Choice>,
}

impl Slot {
    pub fn documents(&self) -> i64 {
        self.choices.iter().map(|choice| choice.entry.documents).sum()
    }

    fn has(&self, id: i64) -> bool {
        self.choices.iter().any(|choice| choice.entry.id == id)
    }

    fn add(&mut self, entries: impl IntoIterator<Item = Entry>, tenths: u32) {
        for entry in entries {
            if !self.has(entry.id) {
                self.choices.push(Choice { entry, tenths });
            }
        }
    }
}

/// What a query means in a part of the index.
#[derive(Clone, Debug, Default)]
pub struct Meaning {
    pub slots: Vec<Slot>,
    /// Each of these words has to be there as well. They do not count.
    pub required: Vec<Slot>,
    pub excluded: Vec<i64>,
}

/// Returns what the index has for a query. `forgiving` also considers that known words may be mistyped.
pub async fn look_up(db: &Db, part: Part, query: &Query, forgiving: bool) -> Result<Meaning, Error> {
    let mut texts: Vec<&str> = Vec::new();
    for word in query.words.iter().chain(&query.excluded) {
        texts.extend(word.parts.iter().chain(&word.joined).map(|word| word.folded.as_str()));
    }
    let filters = query.filters.channels.iter().chain(&query.filters.tags);
    texts.extend(filters.clone().map(String::as_str));
    let known = exact(db, part, &texts).await?;
    let mut meaning = Meaning::default();
    for (number, compound) in query.words.iter().enumerate() {
        let joined = compound.joined.as_ref();
        let parts =
            if compound.parts.is_empty() { joined.map(std::slice::from_ref) } else { Some(&compound.parts[..]) };
        let parts = parts.unwrap_or_default();
        for (at, typed) in parts.iter().enumerate() {
            let is_open = query.last_is_open && number + 1 == query.words.len() && at + 1 == parts.len();
            let mut slot = slot(db, part, &typed.folded, &known, is_open, forgiving).await?;
            slot.add(joined.and_then(|word| known.get(&word.folded)).cloned(), EXACT);
            meaning.slots.push(slot);
        }
    }
    meaning.required = filters
        .map(|word| {
            let mut slot = Slot { typed: word.clone(), choices: Vec::new() };
            slot.add(known.get(word).cloned(), 0);
            slot
        })
        .collect();
    for compound in &query.excluded {
        let whole = compound.joined.iter().filter(|joined| known.contains_key(&joined.folded));
        let words = if whole.clone().count() > 0 { whole.collect() } else { compound.parts.iter().collect::<Vec<_>>() };
        meaning.excluded.extend(words.iter().filter_map(|word| Some(known.get(&word.folded)?.id)));
    }
    Ok(meaning)
}

async fn slot(
    db: &Db,
    part: Part,
    typed: &str,
    known: &HashMap<String, Entry>,
    is_open: bool,
    forgiving: bool,
) -> Result<Slot, Error> {
    let mut slot = Slot { typed: typed.to_owned(), choices: Vec::new() };
    slot.add(known.get(typed).cloned(), EXACT);
    if is_open {
        slot.add(beginning_with(db, part, typed).await?, BEGINNING);
    }
    if slot.choices.is_empty() || forgiving {
        let near = near(db, part, typed, is_open).await?;
        for (edits, entry) in near {
            slot.add([entry], if edits < 2 { ONE_EDIT } else { TWO_EDITS });
        }
    }
    Ok(slot)
}

/// Joins the word `w` of a build, `$2`, and a kind, `$3`, that is the text `g`.
pub fn word_of_build() -> Sql {
    Sql::look_up("search_words", "w", "w.generation = (SELECT CAST($2 AS BIGINT)) AND w.kind = $3 AND w.word = g.value")
}

async fn exact(db: &Db, part: Part, words: &[&str]) -> Result<HashMap<String, Entry>, Error> {
    let sql = Sql::from("SELECT w.id, w.word, w.documents FROM").then(TEXTS).then(word_of_build());
    let rows: Vec<Entry> = db.all(sql, args![json(words), part.generation, part.kind]).await?;
    Ok(rows.into_iter().map(|entry| (entry.word.clone(), entry)).collect())
}

/// Returns the most frequent words with this beginning, but the word itself.
async fn beginning_with(db: &Db, part: Part, beginning: &str) -> Result<Vec<Entry>, Error> {
    const SELECT: &str =
        "SELECT id, word, documents FROM search_words WHERE generation = (SELECT CAST($1 AS BIGINT)) AND kind = $2 AND";
    // Letters beyond the second are compared in the order of the words, of which there are few then.
    let condition = match beginning.chars().count() {
        0 => return Ok(Vec::new()),
        1 => "start1 = $3 AND word <> $4",
        2 => "start2 = $3 AND word <> $4",
        _ => "word > $3 AND word < $4",
    };
    let end = if beginning.chars().count() > 2 { [beginning, "\u{10FFFF}"].concat() } else { beginning.to_owned() };
    let sql = Sql::from(SELECT).then(condition).then("ORDER BY magnitude DESC, word LIMIT CAST($5 AS BIGINT)");
    db.all(sql, args![part.generation, part.kind, beginning, end, ENDINGS_MAX]).await
}

/// Returns the words nearest to a mistyped one, with how many edits they are away.
async fn near(db: &Db, part: Part, typed: &str, is_open: bool) -> Result<Vec<(usize, Entry)>, Error> {
    let chars = typed.chars().count();
    if edits_max(chars) == 0 || !is_forgiven(typed) {
        return Ok(Vec::new());
    }
    let forms: Vec<String> = forms(typed).into_iter().collect();
    let sql = Sql::from("SELECT DISTINCT w.id, w.word, w.documents FROM")
        .then(TEXTS)
        .then(Sql::look_up(
            "search_near",
            "n",
            "n.generation = (SELECT CAST($2 AS BIGINT)) AND n.kind = $3 AND n.form = g.value",
        ))
        .then(Sql::look_up("search_words", "w", "w.id = n.word_id"))
        .then("ORDER BY w.documents DESC, w.word LIMIT CAST($4 AS BIGINT)");
    let candidates: Vec<Entry> = db.all(sql, args![json(&forms), part.generation, part.kind, COMPARED_MAX]).await?;
    let mut near: Vec<(usize, Entry)> = candidates
        .into_iter()
        .filter_map(|entry| {
            let beginning: String = entry.word.chars().take(chars).collect();
            let whole = edits(typed, &entry.word);
            let edits = if is_open { whole.or_else(|| edits(typed, &beginning)) } else { whole };
            Some((edits.filter(|edits| *edits > 0)?, entry))
        })
        .collect();
    // A stable sort: the most frequent ones stay first.
    near.sort_by_key(|(edits, _)| *edits);
    near.truncate(NEAR_MAX);
    Ok(near)
}
