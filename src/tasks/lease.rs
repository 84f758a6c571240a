//! Keeping what was claimed while it is being worked on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::app::App;
use crate::queue::tasks::TaskClaim;
use crate::queue::{self, LEASE};

const RENEWAL: Duration = Duration::from_secs(5);

/// In percent, shared with what renews the lease.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicI64>);

impl Progress {
    pub fn set(&self, percent: i64) {
        self.0.store(percent, Ordering::Relaxed);
    }

    pub fn percent(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Returns when a lease is lost.
pub async fn keep_leases(app: &App, claims: &[TaskClaim], progress: &Progress) {
    let mut renewed_at = Instant::now();
    loop {
        sleep(RENEWAL).await;
        for claim in claims {
            match queue::renew(&app.db, claim, app.clock.now_ms(), progress.percent()).await {
                Ok(true) => renewed_at = Instant::now(),
                // An outage of the database does not end the lease.
                Err(_) if renewed_at.elapsed() < LEASE => {}
                Ok(false) | Err(_) => return,
            }
        }
    }
}
