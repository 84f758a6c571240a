//! Which documents have the words, and how well they fit.

use std::collections::BTreeMap;

use super::lists::{NUMBERS, ONE_OF_NUMBERS, json};
use super::lookup::{Choice, Entry, Meaning, Part, Slot};
use super::postings::{BLOCK_DOCUMENTS, CLASS_MAX, block_of, place, read, word_and_block};
use crate::db::{Db, Error, Sql, args};

/// Of a search that counts its hits.
pub const LIMITS: Limits = Limits { candidates_max: 1_200, rows_max: 8_000 };
/// With fewer blocks than this, rows are named one by one.
const BLOCKS_NAMED_MAX: usize = 256;
const PLACES_NAMED_MAX: usize = 8_192;

#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const BLOCK_LEN: usize = BLOCK_DOCUMENTS as usize;

/// A document that has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// What the candidates are chosen by.
    key: u64,
    pub number: i64,
    /// How well the words fit.
    pub points: u64,
}

impl Candidate {
    /// One that was found by something else. Its points are those of any other.
    pub const fn without_words(number: i64) -> Self {
        Self { key: 0, number, points: 1_000 }
    }
}

/// What candidates are chosen by when there are very many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choose {
    Best,
    Newest,
    MostPopular,
}

/// How much is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The best so many matches are looked at closely.
    pub candidates_max: usize,
    /// Rows of the index that are read for one typed word: of more frequent ones the newest documents count.
    pub rows_max: i64,
}

/// Which documents are wanted.
pub struct How {
    /// So many of the typed words suffice.
    pub words_min: usize,
    pub choose: Choose,
    pub limits: Limits,
}

pub struct Matches {
    /// In no order.
    pub candidates: Vec<Candidate>,
    /// Whether there are others.
    pub is_cut: bool,
}

/// Rows of one block that belong to one typed word, with the points of the word that each is of.
type BlockRows = BTreeMap<usize, Vec<(u32, Vec<u8>)>>;

/// Returns the documents that have enough of the words.
pub async fn find(db: &Db, part: Part, meaning: &Meaning, how: &How) -> Result<Matches, Error> {
    let nothing = Matches { candidates: Vec::new(), is_cut: false };
    let must_all = how.words_min >= meaning.slots.len();
    let is_missing = |slot: &Slot| slot.choices.is_empty();
    if meaning.required.iter().any(is_missing) || (must_all && meaning.slots.iter().any(is_missing)) {
        return Ok(nothing);
    }
    let slots: Vec<&Slot> = meaning.slots.iter().chain(&meaning.required).collect();
    let mut blocks: BTreeMap<i64, BlockRows> = BTreeMap::new();
    let mut order: Vec<usize> = (0..slots.len()).collect();
    // Documents need not have the rarest word, if some may be missing, but those of a required one.
    order.sort_by_key(|slot| (!must_all && *slot < meaning.slots.len(), slots[*slot].documents()));
    let mut within = Within::Range(0, block_of(part.documents));
    for slot in order {
        read_rows(db, part, (slot, slots[slot]), (&within, how.limits.rows_max), &mut blocks).await?;
        if must_all || slot >= meaning.slots.len() {
            blocks.retain(|_, rows| rows.contains_key(&slot));
            within = Within::of(&blocks);
        }
    }
    let excluded_number = slots.len();
    let excluded = Slot { typed: String::new(), choices: excluded_choices(meaning) };
    let within = Within::of(&blocks);
    read_rows(db, part, (excluded_number, &excluded), (&within, how.limits.rows_max), &mut blocks).await?;
    let matcher = Matcher { typed: meaning.slots.len(), required: meaning.required.len(), how };
    Ok(matcher.run(blocks))
}

fn excluded_choices(meaning: &Meaning) -> Vec<Choice> {
    let entry = |id: &i64| Entry { id: *id, word: String::new(), documents: 1 };
    meaning.excluded.iter().map(|id| Choice { entry: entry(id), tenths: 0 }).collect()
}

/// Which blocks are read.
enum Within {
    Range(i64, i64),
    Named(Vec<i64>),
}

impl Within {
    fn of(blocks: &BTreeMap<i64, BlockRows>) -> Self {
        match (blocks.first_key_value(), blocks.last_key_value()) {
            (Some((first, _)), Some((last, _))) if blocks.len() > BLOCKS_NAMED_MAX => Self::Range(*first, *last),
            _ => Self::Named(blocks.keys().copied().collect()),
        }
    }
}

async fn read_rows(
    db: &Db,
    part: Part,
    (number, slot): (usize, &Slot),
    (within, rows_max): (&Within, i64),
    blocks: &mut BTreeMap<i64, BlockRows>,
) -> Result<(), Error> {
    if slot.choices.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, Vec<u8>)> = match within {
        Within::Named(named) if named.len() * slot.choices.len() <= PLACES_NAMED_MAX => {
            let words = slot.choices.iter().map(|choice| choice.entry.id);
            let places: Vec<i64> = words.flat_map(|word| named.iter().map(move |block| place(word, *block))).collect();
            if places.is_empty() {
                return Ok(());
            }
            let sql = Sql::from("SELECT place, postings FROM search_postings WHERE place").then(ONE_OF_NUMBERS);
            db.all(sql, args![json(&places)]).await?
        }
        Within::Named(named) => {
            let (first, last) = (named.first().copied().unwrap_or(0), named.last().copied().unwrap_or(0));
            read_range(db, slot, (first, last), rows_max).await?
        }
        Within::Range(first, last) => read_range(db, slot, (*first, *last), rows_max).await?,
    };
    let points: BTreeMap<i64, u32> =
        slot.choices.iter().map(|choice| (choice.entry.id, points(part, choice))).collect();
    for (place, postings) in rows {
        let (word, block) = word_and_block(place);
        let points = points.get(&word).copied().unwrap_or(0);
        blocks.entry(block).or_default().entry(number).or_default().push((points, postings));
    }
    Ok(())
}

async fn read_range(
    db: &Db,
    slot: &Slot,
    (first, last): (i64, i64),
    rows_max: i64,
) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let blocks = last - first + 1;
    let rows: i64 = slot.choices.iter().map(|choice| choice.entry.documents.min(blocks)).sum();
    // The newest documents are in the last blocks.
    let first = if rows > rows_max { last - blocks * rows_max / rows } else { first };
    let words: Vec<i64> = slot.choices.iter().map(|choice| choice.entry.id).collect();
    let of_word = "p.place BETWEEN g.value * 1048576 + CAST($2 AS BIGINT) AND g.value * 1048576 + CAST($3 AS BIGINT)";
    let sql = Sql::from("SELECT p.place, p.postings FROM").then(NUMBERS);
    let sql = sql.then(Sql::look_up("search_postings", "p", of_word));
    db.all(sql, args![json(&words), first, last]).await
}

/// Rare words say more: a hundred points for each halving of the documents, of a word that is typed in full.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
fn points(part: Part, choice: &Choice) -> u32 {
    let documents = choice.entry.documents.max(1) as f64;
    let rarity = (1.0 + part.documents.max(1) as f64 / documents).log2();
    (rarity * 10.0 * f64::from(choice.tenths)).round() as u32
}

/// Goes through the blocks.
struct Matcher<'a> {
    typed: usize,
    required: usize,
    how: &'a How,
}

/// Counts of a document of the block at hand. Small, so that a block of them fits into the processor's nearest cache.
#[derive(Clone, Copy, Default)]
struct Tally {
    points: u32,
    class: u8,
    typed: u8,
    required: u8,
    is_excluded: bool,
}

impl Tally {
    const fn is_empty(self) -> bool {
        self.typed == 0 && self.required == 0 && !self.is_excluded
    }
}

impl Matcher<'_> {
    fn run(&self, blocks: BTreeMap<i64, BlockRows>) -> Matches {
        let mut best = Best::new(self.how.limits.candidates_max);
        let mut block_tally = BlockTally::new();
        for (block, rows) in blocks.into_iter().rev() {
            block_tally.count(self.typed, self.required, &rows);
            for (offset, tally) in block_tally.take() {
                let is_enough = usize::from(tally.typed) >= self.how.words_min;
                if is_enough && usize::from(tally.required) == self.required && !tally.is_excluded {
                    let number = block * BLOCK_DOCUMENTS + i64::try_from(offset).unwrap_or(0);
                    best.add(self.candidate(number, tally));
                }
            }
        }
        best.finish()
    }

    fn candidate(&self, number: i64, tally: Tally) -> Candidate {
        let (points, class) = (u64::from(tally.points), u64::from(tally.class));
        let best = points * (2 * u64::from(CLASS_MAX) + class);
        let key = match self.how.choose {
            Choose::Best => best,
            Choose::Newest => u64::try_from(number).unwrap_or(0),
            Choose::MostPopular => (class << 56) | best.min((1 << 56) - 1),
        };
        Candidate { key, number, points }
    }
}

/// The best candidates so far. Those that cannot be among them any more are forgotten now and then, all at once.
struct Best {
    max: usize,
    candidates: Vec<Candidate>,
    /// The least of those that are good enough, once there are too many.
    least: Option<Candidate>,
}

impl Best {
    const fn new(max: usize) -> Self {
        Self { max, candidates: Vec::new(), least: None }
    }

    fn add(&mut self, candidate: Candidate) {
        if self.least.is_some_and(|least| candidate < least) {
            return;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= 4 * self.max {
            self.forget();
        }
    }

    fn forget(&mut self) {
        if self.candidates.len() > self.max {
            let (_, least, _) = self.candidates.select_nth_unstable_by(self.max - 1, |one, other| other.cmp(one));
            self.least = Some(*least);
            self.candidates.truncate(self.max);
        }
    }

    fn finish(mut self) -> Matches {
        self.forget();
        Matches { candidates: self.candidates, is_cut: self.least.is_some() }
    }
}

/// Counts what the documents of a block have. Kept from block to block, for it is large.
struct BlockTally {
    tallies: Vec<Tally>,
    /// The documents that have any of the words.
    found: Vec<usize>,
    /// How well the word at hand fits.
    fits: Vec<u32>,
    touched: Vec<usize>,
}

impl BlockTally {
    fn new() -> Self {
        Self {
            tallies: vec![Tally::default(); BLOCK_LEN],
            found: Vec::new(),
            fits: vec![0; BLOCK_LEN],
            touched: Vec::new(),
        }
    }

    fn count(&mut self, typed: usize, required: usize, rows: &BlockRows) {
        for (slot, rows) in rows {
            let part = match *slot {
                slot if slot < typed => SlotPart::Typed,
                slot if slot < typed + required => SlotPart::Required,
                _ => SlotPart::Excluded,
            };
            if let [(points, postings)] = rows.as_slice() {
                for (offset, posting) in read(postings) {
                    self.add(offset, part, points * posting.weight, posting.class);
                }
                continue;
            }
            for (points, postings) in rows {
                self.fit(*points, postings);
            }
            for at in 0..self.touched.len() {
                let offset = self.touched[at];
                // Those of a required word have no points, so one is added to tell them from none.
                let points = std::mem::take(&mut self.fits[offset]) - 1;
                self.add(offset, part, points, u32::from(self.tallies[offset].class));
            }
            self.touched.clear();
        }
    }

    /// Returns the documents of the block that have any of the words, and forgets them.
    fn take(&mut self) -> impl Iterator<Item = (usize, Tally)> {
        let tallies = &mut self.tallies;
        self.found.drain(..).map(|offset| (offset, std::mem::take(&mut tallies[offset])))
    }

    fn add(&mut self, offset: usize, part: SlotPart, points: u32, class: u32) {
        let Some(tally) = self.tallies.get_mut(offset) else { return };
        if tally.is_empty() {
            self.found.push(offset);
        }
        tally.class = u8::try_from(class).unwrap_or(u8::MAX);
        match part {
            SlotPart::Typed => {
                tally.points += points;
                tally.typed += 1;
            }
            SlotPart::Required => tally.required += 1,
            SlotPart::Excluded => tally.is_excluded = true,
        }
    }

    /// Of the words that a typed one may stand for, the one that fits best counts.
    fn fit(&mut self, points: u32, postings: &[u8]) {
        for (offset, posting) in read(postings) {
            let Some(fit) = self.fits.get_mut(offset) else { continue };
            if *fit == 0 {
                self.touched.push(offset);
            }
            *fit = (*fit).max(1 + points * posting.weight);
            self.tallies[offset].class = u8::try_from(posting.class).unwrap_or(u8::MAX);
        }
    }
}

/// How a slot counts for the documents that have its words.
#[derive(Clone, Copy)]
enum SlotPart {
    Typed,
    Required,
    Excluded,
}
