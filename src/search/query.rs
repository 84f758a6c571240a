//! What somebody types into the search box.

use super::fold::fold;
use super::words::{Compound, compounds};

/// Of what is typed.
pub const QUERY_CHARS_MAX: usize = 200;
/// Further words are not looked for.
pub const WORDS_MAX: usize = 10;

/// A search, as it was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// As it was typed.
    pub text: String,
    pub words: Vec<Compound>,
    /// The last word may be the beginning of one.
    pub last_is_open: bool,
    /// Folded words that have to follow each other.
    pub phrases: Vec<Vec<String>>,
    /// Words that must not be there.
    pub excluded: Vec<Compound>,
    pub filters: Filters,
}

/// What is not a word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// User names, or full names.
    pub channels: Vec<String>,
    pub tags: Vec<String>,
    /// In milliseconds since 1970.
    pub after_ms: Option<i64>,
    pub before_ms: Option<i64>,
    /// In seconds.
    pub longer_s: Option<f64>,
    pub shorter_s: Option<f64>,
}

/// A piece between spaces, or between quotes.
#[derive(Debug)]
struct Piece {
    excludes: bool,
    name: Option<String>,
    value: String,
    is_quoted: bool,
}

impl Query {
    /// Understands every text: what is no operator is words.
    pub fn parse(text: &str) -> Self {
        let mut query = Self { text: text.to_owned(), ..Self::default() };
        for piece in pieces(text) {
            let is_filter = match &piece.name {
                Some(name) => query.filters.take(name, &piece.value),
                None => false,
            };
            query.last_is_open = !is_filter && !piece.is_quoted && !piece.excludes;
            if !is_filter {
                query.take(piece);
            }
        }
        query.last_is_open &= !text.ends_with(|letter: char| letter.is_whitespace() || letter == '"');
        query.words.truncate(WORDS_MAX);
        query.excluded.truncate(WORDS_MAX);
        query
    }

    fn take(&mut self, piece: Piece) {
        let text = match piece.name {
            Some(name) => [name, piece.value].join(":"),
            None => piece.value,
        };
        let words = compounds(&text);
        if piece.excludes {
            self.excluded.extend(words);
            return;
        }
        if piece.is_quoted && words.len() + words.iter().map(|word| word.parts.len() - 1).sum::<usize>() > 1 {
            self.phrases.push(folded_words(&text));
        }
        self.words.extend(words);
    }

    /// Says whether nothing has to be in the index: there may be bounds all the same.
    pub const fn has_no_words(&self) -> bool {
        self.words.is_empty() && self.filters.channels.is_empty() && self.filters.tags.is_empty()
    }
}

/// Returns the words of a text in their order, as phrases compare them.
pub fn folded_words(text: &str) -> Vec<String> {
    compounds(text).into_iter().flat_map(|word| word.parts).map(|part| part.folded).collect()
}

impl Filters {
    /// Says whether there are bounds of time or length.
    pub const fn is_bounded(&self) -> bool {
        self.after_ms.is_some() || self.before_ms.is_some() || self.longer_s.is_some() || self.shorter_s.is_some()
    }

    /// Takes an operator with its value; false when it is none that makes sense.
    pub fn take(&mut self, name: &str, value: &str) -> bool {
        match name.to_ascii_lowercase().as_str() {
            "channel" | "from" => push(&mut self.channels, channel_word(value)),
            "tag" => push(&mut self.tags, tag_word(value)),
            "after" => set(&mut self.after_ms, day_ms(value)),
            "before" => set(&mut self.before_ms, day_ms(value)),
            "longer" => set(&mut self.longer_s, seconds(value)),
            "shorter" => set(&mut self.shorter_s, seconds(value)),
            _ => false,
        }
    }
}

fn push(list: &mut Vec<String>, word: Option<String>) -> bool {
    let is_there = word.is_some();
    list.extend(word.filter(|_| list.len() < WORDS_MAX));
    is_there
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let is_there = value.is_some();
    *place = value.or(place.take());
    is_there
}

/// Returns the word under which the documents of a channel are found. It cannot be typed.
pub fn channel_word(name: &str) -> Option<String> {
    let name: String = fold(name.trim_start_matches('@')).split_whitespace().collect();
    (!name.is_empty()).then(|| format!("@{name}"))
}

/// Returns the word under which the documents with a tag are found. It cannot be typed.
pub fn tag_word(tag: &str) -> Option<String> {
    let tag = fold_tag(tag.trim_start_matches('#'));
    (!tag.is_empty()).then(|| format!("#{tag}"))
}

/// Two tags that fold to the same are one.
pub fn fold_tag(tag: &str) -> String {
    fold(tag).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads a date, the beginning of its day in UTC: `2024-01-31`, `2024-01` or `2024`.
fn day_ms(text: &str) -> Option<i64> {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let date: jiff::civil::Date = whole.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Reads a length: `90`, `90s`, `10m`, `1h30m` or `1:30`.
fn seconds(text: &str) -> Option<f64> {
    if text.contains(':') {
        return text
            .split(':')
            .try_fold(0.0, |seconds, part| Some(seconds * 60.0 + f64::from(part.parse::<u32>().ok()?)));
    }
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(f64::from(seconds));
    }
    Some(humantime::parse_duration(text).ok()?.as_secs_f64())
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let excludes = rest.starts_with('-') && rest[1..].starts_with(|next: char| !next.is_whitespace());
        if excludes {
            rest = &rest[1..];
        }
        let name_end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        let name = (name_end > 0 && rest[name_end..].starts_with(':') && rest.len() > name_end + 1)
            .then(|| rest[..name_end].to_owned());
        if name.is_some() {
            rest = &rest[name_end + 1..];
        }
        let is_quoted = rest.starts_with('"');
        let (value, after) = if is_quoted {
            rest[1..].split_once('"').unwrap_or((&rest[1..], ""))
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest.split_at(end)
        };
        pieces.push(Piece { excludes, name, value: value.to_owned(), is_quoted });
        rest = after.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(query: &[Compound]) -> Vec<&str> {
        query.iter().flat_map(|word| &word.parts).map(|part| part.folded.as_str()).collect()
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        let query = Query::parse(r#"green "How tea" -milk -"black tea" ho"#);
        assert_eq!(words(&query.words), ["green", "how", "tea", "ho"]);
        assert_eq!(query.phrases, [["how", "tea"]]);
        assert_eq!(words(&query.excluded), ["milk", "black", "tea"]);
        assert!(query.last_is_open);
        assert!(!Query::parse("tea ").last_is_open);
        assert!(!Query::parse("\"tea\"").last_is_open);
        assert_eq!(words(&Query::parse("- tea").words), ["tea"]);
    }

    #[test]
    fn operators_are_understood_and_others_are_words() {
        let query =
            Query::parse(r#"channel:@Anna tag:"Green Tea" after:2024-01-31 longer:1h30m shorter:2:00:00 tea:pot"#);
        let filters = &query.filters;
        assert_eq!(filters.channels, ["@anna"]);
        assert_eq!(filters.tags, ["#green tea"]);
        assert_eq!(filters.after_ms, Some(1_706_659_200_000));
        assert_eq!(filters.longer_s, Some(5400.0));
        assert_eq!(filters.shorter_s, Some(7200.0));
        assert_eq!(words(&query.words), ["tea", "pot"]);
        assert_eq!(words(&Query::parse("after:never longer:").words), ["after", "never", "longer"]);
    }

    #[test]
    fn any_text_is_a_query() {
        for text in ["", " ", "\"", "-", "--", "a:\"", "tag:", "\"\"", "-\"", "🎉", "::"] {
            Query::parse(text);
        }
        assert!(Query::parse("\" - \"").has_no_words());
    }
}
