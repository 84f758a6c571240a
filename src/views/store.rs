//! Statements that store what waits.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::count::{Candidate, count};
use super::pending::Batch;
use super::playback::TrafficSource;
use super::playbacks;
use super::rows::{ROWS, Row, json};
use super::tally::Tally;
use crate::clock::millis_of;
use crate::db::{Db, Error, Sql, Tx, args};
use crate::id::VideoId;

/// Shorter than the second in which PostgreSQL finds a deadlock and ends somebody's request. The views wait instead.
const LOCK_WAIT: Duration = Duration::from_millis(200);

/// Stores views, playbacks and histories in one transaction. Those of videos and users that are gone are left out. Returns
/// how many views count.
pub async fn insert(db: &Db, batch: &Batch, window_ms: i64) -> Result<u64, Error> {
    let mut tx = db.begin_alone().await?;
    tx.wait_at_most(LOCK_WAIT).await?;
    let durations = lock_videos(&mut tx, batch).await?;
    let mut tally = Tally::default();
    count(&mut tx, &candidates(batch), window_ms, &mut tally).await?;
    for ((video, day), times) in &batch.repeats {
        if durations.contains_key(video) {
            tally.refuse(*video, *day, *times);
        }
    }
    if !batch.playbacks.is_empty() {
        playbacks::store(&mut tx, batch.playbacks.values(), &durations, window_ms, &mut tally).await?;
    }
    tally.store(&mut tx).await?;
    let histories = rows_of_histories(batch);
    if !histories.is_empty() {
        insert_histories(&mut tx, &histories).await?;
    }
    tx.commit().await?;
    Ok(tally.views())
}

/// Locks the videos in the order in which others lock them, too. Returns their durations in milliseconds.
async fn lock_videos(tx: &mut Tx, batch: &Batch) -> Result<HashMap<VideoId, i64>, Error> {
    let of_playbacks = batch.playbacks.values().map(|(playback, _)| &playback.video);
    let of_repeats = batch.repeats.keys().map(|(video, _)| video);
    let videos: BTreeSet<&VideoId> = batch.views.keys().chain(of_repeats).chain(of_playbacks).collect();
    if videos.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = Sql::from("SELECT id, duration_s FROM videos WHERE id").then(Sql::IN_LIST).then("ORDER BY id");
    let found: Vec<(VideoId, f64)> = tx.all(sql.for_update(), args![json(&videos)]).await?;
    Ok(found.into_iter().map(|(video, duration_s)| (video, millis_of(duration_s))).collect())
}

fn candidates(batch: &Batch) -> Vec<Candidate> {
    let viewers = batch.views.iter().flat_map(|(video, viewers)| viewers.iter().map(move |viewer| (video, viewer)));
    viewers
        .map(|(video, (viewer, watched))| Candidate {
            video: *video,
            viewer: viewer.clone(),
            at: watched.at,
            by_user: watched.by_user,
            source: TrafficSource::Elsewhere,
        })
        .collect()
}

fn rows_of_histories(batch: &Batch) -> Vec<Row> {
    let videos = batch.histories.iter().flat_map(|(user, videos)| videos.iter().map(move |video| (user, video)));
    videos.map(|(user, (video, at))| (video.to_string(), user.to_string(), *at, 1)).collect()
}

async fn insert_histories(tx: &mut Tx, histories: &[Row]) -> Result<(), Error> {
    let sql = Sql::from("INSERT INTO watch_history (user_id, video_id, watched_at) SELECT u.id, v.id, w.number FROM")
        .then(ROWS)
        .then(
            "CROSS JOIN videos v CROSS JOIN users u
             WHERE v.id = w.video_id AND u.id = w.viewer
             ON CONFLICT (user_id, video_id) DO UPDATE SET watched_at = excluded.watched_at
             WHERE watch_history.watched_at < excluded.watched_at",
        );
    tx.run(sql, args![json(&histories)]).await
}
