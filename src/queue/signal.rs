//! Tells the parts of this process that the queue has changed.

use tokio::sync::watch;

use crate::db::Tx;

/// Wakes the workers and followers of this process. Those of other processes poll.
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

    pub(super) fn notify_after_commit(&self, tx: &mut Tx) {
        let signal = self.clone();
        tx.after_commit(move || signal.notify());
    }

    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
