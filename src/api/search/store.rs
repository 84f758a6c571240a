//! Statements about what was found.

use crate::api::users::OwnerRow;
use crate::db::{Db, Error, Record, Sql, args};
use crate::id::{PlaylistId, UserId};

/// A channel, as a search shows it.
#[derive(Clone, Record)]
pub struct ChannelRow {
    #[record(flatten)]
    pub user: OwnerRow,
    pub subscribers_count: i64,
    pub videos_count: i64,
    pub is_subscribed: bool,
}

/// A playlist, as a search shows it.
#[derive(Clone, Record)]
pub struct PlaylistRow {
    pub id: PlaylistId,
    pub name: String,
    pub description: String,
    #[record(flatten)]
    pub owner: OwnerRow,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Returns those of these channels that are there, in no order.
pub async fn channels(db: &Db, viewer: Option<UserId>, ids: &[UserId]) -> Result<Vec<ChannelRow>, Error> {
    let sql = Sql::from(
        "SELECT o.id AS owner_id, o.username AS owner_username, o.full_name AS owner_full_name,
                o.avatar AS owner_avatar, o.subscribers_count, o.published_videos_count AS videos_count,
                EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = o.id AND s.subscriber_id = $2) AS is_subscribed
         FROM users o WHERE o.id",
    );
    db.all(sql.then(Sql::IN_LIST), args![serde_json::to_string(ids).unwrap_or_default(), viewer]).await
}

/// Returns those of these playlists that are there, in no order.
pub async fn playlists(db: &Db, ids: &[PlaylistId]) -> Result<Vec<PlaylistRow>, Error> {
    let sql = Sql::from(
        "SELECT p.id, p.name, p.description, o.id AS owner_id, o.username AS owner_username,
                o.full_name AS owner_full_name, o.avatar AS owner_avatar, p.created_at, p.updated_at
         FROM playlists p JOIN users o ON o.id = p.owner_id WHERE p.id",
    );
    db.all(sql.then(Sql::IN_LIST), args![serde_json::to_string(ids).unwrap_or_default()]).await
}

/// A tag, and how many published videos have it.
#[derive(Record)]
pub struct TagRow {
    pub name: String,
    pub videos: i64,
}

/// Returns the tags with a beginning, the most used ones first.
pub async fn tags(db: &Db, beginning: &str, limit: i64) -> Result<Vec<TagRow>, Error> {
    if beginning.is_empty() {
        let sql = "SELECT name, videos FROM tags WHERE videos > 0 ORDER BY videos DESC, tag LIMIT CAST($1 AS BIGINT)";
        return db.all(sql, args![limit]).await;
    }
    let sql = "SELECT name, videos FROM tags WHERE tag >= $1 AND tag < $2 AND videos > 0
               ORDER BY videos DESC, tag LIMIT CAST($3 AS BIGINT)";
    db.all(sql, args![beginning, [beginning, "\u{10FFFF}"].concat(), limit]).await
}
