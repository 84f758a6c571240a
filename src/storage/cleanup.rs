//! Removes objects in the background: deleted ones, and pending ones whose request went away.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{MediaName, Storage};

/// Queues objects for removal by [`Cleanup::work`].
#[derive(Clone)]
pub struct Cleanup(UnboundedSender<MediaName>);

impl Cleanup {
    /// Returns the sending and the receiving end of the queue.
    #[must_use]
    pub fn new() -> (Self, UnboundedReceiver<MediaName>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Queues an object. If nobody works on the queue any more, the next sweep removes it.
    pub fn leave(&self, name: MediaName) {
        let _ = self.0.send(name);
    }

    /// Removes queued objects until the program ends.
    pub async fn work(mut queue: UnboundedReceiver<MediaName>, media: Storage) {
        while let Some(name) = queue.recv().await {
            media.remove(&[name]).await;
        }
    }
}
