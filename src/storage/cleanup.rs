//! Removes objects in the background: deleted ones, and pending ones whose request went away.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::MediaName;

#[derive(Clone)]
pub struct Cleanup(UnboundedSender<MediaName>);

impl Cleanup {
    pub fn new() -> (Self, UnboundedReceiver<MediaName>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// If nobody works on the queue any more, the next sweep removes the object.
    pub fn leave(&self, name: MediaName) {
        let _ = self.0.send(name);
    }
}
