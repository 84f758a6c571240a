//! Statements about videos.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::shape::{DetailRow, VideoRow, VideoSummaryRow};
use super::shorts::Shorts;
use super::tags;
use crate::api::users::{Count, change_count};
use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::id::{UserId, VideoId};
use crate::storage::Storage;

const SELECT: &str = "SELECT v.id, v.owner_id, v.title, v.film, v.thumbnail, v.duration_s, v.width, v.height, v.status,
    v.failure, v.placeholder, v.loudness, v.candidates, v.storyboard IS NOT NULL AS has_storyboard,
    v.stream IS NOT NULL AS has_stream, v.tags, v.is_published, v.is_short, v.views, v.likes_count, v.comments_count,
    v.hot, v.trending, v.created_at,
    v.updated_at,";
const OWNER: &str = ", o.username AS owner_username, o.full_name AS owner_full_name, o.avatar AS owner_avatar";
const DESCRIPTION: &str = "v.description";
/// At most 300 characters. Cut by the database: a page of whole descriptions is 40 MiB.
const SHORT_DESCRIPTION: &str = "CASE WHEN length(v.description) <= 300 THEN v.description
    ELSE substr(v.description, 1, 299) || '…' END AS description";

/// Begins a statement that selects [`VideoRow`]s of videos `v`; more columns and `FROM` follow.
pub fn select_video() -> Sql {
    Sql::from(SELECT).then(DESCRIPTION)
}

/// Like [`select_video`], with shortened descriptions: for lists of other people's videos.
pub fn select_listed_video() -> Sql {
    Sql::from(SELECT).then(SHORT_DESCRIPTION)
}

/// Begins a statement that selects `VideoSummaryRow`s of videos `v` and owners `o`; more columns and `FROM` follow.
pub fn select_summary() -> Sql {
    select_video().then(OWNER)
}

/// Like [`select_summary`], with shortened descriptions: for lists of other people's videos.
pub fn select_card() -> Sql {
    select_listed_video().then(OWNER)
}

const VISIBLE: &str = "FROM videos WHERE id = $1 AND (is_published OR owner_id = $2)";

/// Returns whether `viewer` may see the video: it is published, or the viewer's own. The one place with this rule for
/// single videos; lists have it in their conditions.
pub async fn visible(db: &Db, id: VideoId, viewer: Option<UserId>) -> Result<Option<()>, Error> {
    Ok(db.exists(VISIBLE, args![id, viewer]).await?.then_some(()))
}

/// Like [`visible`], and locks the row until the transaction ends.
pub async fn lock(tx: &mut Tx, id: VideoId, viewer: Option<UserId>) -> Result<Option<()>, Error> {
    Ok(tx.exists(Sql::from(VISIBLE).for_update(), args![id, viewer]).await?.then_some(()))
}

/// A video that everybody may see.
pub async fn published(db: &Db, id: VideoId) -> Result<Option<VideoSummaryRow>, Error> {
    let sql = "FROM videos v JOIN users o ON o.id = v.owner_id WHERE v.id = $1 AND v.is_published";
    db.optional(select_summary().then(sql), args![id]).await
}

/// Returns those of these videos that everybody may see, in no order.
pub async fn cards(db: &Db, ids: &[VideoId]) -> Result<Vec<VideoSummaryRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = "FROM videos v JOIN users o ON o.id = v.owner_id WHERE v.is_published AND v.id";
        select_card().then(sql).then(Sql::IN_LIST).leaked()
    });
    db.all(SQL.clone(), args![serde_json::to_string(ids).unwrap_or_default()]).await
}

/// Returns those of these videos that are shorts, or that are none.
pub async fn of_shape(db: &Db, ids: &[VideoId], shorts: Shorts) -> Result<HashSet<VideoId>, Error> {
    let sql = Sql::from("SELECT v.id FROM videos v WHERE v.id").then(Sql::IN_LIST).then(shorts.condition());
    let rows: Vec<(VideoId,)> = db.all(sql, args![serde_json::to_string(ids).unwrap_or_default()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whose a video is, and what it is called.
#[derive(Record)]
pub struct Heading {
    pub owner_id: UserId,
    pub title: String,
}

/// Returns a video's owner and title, if `viewer` may see the video.
pub async fn heading(db: &Db, id: VideoId, viewer: Option<UserId>) -> Result<Option<Heading>, Error> {
    db.optional(Sql::from("SELECT owner_id, title").then(VISIBLE), args![id, viewer]).await
}

/// The owner of a video, and its upload if that was kept.
#[derive(Record)]
pub struct Upload {
    pub owner_id: UserId,
    pub original: Option<String>,
}

pub async fn upload(db: &Db, id: VideoId) -> Result<Option<Upload>, Error> {
    db.optional("SELECT owner_id, original FROM videos WHERE id = $1", args![id]).await
}

fn select_row() -> Sql {
    select_video().then("FROM videos v WHERE v.id = $1 AND (v.is_published OR v.owner_id = $2)")
}

/// Returns the video's row, if `viewer` may see the video.
pub async fn find(db: &Db, id: VideoId, viewer: UserId) -> Result<Option<VideoRow>, Error> {
    db.optional(select_row(), args![id, viewer]).await
}

/// Like [`find`], and locks the row until the transaction ends.
pub async fn lock_row(tx: &mut Tx, id: VideoId, viewer: UserId) -> Result<Option<VideoRow>, Error> {
    tx.optional(select_row().for_update(), args![id, viewer]).await
}

const DETAIL_COLUMNS: &str = ", o.subscribers_count,
    EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = o.id AND s.subscriber_id = $2) AS is_subscribed,
    EXISTS (SELECT 1 FROM video_likes l WHERE l.video_id = v.id AND l.user_id = $2) AS is_liked";
const DETAIL_ROWS: &str =
    "FROM videos v JOIN users o ON o.id = v.owner_id WHERE v.id = $1 AND (v.is_published OR v.owner_id = $2)";

pub async fn detail(db: &Db, id: VideoId, viewer: Option<UserId>) -> Result<Option<DetailRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| select_summary().then(DETAIL_COLUMNS).then(DETAIL_ROWS).leaked());
    db.optional(SQL.clone(), args![id, viewer]).await
}

#[derive(Record)]
struct CountedRow {
    #[record(flatten)]
    detail: DetailRow,
    is_counted: bool,
}

/// Also says whether the viewer was counted for the video after `counted_since`. `key` stands for the viewer, who may be
/// anonymous.
pub async fn watched(
    db: &Db,
    id: VideoId,
    viewer: Option<UserId>,
    key: &[u8],
    counted_since: i64,
) -> Result<Option<(DetailRow, bool)>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let counted = ", EXISTS (SELECT 1 FROM video_views w
                                 WHERE w.video_id = v.id AND w.viewer = $3 AND w.counted_at > $4) AS is_counted";
        select_summary().then(DETAIL_COLUMNS).then(counted).then(DETAIL_ROWS).leaked()
    });
    let row: Option<CountedRow> = db.optional(SQL.clone(), args![id, viewer, key, counted_since]).await?;
    Ok(row.map(|row| (row.detail, row.is_counted)))
}

/// Updates the columns an owner may change.
pub async fn update(tx: &mut Tx, video: &VideoRow) -> Result<(), Error> {
    tx.run(
        "UPDATE videos SET title = $1, description = $2, thumbnail = $3, placeholder = $4, is_published = $5, updated_at = $6,
                           tags = $7
         WHERE id = $8",
        args![
            &video.title,
            &video.description,
            &video.thumbnail,
            video.placeholder.clone(),
            video.is_published,
            video.updated_at,
            video.tags.clone(),
            video.id
        ],
    )
    .await
}

/// Inserts a video, indexes its text and counts it.
pub async fn insert(tx: &mut Tx, video: &VideoRow) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO videos (id, owner_id, title, description, film, original, thumbnail, duration_s, width, height,
                             status, placeholder, is_published, is_short, hot, created_at, updated_at, tags)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16)",
        args![
            video.id,
            video.owner_id,
            &video.title,
            &video.description,
            &video.video_file,
            &video.thumbnail,
            video.duration_s,
            video.width,
            video.height,
            video.status,
            video.placeholder.clone(),
            video.is_published,
            video.is_short,
            video.hot,
            video.created_at,
            video.tags.clone()
        ],
    )
    .await?;
    index_text(tx, video.id, &video.title, &video.description).await?;
    tags::store(tx, video.id, video.tags.as_deref(), video.is_published).await?;
    count(tx, video.owner_id, video.is_short, 1).await?;
    if video.is_published {
        count_published(tx, video.owner_id, video.is_short, 1).await?;
    }
    Ok(())
}

/// Moves the owner's counters of videos.
async fn count(tx: &mut Tx, owner: UserId, is_short: bool, by: i64) -> Result<(), Error> {
    if is_short {
        change_count(tx, owner, Count::Shorts, by).await?;
    }
    change_count(tx, owner, Count::Videos, by).await
}

/// Moves the counters of published videos: the owner's and the whole site's.
pub async fn count_published(tx: &mut Tx, owner: UserId, is_short: bool, by: i64) -> Result<(), Error> {
    if is_short {
        change_count(tx, owner, Count::PublishedShorts, by).await?;
        tx.run("UPDATE totals SET value = value + $1 WHERE name = 'published_shorts'", args![by]).await?;
    }
    change_count(tx, owner, Count::PublishedVideos, by).await?;
    tx.run("UPDATE totals SET value = value + $1 WHERE name = 'published_videos'", args![by]).await
}

/// Folds the case of text for searching. Greek has two small letters for one capital.
pub fn fold_case(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}

/// Indexes title and description for the search.
pub async fn index_text(tx: &mut Tx, id: VideoId, title: &str, description: &str) -> Result<(), Error> {
    // The separator cannot be typed, so nothing matches across it.
    let text = fold_case(&format!("{title}\u{1}{description}"));
    tx.run(
        "INSERT INTO video_search (video_id, text) VALUES ($1, $2)
         ON CONFLICT (video_id) DO UPDATE SET text = excluded.text",
        args![id, text],
    )
    .await
}

/// Deletes views older than the window.
pub async fn prune_views(db: &Db, counted_before_ms: i64) -> Result<u64, Error> {
    db.execute_alone("DELETE FROM video_views WHERE counted_at <= $1", args![counted_before_ms]).await
}

/// What a deleted video takes off the counters.
#[derive(Record)]
struct RemovedRow {
    owner_id: UserId,
    is_published: bool,
    is_short: bool,
    views: i64,
    likes_count: i64,
}

/// Deletes a video with its files. Comments and the likes on them, likes, history and playlist entries
/// go by cascade.
pub async fn remove(tx: &mut Tx, storage: &Storage, id: VideoId) -> Result<(), Error> {
    let media: Vec<(String,)> = tx.all("SELECT name FROM media WHERE video_id = $1", args![id]).await?;
    for (name,) in media {
        storage.delete(tx, &name).await?;
    }
    if tx.exists("FROM videos WHERE id = $1 AND is_published", args![id]).await? {
        tags::count(tx, id, -1).await?;
    }
    let sql = "DELETE FROM videos WHERE id = $1 RETURNING owner_id, is_published, is_short, views, likes_count";
    let removed: RemovedRow = tx.one(sql, args![id]).await?;
    let RemovedRow { owner_id: owner, is_short, .. } = removed;
    count(tx, owner, is_short, -1).await?;
    change_count(tx, owner, Count::Views, -removed.views).await?;
    change_count(tx, owner, Count::Likes, -removed.likes_count).await?;
    if removed.is_published {
        count_published(tx, owner, is_short, -1).await?;
    }
    Ok(())
}

/// Removes all videos of a user.
pub async fn remove_of_user(tx: &mut Tx, storage: &Storage, user: UserId) -> Result<(), Error> {
    let videos: Vec<(VideoId,)> = tx.all("SELECT id FROM videos WHERE owner_id = $1", args![user]).await?;
    for (video,) in videos {
        remove(tx, storage, video).await?;
    }
    Ok(())
}
