//! Counts viewers, each once within the window.

use std::collections::HashSet;

use super::playback::TrafficSource;
use super::rows::{ROWS, Row, json};
use super::tally::Tally;
use crate::db::{Error, Sql, Tx, args};
use crate::id::VideoId;

/// What counts, unless its viewer was counted within the window.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub video: VideoId,
    pub viewer: Vec<u8>,
    pub at: i64,
    pub by_user: bool,
    pub source: TrafficSource,
}

pub type VideoAndViewer = (VideoId, Vec<u8>);

/// Counts each video's viewers, who are given once each. Another process may have counted one meanwhile: only rows that
/// are new or old enough count. Returns those that did.
pub async fn count(
    tx: &mut Tx,
    candidates: &[Candidate],
    window_ms: i64,
    tally: &mut Tally,
) -> Result<HashSet<VideoAndViewer>, Error> {
    if candidates.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<Row> = candidates
        .iter()
        .map(|view| (view.video.to_string(), hex::encode(&view.viewer), view.at, u8::from(view.by_user)))
        .collect();
    let rows = json(&rows);
    let sql = Sql::from("SELECT w.video_id, w.viewer FROM").then(ROWS).then(
        "WHERE EXISTS (SELECT 1 FROM video_views x WHERE x.video_id = w.video_id AND x.viewer = w.viewer)
            OR EXISTS (SELECT 1 FROM playbacks p
                       WHERE p.video_id = w.video_id AND p.viewer = w.viewer AND p.verdict = 'counted')",
    );
    let known: Vec<VideoAndViewer> = tx.all(sql, args![&rows]).await?;
    let known: HashSet<VideoAndViewer> = known.into_iter().collect();
    let sql = Sql::from("INSERT INTO video_views (video_id, viewer, counted_at) SELECT v.id, w.viewer, w.number FROM")
        .then(ROWS)
        .then(
            "CROSS JOIN videos v
             WHERE v.id = w.video_id
               AND (w.by_user = 0 OR EXISTS (SELECT 1 FROM users u WHERE u.id = w.viewer))
             ON CONFLICT (video_id, viewer) DO UPDATE SET counted_at = excluded.counted_at
             WHERE video_views.counted_at <= excluded.counted_at - $2
             RETURNING video_id, viewer",
        );
    let counted: Vec<VideoAndViewer> = tx.all(sql, args![&rows, window_ms]).await?;
    let counted: HashSet<VideoAndViewer> = counted.into_iter().collect();
    for view in candidates {
        let key = (view.video, view.viewer.clone());
        if counted.contains(&key) {
            tally.count(view.video, view.at, view.source, !known.contains(&key));
        }
    }
    Ok(counted)
}
