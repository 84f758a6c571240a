//! Public profiles.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::users::{self, CHANNEL_NOT_FOUND, Username};
use crate::app::App;
use crate::clock::Time;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::UserId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(channel))
}

/// A channel's public profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Channel {
    #[serde(rename = "_id")]
    id: UserId,
    full_name: String,
    username: String,
    /// Only on the caller's own channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    avatar: String,
    cover_image: String,
    subscribers_count: i64,
    channels_subscribed_to_count: i64,
    /// Videos visible to the caller.
    videos_count: i64,
    /// Whether the caller is subscribed.
    is_subscribed: bool,
    created_at: Time,
}

/// Get a channel
#[utoipa::path(
    get,
    path = "/api/v1/users/c/{username}",
    tag = "users",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("username" = String, Path, example = "hitesh")),
    responses((status = 200, body = Envelope<Channel>, description = "The channel"), openapi::NotFound)
)]
async fn channel(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(username): PathParam<Username>,
) -> Result<Reply<Channel>, Error> {
    let viewer = viewer.map(|viewer| viewer.id);
    let row = users::channel_row(&app.db, &username, viewer).await?.or_not_found(CHANNEL_NOT_FOUND)?;
    let is_own = viewer == Some(row.id);
    let channel = Channel {
        id: row.id,
        full_name: row.full_name,
        username: row.username,
        email: is_own.then_some(row.email),
        avatar: app.urls.user_media(Some(&row.avatar)),
        cover_image: app.urls.user_media(row.cover.as_deref()),
        subscribers_count: row.subscribers_count,
        channels_subscribed_to_count: row.subscriptions_count,
        videos_count: if is_own { row.videos_count } else { row.published_videos_count },
        is_subscribed: row.is_subscribed,
        created_at: Time(row.created_at),
    };
    Ok(Reply::ok(channel, "User channel fetched successfully"))
}
