//! What waits to be stored.

use std::collections::HashMap;
use std::sync::Arc;

use super::playback::Playback;
use super::progress::Report;
use crate::clock::day;
use crate::id::{PlaybackId, UserId, VideoId};

/// Views, entries of histories and watched ranges that wait at most. Who comes then waits until they are stored.
pub const PENDING_MAX: usize = 20_000;

/// Somebody watches a video.
#[derive(Clone, Debug)]
pub struct View {
    pub video: VideoId,
    /// The user's id, or what stands for an anonymous viewer.
    pub viewer: Vec<u8>,
    /// Whose history gets the video.
    pub user: Option<UserId>,
    pub watched_at: i64,
}

#[derive(Default)]
pub struct Pending {
    waiting: Batch,
    /// What is being stored just now.
    storing: Option<Arc<Batch>>,
    /// How often views were stored.
    stored: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// When each viewer watched, for each video.
    pub views: HashMap<VideoId, HashMap<Vec<u8>, Watched>>,
    /// How often viewers came again within the window, for each video and day.
    pub repeats: HashMap<(VideoId, i64), i64>,
    pub playbacks: HashMap<PlaybackId, (Playback, Report)>,
    /// When each video was watched, for each user.
    pub histories: HashMap<UserId, HashMap<VideoId, i64>>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Watched {
    pub at: i64,
    /// Whether the viewer has an account.
    pub by_user: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    /// So many views of the video wait, with this one if it counts.
    Admitted { waiting: i64 },
    /// Views were stored since the row was read: read it again.
    Outdated,
    /// What waits has to be stored first.
    Full,
}

impl Pending {
    /// Takes in a view. `is_counted` is what the database said, and `stored` the number of
    /// [`Self::stored_unless_storing`] before; `None` skips that check.
    pub fn admit(&mut self, view: &View, is_counted: bool, window_ms: i64, stored: Option<u64>) -> Admission {
        if stored.is_some() && stored != self.stored_unless_storing(view.video) {
            return Admission::Outdated;
        }
        let waiting = self.waiting.views.get(&view.video);
        let counted_at = waiting.and_then(|viewers| viewers.get(&view.viewer)).map(|watched| watched.at);
        // A second view of one viewer that counts, too: one of them has to be in the database before.
        let counts_again = counted_at.is_some_and(|at| at <= view.watched_at - window_ms);
        if counts_again || self.waiting.len >= PENDING_MAX {
            return Admission::Full;
        }
        if counted_at.is_none() && !is_counted {
            self.waiting.add_view(view.video, &view.viewer, view.watched());
        } else {
            self.waiting.add_repeats(view.video, day(view.watched_at), 1);
        }
        if let Some(user) = view.user {
            self.waiting.add_history(user, view.video, view.watched_at);
        }
        let waiting = self.waiting.views.get(&view.video).map_or(0, HashMap::len);
        Admission::Admitted { waiting: i64::try_from(waiting).unwrap_or(i64::MAX) }
    }

    /// Takes in what a playback reports; `false` if what waits has to be stored first.
    pub fn report(&mut self, playback: &Playback, report: &Report) -> bool {
        if self.waiting.len >= PENDING_MAX {
            return false;
        }
        self.waiting.add_report(playback, report);
        true
    }

    /// Takes in an entry of a history; `false` if what waits has to be stored first.
    pub fn remember(&mut self, user: UserId, video: VideoId, at: i64) -> bool {
        if self.waiting.len >= PENDING_MAX {
            return false;
        }
        self.waiting.add_history(user, video, at);
        true
    }

    /// Returns how often views were stored; `None` while views of this video are.
    pub fn stored_unless_storing(&self, video: VideoId) -> Option<u64> {
        let is_storing = self.storing.as_ref().is_some_and(|batch| batch.views.contains_key(&video));
        (!is_storing).then_some(self.stored)
    }

    pub fn has_history(&self, user: UserId) -> bool {
        let batches = [Some(&self.waiting), self.storing.as_deref()];
        batches.into_iter().flatten().any(|batch| batch.histories.contains_key(&user))
    }

    /// Takes what waits, to store it; [`Self::settle`] or [`Self::put_back`] follows.
    pub fn take(&mut self) -> Option<Arc<Batch>> {
        if self.waiting.len == 0 {
            return None;
        }
        self.storing = Some(Arc::new(std::mem::take(&mut self.waiting)));
        self.storing.clone()
    }

    /// What was taken is stored.
    pub fn settle(&mut self) {
        self.storing = None;
        self.stored += 1;
    }

    /// What was taken waits again, unless it is settled. Some of it may be stored: views and reports that are stored twice
    /// count once.
    pub fn put_back(&mut self) {
        let Some(batch) = self.storing.take() else { return };
        self.stored += 1;
        for (video, viewers) in &batch.views {
            for (viewer, watched) in viewers {
                self.waiting.add_view(*video, viewer, *watched);
            }
        }
        for ((video, day), times) in &batch.repeats {
            self.waiting.add_repeats(*video, *day, *times);
        }
        for (playback, report) in batch.playbacks.values() {
            self.waiting.add_report(playback, report);
        }
        for (user, videos) in &batch.histories {
            for (video, at) in videos {
                self.waiting.add_history(*user, *video, *at);
            }
        }
    }
}

impl Batch {
    /// The first of a viewer's views is the one that counts.
    fn add_view(&mut self, video: VideoId, viewer: &[u8], watched: Watched) {
        let viewers = self.views.entry(video).or_default();
        let before = viewers.len();
        let counted = viewers.entry(viewer.to_vec()).or_insert(watched);
        counted.at = counted.at.min(watched.at);
        self.len += viewers.len() - before;
    }

    fn add_repeats(&mut self, video: VideoId, day: i64, times: i64) {
        let before = self.repeats.len();
        *self.repeats.entry((video, day)).or_default() += times;
        self.len += self.repeats.len() - before;
    }

    fn add_report(&mut self, playback: &Playback, report: &Report) {
        let Some((_, waiting)) = self.playbacks.get_mut(&playback.id) else {
            self.len += 1 + report.watched.pieces();
            self.playbacks.insert(playback.id, (playback.clone(), report.clone()));
            return;
        };
        let before = waiting.watched.pieces();
        waiting.merge(report);
        self.len = self.len + waiting.watched.pieces() - before;
    }

    /// The last time is the one that is shown.
    fn add_history(&mut self, user: UserId, video: VideoId, at: i64) {
        let videos = self.histories.entry(user).or_default();
        let before = videos.len();
        let last = videos.entry(video).or_insert(at);
        *last = at.max(*last);
        self.len += videos.len() - before;
    }
}

impl View {
    fn watched(&self) -> Watched {
        Watched { at: self.watched_at, by_user: self.user.is_some() }
    }
}
