//! Tells the parts of this process, and by [`crate::nodes`] the other nodes, that the queue has changed.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast, watch};

use crate::db::Tx;
use crate::id::VideoId;

/// Whoever is further behind looks at everything again.
const CHANGES_KEPT: usize = 256;

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Jobs of a video were queued, cancelled or have ended.
    Jobs(VideoId),
    /// A job of a video has got further.
    Progress(VideoId),
    /// A task was entered.
    Tasks,
}

impl Change {
    /// Reads what `to_string` gives; `None` for what another version says.
    pub fn parse(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some(("jobs", id)) => Some(Self::Jobs(id.parse().ok()?)),
            Some(("progress", id)) => Some(Self::Progress(id.parse().ok()?)),
            None if word == "tasks" => Some(Self::Tasks),
            _ => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jobs(video) => write!(f, "jobs:{video}"),
            Self::Progress(video) => write!(f, "progress:{video}"),
            Self::Tasks => write!(f, "tasks"),
        }
    }
}

/// Wakes workers and followers.
#[derive(Clone)]
pub struct QueueSignal(Arc<Inner>);

struct Inner {
    work: watch::Sender<()>,
    changes: broadcast::Sender<Change>,
    /// What other nodes are to be told, while they hear this one.
    news: Mutex<HashSet<Change>>,
    has_news: Notify,
    is_heard: AtomicBool,
}

impl Default for QueueSignal {
    fn default() -> Self {
        Self(Arc::new(Inner {
            work: watch::Sender::new(()),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            news: Mutex::default(),
            has_news: Notify::new(),
            is_heard: AtomicBool::new(false),
        }))
    }
}

impl QueueSignal {
    pub fn notify(&self, change: Change) {
        self.hear(change);
        if self.is_heard() {
            self.news().insert(change);
            self.0.has_news.notify_one();
        }
    }

    pub(super) fn notify_after_commit(&self, tx: &mut Tx, change: Change) {
        let signal = self.clone();
        tx.after_commit(move || signal.notify(change));
    }

    /// Wakes this process only.
    pub fn hear(&self, change: Change) {
        if !matches!(change, Change::Progress(_)) {
            self.0.work.send_replace(());
        }
        // Nobody may be listening.
        let _ = self.0.changes.send(change);
    }

    /// Returns what changes whenever there may be work.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.0.work.subscribe()
    }

    /// Returns what learns of the changes of a video from now on.
    pub fn follow(&self, video: VideoId) -> Follower {
        Follower { video, changes: self.0.changes.subscribe() }
    }

    /// Waits until there is something to tell other nodes.
    pub async fn has_news(&self) {
        self.0.has_news.notified().await;
    }

    pub fn take_news(&self) -> Vec<Change> {
        self.news().drain().collect()
    }

    /// Says whether this process and the other nodes hear each other.
    pub fn set_heard(&self, is_heard: bool) {
        self.0.is_heard.store(is_heard, Ordering::Relaxed);
        if !is_heard {
            self.news().clear();
        }
        self.0.work.send_replace(());
    }

    /// Returns how long to wait before the database is asked again: `otherwise`, unless changes are heard of.
    pub fn poll_period(&self, when_heard: Duration, otherwise: Duration) -> Duration {
        if self.is_heard() { when_heard } else { otherwise }
    }

    pub fn is_heard(&self) -> bool {
        self.0.is_heard.load(Ordering::Relaxed)
    }

    fn news(&self) -> MutexGuard<'_, HashSet<Change>> {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Learns of the changes of a video.
pub struct Follower {
    video: VideoId,
    changes: broadcast::Receiver<Change>,
}

impl Follower {
    /// Waits for the next change.
    pub async fn changed(&mut self) {
        self.wait_for(|change, video| matches!(change, Change::Jobs(id) | Change::Progress(id) if id == video)).await;
    }

    /// Waits until its jobs are queued, cancelled or have ended.
    pub async fn jobs_changed(&mut self) {
        self.wait_for(|change, video| change == Change::Jobs(video)).await;
    }

    async fn wait_for(&mut self, is_wanted: impl Fn(Change, VideoId) -> bool) {
        loop {
            match self.changes.recv().await {
                Ok(change) if !is_wanted(change, self.video) => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The program ends.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_as_they_went() {
        let video = VideoId::from_bytes([7; 12]);
        for change in [Change::Jobs(video), Change::Progress(video), Change::Tasks] {
            assert_eq!(Change::parse(&change.to_string()), Some(change));
        }
        for other in ["", "jobs", "jobs:", "jobs:1", "tasks:1", "later:070707070707070707070707"] {
            assert_eq!(Change::parse(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn followers_learn_of_their_video_only() {
        let signal = QueueSignal::default();
        let (one, other) = (VideoId::from_bytes([1; 12]), VideoId::from_bytes([2; 12]));
        let mut follower = signal.follow(one);
        signal.notify(Change::Progress(other));
        signal.notify(Change::Tasks);
        signal.notify(Change::Progress(one));
        signal.notify(Change::Jobs(one));
        follower.changed().await;
        follower.jobs_changed().await;
        let nothing = tokio::time::timeout(Duration::from_millis(20), follower.changed()).await;
        assert!(nothing.is_err());
    }

    #[test]
    fn other_nodes_are_told_once_and_only_when_they_listen() {
        let signal = QueueSignal::default();
        signal.notify(Change::Tasks);
        assert!(signal.take_news().is_empty());
        signal.set_heard(true);
        signal.notify(Change::Tasks);
        signal.notify(Change::Tasks);
        signal.hear(Change::Jobs(VideoId::from_bytes([1; 12])));
        assert_eq!(signal.take_news(), [Change::Tasks]);
        assert!(signal.take_news().is_empty());
    }
}
