//! Statements about tweets.

use std::sync::LazyLock;

use crate::api::users::{Count, OwnerRow, change_count};
use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::http::paging::Keyset;
use crate::id::{TweetId, UserId, kind};

/// A tweet with its author, as somebody sees it.
#[derive(Record)]
pub struct TweetRow {
    pub id: TweetId,
    pub content: String,
    #[record(flatten)]
    pub owner: OwnerRow,
    pub likes_count: i64,
    pub is_liked: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Selects [`TweetRow`]s as the viewer `$1` sees them.
const SELECT: &str = "SELECT t.id, t.content, t.likes_count, t.created_at, t.updated_at, t.owner_id,
    o.username AS owner_username, o.full_name AS owner_full_name, o.avatar AS owner_avatar,
    EXISTS (SELECT 1 FROM tweet_likes l WHERE l.tweet_id = t.id AND l.user_id = $1) AS is_liked
    FROM tweets t JOIN users o ON o.id = t.owner_id";

/// Returns the number of a user's tweets; `None` when there is no such user.
pub async fn total(db: &Db, owner: UserId) -> Result<Option<i64>, Error> {
    let row: Option<(i64,)> = db.optional("SELECT tweets_count FROM users WHERE id = $1", args![owner]).await?;
    Ok(row.map(|(count,)| count))
}

pub async fn list(
    db: &Db,
    owner: UserId,
    viewer: Option<UserId>,
    keyset: Keyset<kind::Tweet>,
) -> Result<Vec<TweetRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = "WHERE t.owner_id = $2 AND (t.created_at, t.id) <=
                       (SELECT k.created_at, k.id FROM tweets k
                        WHERE k.owner_id = $2 AND (k.created_at, k.id) < ($3, $4)
                        ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($6 AS BIGINT))
                   ORDER BY t.created_at DESC, t.id DESC LIMIT CAST($5 AS BIGINT)";
        Sql::from(SELECT).then(sql).leaked()
    });
    db.all(SQL.clone(), args![viewer, owner, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

pub async fn all(db: &Db, viewer: Option<UserId>, keyset: Keyset<kind::Tweet>) -> Result<Vec<TweetRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = "WHERE (t.created_at, t.id) <=
                       (SELECT k.created_at, k.id FROM tweets k WHERE (k.created_at, k.id) < ($2, $3)
                        ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($5 AS BIGINT))
                   ORDER BY t.created_at DESC, t.id DESC LIMIT CAST($4 AS BIGINT)";
        Sql::from(SELECT).then(sql).leaked()
    });
    db.all(SQL.clone(), args![viewer, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

/// Returns those of these tweets that are there, in no order.
pub async fn of_ids(db: &Db, viewer: Option<UserId>, ids: &[TweetId]) -> Result<Vec<TweetRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let given = Sql::pair(
            "WHERE t.id IN (SELECT unhex(value) FROM json_each($2))",
            "WHERE t.id = ANY (ARRAY (SELECT decode(value, 'hex') FROM json_array_elements_text(CAST($2 AS json))))",
        );
        Sql::from(SELECT).then(given).leaked()
    });
    db.all(SQL.clone(), args![viewer, serde_json::to_string(ids).unwrap_or_default()]).await
}

pub async fn count_all(db: &Db) -> Result<i64, Error> {
    Ok(db.one::<(i64,)>("SELECT value FROM totals WHERE name = 'tweets'", args![]).await?.0)
}

/// Returns the tweets of somebody and of the channels they subscribe to.
pub async fn feed(db: &Db, viewer: UserId, keyset: Keyset<kind::Tweet>) -> Result<Vec<TweetRow>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = "WHERE (t.owner_id = $1
                          OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.subscriber_id = $1 AND s.channel_id = t.owner_id))
                     AND (t.created_at, t.id) < ($2, $3)
                   ORDER BY t.created_at DESC, t.id DESC LIMIT CAST($4 AS BIGINT) OFFSET CAST($5 AS BIGINT)";
        Sql::from(SELECT).then(sql).leaked()
    });
    db.all(SQL.clone(), args![viewer, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

pub async fn feed_total(db: &Db, viewer: UserId) -> Result<i64, Error> {
    // Not a join, for which PostgreSQL would rather read all users.
    let sql = "SELECT CAST(COALESCE(SUM((SELECT u.tweets_count FROM users u WHERE u.id = s.channel_id)), 0)
                           + (SELECT u.tweets_count FROM users u WHERE u.id = $1) AS BIGINT)
               FROM subscriptions s WHERE s.subscriber_id = $1";
    let (total,): (i64,) = db.one(sql, args![viewer]).await?;
    Ok(total)
}

pub async fn one(tx: &mut Tx, id: TweetId, viewer: UserId) -> Result<TweetRow, Error> {
    tx.one(Sql::from(SELECT).then("WHERE t.id = $2"), args![viewer, id]).await
}

/// A tweet's author. The tweet is locked until the transaction ends.
pub async fn owner(tx: &mut Tx, id: TweetId) -> Result<Option<UserId>, Error> {
    let sql = Sql::from("SELECT owner_id FROM tweets WHERE id = $1").for_update();
    Ok(tx.optional::<(UserId,)>(sql, args![id]).await?.map(|(owner,)| owner))
}

pub async fn insert(tx: &mut Tx, id: TweetId, owner: UserId, content: &str, now_ms: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO tweets (id, owner_id, content, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
        args![id, owner, content, now_ms],
    )
    .await?;
    change_counts(tx, owner, 1).await
}

pub async fn update(tx: &mut Tx, id: TweetId, content: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE tweets SET content = $1, updated_at = $2 WHERE id = $3";
    tx.run(sql, args![content, now_ms, id]).await
}

/// Removes a tweet; the likes on it go by cascade.
pub async fn remove(tx: &mut Tx, id: TweetId, owner: UserId) -> Result<(), Error> {
    let removed = tx.execute("DELETE FROM tweets WHERE id = $1", args![id]).await?;
    if removed == 1 {
        change_counts(tx, owner, -1).await?;
    }
    Ok(())
}

/// Changes the author's counter and the site's.
async fn change_counts(tx: &mut Tx, owner: UserId, by: i64) -> Result<(), Error> {
    change_count(tx, owner, Count::Tweets, by).await?;
    tx.run("UPDATE totals SET value = value + $1 WHERE name = 'tweets'", args![by]).await
}
