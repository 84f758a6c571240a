//! Statements about subscriptions.

use std::collections::HashMap;

use crate::api::users::{Count, change_count};
use crate::api::videos::{VideoRow, select_listed_video};
use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::http::paging::Keyset;
use crate::id::{SubscriptionId, UserId, VideoId, kind};

/// A subscriber of a channel, as somebody sees them.
#[derive(Record)]
pub struct SubscriberRow {
    pub id: SubscriptionId,
    pub created_at: i64,
    pub user_id: UserId,
    pub username: String,
    pub full_name: String,
    pub avatar: String,
    pub cover: Option<String>,
    pub subscribers_count: i64,
    pub subscribed_to_subscriber: bool,
    pub is_subscribed: bool,
}

/// A channel somebody subscribes to, as somebody sees it.
#[derive(Record)]
pub struct ChannelRow {
    pub id: SubscriptionId,
    pub created_at: i64,
    pub user_id: UserId,
    pub username: String,
    pub full_name: String,
    pub avatar: String,
    pub subscribers_count: i64,
    pub is_subscribed: bool,
    pub latest_video_id: Option<VideoId>,
}

/// Both counters of a user.
#[derive(Record)]
pub struct Counts {
    pub subscribers_count: i64,
    pub subscriptions_count: i64,
}

pub async fn counts(db: &Db, user: UserId) -> Result<Option<Counts>, Error> {
    db.optional("SELECT subscribers_count, subscriptions_count FROM users WHERE id = $1", args![user]).await
}

/// Locks both users' rows until the transaction ends, in the order of their ids: two people who subscribe to each
/// other at the same moment cannot wait for each other for ever. Rows that refer to a user can be added meanwhile: a
/// like does that before it is counted on another user. `None` when one of the two is gone.
pub async fn lock_pair(tx: &mut Tx, subscriber: UserId, channel: UserId) -> Result<Option<()>, Error> {
    let sql = Sql::pair(
        "SELECT id FROM users WHERE id IN ($1, $2) ORDER BY id",
        "SELECT id FROM users WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE",
    );
    let rows: Vec<(UserId,)> = tx.all(sql, args![subscriber, channel]).await?;
    Ok((rows.len() == 2).then_some(()))
}

/// Ends a subscription; says whether there was one.
pub async fn unsubscribe(tx: &mut Tx, subscriber: UserId, channel: UserId) -> Result<bool, Error> {
    let sql = "DELETE FROM subscriptions WHERE subscriber_id = $1 AND channel_id = $2";
    Ok(tx.execute(sql, args![subscriber, channel]).await? > 0)
}

pub async fn subscribe(
    tx: &mut Tx,
    id: SubscriptionId,
    subscriber: UserId,
    channel: UserId,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO subscriptions (id, subscriber_id, channel_id, created_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, args![id, subscriber, channel, now_ms]).await
}

/// Changes both counters and returns the channel's.
pub async fn change_counts(tx: &mut Tx, subscriber: UserId, channel: UserId, by: i64) -> Result<i64, Error> {
    change_count(tx, subscriber, Count::Subscriptions, by).await?;
    change_count(tx, channel, Count::Subscribers, by).await?;
    Ok(tx.one::<(i64,)>("SELECT subscribers_count FROM users WHERE id = $1", args![channel]).await?.0)
}

pub async fn subscribers(
    db: &Db,
    channel: UserId,
    viewer: UserId,
    keyset: Keyset<kind::Subscription>,
) -> Result<Vec<SubscriberRow>, Error> {
    let sql = "SELECT s.id, s.created_at, u.id AS user_id, u.username, u.full_name, u.avatar, u.cover,
                      u.subscribers_count,
                      EXISTS (SELECT 1 FROM subscriptions b
                              WHERE b.subscriber_id = $1 AND b.channel_id = u.id) AS subscribed_to_subscriber,
                      EXISTS (SELECT 1 FROM subscriptions m
                              WHERE m.subscriber_id = $2 AND m.channel_id = u.id) AS is_subscribed
               FROM subscriptions s JOIN users u ON u.id = s.subscriber_id
               WHERE s.channel_id = $1 AND (s.created_at, s.id) <=
                   (SELECT k.created_at, k.id FROM subscriptions k
                    WHERE k.channel_id = $1 AND (k.created_at, k.id) < ($3, $4)
                    ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($6 AS BIGINT))
               ORDER BY s.created_at DESC, s.id DESC LIMIT CAST($5 AS BIGINT)";
    db.all(sql, args![channel, viewer, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

pub async fn channels(
    db: &Db,
    subscriber: UserId,
    viewer: UserId,
    keyset: Keyset<kind::Subscription>,
) -> Result<Vec<ChannelRow>, Error> {
    let sql = "SELECT s.id, s.created_at, u.id AS user_id, u.username, u.full_name, u.avatar, u.subscribers_count,
                      EXISTS (SELECT 1 FROM subscriptions m
                              WHERE m.subscriber_id = $2 AND m.channel_id = u.id) AS is_subscribed,
                      (SELECT v.id FROM videos v WHERE v.owner_id = u.id AND v.is_published
                       ORDER BY v.created_at DESC, v.id DESC LIMIT 1) AS latest_video_id
               FROM subscriptions s JOIN users u ON u.id = s.channel_id
               WHERE s.subscriber_id = $1 AND (s.created_at, s.id) <=
                   (SELECT k.created_at, k.id FROM subscriptions k
                    WHERE k.subscriber_id = $1 AND (k.created_at, k.id) < ($3, $4)
                    ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($6 AS BIGINT))
               ORDER BY s.created_at DESC, s.id DESC LIMIT CAST($5 AS BIGINT)";
    db.all(sql, args![subscriber, viewer, keyset.time, keyset.id, keyset.limit, keyset.offset]).await
}

/// These videos, as far as they are published.
pub async fn videos(db: &Db, ids: &[VideoId]) -> Result<HashMap<VideoId, VideoRow>, Error> {
    let sql = select_listed_video().then("FROM videos v WHERE v.is_published AND v.id").then(Sql::IN_LIST);
    let list = serde_json::to_string(ids).unwrap_or_default();
    let rows: Vec<VideoRow> = db.all(sql, args![list]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
