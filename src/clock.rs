//! A clock that is passed in, so that tests can stop and move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Moves only by [`Clock::advance`].
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    #[must_use]
    pub fn fixed(now_ms: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(now_ms)))
    }

    /// Since 1970, UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => jiff::Timestamp::now().as_millisecond(),
            Self::Fixed(now_ms) => now_ms.load(Ordering::SeqCst),
        }
    }

    /// Does nothing to the system's clock.
    pub fn advance(&self, by: Duration) {
        if let Self::Fixed(now_ms) = self {
            now_ms.fetch_add(millis(by), Ordering::SeqCst);
        }
    }
}

#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Returns seconds as milliseconds; nothing is less than none.
#[must_use]
pub fn millis_of(seconds: f64) -> i64 {
    Duration::try_from_secs_f64(seconds).map_or_else(|_| if seconds > 0.0 { i64::MAX } else { 0 }, millis)
}

/// Returns the number of a day since 1970, in UTC.
#[must_use]
pub const fn day(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// Returns the number of an hour since 1970.
#[must_use]
pub const fn hour(ms: i64) -> i64 {
    ms.div_euclid(HOUR_MS)
}

/// As HTTP headers have it (RFC 9110 §5.6.7).
#[must_use]
pub fn http_date(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}

/// A time in a response: RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub i64);

impl std::fmt::Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(formatter, "{time:.3}")
    }
}

/// A day in a response: the number of days since 1970, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub i64);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let midnight = jiff::Timestamp::from_millisecond(self.0.saturating_mul(DAY_MS)).unwrap_or_default();
        serializer.collect_str(&midnight.strftime("%F"))
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .examples(["2024-01-15"])
            .into()
    }
}

impl ToSchema for Day {}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2024-01-15T12:38:43.726Z"])
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use crate::clock::Time;

    #[test]
    fn times_have_milliseconds_and_a_z() {
        assert_eq!(Time(1_705_322_323_726).to_string(), "2024-01-15T12:38:43.726Z");
        assert_eq!(Time(1_705_322_323_000).to_string(), "2024-01-15T12:38:43.000Z");
    }
}
