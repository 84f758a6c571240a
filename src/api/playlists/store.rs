//! Statements about playlists.

use std::collections::HashSet;

use crate::api::users::{Count, OwnerRow, change_count};
use crate::api::videos::{Shorts, VideoSummaryRow, select_card};
use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::http::paging::{Cursor, Keyset, PageRequest, SortKey};
use crate::id::{PlaylistId, UserId, VideoId, kind};

/// A row of `playlists`.
#[derive(Record)]
pub struct PlaylistRow {
    pub id: PlaylistId,
    pub owner_id: UserId,
    pub name: String,
    pub description: String,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A playlist with its owner's name and avatar.
#[derive(Record)]
pub struct DetailRow {
    pub name: String,
    pub description: String,
    #[record(flatten)]
    pub owner: OwnerRow,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Counts the videos of a playlist that the viewer may see, and their views.
#[derive(Clone, Copy, Default, Record)]
pub struct Totals {
    pub total_videos: i64,
    pub total_views: i64,
}

/// One of a playlist's first videos, as far as the list of playlists shows it.
#[derive(Record)]
pub struct EntrySummaryRow {
    pub playlist_id: PlaylistId,
    #[record(flatten)]
    pub totals: Totals,
    pub video_id: VideoId,
    pub title: String,
    pub thumbnail: String,
    pub is_published: bool,
    pub duration_s: f64,
    pub views: i64,
}

/// A video in a playlist.
#[derive(Record)]
pub struct EntryRow {
    #[record(flatten)]
    pub summary: VideoSummaryRow,
    pub position: i64,
}

/// A place in a playlist, and whether the viewer sees what is there.
#[derive(Record)]
pub struct Place {
    pub video_id: VideoId,
    pub is_seen: bool,
}

/// Where a playlist ends.
#[derive(Record)]
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
               ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS BIGINT) OFFSET CAST($5 AS BIGINT)";
    db.all(sql, args![owner, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

/// Returns the first twenty visible videos of each of an owner's playlists from `first` to `last`, in order.
pub async fn first_entries(
    db: &Db,
    owner: UserId,
    viewer: Option<UserId>,
    first: (i64, PlaylistId),
    last: (i64, PlaylistId),
) -> Result<Vec<EntrySummaryRow>, Error> {
    let sql = "SELECT few.playlist_id, few.total_videos, few.total_views, v.id AS video_id, v.title, v.thumbnail,
                      v.is_published, v.duration_s, v.views
               FROM (SELECT e.playlist_id, e.video_id,
                            ROW_NUMBER() OVER (PARTITION BY e.playlist_id ORDER BY e.position, e.video_id) AS number,
                            COUNT(*) OVER (PARTITION BY e.playlist_id) AS total_videos,
                            CAST(SUM(v.views) OVER (PARTITION BY e.playlist_id) AS BIGINT) AS total_views
                     FROM playlists p JOIN playlist_videos e ON e.playlist_id = p.id JOIN videos v ON v.id = e.video_id
                     WHERE p.owner_id = $1 AND (p.created_at, p.id) <= ($2, $3) AND (p.created_at, p.id) >= ($4, $5)
                       AND (v.is_published OR v.owner_id = $6)) few
               JOIN videos v ON v.id = few.video_id
               WHERE few.number <= 20 ORDER BY few.playlist_id, few.number";
    db.all(sql, args![owner, first.0, first.1, last.0, last.1, viewer]).await
}

/// Returns those of an owner's playlists that contain the video.
pub async fn with_video(db: &Db, owner: UserId, video: VideoId) -> Result<HashSet<PlaylistId>, Error> {
    let sql = "SELECT e.playlist_id FROM playlist_videos e JOIN playlists p ON p.id = e.playlist_id
               WHERE e.video_id = $1 AND p.owner_id = $2";
    let rows: Vec<(PlaylistId,)> = db.all(sql, args![video, owner]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A playlist.
pub async fn detail(db: &Db, id: PlaylistId) -> Result<Option<DetailRow>, Error> {
    let sql = "SELECT p.name, p.description, p.created_at, p.updated_at, p.owner_id, o.username AS owner_username,
                      o.full_name AS owner_full_name, o.avatar AS owner_avatar
               FROM playlists p JOIN users o ON o.id = p.owner_id WHERE p.id = $1";
    db.optional(sql, args![id]).await
}

/// A video and its thumbnail.
#[derive(Record)]
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

pub async fn totals(db: &Db, id: PlaylistId, viewer: Option<UserId>, shorts: Shorts) -> Result<Totals, Error> {
    let sql = "SELECT COUNT(*) AS total_videos, CAST(COALESCE(SUM(v.views), 0) AS BIGINT) AS total_views
               FROM playlist_videos e JOIN videos v ON v.id = e.video_id
               WHERE e.playlist_id = $1 AND (v.is_published OR v.owner_id = $2) AND ($3 IS NULL OR v.is_short = $3)";
    db.one(sql, args![id, viewer, shorts.wanted()]).await
}

/// A page of a playlist's videos that the viewer may see, in order.
pub async fn entries(
    db: &Db,
    id: PlaylistId,
    (viewer, shorts): (Option<UserId>, Shorts),
    after: Option<Cursor<kind::Video>>,
    page: &PageRequest,
) -> Result<Vec<EntryRow>, Error> {
    let (position, video) = after.map_or((SortKey::Int(-1), VideoId::greatest()), |after| (after.key, after.id));
    let sql = select_card().then(
        ", e.position
         FROM playlist_videos e JOIN videos v ON v.id = e.video_id JOIN users o ON o.id = v.owner_id
         WHERE e.playlist_id = $1 AND (v.is_published OR v.owner_id = $2)
           AND ($7 IS NULL OR v.is_short = $7) AND (e.position, e.video_id) > ($3, $4)
         ORDER BY e.position, e.video_id LIMIT CAST($5 AS BIGINT) OFFSET CAST($6 AS BIGINT)",
    );
    db.all(sql, args![id, viewer, position, video, page.rows(), page.offset(), shorts.wanted()]).await
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
