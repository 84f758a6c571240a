//! Words that are nearly the same.
//!
//! Two words within one edit of each other have a form in common when single letters are left out of both. So the forms
//! of every word are stored, and a mistyped word is looked up by its own.

use std::collections::BTreeSet;

/// Shorter words have too many neighbours.
const CHARS_MIN: usize = 4;
/// From here on two letters may be wrong.
const TWO_EDITS_CHARS_MIN: usize = 9;
/// Only so many letters at the beginning count for the forms of long words.
const HEAD_CHARS: usize = 7;

/// Says whether a word may be mistyped. Another number is no typing error, and words of channels and tags are exact.
pub fn is_forgiven(word: &str) -> bool {
    !word.starts_with(['@', '#']) && !word.contains(char::is_numeric)
}

/// How many edits a typed word of so many letters may be off.
pub const fn edits_max(chars: usize) -> usize {
    if chars < CHARS_MIN {
        0
    } else if chars < TWO_EDITS_CHARS_MIN {
        1
    } else {
        2
    }
}

/// Returns the forms of a word: itself, and all that is left when one letter is left out, or two of a long word.
pub fn forms(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let head: Vec<char> = letters.iter().copied().take(HEAD_CHARS).collect();
    let mut forms = BTreeSet::from([head.iter().collect::<String>()]);
    // A word one letter shorter may be a longer one with a letter left out.
    let depth = edits_max(letters.len() + 1).min(head.len().saturating_sub(1));
    let mut level = vec![head];
    for _ in 0..depth {
        level = level.iter().flat_map(|letters| (0..letters.len()).map(|at| without(letters, at))).collect();
        level.sort();
        level.dedup();
        forms.extend(level.iter().map(|letters| letters.iter().collect::<String>()));
    }
    forms
}

fn without(letters: &[char], at: usize) -> Vec<char> {
    let mut rest = letters.to_vec();
    rest.remove(at);
    rest
}

/// Returns how many letters have to be changed, left out, put in or swapped with their neighbour; `None` when that is
/// more than may be wrong in the typed word.
pub fn edits(typed: &str, word: &str) -> Option<usize> {
    let edits = strsim::osa_distance(typed, word);
    (edits <= edits_max(typed.chars().count())).then_some(edits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share_a_form(one: &str, other: &str) -> bool {
        !forms(one).is_disjoint(&forms(other))
    }

    #[test]
    fn mistyped_words_share_a_form_with_the_right_one() {
        for (typed, word) in
            [("recipie", "recipe"), ("tomatoe", "tomato"), ("hamlte", "hamlet"), ("photosythesis", "photosynthesis")]
        {
            assert!(share_a_form(typed, word), "{typed}");
            assert!(edits(typed, word).is_some(), "{typed}");
        }
    }

    #[test]
    fn short_and_distant_words_are_not_near() {
        assert_eq!(edits("cat", "cut"), None);
        assert_eq!(edits("house", "horses"), None);
    }

    proptest! {
        #[test]
        fn one_edit_is_always_found(word in "[a-z]{5,14}", at in 0_usize..14, letter in "[a-z]", kind in 0..4) {
            let mut letters: Vec<char> = word.chars().collect();
            let at = at % letters.len();
            let letter = letter.chars().next().unwrap();
            match kind {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                2 => { letters.remove(at); }
                _ => letters.swap(at.saturating_sub(1), at),
            }
            let typed: String = letters.into_iter().collect();
            prop_assert!(share_a_form(&typed, &word));
            prop_assert!(edits(&typed, &word).is_some());
        }
    }
}
