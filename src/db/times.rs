//! Counts the durations of steps in the database.

use std::fmt;
use std::time::Duration;

use super::Error;
use crate::metrics::{Counter, Exposition, Histogram};

const BOUNDS: [Duration; 14] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(10),
];

/// With the wait for a connection, where the step needs one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Outside of a transaction.
    Read,
    /// A transaction of one statement, or a statement in one.
    Write,
    Begin,
    Commit,
}

const STEPS: [&str; 4] = ["read", "write", "begin", "commit"];

#[derive(Debug)]
pub(super) struct Times {
    steps: [Histogram; STEPS.len()],
    errors: Counter,
}

impl Default for Times {
    fn default() -> Self {
        Self { steps: std::array::from_fn(|_| Histogram::new(&BOUNDS)), errors: Counter::default() }
    }
}

impl Times {
    pub fn count<T>(&self, step: Step, took: Duration, result: &Result<T, Error>) {
        self.steps[step as usize].observe(took);
        if matches!(result, Err(Error::Unavailable(_) | Error::Deadlock(_) | Error::Backend(_))) {
            self.errors.add(1);
        }
    }

    pub fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let steps = STEPS.iter().zip(&self.steps);
        exposition.histograms(
            "chaitube_database_step_duration_seconds",
            "Duration of steps in the database, with the wait for a connection",
            steps.map(|(step, took)| (vec![("step", (*step).into())], took)),
        )?;
        let help = "Steps in the database that failed for another reason than the request";
        exposition.counter("chaitube_database_errors", help, self.errors.get())
    }
}
