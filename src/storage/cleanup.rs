//! Removing objects whose request went away before it could do so itself.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{MediaName, Storage};

/// Takes the names of abandoned objects; [`Cleanup::work`] removes them.
#[derive(Clone)]
pub struct Cleanup(UnboundedSender<MediaName>);

impl Cleanup {
    /// The cleanup, and the queue to work on.
    #[must_use]
    pub fn new() -> (Self, UnboundedReceiver<MediaName>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Leaves an object to be removed. If nobody works on the queue any more, the next start's sweep finds it.
    pub fn leave(&self, name: MediaName) {
        let _ = self.0.send(name);
    }

    /// Removes what is left, until the program ends.
    pub async fn work(mut queue: UnboundedReceiver<MediaName>, media: Storage) {
        while let Some(name) = queue.recv().await {
            media.remove(&[name]).await;
        }
    }
}
