//! Toggling subscriptions, and listing them from either side.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, ChannelRow, SubscriberRow};
use crate::api::videos::Video;
use crate::app::App;
use crate::clock::Time;
use crate::db::retry;
use crate::error::{Error, OrNotFound};
use crate::http::aliased::{FullName, SubscribersCount};
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, PageQuery};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{SubscriptionId, UserId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(toggle, subscribers)).routes(routes!(channels))
}

/// State after a toggle.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Subscribing {
    /// Whether the caller is subscribed.
    subscribed: bool,
    /// Alias of `subscribed`.
    is_subscribed: bool,
    /// Number of subscribers of the channel.
    subscribers_count: i64,
}

/// Subscribe to or unsubscribe from a channel
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/c/{channelId}",
    tag = "subscriptions",
    security(("bearer" = []), ("cookie" = [])),
    params(("channelId" = UserId, Path)),
    responses((status = 200, body = Envelope<Subscribing>, description = "The new state"), openapi::NotFound)
)]
async fn toggle(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(channel): PathParam<UserId>,
) -> Result<Reply<Subscribing>, Error> {
    if channel == viewer.id {
        return Err(Error::invalid("You cannot subscribe to your own channel"));
    }
    retry(|| async {
        let mut tx = app.db.begin().await?;
        store::lock_pair(&mut tx, viewer.id, channel).await?.or_not_found("Channel not found")?;
        let subscribed = !store::unsubscribe(&mut tx, viewer.id, channel).await?;
        if subscribed {
            let id = SubscriptionId::new(&app.clock);
            store::subscribe(&mut tx, id, viewer.id, channel, app.clock.now_ms()).await?;
        }
        let by = if subscribed { 1 } else { -1 };
        let subscribers_count = store::change_counts(&mut tx, viewer.id, channel, by).await?;
        tx.commit().await?;
        let message = if subscribed { "Subscribed successfully" } else { "Unsubscribed successfully" };
        Ok(Reply::ok(Subscribing { subscribed, is_subscribed: subscribed, subscribers_count }, message))
    })
    .await
}

/// A subscriber of a channel.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Subscriber {
    #[serde(rename = "_id")]
    id: UserId,
    username: String,
    #[serde(flatten)]
    full_name: FullName,
    avatar: String,
    cover_image: String,
    #[serde(flatten)]
    subscribers_count: SubscribersCount,
    /// Whether the channel is subscribed to them.
    subscribed_to_subscriber: bool,
    /// Whether the caller is subscribed to them.
    is_subscribed: bool,
}

/// A subscription, with its subscriber.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SubscriberEntry {
    #[serde(rename = "_id")]
    id: SubscriptionId,
    channel: UserId,
    created_at: Time,
    subscriber: Subscriber,
}

/// List a channel's subscribers
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions/c/{channelId}",
    tag = "subscriptions",
    security(("bearer" = []), ("cookie" = [])),
    params(("channelId" = UserId, Path), PageQuery),
    responses((status = 200, body = Envelope<Vec<SubscriberEntry>>, description = "Newest first"), openapi::NotFound)
)]
async fn subscribers(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(channel): PathParam<UserId>,
    page: ArrayRequest,
) -> Result<Reply<Vec<SubscriberEntry>>, Error> {
    let keyset = page.keyset()?;
    let counts = store::counts(&app.db, channel).await?.or_not_found("Channel not found")?;
    let rows = store::subscribers(&app.db, channel, viewer.id, keyset).await?;
    let position = |row: &SubscriberRow| (row.created_at, row.id);
    let shape = |row: SubscriberRow| SubscriberEntry {
        id: row.id,
        channel,
        created_at: Time(row.created_at),
        subscriber: Subscriber {
            id: row.user_id,
            username: row.username,
            full_name: row.full_name.into(),
            avatar: app.urls.user_media(Some(&row.avatar)),
            cover_image: app.urls.user_media(row.cover.as_deref()),
            subscribers_count: row.subscribers_count.into(),
            subscribed_to_subscriber: row.subscribed_to_subscriber,
            is_subscribed: row.is_subscribed,
        },
    };
    Ok(page.reply(rows, counts.subscribers_count, position, shape, "Subscribers fetched successfully"))
}

/// A subscribed channel.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SubscribedChannel {
    #[serde(rename = "_id")]
    id: UserId,
    username: String,
    #[serde(flatten)]
    full_name: FullName,
    avatar: String,
    #[serde(flatten)]
    subscribers_count: SubscribersCount,
    /// Whether the caller is subscribed.
    is_subscribed: bool,
    /// Newest published video.
    latest_video: Option<Video>,
}

/// A subscription, with its channel.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelEntry {
    #[serde(rename = "_id")]
    id: SubscriptionId,
    subscriber: UserId,
    created_at: Time,
    channel: SubscribedChannel,
}

/// List a user's subscriptions
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions/u/{subscriberId}",
    tag = "subscriptions",
    security(("bearer" = []), ("cookie" = [])),
    params(("subscriberId" = UserId, Path), PageQuery),
    responses((status = 200, body = Envelope<Vec<ChannelEntry>>, description = "Newest first"), openapi::NotFound)
)]
async fn channels(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(subscriber): PathParam<UserId>,
    page: ArrayRequest,
) -> Result<Reply<Vec<ChannelEntry>>, Error> {
    let keyset = page.keyset()?;
    let counts = store::counts(&app.db, subscriber).await?.or_not_found("User not found")?;
    let rows = store::channels(&app.db, subscriber, viewer.id, keyset).await?;
    let wanted: Vec<_> = rows.iter().filter_map(|row| row.latest_video_id).collect();
    let mut latest = store::videos(&app.db, &wanted).await?;
    let position = |row: &ChannelRow| (row.created_at, row.id);
    let shape = |row: ChannelRow| ChannelEntry {
        id: row.id,
        subscriber,
        created_at: Time(row.created_at),
        channel: SubscribedChannel {
            id: row.user_id,
            username: row.username,
            full_name: row.full_name.into(),
            avatar: app.urls.user_media(Some(&row.avatar)),
            subscribers_count: row.subscribers_count.into(),
            is_subscribed: row.is_subscribed,
            latest_video: row.latest_video_id.and_then(|id| latest.remove(&id)).map(|video| video.video(&app.urls)),
        },
    };
    Ok(page.reply(rows, counts.subscriptions_count, position, shape, "Subscribed channels fetched successfully"))
}
