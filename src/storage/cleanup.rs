//! Removes objects in the background: deleted ones, and pending ones whose request went away.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::MediaName;

/// Queues objects for removal by `Storage::clean_up`.
#[derive(Clone)]
pub struct Cleanup(UnboundedSender<MediaName>);

impl Cleanup {
    /// Returns the sending and the receiving end of the queue.
    pub fn new() -> (Self, UnboundedReceiver<MediaName>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Queues an object. If nobody works on the queue any more, the next sweep removes it.
    pub fn leave(&self, name: MediaName) {
        let _ = self.0.send(name);
    }
}
