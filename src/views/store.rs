//! Statements that store what waits.

use std::collections::BTreeMap;
use std::time::Duration;

use super::pending::Batch;
use crate::db::{Db, Error, Sql, Tx, args};
use crate::id::{UserId, VideoId};

/// Shorter than the second in which PostgreSQL finds a deadlock and ends somebody's request. The views wait instead.
const LOCK_WAIT: Duration = Duration::from_millis(200);

/// The rows of a JSON array of arrays: a video, a viewer or user, a number and whether the viewer is a user.
const ROWS: Sql = Sql::pair(
    "(SELECT unhex(value ->> 0) AS video_id, unhex(value ->> 1) AS viewer, CAST(value ->> 2 AS BIGINT) AS number,
             CAST(value ->> 3 AS BIGINT) AS by_user
      FROM json_each($1)) w",
    "(SELECT decode(value ->> 0, 'hex') AS video_id, decode(value ->> 1, 'hex') AS viewer,
             CAST(value ->> 2 AS BIGINT) AS number, CAST(value ->> 3 AS BIGINT) AS by_user
      FROM json_array_elements(CAST($1 AS json)) AS given(value)) w",
);

type Row = (String, String, i64, u8);

/// Stores views and histories in one transaction. Those of videos and users that are gone are left out.
pub async fn insert(db: &Db, batch: &Batch, window_ms: i64) -> Result<(), Error> {
    let mut tx = db.begin_alone().await?;
    tx.wait_at_most(LOCK_WAIT).await?;
    let views: Vec<Row> = rows_of_views(batch);
    if !views.is_empty() {
        insert_views(&mut tx, &views, window_ms).await?;
    }
    let histories = rows_of_histories(batch);
    if !histories.is_empty() {
        insert_histories(&mut tx, &histories).await?;
    }
    tx.commit().await
}

fn rows_of_views(batch: &Batch) -> Vec<Row> {
    let viewers = batch.views.iter().flat_map(|(video, viewers)| viewers.iter().map(move |viewer| (video, viewer)));
    viewers
        .map(|(video, (viewer, watched))| {
            (video.to_string(), hex::encode(viewer), watched.at, u8::from(watched.by_user))
        })
        .collect()
}

fn rows_of_histories(batch: &Batch) -> Vec<Row> {
    let videos = batch.histories.iter().flat_map(|(user, videos)| videos.iter().map(move |video| (user, video)));
    videos.map(|(user, (video, at))| (video.to_string(), user.to_string(), *at, 1)).collect()
}

fn json(rows: &[Row]) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// Another process may have counted a viewer meanwhile: only rows that are new or old enough count.
async fn insert_views(tx: &mut Tx, views: &[Row], window_ms: i64) -> Result<(), Error> {
    let rows = json(views);
    // In the order in which others lock them, too.
    let lock = Sql::from("SELECT id FROM videos WHERE id IN (SELECT w.video_id FROM").then(ROWS);
    let _: Vec<(VideoId,)> = tx.all(lock.then(") ORDER BY id").for_update(), args![&rows]).await?;
    let sql = Sql::from("INSERT INTO video_views (video_id, viewer, counted_at) SELECT v.id, w.viewer, w.number FROM")
        .then(ROWS)
        .then(
            "CROSS JOIN videos v
             WHERE v.id = w.video_id
               AND (w.by_user = 0 OR EXISTS (SELECT 1 FROM users u WHERE u.id = w.viewer))
             ON CONFLICT (video_id, viewer) DO UPDATE SET counted_at = excluded.counted_at
             WHERE video_views.counted_at <= excluded.counted_at - $2
             RETURNING video_id",
        );
    let counted: Vec<(VideoId,)> = tx.all(sql, args![&rows, window_ms]).await?;
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (video,) in counted {
        *counts.entry(video.to_string()).or_default() += 1;
    }
    let counts: Vec<Row> = counts.into_iter().map(|(video, count)| (video, String::new(), count, 0)).collect();
    let sql =
        Sql::from("UPDATE videos SET views = views + w.number FROM").then(ROWS).then("WHERE videos.id = w.video_id");
    tx.run(sql, args![json(&counts)]).await?;
    count_for_owners(tx, &counts).await
}

/// Adds to the counter that the owners' dashboards show.
async fn count_for_owners(tx: &mut Tx, counts: &[Row]) -> Result<(), Error> {
    let rows = json(counts);
    let lock = Sql::from("SELECT id FROM users WHERE id IN (SELECT v.owner_id FROM").then(ROWS);
    let lock = lock.then("CROSS JOIN videos v WHERE v.id = w.video_id) ORDER BY id").for_update();
    let _: Vec<(UserId,)> = tx.all(lock, args![&rows]).await?;
    let sql = Sql::from("UPDATE users SET views_count = views_count + c.number FROM")
        .then("(SELECT v.owner_id, CAST(SUM(w.number) AS BIGINT) AS number FROM")
        .then(ROWS)
        .then("CROSS JOIN videos v WHERE v.id = w.video_id GROUP BY v.owner_id) c WHERE users.id = c.owner_id");
    tx.run(sql, args![rows]).await
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
    tx.run(sql, args![json(histories)]).await
}
