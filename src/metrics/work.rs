//! What workers have done, by kind.

use std::fmt;
use std::time::Duration;

use super::count::Counter;
use super::exposition::{Exposition, Label};
use super::histogram::Histogram;

/// A thumbnail takes a second, the ladder of a long video hours.
const BOUNDS: [Duration; 10] = [
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(4),
    Duration::from_hours(12),
];

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    Done,
    /// For good.
    Failed,
    /// It is attempted again.
    Retried,
    /// The worker stopped.
    Released,
    /// It was cancelled, or another worker has it.
    Lost,
}

const OUTCOMES: [&str; 5] = ["done", "failed", "retried", "released", "lost"];

#[derive(Debug)]
pub struct Work {
    kinds: Vec<(&'static str, Attempts)>,
}

#[derive(Debug)]
struct Attempts {
    outcomes: [Counter; OUTCOMES.len()],
    took: Histogram,
}

impl Work {
    pub fn new(kinds: impl IntoIterator<Item = &'static str>) -> Self {
        let attempts =
            || Attempts { outcomes: std::array::from_fn(|_| Counter::default()), took: Histogram::new(&BOUNDS) };
        Self { kinds: kinds.into_iter().map(|kind| (kind, attempts())).collect() }
    }

    pub fn count(&self, kind: &str, outcome: Outcome, took: Duration) {
        if let Some((_, attempts)) = self.kinds.iter().find(|(name, _)| *name == kind) {
            attempts.outcomes[outcome as usize].add(1);
            attempts.took.observe(took);
        }
    }

    /// Of several kinds of work, by the name of each.
    pub fn expose(all: &[(&'static str, &Self)], exposition: &mut Exposition<'_>) -> fmt::Result {
        let kinds = || {
            all.iter().flat_map(|(queue, work)| {
                work.kinds.iter().map(|(kind, attempts)| -> (Vec<Label<'_>>, _) {
                    (vec![("queue", (*queue).into()), ("kind", (*kind).into())], attempts)
                })
            })
        };
        let outcomes = kinds().flat_map(|(labels, attempts)| {
            OUTCOMES.iter().zip(&attempts.outcomes).map(move |(outcome, count)| {
                ([labels.clone(), vec![("result", (*outcome).into())]].concat(), count.get())
            })
        });
        exposition.counters("chaitube_work_attempts", "Attempts of jobs and tasks that have ended", outcomes)?;
        exposition.histograms(
            "chaitube_work_duration_seconds",
            "Duration of attempts of jobs and tasks",
            kinds().map(|(labels, attempts)| (labels, &attempts.took)),
        )
    }
}
