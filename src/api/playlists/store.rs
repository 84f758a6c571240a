//! Statements about playlists.

use crate::api::users::{Count, OwnerRow, change_count};
use crate::api::videos::{VideoSummaryRow, select_summary};
use crate::db::{Db, Error, FromRow, Sql, Tx, args};
use crate::http::paging::Keyset;
use crate::id::{PlaylistId, UserId, VideoId, kind};

/// A row of `playlists`.
#[derive(FromRow)]
pub struct PlaylistRow {
    pub id: PlaylistId,
    pub owner_id: UserId,
    pub name: String,
    pub description: String,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A playlist with its owner's name and avatar.
#[derive(FromRow)]
pub struct DetailRow {
    pub name: String,
    pub description: String,
    #[sqlx(flatten)]
    pub owner: OwnerRow,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A video in a playlist, as far as the list of playlists shows it.
#[derive(FromRow)]
pub struct EntryRow {
    pub playlist_id: PlaylistId,
    pub video_id: VideoId,
    pub title: String,
    pub thumbnail: String,
    pub is_published: bool,
    pub duration_s: f64,
    pub views: i64,
}

/// A place in a playlist, and whether the viewer sees what is there.
#[derive(FromRow)]
pub struct Place {
    pub video_id: VideoId,
    pub is_seen: bool,
}

/// Where a playlist ends.
#[derive(FromRow)]
pub struct End {
    pub position: i64,
    pub videos: i64,
}

/// Returns the number of a user's playlists; `None` when there is no such user.
pub async fn total(db: &Db, owner: UserId) -> Result<Option<i64>, Error> {
    let row: Option<(i64,)> = db.optional("SELECT playlists_count FROM users WHERE id = $1", args![owner]).await?;
    Ok(row.map(|(count,)| count))
}

pub async fn list(db: &Db, owner: UserId, keyset: Keyset<kind::Playlist>) -> Result<Vec<PlaylistRow>, Error> {
    let sql = "SELECT id, owner_id, name, description, created_at, updated_at FROM playlists
               WHERE owner_id = $1 AND (created_at, id) < ($2, $3)
               ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5";
    db.all(sql, args![owner, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

/// Returns the visible videos of an owner's playlists from `first` to `last`, in the order of the playlists and within
/// them.
pub async fn entries_between(
    db: &Db,
    owner: UserId,
    viewer: Option<UserId>,
    first: (i64, PlaylistId),
    last: (i64, PlaylistId),
) -> Result<Vec<EntryRow>, Error> {
    let sql =
        "SELECT p.id AS playlist_id, v.id AS video_id, v.title, v.thumbnail, v.is_published, v.duration_s, v.views
               FROM playlists p JOIN playlist_videos e ON e.playlist_id = p.id JOIN videos v ON v.id = e.video_id
               WHERE p.owner_id = $1 AND (p.created_at, p.id) <= ($2, $3) AND (p.created_at, p.id) >= ($4, $5)
                 AND (v.is_published OR v.owner_id = $6)
               ORDER BY p.created_at DESC, p.id DESC, e.position";
    db.all(sql, args![owner, first.0, first.1, last.0, last.1, viewer]).await
}

/// A playlist.
pub async fn detail(db: &Db, id: PlaylistId) -> Result<Option<DetailRow>, Error> {
    let sql = "SELECT p.name, p.description, p.created_at, p.updated_at, p.owner_id, o.username AS owner_username,
                      o.full_name AS owner_full_name, o.avatar AS owner_avatar
               FROM playlists p JOIN users o ON o.id = p.owner_id WHERE p.id = $1";
    db.optional(sql, args![id]).await
}

/// A video and its thumbnail.
#[derive(FromRow)]
pub struct Cover {
    pub thumbnail: String,
    pub video_id: VideoId,
}

/// Returns the first of a playlist's videos that everybody may see: what the playlist looks like.
pub async fn cover(db: &Db, id: PlaylistId) -> Result<Option<Cover>, Error> {
    let sql = "SELECT v.thumbnail, v.id AS video_id FROM playlist_videos e JOIN videos v ON v.id = e.video_id
               WHERE e.playlist_id = $1 AND v.is_published ORDER BY e.position LIMIT 1";
    db.optional(sql, args![id]).await
}

/// A playlist's videos that the viewer may see, in order.
pub async fn videos(db: &Db, id: PlaylistId, viewer: Option<UserId>) -> Result<Vec<VideoSummaryRow>, Error> {
    let sql = select_summary().then(
        "FROM playlist_videos e JOIN videos v ON v.id = e.video_id JOIN users o ON o.id = v.owner_id
         WHERE e.playlist_id = $1 AND (v.is_published OR v.owner_id = $2) ORDER BY e.position",
    );
    db.all(sql, args![id, viewer]).await
}

/// Returns the playlist, which nobody else changes until the transaction ends.
pub async fn lock(tx: &mut Tx, id: PlaylistId) -> Result<Option<PlaylistRow>, Error> {
    let sql = Sql::from("SELECT id, owner_id, name, description, created_at, updated_at FROM playlists WHERE id = $1");
    tx.optional(sql.for_update(), args![id]).await
}

pub async fn insert(tx: &mut Tx, playlist: &PlaylistRow) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO playlists (id, owner_id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
        args![playlist.id, playlist.owner_id, &playlist.name, &playlist.description, playlist.created_at],
    )
    .await?;
    change_count(tx, playlist.owner_id, Count::Playlists, 1).await
}

pub async fn update(tx: &mut Tx, playlist: &PlaylistRow) -> Result<(), Error> {
    let sql = "UPDATE playlists SET name = $1, description = $2, updated_at = $3 WHERE id = $4";
    tx.run(sql, args![&playlist.name, &playlist.description, playlist.updated_at, playlist.id]).await
}

/// Removes a playlist; its entries go by cascade.
pub async fn remove(tx: &mut Tx, id: PlaylistId, owner: UserId) -> Result<(), Error> {
    let removed = tx.execute("DELETE FROM playlists WHERE id = $1", args![id]).await?;
    if removed == 1 {
        change_count(tx, owner, Count::Playlists, -1).await?;
    }
    Ok(())
}

/// Every video of a playlist in order, visible or not.
pub async fn video_ids(tx: &mut Tx, id: PlaylistId) -> Result<Vec<VideoId>, Error> {
    let sql = "SELECT video_id FROM playlist_videos WHERE playlist_id = $1 ORDER BY position";
    let rows: Vec<(VideoId,)> = tx.all(sql, args![id]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Returns the places of a playlist in order.
pub async fn places(tx: &mut Tx, id: PlaylistId, viewer: UserId) -> Result<Vec<Place>, Error> {
    let sql = "SELECT e.video_id, (v.is_published OR v.owner_id = $2) AS is_seen
               FROM playlist_videos e JOIN videos v ON v.id = e.video_id WHERE e.playlist_id = $1 ORDER BY e.position";
    tx.all(sql, args![id, viewer]).await
}

/// Gives a playlist's videos the places in this list.
pub async fn reorder(tx: &mut Tx, id: PlaylistId, videos: &[VideoId]) -> Result<(), Error> {
    let sql = Sql::pair(
        "UPDATE playlist_videos SET position = o.key + 1 FROM json_each($2) o
         WHERE playlist_id = $1 AND video_id = unhex(o.value)",
        "UPDATE playlist_videos SET position = o.place
         FROM json_array_elements_text(CAST($2 AS json)) WITH ORDINALITY AS o (video, place)
         WHERE playlist_id = $1 AND video_id = decode(o.video, 'hex')",
    );
    let list = serde_json::to_string(videos).unwrap_or_default();
    tx.run(sql, args![id, list]).await
}

pub async fn end(tx: &mut Tx, id: PlaylistId) -> Result<End, Error> {
    let sql = "SELECT COALESCE(MAX(position), 0) AS position, COUNT(*) AS videos
               FROM playlist_videos WHERE playlist_id = $1";
    tx.one(sql, args![id]).await
}

/// Adds a video; says whether it was not in the playlist before.
pub async fn add(tx: &mut Tx, id: PlaylistId, video: VideoId, position: i64) -> Result<bool, Error> {
    let sql = "INSERT INTO playlist_videos (playlist_id, video_id, position) VALUES ($1, $2, $3)
               ON CONFLICT (playlist_id, video_id) DO NOTHING";
    Ok(tx.execute(sql, args![id, video, position]).await? == 1)
}

/// Takes a video out; says whether it was in the playlist.
pub async fn take_out(tx: &mut Tx, id: PlaylistId, video: VideoId) -> Result<bool, Error> {
    let sql = "DELETE FROM playlist_videos WHERE playlist_id = $1 AND video_id = $2";
    Ok(tx.execute(sql, args![id, video]).await? == 1)
}
