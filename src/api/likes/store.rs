//! Statements about likes. Each kind of thing has a table of its own, so that foreign keys hold.

use std::sync::LazyLock;

use crate::api::users::{self, Count};
use crate::api::videos::{Shorts, VideoSummaryRow, select_card};
use crate::db::{Arg, Db, Error, Record, Sql, Tx, args};
use crate::http::paging::Keyset;
use crate::id::{CommentId, LikeId, TweetId, UserId, VideoId, kind};

/// What is liked.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    Video(VideoId),
    Comment(CommentId),
    Tweet(TweetId),
}

/// The state after a toggle.
#[derive(Record)]
pub struct Toggled {
    pub is_liked: bool,
    pub likes_count: i64,
}

/// A liked video's row.
#[derive(Record)]
pub struct LikedRow {
    #[record(flatten)]
    pub summary: VideoSummaryRow,
    pub like_id: LikeId,
    pub liked_at: i64,
}

impl Target {
    fn id(self) -> Arg {
        match self {
            Self::Video(id) => id.into(),
            Self::Comment(id) => id.into(),
            Self::Tweet(id) => id.into(),
        }
    }

    pub const fn not_found(self) -> &'static str {
        match self {
            Self::Video(_) => "Video not found",
            Self::Comment(_) => "Comment not found",
            Self::Tweet(_) => "Tweet not found",
        }
    }
}

/// Locks what is liked until the transaction ends, if the viewer may see it: parallel toggles of one person then
/// happen one after the other.
pub async fn lock_target(tx: &mut Tx, target: Target, viewer: UserId) -> Result<Option<()>, Error> {
    let rows = match target {
        Target::Video(_) => {
            Sql::from("FROM videos v WHERE v.id = $1 AND (v.is_published OR v.owner_id = $2)").for_update()
        }
        Target::Comment(_) => Sql::from(
            "FROM comments c JOIN videos v ON v.id = c.video_id
             WHERE c.id = $1 AND (v.is_published OR v.owner_id = $2)",
        )
        .for_update_of("c"),
        Target::Tweet(_) => Sql::from("FROM tweets t WHERE t.id = $1").for_update(),
    };
    Ok(tx.exists(rows, vec![target.id(), viewer.into()]).await?.then_some(()))
}

/// Takes a like back or adds one, and moves the counters. The target has to be locked.
pub async fn toggle(tx: &mut Tx, target: Target, user: UserId, id: LikeId, now_ms: i64) -> Result<Toggled, Error> {
    if tx.writes_in_ctes() {
        return tx.one(toggle_in_one(target), vec![user.into(), target.id(), id.into(), now_ms.into()]).await;
    }
    let is_liked = !unlike(tx, target, user).await?;
    if is_liked {
        like(tx, target, user, id, now_ms).await?;
    }
    let likes_count = change_count(tx, target, if is_liked { 1 } else { -1 }).await?;
    Ok(Toggled { is_liked, likes_count })
}

/// The steps of [`toggle`] as one statement, which saves round trips.
const fn toggle_in_one(target: Target) -> &'static str {
    match target {
        Target::Video(_) => {
            "WITH removed AS (DELETE FROM video_likes WHERE user_id = $1 AND video_id = $2 RETURNING 1),
                  added AS (INSERT INTO video_likes (user_id, video_id, id, created_at)
                            SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM removed)),
                  counted AS (UPDATE videos SET likes_count = likes_count + 1 - 2 * (SELECT COUNT(*) FROM removed)
                              WHERE id = $2 RETURNING owner_id, likes_count)
             UPDATE users o SET likes_count = o.likes_count + 1 - 2 * (SELECT COUNT(*) FROM removed)
             FROM counted WHERE o.id = counted.owner_id
             RETURNING NOT EXISTS (SELECT 1 FROM removed) AS is_liked, counted.likes_count"
        }
        Target::Comment(_) => {
            "WITH removed AS (DELETE FROM comment_likes WHERE user_id = $1 AND comment_id = $2 RETURNING 1),
                  added AS (INSERT INTO comment_likes (user_id, comment_id, id, created_at)
                            SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM removed))
             UPDATE comments SET likes_count = likes_count + 1 - 2 * (SELECT COUNT(*) FROM removed) WHERE id = $2
             RETURNING NOT EXISTS (SELECT 1 FROM removed) AS is_liked, likes_count"
        }
        Target::Tweet(_) => {
            "WITH removed AS (DELETE FROM tweet_likes WHERE user_id = $1 AND tweet_id = $2 RETURNING 1),
                  added AS (INSERT INTO tweet_likes (user_id, tweet_id, id, created_at)
                            SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM removed))
             UPDATE tweets SET likes_count = likes_count + 1 - 2 * (SELECT COUNT(*) FROM removed) WHERE id = $2
             RETURNING NOT EXISTS (SELECT 1 FROM removed) AS is_liked, likes_count"
        }
    }
}

/// Takes a like back; says whether there was one.
async fn unlike(tx: &mut Tx, target: Target, user: UserId) -> Result<bool, Error> {
    let sql = match target {
        Target::Video(_) => "DELETE FROM video_likes WHERE user_id = $1 AND video_id = $2",
        Target::Comment(_) => "DELETE FROM comment_likes WHERE user_id = $1 AND comment_id = $2",
        Target::Tweet(_) => "DELETE FROM tweet_likes WHERE user_id = $1 AND tweet_id = $2",
    };
    Ok(tx.execute(sql, vec![user.into(), target.id()]).await? > 0)
}

async fn like(tx: &mut Tx, target: Target, user: UserId, id: LikeId, now_ms: i64) -> Result<(), Error> {
    let sql = match target {
        Target::Video(_) => "INSERT INTO video_likes (user_id, video_id, id, created_at) VALUES ($1, $2, $3, $4)",
        Target::Comment(_) => "INSERT INTO comment_likes (user_id, comment_id, id, created_at) VALUES ($1, $2, $3, $4)",
        Target::Tweet(_) => "INSERT INTO tweet_likes (user_id, tweet_id, id, created_at) VALUES ($1, $2, $3, $4)",
    };
    tx.run(sql, vec![user.into(), target.id(), id.into(), now_ms.into()]).await
}

/// Moves the counter and gives what it is then. Likes on videos are counted on their owner, too.
async fn change_count(tx: &mut Tx, target: Target, by: i64) -> Result<i64, Error> {
    let sql = match target {
        Target::Video(id) => {
            let sql = "UPDATE videos SET likes_count = likes_count + $1 WHERE id = $2 RETURNING likes_count, owner_id";
            let (likes, owner): (i64, UserId) = tx.one(sql, args![by, id]).await?;
            users::change_count(tx, owner, Count::Likes, by).await?;
            return Ok(likes);
        }
        Target::Comment(_) => "UPDATE comments SET likes_count = likes_count + $1 WHERE id = $2 RETURNING likes_count",
        Target::Tweet(_) => "UPDATE tweets SET likes_count = likes_count + $1 WHERE id = $2 RETURNING likes_count",
    };
    Ok(tx.one::<(i64,)>(sql, vec![by.into(), target.id()]).await?.0)
}

pub async fn liked_videos(
    db: &Db,
    user: UserId,
    shorts: Shorts,
    keyset: Keyset<kind::Like>,
) -> Result<Vec<LikedRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = ", l.id AS like_id, l.created_at AS liked_at
                   FROM video_likes l JOIN videos v ON v.id = l.video_id JOIN users o ON o.id = v.owner_id
                   WHERE l.user_id = $1 AND (v.is_published OR v.owner_id = $1) AND ($6 IS NULL OR v.is_short = $6)
                     AND (l.created_at, l.id) <=
                       (SELECT l.created_at, l.id FROM video_likes l JOIN videos v ON v.id = l.video_id
                        WHERE l.user_id = $1 AND (v.is_published OR v.owner_id = $1) AND ($6 IS NULL OR v.is_short = $6)
                          AND (l.created_at, l.id) < ($2, $3)
                        ORDER BY l.created_at DESC, l.id DESC LIMIT 1 OFFSET CAST($5 AS BIGINT))
                   ORDER BY l.created_at DESC, l.id DESC LIMIT CAST($4 AS BIGINT)";
        select_card().then(sql).leaked()
    });
    let Keyset { time, id, limit, offset } = keyset;
    db.all(SQL.clone(), args![user, time, id, limit, offset, shorts.wanted()]).await
}

pub async fn count_liked_videos(db: &Db, user: UserId, shorts: Shorts) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM video_likes l JOIN videos v ON v.id = l.video_id
               WHERE l.user_id = $1 AND (v.is_published OR v.owner_id = $1) AND ($2 IS NULL OR v.is_short = $2)";
    Ok(db.one::<(i64,)>(sql, args![user, shorts.wanted()]).await?.0)
}
