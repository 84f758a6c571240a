//! The queue of jobs in the database, and the signal that it has changed.

mod store;

use std::time::Duration;

use tokio::sync::watch;

pub use self::store::*;
use crate::db::Tx;

/// A claim that is not renewed for this long goes to another worker.
pub const LEASE: Duration = Duration::from_secs(30);
pub const ATTEMPTS_MAX: i64 = 5;

/// Wakes the workers and followers of this process when the queue has changed. Those of other processes poll.
#[derive(Clone, Debug)]
pub struct QueueSignal(watch::Sender<()>);

impl Default for QueueSignal {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl QueueSignal {
    pub fn notify(&self) {
        self.0.send_replace(());
    }

    fn notify_after_commit(&self, tx: &mut Tx) {
        let signal = self.clone();
        tx.after_commit(move || signal.notify());
    }

    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
