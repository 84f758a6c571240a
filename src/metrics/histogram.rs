//! Durations, counted in buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The library's own takes a lock for each observation.
#[derive(Debug)]
pub struct Histogram {
    /// Of the buckets, ascending. One more takes what is longer.
    bounds: &'static [Duration],
    counts: Box<[AtomicU64]>,
    nanoseconds: AtomicU64,
}

impl Histogram {
    pub fn new(bounds: &'static [Duration]) -> Self {
        let counts = std::iter::repeat_with(AtomicU64::default).take(bounds.len() + 1).collect();
        Self { bounds, counts, nanoseconds: AtomicU64::default() }
    }

    pub fn observe(&self, took: Duration) {
        let bucket = self.bounds.iter().position(|bound| took <= *bound).unwrap_or(self.bounds.len());
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns the upper bound of each bucket in seconds, and how many fell into it.
    pub(super) fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = self.bounds.iter().map(Duration::as_secs_f64).chain([f64::INFINITY]);
        bounds.zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed))).collect()
    }

    pub(super) fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_has_it() {
        const BOUNDS: [Duration; 2] = [Duration::from_millis(1), Duration::from_secs(1)];
        let histogram = Histogram::new(&BOUNDS);
        for micros in [0, 1000, 1001, 1_000_000, 2_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        assert_eq!(histogram.buckets(), [(0.001, 2), (1.0, 2), (f64::INFINITY, 1)]);
        assert_eq!(histogram.sum(), Duration::from_micros(3_002_001));
    }
}
