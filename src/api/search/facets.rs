//! By what hits can be narrowed down.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::search::{Facts, Hit, fold_tag};

const VALUES_MAX: usize = 10;
const SHORT_S: f64 = 4.0 * 60.0;
const LONG_S: f64 = 20.0 * 60.0;

/// What the hits have in common: counted among the first 1,000.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Facets {
    tags: Vec<Facet>,
    /// User names.
    channels: Vec<Facet>,
    /// `short` (less than 4 minutes), `medium`, `long` (more than 20).
    durations: Vec<Facet>,
    /// Years in which they were created, in UTC.
    years: Vec<Facet>,
}

/// A value, and how many hits have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Facet {
    #[schema(example = "tea")]
    value: String,
    count: i64,
}

impl Facets {
    /// Counts the values that the hits have.
    pub fn of(hits: &[Hit]) -> Self {
        let facts = || hits.iter().map(|hit| &hit.facts);
        let year = |ms| Timestamp::from_millisecond(ms).map(|time| time.to_zoned(TimeZone::UTC).year().to_string());
        Self {
            tags: counted(facts().flat_map(Facts::tags).map(|tag| (fold_tag(&tag), tag))),
            channels: counted(facts().map(|facts| (facts.username.clone(), facts.username.clone()))),
            durations: counted(facts().filter_map(|facts| facts.duration_s).map(length).map(twice)),
            years: counted(facts().filter_map(|facts| year(facts.created_at).ok()).map(twice)),
        }
    }
}

fn twice(value: impl Into<String>) -> (String, String) {
    let value = value.into();
    (value.clone(), value)
}

const fn length(duration_s: f64) -> &'static str {
    if duration_s < SHORT_S {
        "short"
    } else if duration_s <= LONG_S {
        "medium"
    } else {
        "long"
    }
}

/// Counts values that are the same by their keys; the most frequent ones come first.
fn counted(values: impl Iterator<Item = (String, String)>) -> Vec<Facet> {
    let mut counts: HashMap<String, (i64, String)> = HashMap::new();
    for (key, value) in values {
        counts.entry(key).or_insert((0, value)).0 += 1;
    }
    let mut counts: Vec<(String, (i64, String))> = counts.into_iter().collect();
    counts.sort_by(|(key, (count, _)), (other, (count_of_other, _))| (count_of_other, key).cmp(&(count, other)));
    counts.into_iter().take(VALUES_MAX).map(|(_, (count, value))| Facet { value, count }).collect()
}
