//! Which videos people watch within a day of each other: what related videos and the home feed are made of.
//!
//! A view that counted is paired with the videos that its viewer watched before. What is stored is how often two videos
//! went together, not who watched them: of a pair that one viewer alone has made, a keyed hash tells whether the next one
//! is somebody else.

mod store;

use std::collections::{BTreeMap, HashSet};

use self::store::{MS_PER_DAY, PairRow, PreviousRow, ViewRow};
use crate::db::{Db, Error};
use crate::id::VideoId;
use crate::storage::MediaUrls;

/// Videos that a view is paired with.
const PREVIOUS_MAX: usize = 10;
/// Views are in the database this much later, unless it was away.
const LAG_MS: i64 = 10_000;
/// Of a pair that is a day older so much is left.
const LEFT_PER_DAY: f64 = 0.97;
/// 2026-01-01. A pair of that day has a weight of 1.
const FIRST_DAY_MS: i64 = 1_767_225_600_000;

/// Pairs the views that were stored since the last time. Returns how many there were.
pub async fn refresh(db: &Db, urls: &MediaUrls, now_ms: i64) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let since = store::paired_until(db).await?;
        let until = store::end_of_chunk(db, since, now_ms - LAG_MS).await?;
        if until <= since {
            return Ok(count);
        }
        let views = store::views(db, since, until).await?;
        count += views.len();
        let mut pairs = Pairs::default();
        for view in &views {
            let previous = store::previous(db, view).await?;
            let viewer = urls.pseudonymise(&view.viewer);
            pairs.add(view, distinct(view.video_id, previous), &hex::encode(&viewer[..8]));
        }
        store::add(db, &pairs.into_days(), (since, until)).await?;
    }
}

/// Returns each of the videos once, the last watched first, without the one that is watched.
fn distinct(watched: VideoId, mut previous: Vec<PreviousRow>) -> Vec<VideoId> {
    previous.sort_by_key(|row| std::cmp::Reverse((row.at, *row.video_id.as_bytes())));
    let mut seen = HashSet::from([watched]);
    let videos = previous.into_iter().map(|row| row.video_id);
    videos.filter(|video| seen.insert(*video)).take(PREVIOUS_MAX).collect()
}

/// How often a pair was made, and by whom, as long as that is one viewer.
struct Made {
    times: i64,
    only_viewer: Option<String>,
}

/// The pairs of each day, in both directions.
#[derive(Default)]
struct Pairs(BTreeMap<i64, BTreeMap<(String, String), Made>>);

impl Pairs {
    fn add(&mut self, view: &ViewRow, previous: Vec<VideoId>, viewer: &str) {
        let day = self.0.entry((view.counted_at - FIRST_DAY_MS).div_euclid(MS_PER_DAY)).or_default();
        let video = view.video_id.to_string();
        for other in previous.into_iter().map(|id| id.to_string()) {
            for pair in [(video.clone(), other.clone()), (other, video.clone())] {
                let made = day.entry(pair).or_insert_with(|| Made { times: 0, only_viewer: Some(viewer.to_owned()) });
                made.times += 1;
                made.only_viewer = made.only_viewer.take().filter(|only| only == viewer);
            }
        }
    }

    /// Returns the pairs of each day with the weight of that day.
    fn into_days(self) -> Vec<(f64, Vec<PairRow>)> {
        let days = self.0.into_iter().map(|(day, pairs)| {
            let rows = pairs.into_iter().map(|((video, other), made)| (video, other, made.times, made.only_viewer));
            (weight(day), rows.collect())
        });
        days.collect()
    }
}

/// Rather than that all scores fall from day to day, what is added grows.
fn weight(day: i64) -> f64 {
    LEFT_PER_DAY.powi(i32::try_from(-day).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> VideoId {
        VideoId::from_bytes([number; 12])
    }

    fn view(video: u8, counted_at: i64) -> ViewRow {
        ViewRow { counted_at, video_id: id(video), viewer: vec![1] }
    }

    #[test]
    fn each_video_is_paired_once_and_never_with_itself() {
        let row = |number, at| PreviousRow { video_id: id(number), at };
        let previous = vec![row(1, 5), row(2, 3), row(3, 9), row(2, 8), row(1, 1)];
        assert_eq!(distinct(id(1), previous), [id(3), id(2)]);
        let many = (2..30).map(|number| row(number, i64::from(number))).collect();
        assert_eq!(distinct(id(1), many).len(), PREVIOUS_MAX);
    }

    #[test]
    fn a_pair_of_two_viewers_is_nobodys_alone() {
        let mut pairs = Pairs::default();
        pairs.add(&view(1, FIRST_DAY_MS), vec![id(2), id(3)], "a");
        pairs.add(&view(1, FIRST_DAY_MS + 5), vec![id(2)], "b");
        pairs.add(&view(1, FIRST_DAY_MS + 6), vec![id(2)], "a");
        pairs.add(&view(1, FIRST_DAY_MS + MS_PER_DAY), vec![id(2)], "a");
        let days = pairs.into_days();
        let one = |number: u8| id(number).to_string();
        let only = Some("a".to_owned());
        assert!((days[0].0 - 1.0).abs() < 1e-12 && (days[1].0 * LEFT_PER_DAY - 1.0).abs() < 1e-12);
        assert_eq!(
            days[0].1,
            [
                (one(1), one(2), 3, None),
                (one(1), one(3), 1, only.clone()),
                (one(2), one(1), 3, None),
                (one(3), one(1), 1, only.clone()),
            ]
        );
        assert_eq!(days[1].1[0], (one(1), one(2), 1, only));
    }

    #[test]
    fn weights_last_for_decades() {
        assert!(weight(23_000).is_finite());
        assert!(weight(-20) < weight(0));
    }
}
