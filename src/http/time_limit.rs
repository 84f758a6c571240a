//! How long requests may take, and how slowly their bodies may come.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

/// What a body brings at least for each second that it is waited for.
const BYTES_PER_S_MIN: u64 = 1024;

/// When a request is given up. Handlers that receive files or examine them put it off.
#[derive(Clone, Debug)]
pub struct Deadline(Arc<watch::Sender<Instant>>);

impl Deadline {
    /// Returns a deadline, and a future that is ready when it has passed.
    pub fn after(limit: Duration) -> (Self, impl Future<Output = ()>) {
        let (sender, mut deadline) = watch::channel(Instant::now() + limit);
        let passed = async move {
            loop {
                let at = *deadline.borrow_and_update();
                match timeout_at(at, deadline.changed()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return sleep_until(at).await,
                    Err(_) => return,
                }
            }
        };
        (Self(Arc::new(sender)), passed)
    }

    /// Allows so much time from now.
    pub fn set(&self, limit: Duration) {
        self.0.send_replace(Instant::now() + limit);
    }
}

/// Watches the progress of a body.
pub struct Pace {
    period: Duration,
    ends_at: Instant,
    /// Since enough bytes have come.
    waited: Duration,
    bytes: u64,
}

/// A body came too slowly, or took too long.
#[derive(Debug, PartialEq, Eq)]
pub struct TooSlow;

impl Pace {
    /// Allows a body to take `limit`. It is too slow when it falls below the least rate over a `period` of waiting.
    pub fn new(period: Duration, limit: Duration) -> Self {
        Self { period, ends_at: Instant::now() + limit, waited: Duration::ZERO, bytes: 0 }
    }

    /// Waits for the next piece of the body. Only this time counts: what the server does in between is not the client's
    /// fault.
    pub async fn wait<T>(&mut self, piece: impl Future<Output = T>) -> Result<T, TooSlow> {
        let begun = Instant::now();
        let at = self.ends_at.min(begun + self.period.saturating_sub(self.waited));
        let piece = timeout_at(at, piece).await.map_err(|_| TooSlow)?;
        self.waited += begun.elapsed();
        Ok(piece)
    }

    /// Counts bytes that have come.
    pub fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if u128::from(self.bytes) * 1000 >= u128::from(BYTES_PER_S_MIN) * self.period.as_millis() {
            (self.bytes, self.waited) = (0, Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn a_body_has_to_come_at_the_least_rate_and_within_its_time() {
        let mut pace = Pace::new(10 * SECOND, HOUR);
        pace.waited = 9 * SECOND;
        assert_eq!(pace.wait(ready(7)).await, Ok(7));
        pace.count(10_000);
        assert!(pace.waited >= 9 * SECOND, "a little less than the least rate counts as nothing");
        pace.count(240);
        assert_eq!((pace.waited, pace.bytes), (Duration::ZERO, 0));
        pace.waited = 10 * SECOND;
        assert_eq!(pace.wait(pending::<()>()).await, Err(TooSlow));
        assert_eq!(Pace::new(HOUR, Duration::ZERO).wait(pending::<()>()).await, Err(TooSlow));
    }

    #[tokio::test]
    async fn a_deadline_moves_in_both_directions() {
        let (deadline, passed) = Deadline::after(Duration::ZERO);
        deadline.set(HOUR);
        assert!(tokio::time::timeout(Duration::ZERO, passed).await.is_err());
        let (deadline, passed) = Deadline::after(HOUR);
        tokio::join!(passed, async move { deadline.set(Duration::ZERO) });
    }
}
