//! Which parts of a video were watched.

use serde::{Deserialize, Serialize};

use crate::db::{FromValue, Value};

/// Pieces of one playback at most. Further ones do not count.
pub const PIECES_MAX: usize = 100;
/// Parts of a video whose audience is counted.
pub const HUNDREDTHS: usize = 100;

/// Ranges in milliseconds, in order and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranges(Vec<(i64, i64)>);

impl Ranges {
    /// Takes them in whatever order, overlapping or empty.
    pub fn of(ranges: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut found = Self::default();
        for (from, to) in ranges {
            found.insert(from, to);
        }
        found
    }

    /// Returns whether there was room for it.
    pub fn insert(&mut self, from: i64, to: i64) -> bool {
        if from >= to {
            return true;
        }
        let first = self.0.partition_point(|range| range.1 < from);
        let end = self.0.partition_point(|range| range.0 <= to);
        let touched = &self.0[first..end];
        if touched.is_empty() && self.0.len() >= PIECES_MAX {
            return false;
        }
        let from = touched.first().map_or(from, |range| range.0.min(from));
        let to = touched.last().map_or(to, |range| range.1.max(to));
        self.0.splice(first..end, [(from, to)]);
        true
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }

    pub fn pieces(&self) -> usize {
        self.0.len()
    }

    pub fn length(&self) -> i64 {
        self.iter().map(|(from, to)| to - from).sum()
    }

    /// Returns the parts from 0 to `end` that `other` does not have, in order.
    pub fn beyond(&self, other: &Self, end: i64) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        for (from, to) in self.iter() {
            let (from, to) = (from.max(0), to.min(end));
            let mut rest = from;
            for (known_from, known_to) in other.iter().filter(|known| known.1 > from && known.0 < to) {
                if rest < known_from {
                    found.push((rest, known_from));
                }
                rest = known_to;
            }
            if rest < to {
                found.push((rest, to));
            }
        }
        found
    }

    /// Returns which hundredths of a video were watched, for the most part.
    pub fn hundredths(&self, duration_ms: i64) -> [bool; HUNDREDTHS] {
        let bound = |index: usize| i64::try_from(index).unwrap_or_default() * duration_ms / 100;
        std::array::from_fn(|index| {
            let (begin, end) = (bound(index), bound(index + 1));
            let overlaps = self.iter().map(|(from, to)| (to.min(end) - from.max(begin)).max(0));
            let watched: i64 = overlaps.sum();
            watched > 0 && watched * 2 >= end - begin
        })
    }
}

impl FromValue for Ranges {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        let Value::Text(json) = value else { return Err("ranges".to_owned()) };
        serde_json::from_str(json).map_err(|error| format!("ranges: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let mut ranges = Ranges::of([(5, 9), (0, 2), (20, 20), (9, 12), (30, 20)]);
        assert_eq!(ranges, Ranges(vec![(0, 2), (5, 12)]));
        assert!(ranges.insert(1, 6));
        assert_eq!((ranges.pieces(), ranges.length()), (1, 12));
        assert_eq!(Ranges::of([(-3, 1), (4, 20)]).beyond(&Ranges::of([(0, 5), (8, 9)]), 15), [(5, 8), (9, 15)]);
    }

    #[test]
    fn a_hundredth_counts_when_half_of_it_was_watched() {
        let seen = Ranges::of([(0, 1_500), (2_600, 2_700), (99_000, 100_000)]).hundredths(100_000);
        let seen: Vec<usize> = seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(index, _)| index).collect();
        assert_eq!(seen, [0, 1, 99]);
        assert_eq!(Ranges::default().hundredths(0), [false; HUNDREDTHS]);
    }

    #[test]
    fn pieces_are_bounded() {
        let mut ranges = Ranges::of((0..500).map(|piece| (piece * 10, piece * 10 + 5)));
        assert_eq!((ranges.pieces(), ranges.length()), (PIECES_MAX, 500));
        assert!(!ranges.insert(5_000, 5_005));
        assert!(ranges.insert(5, 10));
        assert_eq!(ranges.pieces(), PIECES_MAX - 1);
    }

    proptest! {
        #[test]
        fn they_have_every_moment_once(given in prop::collection::vec((0_i64..60, 0_i64..60), 0..20)) {
            let ranges = Ranges::of(given.iter().copied());
            let within = |ranges: &[(i64, i64)], at: i64| ranges.iter().any(|range| range.0 <= at && at < range.1);
            prop_assert!((0..60).all(|at| within(&given, at) == within(&ranges.0, at)));
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
            let half = Ranges::of(given.iter().copied().skip(given.len() / 2));
            let rest = ranges.beyond(&half, 50);
            prop_assert!((0..60).all(|at| within(&rest, at) == (at < 50 && within(&given, at) && !within(&half.0, at))));
        }
    }
}
