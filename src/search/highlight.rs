//! Where the words of a query are in a text.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::words::indexed;

/// Ranges of one text at most.
const RANGES_MAX: usize = 50;

/// From the first to behind the last of some UTF-16 code units, as JavaScript counts the letters of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HighlightRange(usize, usize);

/// Knows the words that a query was found by.
#[derive(Debug)]
pub struct Highlighter {
    words: HashSet<String>,
}

impl Highlighter {
    pub fn new(matched: &[Vec<String>]) -> Self {
        Self { words: matched.iter().flatten().cloned().collect() }
    }

    /// Returns the ranges in their order, none of which touch.
    pub fn ranges(&self, text: &str) -> Vec<HighlightRange> {
        let mut found: Vec<_> =
            indexed(text).into_iter().filter(|word| self.words.contains(&word.folded)).map(|word| word.range).collect();
        found.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<std::ops::Range<usize>> = Vec::new();
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged.truncate(RANGES_MAX);
        let units = |end: usize| text[..end].encode_utf16().count();
        merged.into_iter().map(|range| HighlightRange(units(range.start), units(range.end))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let matched: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Highlighter::new(&[matched]).ranges(text).into_iter().map(|HighlightRange(from, to)| (from, to)).collect()
    }

    #[test]
    fn ranges_count_as_javascript_does() {
        assert_eq!(ranges(&["tea"], "🎉 Tea and téa"), [(3, 6), (11, 14)]);
    }

    #[test]
    fn pairs_side_by_side_are_one_range() {
        assert_eq!(ranges(&["日本", "本語"], "新しい日本語"), [(3, 6)]);
    }

    #[test]
    fn compounds_are_marked_as_they_are_written() {
        assert_eq!(ranges(&["email"], "An e-mail"), [(3, 9)]);
    }
}
