//! Views and watch histories on their way into the database.
//!
//! Watching a video costs no transaction of its own, and neither does a report on what was watched. What is to be stored
//! waits in memory, and [`Views::run`] stores all of it in one transaction: at once after a quiet moment, and within a
//! second always. A crash loses what was waiting. With several nodes a view is stored before it is answered, for the next
//! request may reach another one; all that wait share the transaction then, too. Whether a viewer counts is decided here
//! for the answer, and again when the view is stored, for other processes store theirs.

mod count;
mod pending;
mod playback;
mod playbacks;
mod progress;
mod ranges;
mod rows;
mod store;
mod tally;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use self::pending::View;
use self::pending::{Admission, Pending};
pub use self::playback::{Playback, PlaybackIds, TrafficSource, ViewerKey};
pub use self::playbacks::prune;
pub use self::progress::{RATE_MAX, Report};
pub use self::ranges::{PIECES_MAX, Ranges};
use crate::clock::millis;
use crate::db::{Db, Error};
use crate::id::{UserId, VideoId};
use crate::metrics::Counter;
use crate::nodes::Nodes;

/// Between two transactions that store views, so that none waits for longer than a second.
const PAUSE: Duration = Duration::from_millis(800);
/// Maximum number of reads of a row, which is read again when views were stored meanwhile.
const READS_MAX: usize = 8;

pub struct Views {
    db: Db,
    window_ms: i64,
    pending: Mutex<Pending>,
    /// Held while views are being stored.
    storing: tokio::sync::Mutex<()>,
    arrived: Notify,
    nodes: Option<Arc<Nodes>>,
    stored: Counter,
}

impl Views {
    /// A viewer counts once for a video within `window`.
    pub fn new(db: Db, window: Duration) -> Self {
        Self {
            db,
            window_ms: millis(window),
            pending: Mutex::default(),
            storing: tokio::sync::Mutex::default(),
            arrived: Notify::new(),
            nodes: None,
            stored: Counter::default(),
        }
    }

    /// Lets others of these nodes see what was watched at once.
    pub fn among(self, nodes: Arc<Nodes>) -> Self {
        Self { nodes: Some(nodes), ..self }
    }

    /// Returns how many views this process has stored.
    pub fn stored(&self) -> u64 {
        self.stored.get()
    }

    /// From when on a stored view keeps its viewer from counting again.
    pub fn window_start(&self, now_ms: i64) -> i64 {
        now_ms - self.window_ms
    }

    /// Counts a view, unless its viewer has been counted within the window, and puts the video into the viewer's history.
    /// `read` reads the video, if it is there for this viewer, and whether the database has the viewer counted. Also
    /// returns how many views are not in that row yet.
    pub async fn count<T, F>(&self, view: &View, read: impl Fn() -> F) -> Result<Option<(T, i64)>, Error>
    where
        F: Future<Output = Result<Option<(T, bool)>, Error>>,
    {
        let mut reads = 0;
        loop {
            let stored = self.wait_for(view.video).await;
            let Some((row, is_counted)) = read().await? else { return Ok(None) };
            reads += 1;
            let stored = (reads < READS_MAX).then_some(stored);
            let admission = self.pending().admit(view, is_counted, self.window_ms, stored);
            match admission {
                Admission::Admitted { waiting } => {
                    self.show_others().await;
                    return Ok(Some((row, waiting)));
                }
                Admission::Outdated => {}
                Admission::Full => self.store().await?,
            }
        }
    }

    /// Takes in what a playback reports.
    pub async fn report(&self, playback: &Playback, report: &Report) -> Result<(), Error> {
        while !self.pending().report(playback, report) {
            self.store().await?;
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// Moves a video to the front of a user's history.
    pub async fn remember(&self, user: UserId, video: VideoId, now_ms: i64) -> Result<(), Error> {
        while !self.pending().remember(user, video, now_ms) {
            self.store().await?;
        }
        self.show_others().await;
        Ok(())
    }

    /// Lets what has arrived be stored: before this returns, if other nodes may be asked for it.
    async fn show_others(&self) {
        if self.nodes.as_ref().is_some_and(|nodes| nodes.live().get() > 1) {
            match self.store().await {
                Ok(()) => return,
                // It still waits, and nobody needs to know: a row is locked, say.
                Err(error) => tracing::debug!(%error, "views are stored a moment later"),
            }
        }
        self.arrived.notify_one();
    }

    /// Takes a user's name off what is known of their playbacks of a video, or of all.
    pub async fn forget(&self, user: UserId, video: Option<VideoId>) -> Result<(), Error> {
        self.store().await?;
        playbacks::forget(&self.db, user, video).await
    }

    /// Stores all that waits, and returns when it is stored.
    pub async fn store(&self) -> Result<(), Error> {
        let _turn = self.storing.lock().await;
        let Some(batch) = self.pending().take() else { return Ok(()) };
        let _unless_stored = PutBack { views: self };
        let counted = store::insert(&self.db, &batch, self.window_ms).await?;
        self.stored.add(counted);
        self.pending().settle();
        Ok(())
    }

    /// Stores what waits for this user's history, if anything does.
    pub async fn store_history(&self, user: UserId) -> Result<(), Error> {
        let waits = self.pending().has_history(user);
        if waits { self.store().await } else { Ok(()) }
    }

    /// Stores views as they come, for as long as it is polled.
    pub async fn run(&self) {
        loop {
            self.arrived.notified().await;
            while let Err(error) = self.store().await {
                tracing::warn!(%error, "views could not be stored; will retry");
                tokio::time::sleep(PAUSE).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until no view of the video is just being stored, when a row could have it or not. Returns how often views
    /// were stored.
    async fn wait_for(&self, video: VideoId) -> u64 {
        loop {
            if let Some(stored) = self.pending().stored_unless_storing(video) {
                return stored;
            }
            drop(self.storing.lock().await);
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets views wait again that were not stored, also when nobody waits for that any more.
struct PutBack<'a> {
    views: &'a Views,
}

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        self.views.pending().put_back();
    }
}
