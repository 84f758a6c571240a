//! Words of a text, as they are indexed and typed.

use std::ops::Range;

use super::fold::{fold, is_of_pairs, is_of_word, is_symbol};

/// Longer words are cut, in letters.
const WORD_CHARS_MAX: usize = 40;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub folded: String,
    /// Bytes of the text that it is made of.
    pub range: Range<usize>,
}

/// Words that belong together: one that is written with a hyphen, an apostrophe or dots, and its parts. Most are one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compound {
    /// All parts in one word, if there are several.
    pub joined: Option<Word>,
    pub parts: Vec<Word>,
}

/// Splits a text into words, in their order.
pub fn compounds(text: &str) -> Vec<Compound> {
    let mut compounds: Vec<Compound> = Vec::new();
    let mut before: Option<Range<usize>> = None;
    for run in runs(text) {
        let between = before.as_ref().map(|before| &text[before.end..run.range.start]);
        let follows = run.kind == RunKind::Word && between.is_some_and(joins);
        match compounds.last_mut() {
            Some(last) if follows => last.parts.push(run.word(text)),
            _ => compounds.extend(run.compounds(text)),
        }
        before = (run.kind == RunKind::Word).then(|| run.range.clone());
    }
    for compound in &mut compounds {
        compound.join(text);
    }
    compounds.retain(|compound| !compound.parts.is_empty() || compound.joined.is_some());
    compounds
}

/// Returns every word under which a text is found.
pub fn indexed(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for run in runs(text).filter(|run| run.kind == RunKind::Pairs) {
        // The last letter of a run begins no pair. It is found by itself.
        let last = run.letters(text).last().cloned();
        words.extend(last.map(|range| word(text, range)));
    }
    for compound in compounds(text) {
        words.extend(compound.joined);
        words.extend(compound.parts);
    }
    words.retain(|word| !word.folded.is_empty());
    words
}

/// What joins two words: exactly one such sign between them.
fn joins(between: &str) -> bool {
    matches!(between, "-" | "'" | "’" | "ʼ" | "." | "_" | "‐" | "‑" | "·" | "״" | "׳" | "&")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunKind {
    Word,
    Pairs,
    Symbol,
}

/// Letters of one kind side by side.
#[derive(Debug)]
struct Run {
    kind: RunKind,
    range: Range<usize>,
}

fn kind_of(letter: char) -> Option<RunKind> {
    if is_of_pairs(letter) {
        Some(RunKind::Pairs)
    } else if is_symbol(letter) {
        Some(RunKind::Symbol)
    } else {
        is_of_word(letter).then_some(RunKind::Word)
    }
}

fn runs(text: &str) -> impl Iterator<Item = Run> {
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, letter) = letters.next()?;
            let Some(kind) = kind_of(letter) else { continue };
            let mut end = start + letter.len_utf8();
            while let Some((at, next)) = letters.peek().copied() {
                // Marks belong to what is before them.
                let goes_on = kind_of(next) == Some(kind) || (!next.is_alphanumeric() && is_of_word(next));
                if kind == RunKind::Symbol && !super::fold::is_dropped(next) || !goes_on {
                    break;
                }
                end = at + next.len_utf8();
                letters.next();
            }
            return Some(Run { kind, range: start..end });
        }
    })
}

impl Run {
    fn word(&self, text: &str) -> Word {
        word(text, self.range.clone())
    }

    /// Returns the letters with the marks on them.
    fn letters(&self, text: &str) -> Vec<Range<usize>> {
        let mut letters: Vec<Range<usize>> = Vec::new();
        let mut before = None;
        for (at, letter) in text[self.range.clone()].char_indices() {
            let range = self.range.start + at..self.range.start + at + letter.len_utf8();
            match letters.last_mut() {
                Some(last) if !letter.is_alphanumeric() || continues(letter, before) => last.end = range.end,
                _ => letters.push(range),
            }
            before = Some(letter);
        }
        letters
    }

    fn compounds(&self, text: &str) -> Vec<Compound> {
        let words = match self.kind {
            RunKind::Word | RunKind::Symbol => vec![self.word(text)],
            RunKind::Pairs => {
                let letters = self.letters(text);
                if letters.len() < 2 {
                    vec![self.word(text)]
                } else {
                    letters.windows(2).map(|pair| word(text, pair[0].start..pair[1].end)).collect()
                }
            }
        };
        words.into_iter().map(|word| Compound { joined: None, parts: vec![word] }).collect()
    }
}

/// Says whether what is a letter to Unicode is a part of the one before: a voicing mark of half-width kana, the vowel or
/// end of a syllable of Hangul, the sign for "am" of Thai and Lao, which may also be typed in two parts.
const fn continues(letter: char, before: Option<char>) -> bool {
    match letter {
        '\u{FF9E}' | '\u{FF9F}' | '\u{1160}'..='\u{11FF}' | '\u{0E33}' | '\u{0EB3}' => true,
        '\u{0E32}' => matches!(before, Some('\u{0E4D}')),
        '\u{0EB2}' => matches!(before, Some('\u{0ECD}')),
        _ => false,
    }
}

impl Compound {
    /// Joins the parts, and a sign that the last one ends with, as in C++ and C#.
    fn join(&mut self, text: &str) {
        self.parts.retain(|part| !part.folded.is_empty());
        let (Some(first), Some(last)) = (self.parts.first(), self.parts.last()) else { return };
        let rest = &text[last.range.end..];
        let is_short = last.folded.chars().count() <= 2 && last.folded.is_ascii();
        let sign = if rest.starts_with("++") && is_short {
            "++"
        } else if rest.starts_with('#') && is_short {
            "#"
        } else {
            ""
        };
        if self.parts.len() == 1 && sign.is_empty() {
            return;
        }
        let mut folded: String = self.parts.iter().map(|part| part.folded.as_str()).collect();
        folded.push_str(sign);
        self.joined = Some(Word { folded: cut(folded), range: first.range.start..last.range.end + sign.len() });
    }
}

fn word(text: &str, range: Range<usize>) -> Word {
    Word { folded: cut(fold(&text[range.clone()])), range }
}

fn cut(mut word: String) -> String {
    if let Some((at, _)) = word.char_indices().nth(WORD_CHARS_MAX) {
        word.truncate(at);
    }
    word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found_under(text: &str) -> Vec<String> {
        let mut words: Vec<String> = indexed(text).into_iter().map(|word| word.folded).collect();
        words.sort();
        words
    }

    #[test]
    fn words_are_split_at_what_is_no_letter() {
        assert_eq!(found_under("How tea is made, slowly."), ["how", "is", "made", "slowly", "tea"]);
        assert_eq!(found_under("4K MP3 3d"), ["3d", "4k", "mp3"]);
    }

    #[test]
    fn compounds_are_found_whole_and_by_their_parts() {
        assert_eq!(found_under("e-mail"), ["e", "email", "mail"]);
        assert_eq!(found_under("don’t l'été"), ["don", "dont", "ete", "l", "lete", "t"]);
        assert_eq!(found_under("C++ and C#"), ["and", "c", "c", "c#", "c++"]);
    }

    #[test]
    fn scripts_without_spaces_are_found_by_pairs() {
        assert_eq!(found_under("日本語"), ["日本", "本語", "語"]);
        assert_eq!(found_under("茶"), ["茶", "茶"]);
        assert_eq!(found_under("ﾃﾞｰﾀ"), ["タ", "デー", "ータ"]);
        assert_eq!(found_under("Rust入門"), ["rust", "入門", "門"]);
        assert_eq!(found_under("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"), ["글", "한글"]);
    }

    #[test]
    fn a_word_knows_where_it_is() {
        let text = "Über die Straße";
        let words = indexed(text);
        assert_eq!(&text[words[2].range.clone()], "Straße");
        assert_eq!(words[2].folded, "strasse");
    }

    proptest! {
        #[test]
        fn ranges_are_within_the_text(text in "\\PC{0,60}") {
            for word in indexed(&text) {
                prop_assert!(text.get(word.range).is_some());
                prop_assert!(!word.folded.is_empty());
            }
        }
    }
}
