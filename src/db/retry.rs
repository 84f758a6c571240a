//! Repeating what lost against another transaction.

use std::time::Duration;

use tokio::time::sleep;

use super::Error;

/// With the time that is waited between them, so many that the slowest of twenty writers of one row gets its turn.
const TRIES_MAX: u32 = 40;
const WAITED_MAX: Duration = Duration::from_secs(5);
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// An error that may be a lost race between transactions.
pub trait Contention {
    /// Says whether nothing has happened and a retry very likely helps.
    fn is_contention(&self) -> bool;
}

impl Contention for Error {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Deadlock(_))
    }
}

/// Counts the attempts at one thing.
#[derive(Default)]
struct Attempts {
    failed: u32,
    waited: Duration,
}

impl Attempts {
    /// Waits for a moment that nobody else knows; false when `error` is to be told instead.
    async fn go_on_after(&mut self, error: &impl Contention) -> bool {
        let pause = self.next_pause(error);
        if let Some(pause) = pause {
            sleep(pause).await;
        }
        pause.is_some()
    }

    fn next_pause(&mut self, error: &impl Contention) -> Option<Duration> {
        self.failed += 1;
        if !error.is_contention() || self.failed >= TRIES_MAX || self.waited >= WAITED_MAX {
            return None;
        }
        let pause = pause(self.failed, getrandom::u32().unwrap_or_default());
        self.waited += pause;
        Some(pause)
    }
}

/// Doubles with each failure. At least half of it is waited: those who met must not meet again.
fn pause(failed: u32, random: u32) -> Duration {
    let longest = PAUSE_MAX.min(PAUSE_MIN * (1 << failed.min(10)));
    longest.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}

/// Makes `attempt`, a whole transaction from its beginning to its commit, anew, within limits, after a deadlock or a
/// serialization failure. A commit whose outcome is unknown is no such failure, and never repeated.
///
/// # Errors
/// As `attempt`.
pub async fn retry<T, E, F>(mut attempt: impl FnMut() -> F) -> Result<T, E>
where
    E: Contention,
    F: Future<Output = Result<T, E>>,
{
    let mut attempts = Attempts::default();
    loop {
        match attempt().await {
            Err(error) if attempts.go_on_after(&error).await => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_end_by_number_and_by_time() {
        let lost = Error::Deadlock("".into());
        let mut attempts = Attempts::default();
        let pauses: Vec<Duration> = std::iter::from_fn(|| attempts.next_pause(&lost)).collect();
        assert!(pauses.len() < TRIES_MAX as usize && pauses.iter().sum::<Duration>() < WAITED_MAX + PAUSE_MAX);
        assert_eq!(Attempts { failed: 0, waited: WAITED_MAX }.next_pause(&lost), None);
        assert_eq!(Attempts { failed: TRIES_MAX - 1, waited: Duration::ZERO }.next_pause(&lost), None);
    }

    #[test]
    fn only_what_has_not_happened_is_repeated() {
        for error in [Error::NotFound, Error::Conflict("".into()), Error::Unavailable("".into())] {
            assert_eq!(Attempts::default().next_pause(&error), None, "{error}");
        }
    }

    #[test]
    fn pauses_grow_to_a_limit_and_differ() {
        assert_eq!(pause(1, 0), PAUSE_MIN);
        assert_eq!(pause(1, u32::MAX), 2 * PAUSE_MIN);
        assert_eq!(pause(TRIES_MAX, u32::MAX), PAUSE_MAX);
    }
}
