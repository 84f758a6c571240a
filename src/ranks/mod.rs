//! The ranks of videos: columns that lists are sorted by, computed anew every few minutes for the videos that somebody
//! watches.
//!
//! `hot` is the time of publication, put off by what happens to the video within a day. `trending` compares the last hours
//! with the week. Both are whole numbers computed here, so that both databases have the same.

mod formulas;
mod store;

use self::formulas::Windows;
pub use self::formulas::starting_hot;
use self::store::FactsRow;
use crate::db::{Db, Error};
use crate::id::VideoId;

/// Videos that are ranked at a time.
const CHUNK: usize = 500;
/// Less than any generated id.
const BEFORE_ALL: VideoId = VideoId::from_bytes([0; 12]);

/// Ranks the videos that were watched lately, and those that were ranked higher than a video without views. Returns how
/// many have moved.
pub async fn refresh(db: &Db, now_ms: i64) -> Result<u64, Error> {
    let windows = Windows::at(now_ms);
    let mut moved = 0;
    let mut after = BEFORE_ALL;
    loop {
        let videos = store::lifted(db, after).await?;
        moved += rank(db, &videos, windows).await?;
        match videos.last() {
            Some(last) if videos.len() == CHUNK => after = *last,
            _ => break,
        }
    }
    let mut after = (windows.lately, BEFORE_ALL);
    loop {
        let watched = store::watched(db, after).await?;
        let videos: Vec<VideoId> = watched.iter().filter(|row| !row.is_lifted).map(|row| row.video_id).collect();
        moved += rank(db, &videos, windows).await?;
        match watched.last() {
            Some(last) if watched.len() == CHUNK => after = (last.hour, last.video_id),
            _ => return Ok(moved),
        }
    }
}

/// Ranks these videos, and writes the ranks that are others than before.
async fn rank(db: &Db, videos: &[VideoId], windows: Windows) -> Result<u64, Error> {
    let mut moved = Vec::new();
    for row in store::facts(db, videos, windows).await? {
        let (hot, trending) = (row.hot_now(), row.trending_now());
        if (hot, trending) != (row.hot, row.trending) {
            moved.push((row.id.to_string(), hot, trending));
        }
    }
    store::update(db, &moved).await
}

impl FactsRow {
    fn hot_now(&self) -> i64 {
        formulas::hot(self.created_at, self.views_of_day, self.likes_of_day, self.comments_of_day)
    }

    fn trending_now(&self) -> i64 {
        formulas::trending(self.views_lately, self.views_of_week)
    }
}
