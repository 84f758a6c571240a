//! Keeping the index true to what is there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::documents::{self, Document, Kind};
use super::lists::{IDS, NUMBERS, ONE_OF_NUMBERS, TEXTS, json};
use super::lookup::word_of_build;
use super::near::{forms, is_forgiven};
use super::postings::{Posting, block_of, changed, place, read_words, write_words};
use crate::db::{Error, Record, Sql, Tx, args};
use crate::id::SubjectId;

/// Which builds of the index there are.
#[derive(Clone, Copy, Debug, Record)]
pub struct State {
    pub current: i64,
    pub building: Option<i64>,
}

/// Returns the builds, and keeps every other writer of the index out until the transaction ends.
pub async fn lock(tx: &mut Tx) -> Result<State, Error> {
    tx.one(Sql::from("SELECT current, building FROM search_state WHERE id = 1").for_update(), args![]).await
}

/// Brings things of a kind up to date in all builds of the index. Needs [`lock`].
pub async fn update(tx: &mut Tx, state: State, kind: Kind, ids: &[SubjectId]) -> Result<(), Error> {
    let found = documents::read(tx, kind, ids).await?;
    for generation in [Some(state.current), state.building].into_iter().flatten() {
        Build { generation, kind }.update(tx, ids, &found).await?;
    }
    Ok(())
}

/// Like [`update`], in the build that is being made only.
pub async fn build(tx: &mut Tx, generation: i64, kind: Kind, ids: &[SubjectId]) -> Result<(), Error> {
    let found = documents::read(tx, kind, ids).await?;
    Build { generation, kind }.update(tx, ids, &found).await
}

/// The part of a build that is about one kind.
#[derive(Clone, Copy, Debug)]
struct Build {
    generation: i64,
    kind: Kind,
}

/// What is indexed of a thing.
#[derive(Record)]
struct StoredRow {
    number: i64,
    subject_id: SubjectId,
    words: Vec<u8>,
}

/// What has to be written.
#[derive(Default)]
struct Changes {
    /// By the place of the row and the number of the document.
    postings: BTreeMap<i64, BTreeMap<i64, Option<Posting>>>,
    /// How many documents more have a word.
    counts: BTreeMap<i64, i64>,
    /// Number, thing and words of a document.
    written: Vec<(i64, String, String)>,
    removed: Vec<i64>,
}

impl Build {
    async fn update(self, tx: &mut Tx, ids: &[SubjectId], found: &[Document]) -> Result<(), Error> {
        let document = Sql::look_up(
            "search_documents",
            "d",
            "d.generation = (SELECT CAST($2 AS BIGINT)) AND d.kind = $3 AND d.subject_id = g.value",
        );
        let sql = Sql::from("SELECT d.number, d.subject_id, d.words FROM").then(IDS).then(document);
        let stored: Vec<StoredRow> = tx.all(sql, args![json(ids), self.generation, self.kind]).await?;
        let stored: HashMap<SubjectId, &StoredRow> = stored.iter().map(|row| (row.subject_id, row)).collect();
        let found: HashMap<SubjectId, BTreeMap<String, Posting>> =
            found.iter().map(|document| (document.id, document.words())).collect();
        let word_ids = self.word_ids(tx, &found).await?;
        let mut next = self.next_number(tx).await?;
        let mut changes = Changes::default();
        let mut ids = ids.to_vec();
        ids.sort_by_key(|id| *id.as_bytes());
        ids.dedup();
        for id in ids {
            let before = stored.get(&id);
            let words: BTreeMap<i64, Posting> = found
                .get(&id)
                .into_iter()
                .flatten()
                .filter_map(|(word, posting)| Some((*word_ids.get(word)?, *posting)))
                .collect();
            let number = match before {
                Some(row) => row.number,
                None if words.is_empty() => continue,
                None => {
                    next += 1;
                    next - 1
                }
            };
            changes.add(id, number, &before.map(|row| read_words(&row.words)).unwrap_or_default(), &words);
        }
        self.write(tx, &changes).await
    }

    async fn next_number(self, tx: &mut Tx) -> Result<i64, Error> {
        let sql = "SELECT number FROM search_documents WHERE generation = (SELECT CAST($1 AS BIGINT)) AND kind = $2 ORDER BY number DESC LIMIT 1";
        let last: Option<(i64,)> = tx.optional(sql, args![self.generation, self.kind]).await?;
        Ok(last.map_or(0, |(number,)| number + 1))
    }

    /// Returns the ids of all words of these documents. Those that are new are entered.
    async fn word_ids(
        self,
        tx: &mut Tx,
        found: &HashMap<SubjectId, BTreeMap<String, Posting>>,
    ) -> Result<HashMap<String, i64>, Error> {
        let words: BTreeSet<&String> = found.values().flat_map(BTreeMap::keys).collect();
        let words: Vec<&String> = words.into_iter().collect();
        let sql = Sql::from("SELECT w.word, w.id FROM").then(TEXTS).then(word_of_build());
        let known: Vec<(String, i64)> = tx.all(sql, args![json(&words), self.generation, self.kind]).await?;
        let mut ids: HashMap<String, i64> = known.into_iter().collect();
        let new: Vec<[&str; 3]> = words
            .iter()
            .filter(|word| !ids.contains_key(**word))
            .map(|word| [word.as_str(), head(word, 1), head(word, 2)])
            .collect();
        if new.is_empty() {
            return Ok(ids);
        }
        let sql = Sql::from(
            "INSERT INTO search_words (generation, kind, word, start1, start2, documents, magnitude)
             SELECT CAST($2 AS BIGINT), $3, value ->> 0, value ->> 1, value ->> 2, 0, 0 FROM",
        );
        let sql = sql.then(ROWS).then("RETURNING word, id");
        let entered: Vec<(String, i64)> = tx.all(sql, args![json(&new), self.generation, self.kind]).await?;
        let near: Vec<(String, i64)> = entered
            .iter()
            .filter(|(word, _)| is_forgiven(word))
            .flat_map(|(word, id)| forms(word).into_iter().map(|form| (form, *id)))
            .collect();
        let sql = Sql::from(
            "INSERT INTO search_near (generation, kind, form, word_id)
             SELECT CAST($2 AS BIGINT), $3, value ->> 0, CAST(value ->> 1 AS BIGINT) FROM",
        );
        tx.run(sql.then(ROWS), args![json(&near), self.generation, self.kind]).await?;
        ids.extend(entered);
        Ok(ids)
    }

    async fn write(self, tx: &mut Tx, changes: &Changes) -> Result<(), Error> {
        write_postings(tx, &changes.postings).await?;
        write_counts(tx, &changes.counts).await?;
        for number in &changes.removed {
            let sql = "DELETE FROM search_documents WHERE generation = (SELECT CAST($1 AS BIGINT)) AND kind = $2 AND number = $3";
            tx.run(sql, args![self.generation, self.kind, *number]).await?;
        }
        if changes.written.is_empty() {
            return Ok(());
        }
        let bytes = Sql::pair(
            "unhex(value ->> 1), unhex(value ->> 2)",
            "decode(value ->> 1, 'hex'), decode(value ->> 2, 'hex')",
        );
        let sql = Sql::from(
            "INSERT INTO search_documents (generation, kind, number, subject_id, words)
             SELECT CAST($2 AS BIGINT), $3, CAST(value ->> 0 AS BIGINT),",
        );
        let sql = sql.then(bytes).then("FROM").then(ROWS);
        let sql = sql.then("ON CONFLICT (generation, kind, number) DO UPDATE SET words = excluded.words");
        tx.run(sql, args![json(&changes.written), self.generation, self.kind]).await
    }
}

/// The rows of `$1`, a JSON array of arrays. What follows may be `ON CONFLICT`, which SQLite would read as a join.
const ROWS: Sql =
    Sql::pair("json_each($1) WHERE true", "json_array_elements(CAST($1 AS json)) AS given(value) WHERE true");

impl Changes {
    fn add(&mut self, id: SubjectId, number: i64, before: &BTreeMap<i64, Posting>, after: &BTreeMap<i64, Posting>) {
        if before == after {
            return;
        }
        let block = block_of(number);
        for (word, posting) in after.iter().filter(|(word, posting)| before.get(word) != Some(posting)) {
            self.postings.entry(place(*word, block)).or_default().insert(number, Some(*posting));
        }
        for word in before.keys().filter(|word| !after.contains_key(word)) {
            self.postings.entry(place(*word, block)).or_default().insert(number, None);
            *self.counts.entry(*word).or_default() -= 1;
        }
        for word in after.keys().filter(|word| !before.contains_key(word)) {
            *self.counts.entry(*word).or_default() += 1;
        }
        if after.is_empty() {
            self.removed.push(number);
        } else {
            self.written.push((number, id.to_string(), hex::encode(write_words(after))));
        }
    }
}

async fn write_postings(tx: &mut Tx, changes: &BTreeMap<i64, BTreeMap<i64, Option<Posting>>>) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let places: Vec<i64> = changes.keys().copied().collect();
    let sql = Sql::from("SELECT place, postings FROM search_postings WHERE place").then(ONE_OF_NUMBERS);
    let stored: Vec<(i64, Vec<u8>)> = tx.all(sql, args![json(&places)]).await?;
    let stored: HashMap<i64, Vec<u8>> = stored.into_iter().collect();
    let (mut written, mut removed) = (Vec::new(), Vec::new());
    for (place, changes) in changes {
        let row = changed(stored.get(place).map(Vec::as_slice).unwrap_or_default(), changes);
        if row.is_empty() {
            removed.push(*place);
        } else {
            written.push((*place, hex::encode(row)));
        }
    }
    let bytes = Sql::pair("unhex(value ->> 1)", "decode(value ->> 1, 'hex')");
    let sql = Sql::from("INSERT INTO search_postings (place, postings) SELECT CAST(value ->> 0 AS BIGINT),");
    let sql = sql.then(bytes).then("FROM").then(ROWS);
    let sql = sql.then("ON CONFLICT (place) DO UPDATE SET postings = excluded.postings");
    tx.run(sql, args![json(&written)]).await?;
    let sql = Sql::from("DELETE FROM search_postings WHERE place").then(ONE_OF_NUMBERS);
    tx.run(sql, args![json(&removed)]).await
}

/// Words that no document has any more are forgotten.
async fn write_counts(tx: &mut Tx, counts: &BTreeMap<i64, i64>) -> Result<(), Error> {
    let ids: Vec<i64> = counts.keys().copied().collect();
    let sql = Sql::from("SELECT id, documents FROM search_words WHERE id").then(ONE_OF_NUMBERS);
    let stored: Vec<(i64, i64)> = tx.all(sql, args![json(&ids)]).await?;
    let counted = stored.into_iter().map(|(id, documents)| (id, documents + counts.get(&id).copied().unwrap_or(0)));
    let (kept, gone): (Vec<_>, Vec<_>) = counted.partition(|(_, documents)| *documents > 0);
    let kept: Vec<(i64, i64, i64)> =
        kept.into_iter().map(|(id, documents)| (id, documents, i64::from(documents.ilog2()))).collect();
    let sql =
        Sql::from("UPDATE search_words SET documents = w.documents, magnitude = w.magnitude FROM").then(Sql::pair(
            "(SELECT value ->> 0 AS id, value ->> 1 AS documents, value ->> 2 AS magnitude FROM json_each($1)) w",
            "(SELECT CAST(value ->> 0 AS BIGINT) AS id, CAST(value ->> 1 AS BIGINT) AS documents,
                 CAST(value ->> 2 AS BIGINT) AS magnitude
          FROM json_array_elements(CAST($1 AS json)) AS given(value)) w",
        ));
    let sql = sql.then("WHERE search_words.id = w.id").then(Sql::pair(
        "",
        // So that it looks the words up, and does not read them all.
        "AND search_words.id = ANY (ARRAY (SELECT CAST(value ->> 0 AS BIGINT)
                                           FROM json_array_elements(CAST($1 AS json)) AS given(value)))",
    ));
    tx.run(sql, args![json(&kept)]).await?;
    if gone.is_empty() {
        return Ok(());
    }
    let gone = json(&gone.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    forget_words(tx, &gone).await
}

/// `ids` is a JSON array.
async fn forget_words(tx: &mut Tx, ids: &str) -> Result<(), Error> {
    tx.run(Sql::from("DELETE FROM search_near WHERE word_id").then(ONE_OF_NUMBERS), args![ids]).await?;
    tx.run(Sql::from("DELETE FROM search_words WHERE id").then(ONE_OF_NUMBERS), args![ids]).await
}

/// Returns the first letters of a word.
fn head(word: &str, chars: usize) -> &str {
    word.char_indices().nth(chars).map_or(word, |(at, _)| &word[..at])
}

/// Begins a new build, or goes on with the one that was begun. Returns its number.
pub async fn begin_build(tx: &mut Tx) -> Result<i64, Error> {
    let state = lock(tx).await?;
    if let Some(building) = state.building {
        return Ok(building);
    }
    let generation = state.current + 1;
    tx.run("UPDATE search_state SET building = $1 WHERE id = 1", args![generation]).await?;
    Ok(generation)
}

/// Lets the build that is being made be searched from now on.
pub async fn finish_build(tx: &mut Tx) -> Result<(), Error> {
    lock(tx).await?;
    let sql = "UPDATE search_state SET current = building, building = NULL WHERE id = 1 AND building IS NOT NULL";
    tx.run(sql, args![]).await?;
    update_statistics(tx).await
}

/// Lets the database see how many rows there are, which decides how it finds them.
pub async fn update_statistics(tx: &mut Tx) -> Result<(), Error> {
    let tables = "ANALYZE search_words, search_near, search_documents, search_postings";
    tx.run(Sql::pair("PRAGMA optimize", tables), args![]).await
}

/// Deletes a part of the builds that nobody searches any more; false when nothing was left.
pub async fn clear_old(tx: &mut Tx, rows_max: i64) -> Result<bool, Error> {
    let state = lock(tx).await?;
    let kept = args![state.current, state.building.unwrap_or(state.current), rows_max];
    let sql = "SELECT id FROM search_words WHERE generation NOT IN ($1, $2) ORDER BY id LIMIT CAST($3 AS BIGINT)";
    let words: Vec<(i64,)> = tx.all(sql, kept.clone()).await?;
    if words.is_empty() {
        let sql = "DELETE FROM search_documents WHERE (generation, kind, number) IN
                   (SELECT generation, kind, number FROM search_documents WHERE generation NOT IN ($1, $2)
                    LIMIT CAST($3 AS BIGINT))";
        return Ok(tx.execute(sql, kept).await? > 0);
    }
    let ids: Vec<i64> = words.iter().map(|(id,)| *id).collect();
    let ids = json(&ids);
    let of_word = "p.place >= g.value * 1048576 AND p.place < (g.value + 1) * 1048576";
    let sql = Sql::from("DELETE FROM search_postings WHERE place")
        .then(Sql::pair("IN (", "= ANY (ARRAY ("))
        .then("SELECT p.place FROM")
        .then(NUMBERS)
        .then(Sql::look_up("search_postings", "p", of_word))
        .then(Sql::pair(")", "))"));
    tx.run(sql, args![&ids]).await?;
    forget_words(tx, &ids).await?;
    Ok(true)
}
