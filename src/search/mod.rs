//! Finding things by words, the same on both databases.
//!
//! The index is a few plain tables: words, their mistyped forms, and in which documents each word is. [`index`] keeps
//! them true in the background; [`find()`] reads them. The databases only look rows up: everything that decides on the
//! answer (folding, distance, points, order) is computed here with integers or the same floats, so both answer alike.
//! Statements compare the number of a build with a subquery, whose value PostgreSQL does not see when it plans: so it
//! reckons with an average build, and not with one that has no rows because it is new.
//!
//! Whatever is found is looked up in the tables of its feature before it is counted, so that nothing hidden is ever
//! seen, however far the index is behind.

mod alike;
mod documents;
mod find;
mod fold;
mod highlight;
mod hits;
pub mod index;
mod lists;
mod lookup;
mod matching;
mod near;
mod postings;
mod query;
mod words;

pub use self::alike::alike;
pub use self::documents::{Kind, ids_after, ids_of_owner, tags_of_json};
pub use self::find::{Found, find, find_few, merged};
pub use self::highlight::{HighlightRange, Highlighter};
pub use self::hits::{Facts, Hit, Sort};
pub use self::query::{QUERY_CHARS_MAX, Query, channel_word, fold_tag, tag_word};
