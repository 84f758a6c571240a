//! Statements about the watch history.

use std::sync::LazyLock;

use crate::api::videos::{Shorts, VideoSummaryRow, select_card};
use crate::db::{Db, Error, Record, Sql, args};
use crate::http::paging::Keyset;
use crate::id::{UserId, VideoId, kind};

#[derive(Record)]
pub struct WatchedRow {
    #[record(flatten)]
    pub summary: VideoSummaryRow,
    pub watched_at: i64,
}

pub async fn list(
    db: &Db,
    user: UserId,
    shorts: Shorts,
    keyset: Keyset<kind::Video>,
) -> Result<Vec<WatchedRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = ", h.watched_at
                   FROM watch_history h JOIN videos v ON v.id = h.video_id JOIN users o ON o.id = v.owner_id
                   WHERE h.user_id = $1 AND (v.is_published OR v.owner_id = $1) AND ($6 IS NULL OR v.is_short = $6)
                     AND (h.watched_at, h.video_id) <=
                       (SELECT h.watched_at, h.video_id FROM watch_history h JOIN videos v ON v.id = h.video_id
                        WHERE h.user_id = $1 AND (v.is_published OR v.owner_id = $1) AND ($6 IS NULL OR v.is_short = $6)
                          AND (h.watched_at, h.video_id) < ($2, $3)
                        ORDER BY h.watched_at DESC, h.video_id DESC LIMIT 1 OFFSET CAST($5 AS BIGINT))
                   ORDER BY h.watched_at DESC, h.video_id DESC LIMIT CAST($4 AS BIGINT)";
        select_card().then(sql).leaked()
    });
    let Keyset { time, id, limit, offset } = keyset;
    db.all(SQL.clone(), args![user, time, id, limit, offset, shorts.wanted()]).await
}

pub async fn total(db: &Db, user: UserId, shorts: Shorts) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM watch_history h JOIN videos v ON v.id = h.video_id
               WHERE h.user_id = $1 AND (v.is_published OR v.owner_id = $1) AND ($2 IS NULL OR v.is_short = $2)";
    Ok(db.one::<(i64,)>(sql, args![user, shorts.wanted()]).await?.0)
}

pub async fn clear(db: &Db, user: UserId) -> Result<(), Error> {
    db.execute_alone("DELETE FROM watch_history WHERE user_id = $1", args![user]).await?;
    Ok(())
}

/// Returns whether the video was in the history.
pub async fn remove(db: &Db, user: UserId, video: VideoId) -> Result<bool, Error> {
    let sql = "DELETE FROM watch_history WHERE user_id = $1 AND video_id = $2";
    Ok(db.execute(sql, args![user, video]).await? == 1)
}

/// Returns the ids of the last thousand videos somebody watched and may still see.
pub async fn latest_ids(db: &Db, user: UserId) -> Result<Vec<VideoId>, Error> {
    let sql = "SELECT h.video_id FROM watch_history h JOIN videos v ON v.id = h.video_id
               WHERE h.user_id = $1 AND (v.is_published OR v.owner_id = $1)
               ORDER BY h.watched_at DESC, h.video_id DESC LIMIT 1000";
    let rows: Vec<(VideoId,)> = db.all(sql, args![user]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
