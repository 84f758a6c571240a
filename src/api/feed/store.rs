//! Statements about what can be recommended. They return ids; the videos are looked up last.

use crate::db::{Db, Error, Record, Sql, args, retry};
use crate::id::{UserId, VideoId};

/// A video that may be recommended.
#[derive(Clone, Copy, Debug, Record)]
pub struct Candidate {
    pub id: VideoId,
    pub owner_id: UserId,
    pub created_at: i64,
    pub trending: i64,
}

/// For whom, and until when: on the pages of a feed nothing else is left out than on the first.
#[derive(Clone, Copy, Debug)]
pub struct Audience {
    pub user: Option<UserId>,
    /// Whose history counts.
    pub watcher: Option<UserId>,
    pub at: i64,
}

/// A video that somebody watched.
#[derive(Clone, Debug, Record)]
pub struct SeedRow {
    pub id: VideoId,
    pub owner_id: UserId,
    pub title: String,
}

const SELECT: &str = "SELECT v.id, v.owner_id, v.created_at, v.trending";

/// Leaves out what is hidden, what is newer than the feed, and what the viewer does not want or has seen. `$1` is the
/// user, `$2` the one whose history counts, `$3` the time.
const WANTED: &str = "v.is_published AND v.created_at <= $3
    AND NOT EXISTS (SELECT 1 FROM hidden_from_home x WHERE x.user_id = $1 AND x.video_id = v.id)
    AND NOT EXISTS (SELECT 1 FROM watch_history w
                    WHERE w.user_id = $2 AND w.video_id = v.id AND w.watched_at <= $3)";

/// Says whether what somebody watched may be used.
pub async fn uses_history(db: &Db, user: UserId) -> Result<bool, Error> {
    let row: Option<(bool,)> = db.optional("SELECT uses_history FROM users WHERE id = $1", args![user]).await?;
    Ok(row.is_some_and(|(uses,)| uses))
}

pub async fn set_uses_history(db: &Db, user: UserId, uses: bool) -> Result<(), Error> {
    db.run("UPDATE users SET uses_history = $1 WHERE id = $2", args![uses, user]).await
}

/// Returns what is watched together with a video, the most frequent first.
pub async fn watched_with(db: &Db, audience: Audience, video: VideoId) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then("FROM related_videos r JOIN videos v ON v.id = r.other_id");
    let sql = sql.then("WHERE r.video_id = $4 AND r.only_viewer IS NULL AND").then(WANTED);
    let sql = sql.then("ORDER BY r.score DESC, r.other_id DESC LIMIT 50");
    db.all(sql, args![audience.user, audience.watcher, audience.at, video]).await
}

/// Returns those of these videos that may be recommended, in their order.
pub async fn of_ids(db: &Db, audience: Audience, ids: &[VideoId]) -> Result<Vec<Candidate>, Error> {
    let list = Sql::pair(
        "FROM (SELECT key AS place, unhex(value) AS id FROM json_each($4)) g",
        "FROM (SELECT place, decode(value, 'hex') AS id
               FROM json_array_elements_text(CAST($4 AS json)) WITH ORDINALITY AS given(value, place)) g",
    );
    let sql = Sql::from(SELECT).then(list).then("CROSS JOIN videos v WHERE v.id = g.id AND").then(WANTED);
    let ids = serde_json::to_string(ids).unwrap_or_default();
    db.all(sql.then("ORDER BY g.place"), args![audience.user, audience.watcher, audience.at, ids]).await
}

/// Returns the newest videos of a channel.
pub async fn of_channel(db: &Db, audience: Audience, owner: UserId) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then("FROM videos v WHERE v.owner_id = $4 AND").then(WANTED);
    let sql = sql.then("ORDER BY v.created_at DESC, v.id DESC LIMIT 10");
    db.all(sql, args![audience.user, audience.watcher, audience.at, owner]).await
}

pub async fn hottest(db: &Db, audience: Audience) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then("FROM videos v WHERE").then(WANTED);
    let sql = sql.then("ORDER BY v.hot DESC, v.id DESC LIMIT 100");
    db.all(sql, args![audience.user, audience.watcher, audience.at]).await
}

/// Returns what is trending now, but for what is the user's own.
pub async fn trending(db: &Db, audience: Audience) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then("FROM videos v WHERE v.trending > 0 AND v.owner_id <> $1 AND").then(WANTED);
    let sql = sql.then("ORDER BY v.trending DESC, v.id DESC LIMIT 30");
    db.all(sql, args![audience.user, audience.watcher, audience.at]).await
}

/// Returns the newest ten videos of each of the 500 channels that the user subscribed to last, in no order.
pub async fn of_subscriptions(db: &Db, audience: Audience) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then(
        "FROM (SELECT s.channel_id FROM subscriptions s WHERE s.subscriber_id = $1
               ORDER BY s.created_at DESC, s.id DESC LIMIT 500) followed
         JOIN videos v ON v.owner_id = followed.channel_id
         WHERE v.created_at >= COALESCE((SELECT k.created_at FROM videos k
                                         WHERE k.owner_id = followed.channel_id AND k.is_published AND k.created_at <= $3
                                         ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET 9), 0) AND",
    );
    db.all(sql.then(WANTED), args![audience.user, audience.watcher, audience.at]).await
}

/// Returns what the user watched last.
pub async fn seeds(db: &Db, audience: Audience) -> Result<Vec<SeedRow>, Error> {
    let sql = "SELECT v.id, v.owner_id, v.title FROM watch_history h JOIN videos v ON v.id = h.video_id
               WHERE h.user_id = $1 AND h.watched_at <= $2 AND (v.is_published OR v.owner_id = $1)
               ORDER BY h.watched_at DESC, h.video_id DESC LIMIT 5";
    db.all(sql, args![audience.watcher, audience.at]).await
}

/// Returns those of these channels that the user subscribes to.
pub async fn subscribed_among(db: &Db, user: Option<UserId>, channels: &[UserId]) -> Result<Vec<UserId>, Error> {
    let sql = Sql::from("SELECT s.channel_id FROM subscriptions s WHERE s.subscriber_id = $2 AND s.channel_id");
    let list = serde_json::to_string(channels).unwrap_or_default();
    let rows: Vec<(UserId,)> = db.all(sql.then(Sql::IN_LIST), args![list, user]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Returns what is trending and then what is newest, from behind a video.
pub async fn trending_then_new(
    db: &Db,
    audience: Audience,
    (trending, after): (i64, VideoId),
    limit: i64,
) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then("FROM videos v WHERE (v.trending, v.id) < ($4, $5) AND").then(WANTED);
    let sql = sql.then("ORDER BY v.trending DESC, v.id DESC LIMIT CAST($6 AS BIGINT)");
    db.all(sql, args![audience.user, audience.watcher, audience.at, trending, after, limit]).await
}

/// Returns the newest videos, from behind one.
pub async fn newest(
    db: &Db,
    audience: Audience,
    (created_at, after): (i64, VideoId),
    limit: i64,
) -> Result<Vec<Candidate>, Error> {
    let sql = Sql::from(SELECT).then("FROM videos v WHERE (v.created_at, v.id) < ($4, $5) AND").then(WANTED);
    let sql = sql.then("ORDER BY v.created_at DESC, v.id DESC LIMIT CAST($6 AS BIGINT)");
    db.all(sql, args![audience.user, audience.watcher, audience.at, created_at, after, limit]).await
}

/// Notes that somebody is not interested in a video. The last 5,000 are kept.
pub async fn hide(db: &Db, user: UserId, video: VideoId, now_ms: i64) -> Result<(), Error> {
    retry(|| async {
        let mut tx = db.begin().await?;
        let sql = "INSERT INTO hidden_from_home (user_id, video_id, created_at) VALUES ($1, $2, $3)
                   ON CONFLICT (user_id, video_id) DO NOTHING";
        tx.run(sql, args![user, video, now_ms]).await?;
        let sql = "DELETE FROM hidden_from_home WHERE user_id = $1 AND created_at <
                       (SELECT h.created_at FROM hidden_from_home h WHERE h.user_id = $1
                        ORDER BY h.created_at DESC, h.video_id DESC LIMIT 1 OFFSET 4999)";
        tx.run(sql, args![user]).await?;
        tx.commit().await
    })
    .await
}

/// Returns whether the video was hidden.
pub async fn show(db: &Db, user: UserId, video: VideoId) -> Result<bool, Error> {
    let sql = "DELETE FROM hidden_from_home WHERE user_id = $1 AND video_id = $2";
    Ok(db.execute(sql, args![user, video]).await? == 1)
}
