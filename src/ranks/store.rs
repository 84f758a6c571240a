//! Statements about what ranks are made of.

use std::time::Duration;

use super::formulas::Windows;
use crate::db::{Db, Error, Record, Sql, args};
use crate::id::VideoId;

/// Shorter than the second in which PostgreSQL finds a deadlock and ends somebody's request. The next time comes soon.
const LOCK_WAIT: Duration = Duration::from_millis(200);

/// What happened to a video, and its ranks from before.
#[derive(Record)]
pub struct FactsRow {
    pub id: VideoId,
    pub created_at: i64,
    pub hot: i64,
    pub trending: i64,
    pub views_lately: i64,
    pub views_of_day: i64,
    pub views_of_week: i64,
    pub likes_of_day: i64,
    pub comments_of_day: i64,
}

/// A video that was watched within an hour.
#[derive(Record)]
pub struct WatchedRow {
    pub hour: i64,
    pub video_id: VideoId,
    /// Whether it is one of the [`lifted`].
    pub is_lifted: bool,
}

/// Returns the next videos that are ranked higher than for their age alone. Whatever is trending is among them.
pub async fn lifted(db: &Db, after: VideoId) -> Result<Vec<VideoId>, Error> {
    let sql = "SELECT v.id FROM videos v WHERE v.hot <> v.created_at / 45 AND v.id > $1 ORDER BY v.id LIMIT 500";
    let rows: Vec<(VideoId,)> = db.all(sql, args![after]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Returns the next videos that were watched in an hour from this on.
pub async fn watched(db: &Db, (hour, after): (i64, VideoId)) -> Result<Vec<WatchedRow>, Error> {
    // No condition: PostgreSQL takes few videos for not lifted, and would rather read all of them.
    let sql = "SELECT h.hour, h.video_id,
                      (SELECT v.hot <> v.created_at / 45 FROM videos v WHERE v.id = h.video_id) AS is_lifted
               FROM video_hours h WHERE (h.hour, h.video_id) > ($1, $2) ORDER BY h.hour, h.video_id LIMIT 500";
    db.all(sql, args![hour, after]).await
}

pub async fn facts(db: &Db, videos: &[VideoId], windows: Windows) -> Result<Vec<FactsRow>, Error> {
    if videos.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::from(
        "SELECT v.id, v.created_at, v.hot, v.trending,
                CAST(COALESCE(SUM(CASE WHEN h.hour >= $2 THEN h.views END), 0) AS BIGINT) AS views_lately,
                CAST(COALESCE(SUM(CASE WHEN h.hour >= $3 THEN h.views END), 0) AS BIGINT) AS views_of_day,
                CAST(COALESCE(SUM(h.views), 0) AS BIGINT) AS views_of_week,
                (SELECT COUNT(*) FROM video_likes l WHERE l.video_id = v.id AND l.created_at >= $5) AS likes_of_day,
                (SELECT COUNT(*) FROM comments c WHERE c.video_id = v.id AND c.created_at >= $5) AS comments_of_day
         FROM videos v LEFT JOIN video_hours h ON h.video_id = v.id AND h.hour >= $4 WHERE v.id",
    );
    let sql = sql.then(Sql::IN_LIST).then("GROUP BY v.id ORDER BY v.id");
    let list = serde_json::to_string(videos).unwrap_or_default();
    db.all(sql, args![list, windows.lately, windows.day, windows.week, windows.day_ms]).await
}

/// Writes ranks: the video, `hot` and `trending`. Returns how many videos were still there.
pub async fn update(db: &Db, ranks: &[(String, i64, i64)]) -> Result<u64, Error> {
    if ranks.is_empty() {
        return Ok(0);
    }
    let rows = Sql::pair(
        "(SELECT unhex(value ->> 0) AS video_id, CAST(value ->> 1 AS BIGINT) AS hot,
                 CAST(value ->> 2 AS BIGINT) AS trending FROM json_each($1)) w",
        "(SELECT decode(value ->> 0, 'hex') AS video_id, CAST(value ->> 1 AS BIGINT) AS hot,
                 CAST(value ->> 2 AS BIGINT) AS trending
          FROM json_array_elements(CAST($1 AS json)) AS given(value)) w",
    );
    let list = serde_json::to_string(ranks).unwrap_or_default();
    let mut tx = db.begin_alone().await?;
    tx.wait_at_most(LOCK_WAIT).await?;
    // In the order in which others lock them, too.
    let lock = Sql::from("SELECT id FROM videos WHERE id IN (SELECT w.video_id FROM").then(rows.clone());
    let _: Vec<(VideoId,)> = tx.all(lock.then(") ORDER BY id").for_update(), args![&list]).await?;
    let sql = Sql::from("UPDATE videos SET hot = w.hot, trending = w.trending FROM").then(rows);
    let updated = tx.execute(sql.then("WHERE videos.id = w.video_id"), args![list]).await?;
    tx.commit().await?;
    Ok(updated)
}
