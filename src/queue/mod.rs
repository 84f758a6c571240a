//! The queue of work on videos, in the database, and the notice that it has changed.

mod store;

use std::time::Duration;

use tokio::sync::watch;

pub use self::store::*;

/// How long a claimed job is left to its worker without a word from it.
pub const LEASE: Duration = Duration::from_secs(30);
pub const ATTEMPTS_MAX: i64 = 5;

/// Tells this process's workers that the queue has changed, so that they need not wait for their next look.
#[derive(Debug)]
pub struct Jobs(watch::Sender<()>);

impl Default for Jobs {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Jobs {
    /// To be called after the commit of whatever queued or cancelled a job.
    pub fn changed(&self) {
        self.0.send_replace(());
    }

    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
