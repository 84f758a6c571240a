//! The queue of work on videos, in the database, and the notice that it has changed.

mod store;

use std::time::Duration;

use tokio::sync::watch;

pub use self::store::*;
use crate::db::Tx;

/// How long a claimed job is left to its worker without a word from it.
pub const LEASE: Duration = Duration::from_secs(30);
pub const ATTEMPTS_MAX: i64 = 5;

/// Tells this process's workers that the queue has changed, so that they need not wait for their next look.
#[derive(Clone, Debug)]
pub struct Jobs(watch::Sender<()>);

impl Default for Jobs {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Jobs {
    /// Wakes the workers, and whoever else follows the queue.
    pub fn changed(&self) {
        self.0.send_replace(());
    }

    fn changed_after_commit(&self, tx: &mut Tx) {
        let jobs = self.clone();
        tx.after_commit(move || jobs.changed());
    }

    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
