//! Statements about comments.

use std::sync::LazyLock;

use crate::api::users::OwnerRow;
use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::http::paging::Keyset;
use crate::id::{CommentId, UserId, VideoId, kind};

/// A comment with its author, as somebody sees it.
#[derive(Record)]
pub struct CommentRow {
    pub id: CommentId,
    pub video_id: VideoId,
    pub content: String,
    #[record(flatten)]
    pub owner: OwnerRow,
    pub likes_count: i64,
    pub is_liked: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

/// The video of a comment, and who may change it.
#[derive(Record)]
pub struct Place {
    pub owner_id: UserId,
    pub video_id: VideoId,
    pub video_owner_id: UserId,
}

/// Selects [`CommentRow`]s as the viewer `$1` sees them.
const SELECT: &str = "SELECT c.id, c.video_id, c.content, c.likes_count, c.created_at, c.updated_at, c.owner_id,
    o.username AS owner_username, o.full_name AS owner_full_name, o.avatar AS owner_avatar,
    EXISTS (SELECT 1 FROM comment_likes l WHERE l.comment_id = c.id AND l.user_id = $1) AS is_liked
    FROM comments c JOIN users o ON o.id = c.owner_id";

/// Returns the number of a video's comments, if the viewer may see it.
pub async fn total(db: &Db, video: VideoId, viewer: Option<UserId>) -> Result<Option<i64>, Error> {
    let sql = "SELECT comments_count FROM videos WHERE id = $1 AND (is_published OR owner_id = $2)";
    Ok(db.optional::<(i64,)>(sql, args![video, viewer]).await?.map(|(count,)| count))
}

pub async fn list(
    db: &Db,
    video: VideoId,
    viewer: Option<UserId>,
    keyset: Keyset<kind::Comment>,
) -> Result<Vec<CommentRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = "WHERE c.video_id = $2 AND (c.created_at, c.id) <=
                       (SELECT k.created_at, k.id FROM comments k
                        WHERE k.video_id = $2 AND (k.created_at, k.id) < ($3, $4)
                        ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($6 AS BIGINT))
                   ORDER BY c.created_at DESC, c.id DESC LIMIT CAST($5 AS BIGINT)";
        Sql::from(SELECT).then(sql).leaked()
    });
    db.all(SQL.clone(), args![viewer, video, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

pub async fn one(tx: &mut Tx, id: CommentId, viewer: UserId) -> Result<CommentRow, Error> {
    tx.one(Sql::from(SELECT).then("WHERE c.id = $2"), args![viewer, id]).await
}

/// Finds the video of a comment, if the viewer may see it. Both are locked until the transaction ends: of
/// several people who remove a comment at once, one does.
pub async fn place(tx: &mut Tx, id: CommentId, viewer: UserId) -> Result<Option<Place>, Error> {
    let sql = Sql::from(
        "SELECT c.owner_id, c.video_id, v.owner_id AS video_owner_id
         FROM comments c JOIN videos v ON v.id = c.video_id
         WHERE c.id = $1 AND (v.is_published OR v.owner_id = $2)",
    );
    tx.optional(sql.for_update_of("v, c"), args![id, viewer]).await
}

/// Adds a comment, if its author may see the video.
pub async fn insert(
    tx: &mut Tx,
    id: CommentId,
    video: VideoId,
    owner: UserId,
    content: &str,
    now_ms: i64,
) -> Result<Option<()>, Error> {
    // Counting it locks the video, too.
    let sql = "UPDATE videos SET comments_count = comments_count + 1 WHERE id = $1 AND (is_published OR owner_id = $2)";
    if tx.execute(sql, args![video, owner]).await? == 0 {
        return Ok(None);
    }
    tx.run(
        "INSERT INTO comments (id, video_id, owner_id, content, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $5)",
        args![id, video, owner, content, now_ms],
    )
    .await?;
    Ok(Some(()))
}

pub async fn update(tx: &mut Tx, id: CommentId, content: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE comments SET content = $1, updated_at = $2 WHERE id = $3";
    tx.run(sql, args![content, now_ms, id]).await
}

/// Removes a comment; the likes on it go by cascade.
pub async fn remove(tx: &mut Tx, id: CommentId, video: VideoId) -> Result<(), Error> {
    let removed = tx.execute("DELETE FROM comments WHERE id = $1", args![id]).await?;
    if removed == 1 {
        let sql = "UPDATE videos SET comments_count = comments_count - 1 WHERE id = $1";
        tx.run(sql, args![video]).await?;
    }
    Ok(())
}
