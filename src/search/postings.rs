//! How the index stores which documents have a word.
//!
//! Documents of a kind are numbered. A block is 2,048 numbers; a word has a row for each block in which it occurs, with
//! three bytes for each document: its number within the block (11 bits), the weight of the word there (5 bits) and how
//! popular the document is (3 bits). So a common word of a million documents is read with a few hundred rows.

use std::collections::BTreeMap;

pub const BLOCK_DOCUMENTS: i64 = 2048;
const BLOCKS_MAX: i64 = 1 << 20;
const POSTING_BYTES: usize = 3;
const WEIGHT_BITS: u32 = 5;
const CLASS_BITS: u32 = 3;
pub const WEIGHT_MAX: u32 = (1 << WEIGHT_BITS) - 1;
pub const CLASS_MAX: u32 = (1 << CLASS_BITS) - 1;

/// How a document has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Up to [`WEIGHT_MAX`].
    pub weight: u32,
    /// The magnitude of the document's popularity, up to [`CLASS_MAX`].
    pub class: u32,
}

impl Posting {
    const fn code(self) -> u32 {
        (self.weight << CLASS_BITS) | self.class
    }

    const fn of_code(code: u32) -> Self {
        Self { weight: (code >> CLASS_BITS) & WEIGHT_MAX, class: code & CLASS_MAX }
    }
}

pub const fn block_of(number: i64) -> i64 {
    number / BLOCK_DOCUMENTS
}

/// Returns the key of a word's row for a block.
pub const fn place(word: i64, block: i64) -> i64 {
    word * BLOCKS_MAX + block
}

/// Returns the word and the block of a row.
pub const fn word_and_block(place: i64) -> (i64, i64) {
    (place / BLOCKS_MAX, place % BLOCKS_MAX)
}

/// Returns the documents of a row, by their numbers within the block.
pub fn read(row: &[u8]) -> impl Iterator<Item = (usize, Posting)> {
    row.chunks_exact(POSTING_BYTES).map(|bytes| {
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        let offset = usize::try_from(bits >> (WEIGHT_BITS + CLASS_BITS)).unwrap_or(usize::MAX);
        (offset, Posting::of_code(bits))
    })
}

/// Returns a row with changes: documents that have the word now, or no longer.
pub fn changed(row: &[u8], changes: &BTreeMap<i64, Option<Posting>>) -> Vec<u8> {
    let mut postings: BTreeMap<usize, Posting> = read(row).collect();
    for (number, posting) in changes {
        let offset = usize::try_from(number % BLOCK_DOCUMENTS).unwrap_or(0);
        match posting {
            Some(posting) => postings.insert(offset, *posting),
            None => postings.remove(&offset),
        };
    }
    let bits = postings
        .into_iter()
        .map(|(offset, posting)| (u32::try_from(offset).unwrap_or(0) << (WEIGHT_BITS + CLASS_BITS)) | posting.code());
    bits.flat_map(|bits| bits.to_be_bytes().into_iter().skip(1)).collect()
}

/// The words of one document by their ids, as the row of the document keeps them.
pub fn write_words(words: &BTreeMap<i64, Posting>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(words.len() * 4);
    let mut before = 0;
    for (word, posting) in words {
        let mut gap = u64::try_from(word - before).unwrap_or(0);
        before = *word;
        while gap >= 0x80 {
            bytes.push(u8::try_from(gap & 0x7f).unwrap_or(0) | 0x80);
            gap >>= 7;
        }
        bytes.push(u8::try_from(gap).unwrap_or(0));
        bytes.push(u8::try_from(posting.code()).unwrap_or(u8::MAX));
    }
    bytes
}

/// Reads what [`write_words`] has written.
pub fn read_words(bytes: &[u8]) -> BTreeMap<i64, Posting> {
    let mut words = BTreeMap::new();
    let mut bytes = bytes.iter().copied();
    let mut word: i64 = 0;
    loop {
        let (mut gap, mut shift) = (0_u64, 0_u32);
        for byte in bytes.by_ref() {
            gap |= u64::from(byte & 0x7f) << shift.min(63);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let Some(code) = bytes.next() else { return words };
        word = word.saturating_add(i64::try_from(gap).unwrap_or(i64::MAX));
        words.insert(word, Posting::of_code(u32::from(code)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn posting() -> impl Strategy<Value = Posting> {
        (1..=WEIGHT_MAX, 0..=CLASS_MAX).prop_map(|(weight, class)| Posting { weight, class })
    }

    proptest! {
        #[test]
        fn a_row_has_what_was_put_into_it(
            first in prop::collection::btree_map(0..BLOCK_DOCUMENTS, posting(), 0..40),
            then in prop::collection::btree_map(0..BLOCK_DOCUMENTS, prop::option::of(posting()), 0..40),
        ) {
            let mut expected = first.clone();
            let row = changed(&[], &first.into_iter().map(|(number, posting)| (number, Some(posting))).collect());
            let row = changed(&row, &then);
            for (number, posting) in then {
                match posting {
                    Some(posting) => expected.insert(number, posting),
                    None => expected.remove(&number),
                };
            }
            let found: BTreeMap<i64, Posting> =
                read(&row).map(|(offset, posting)| (i64::try_from(offset).unwrap(), posting)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn words_of_a_document_are_read_as_written(
            words in prop::collection::btree_map(0_i64..1 << 40, posting(), 0..60),
        ) {
            prop_assert_eq!(read_words(&write_words(&words)), words);
        }

        #[test]
        fn damaged_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            read_words(&bytes);
            read(&bytes).count();
        }
    }
}
