//! Statements about pairs of videos.

use std::collections::BTreeSet;

use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::id::VideoId;

pub const MS_PER_DAY: i64 = 86_400_000;

/// A view that counted.
#[derive(Record)]
pub struct ViewRow {
    pub counted_at: i64,
    pub video_id: VideoId,
    pub viewer: Vec<u8>,
}

/// A video that the same viewer watched before.
#[derive(Record)]
pub struct PreviousRow {
    pub video_id: VideoId,
    pub at: i64,
}

/// A video, another, how often both were watched, and who alone did that.
pub type PairRow = (String, String, i64, Option<String>);

const ROWS: Sql = Sql::pair(
    "(SELECT unhex(value ->> 0) AS video_id, unhex(value ->> 1) AS other_id, CAST(value ->> 2 AS BIGINT) AS times,
             unhex(value ->> 3) AS only_viewer
      FROM json_each($1)) w",
    "(SELECT decode(value ->> 0, 'hex') AS video_id, decode(value ->> 1, 'hex') AS other_id,
             CAST(value ->> 2 AS BIGINT) AS times, decode(value ->> 3, 'hex') AS only_viewer
      FROM json_array_elements(CAST($1 AS json)) AS given(value)) w",
);

pub async fn paired_until(db: &Db) -> Result<i64, Error> {
    Ok(db.one::<(i64,)>("SELECT paired_until FROM co_watching_state", args![]).await?.0)
}

/// Returns the time up to which 500 views came, or `until` if there are fewer.
pub async fn end_of_chunk(db: &Db, since: i64, until: i64) -> Result<i64, Error> {
    let sql = "SELECT counted_at FROM video_views WHERE counted_at > $1 AND counted_at <= $2
               ORDER BY counted_at LIMIT 1 OFFSET 499";
    let row: Option<(i64,)> = db.optional(sql, args![since, until]).await?;
    Ok(row.map_or(until, |(end,)| end))
}

pub async fn views(db: &Db, since: i64, until: i64) -> Result<Vec<ViewRow>, Error> {
    let sql = "SELECT counted_at, video_id, viewer FROM video_views
               WHERE counted_at > $1 AND counted_at <= $2 ORDER BY counted_at";
    db.all(sql, args![since, until]).await
}

/// Returns what the viewer of a view watched in the day before it: members by their history, everybody by what was played.
/// Nothing of members who do not want that.
pub async fn previous(db: &Db, view: &ViewRow) -> Result<Vec<PreviousRow>, Error> {
    let history = "SELECT h.video_id, h.watched_at AS at FROM watch_history h JOIN users u ON u.id = h.user_id
                   WHERE h.user_id = $1 AND h.watched_at < $2 AND h.watched_at >= $3 AND u.uses_history
                   ORDER BY h.watched_at DESC, h.video_id DESC LIMIT 11";
    let played = "SELECT p.video_id, p.started_at AS at FROM playbacks p
                  WHERE p.viewer = $1 AND p.started_at < $2 AND p.started_at >= $3
                    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND NOT u.uses_history)
                  ORDER BY p.started_at DESC, p.video_id DESC LIMIT 30";
    let since = view.counted_at - MS_PER_DAY;
    let mut rows: Vec<PreviousRow> = db.all(history, args![&view.viewer[..], view.counted_at, since]).await?;
    let played: Vec<PreviousRow> = db.all(played, args![&view.viewer[..], view.counted_at, since]).await?;
    rows.extend(played);
    Ok(rows)
}

/// Adds the pairs of days with their weights, and notes up to when views are paired; unless another process was faster.
pub async fn add(db: &Db, days: &[(f64, Vec<PairRow>)], (since, until): (i64, i64)) -> Result<(), Error> {
    let mut tx = db.begin_alone().await?;
    let sql = "UPDATE co_watching_state SET paired_until = $1 WHERE paired_until = $2";
    if tx.execute(sql, args![until, since]).await? == 0 {
        return Ok(());
    }
    let mut touched = BTreeSet::new();
    for (weight, pairs) in days {
        add_pairs(&mut tx, *weight, pairs).await?;
        touched.extend(pairs.iter().map(|(video, ..)| video));
    }
    let list = serde_json::to_string(&touched).unwrap_or_default();
    tx.run(prune(), args![list]).await?;
    tx.commit().await
}

async fn add_pairs(tx: &mut Tx, weight: f64, pairs: &[PairRow]) -> Result<(), Error> {
    let sql = Sql::from(
        "INSERT INTO related_videos (video_id, other_id, score, only_viewer)
         SELECT v.id, o.id, w.times * $2, w.only_viewer FROM",
    );
    let sql = sql.then(ROWS).then(
        "CROSS JOIN videos v CROSS JOIN videos o WHERE v.id = w.video_id AND o.id = w.other_id
         ON CONFLICT (video_id, other_id) DO UPDATE SET
             score = related_videos.score + excluded.score,
             only_viewer = CASE WHEN related_videos.only_viewer = excluded.only_viewer
                                THEN related_videos.only_viewer END",
    );
    let list = serde_json::to_string(pairs).unwrap_or_default();
    tx.run(sql, args![list, weight]).await
}

/// Keeps the best fifty of each video, and as many that one viewer alone has made so far.
fn prune() -> Sql {
    let sql = Sql::from(
        "DELETE FROM related_videos WHERE (video_id, other_id) IN
             (SELECT r.video_id, r.other_id FROM
                  (SELECT k.video_id, k.other_id, ROW_NUMBER() OVER (PARTITION BY k.video_id, k.only_viewer IS NULL
                                                                     ORDER BY k.score DESC, k.other_id DESC) AS place
                   FROM related_videos k WHERE k.video_id",
    );
    sql.then(Sql::IN_LIST).then(") r WHERE r.place > 50)")
}
