//! Statements about users.

use std::time::Duration;

use super::username::skeleton;
use super::{OwnerRow, Username};
use crate::db::{Db, Error, Record, Sql, Tx, args, retry, text_enum};
use crate::id::UserId;

text_enum! {
    /// Role of an account.
    pub enum Role {
        User = "user",
        /// The account that was created first.
        Admin = "admin",
    }
}

/// A user's row, with what must never leave the server.
#[derive(Record)]
pub struct Account {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub full_name: String,
    pub password_hash: String,
    pub avatar: String,
    pub cover: Option<String>,
    pub role: Role,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A channel's row.
#[derive(Record)]
pub struct ChannelRow {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub full_name: String,
    pub avatar: String,
    pub cover: Option<String>,
    pub videos_count: i64,
    pub published_videos_count: i64,
    pub subscribers_count: i64,
    pub subscriptions_count: i64,
    pub is_subscribed: bool,
    pub created_at: i64,
}

/// A user that a search found.
#[derive(Record)]
pub struct FoundRow {
    #[record(flatten)]
    pub user: OwnerRow,
    pub subscribers_count: i64,
}

/// The row of a new account.
pub struct NewUser<'a> {
    pub id: UserId,
    pub username: &'a str,
    pub email: &'a str,
    pub full_name: &'a str,
    pub password_hash: &'a str,
    pub avatar: &'a str,
    pub cover: Option<&'a str>,
    pub now_ms: i64,
}

/// Shorter than the second in which PostgreSQL finds a deadlock and ends somebody's request.
const LOCK_WAIT: Duration = Duration::from_millis(200);

const ACCOUNT: &str =
    "SELECT id, username, email, full_name, password_hash, avatar, cover, role, created_at, updated_at FROM users";

/// Returns the account with this id.
pub async fn account(db: &Db, id: UserId) -> Result<Option<Account>, Error> {
    db.optional(Sql::from(ACCOUNT).then("WHERE id = $1"), args![id]).await
}

/// Returns the account somebody logs in to: by user name first, then by e-mail address, both in lower case.
pub async fn find_account(db: &Db, username: Option<&str>, email: Option<&str>) -> Result<Option<Account>, Error> {
    if let Some(username) = username {
        let sql = Sql::from(ACCOUNT).then("WHERE username = $1");
        if let Some(account) = db.optional(sql, args![username]).await? {
            return Ok(Some(account));
        }
    }
    match email {
        Some(email) => db.optional(Sql::from(ACCOUNT).then("WHERE email = $1"), args![email]).await,
        None => Ok(None),
    }
}

/// Says whether the name or the address is taken.
pub async fn is_taken(db: &Db, username: &str, email: &str) -> Result<bool, Error> {
    db.exists("FROM users WHERE username = $1 OR email = $2 LIMIT 1", args![username, email]).await
}

/// Selects [`ChannelRow`]s as the viewer `$2` sees them.
const CHANNEL: &str = "SELECT u.id, u.username, u.email, u.full_name, u.avatar, u.cover, u.videos_count,
    u.published_videos_count, u.subscribers_count, u.subscriptions_count, u.created_at,
    EXISTS (SELECT 1 FROM subscriptions s
            WHERE s.channel_id = u.id AND s.subscriber_id = $2) AS is_subscribed
    FROM users u";

/// Returns the channel of this name, as `viewer` sees it.
pub async fn channel(db: &Db, username: &Username, viewer: Option<UserId>) -> Result<Option<ChannelRow>, Error> {
    db.optional(Sql::from(CHANNEL).then("WHERE u.username = $1"), args![username.as_str(), viewer]).await
}

/// Returns the channel with this id, as `viewer` sees it.
pub async fn channel_by_id(db: &Db, id: UserId, viewer: Option<UserId>) -> Result<Option<ChannelRow>, Error> {
    db.optional(Sql::from(CHANNEL).then("WHERE u.id = $1"), args![id, viewer]).await
}

/// Returns the users whose names begin with a text, in the order of their names.
pub async fn named_like(db: &Db, start: &str, limit: i64) -> Result<Vec<FoundRow>, Error> {
    // PostgreSQL compares by the locale unless it is told to compare characters, for which there is an index.
    let sql = Sql::from(
        "SELECT u.id AS owner_id, u.username AS owner_username, u.full_name AS owner_full_name,
                u.avatar AS owner_avatar, u.subscribers_count FROM users u",
    );
    let sql = sql.then(Sql::pair(
        "WHERE u.username >= $1 AND u.username < $2 ORDER BY u.username LIMIT CAST($3 AS BIGINT)",
        "WHERE u.username ~>=~ $1 AND u.username ~<~ $2 ORDER BY u.username USING ~<~ LIMIT CAST($3 AS BIGINT)",
    ));
    db.all(sql, args![start, format!("{start}{}", char::MAX), limit]).await
}

pub async fn insert(tx: &mut Tx, user: &NewUser<'_>) -> Result<(), Error> {
    tx.run(
        "INSERT INTO users (id, username, skeleton, email, full_name, password_hash, avatar, cover, created_at,
                            updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        args![
            user.id,
            user.username,
            skeleton(user.username),
            user.email,
            user.full_name,
            user.password_hash,
            user.avatar,
            user.cover,
            user.now_ms
        ],
    )
    .await
}

/// Counts a new account in. The one that is the only one then is the first there is, and the administrator's. Whoever
/// registers at the same moment waits for the row that is counted on.
pub async fn count_in(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    let sql = "UPDATE totals SET value = value + 1 WHERE name = 'accounts' RETURNING value";
    let (accounts,): (i64,) = tx.one(sql, args![]).await?;
    if accounts == 1 {
        tx.execute("UPDATE users SET role = 'admin' WHERE id = $1", args![id]).await?;
    }
    Ok(())
}

/// Says whether somebody could take the name for another user's. Names of ASCII alone are never look-alikes of each other:
/// `bob1` and `bobl` are ordinary names. Reliable after [`count_in`], which lets registrations pass one at a time.
pub async fn looks_like_another(tx: &mut Tx, id: UserId, username: &str) -> Result<bool, Error> {
    let rows = "FROM users
                WHERE skeleton = $1 AND id <> $2 AND ($3 OR octet_length(username) > length(username)) LIMIT 1";
    tx.exists(rows, args![skeleton(username), id, !username.is_ascii()]).await
}

/// Fills in what names look like for accounts that are older than the column, or were made by an older server. Requests
/// that want the same rows go first.
pub async fn fill_skeletons(db: &Db) -> Result<(), Error> {
    while retry(|| fill_some_skeletons(db)).await? {}
    Ok(())
}

/// Returns whether there may be more.
async fn fill_some_skeletons(db: &Db) -> Result<bool, Error> {
    // Mostly there are none, and no write transaction is needed to see that.
    if !db.exists("FROM users WHERE skeleton IS NULL LIMIT 1", args![]).await? {
        return Ok(false);
    }
    let mut tx = db.begin().await?;
    tx.wait_at_most(LOCK_WAIT).await?;
    let sql = "SELECT id, username FROM users WHERE skeleton IS NULL LIMIT 500";
    let rows: Vec<(UserId, String)> = tx.all(sql, args![]).await?;
    for (id, username) in &rows {
        tx.run("UPDATE users SET skeleton = $1 WHERE id = $2", args![skeleton(username), *id]).await?;
    }
    tx.commit().await?;
    Ok(!rows.is_empty())
}

/// Counts an account out that is gone.
pub async fn count_out(tx: &mut Tx) -> Result<(), Error> {
    tx.run("UPDATE totals SET value = value - 1 WHERE name = 'accounts'", args![]).await
}

/// Stores a new password hash, if the old one is still what it was when the password was checked; says whether.
pub async fn replace_hash(tx: &mut Tx, id: UserId, hash: &str, expected: &str) -> Result<bool, Error> {
    let sql = "UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3";
    Ok(tx.execute(sql, args![hash, id, expected]).await? == 1)
}

/// Says whether the password hash is still this one; nobody changes it until the transaction ends.
pub async fn has_hash(tx: &mut Tx, id: UserId, hash: &str) -> Result<bool, Error> {
    tx.exists(Sql::from("FROM users WHERE id = $1 AND password_hash = $2").for_update(), args![id, hash]).await
}

pub async fn update_profile(tx: &mut Tx, id: UserId, full_name: &str, email: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE users SET full_name = $1, email = $2, updated_at = $3 WHERE id = $4";
    tx.run(sql, args![full_name, email, now_ms, id]).await
}

/// The fields an owner may change. The row stays locked until the transaction ends, so that two replacements at once
/// both delete the file they replace.
#[derive(Record)]
pub struct Profile {
    pub full_name: String,
    pub email: String,
    pub avatar: String,
    pub cover: Option<String>,
}

pub async fn lock(tx: &mut Tx, id: UserId) -> Result<Option<Profile>, Error> {
    let sql = Sql::from("SELECT full_name, email, avatar, cover FROM users WHERE id = $1").for_update();
    tx.optional(sql, args![id]).await
}

pub async fn set_avatar(tx: &mut Tx, id: UserId, name: &str, now_ms: i64) -> Result<(), Error> {
    tx.run("UPDATE users SET avatar = $1, updated_at = $2 WHERE id = $3", args![name, now_ms, id]).await
}

pub async fn set_cover(tx: &mut Tx, id: UserId, name: &str, now_ms: i64) -> Result<(), Error> {
    tx.run("UPDATE users SET cover = $1, updated_at = $2 WHERE id = $3", args![name, now_ms, id]).await
}

/// The counters on a user's row that other features keep.
#[derive(Clone, Copy, Debug)]
pub enum Count {
    Videos,
    PublishedVideos,
    Shorts,
    PublishedShorts,
    Subscribers,
    Subscriptions,
    Tweets,
    Playlists,
    /// Of all videos together.
    Views,
    /// Of all videos together.
    Likes,
}

/// Moves a counter, in the transaction that adds or removes what it counts.
pub async fn change_count(tx: &mut Tx, id: UserId, count: Count, by: i64) -> Result<(), Error> {
    let sql = match count {
        Count::Videos => "UPDATE users SET videos_count = videos_count + $1 WHERE id = $2",
        Count::PublishedVideos => "UPDATE users SET published_videos_count = published_videos_count + $1 WHERE id = $2",
        Count::Shorts => "UPDATE users SET shorts_count = shorts_count + $1 WHERE id = $2",
        Count::PublishedShorts => "UPDATE users SET published_shorts_count = published_shorts_count + $1 WHERE id = $2",
        Count::Subscribers => "UPDATE users SET subscribers_count = subscribers_count + $1 WHERE id = $2",
        Count::Subscriptions => "UPDATE users SET subscriptions_count = subscriptions_count + $1 WHERE id = $2",
        Count::Tweets => "UPDATE users SET tweets_count = tweets_count + $1 WHERE id = $2",
        Count::Views => "UPDATE users SET views_count = views_count + $1 WHERE id = $2",
        Count::Likes => "UPDATE users SET likes_count = likes_count + $1 WHERE id = $2",
        Count::Playlists => "UPDATE users SET playlists_count = playlists_count + $1 WHERE id = $2",
    };
    tx.run(sql, args![by, id]).await
}
