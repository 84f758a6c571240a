//! Public profiles.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::register::USERNAME_CHARS_MAX;
use crate::api::users::{self, CHANNEL_NOT_FOUND, ChannelRow, FoundRow, UserSummary, Username};
use crate::app::App;
use crate::clock::Time;
use crate::error::{Error, OrNotFound};
use crate::http::aliased::{FullName, SubscribersCount, SubscriptionsCount};
use crate::http::body::{NonBlank, PathParam, Query, Text, at_most};
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::UserId;
use crate::storage::MediaUrls;

const FOUND_MAX: i64 = 20;
const FETCHED: &str = "User channel fetched successfully";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(channel)).routes(routes!(search)).routes(routes!(user))
}

/// A channel's public profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Channel {
    #[serde(rename = "_id")]
    id: UserId,
    #[serde(flatten)]
    full_name: FullName,
    username: String,
    /// Only on the caller's own channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    avatar: String,
    cover_image: String,
    #[serde(flatten)]
    subscribers_count: SubscribersCount,
    #[serde(flatten)]
    subscriptions_count: SubscriptionsCount,
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
    Ok(Reply::ok(Channel::new(row, viewer, &app.urls), FETCHED))
}

/// Get a channel by its id
#[utoipa::path(
    get,
    path = "/api/v1/users/{userId}",
    tag = "users",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("userId" = UserId, Path)),
    responses((status = 200, body = Envelope<Channel>, description = "The channel"), openapi::NotFound)
)]
async fn user(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(id): PathParam<UserId>,
) -> Result<Reply<Channel>, Error> {
    let viewer = viewer.map(|viewer| viewer.id);
    let row = users::channel_by_id(&app.db, id, viewer).await?.or_not_found(CHANNEL_NOT_FOUND)?;
    Ok(Reply::ok(Channel::new(row, viewer, &app.urls), FETCHED))
}

impl Channel {
    fn new(row: ChannelRow, viewer: Option<UserId>, urls: &MediaUrls) -> Self {
        let is_own = viewer == Some(row.id);
        Self {
            id: row.id,
            full_name: row.full_name.into(),
            username: row.username,
            email: is_own.then_some(row.email),
            avatar: urls.user_media(Some(&row.avatar)),
            cover_image: urls.user_media(row.cover.as_deref()),
            subscribers_count: row.subscribers_count.into(),
            subscriptions_count: row.subscriptions_count.into(),
            videos_count: if is_own { row.videos_count } else { row.published_videos_count },
            is_subscribed: row.is_subscribed,
            created_at: Time(row.created_at),
        }
    }
}

/// Parameters of the search for users.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// The beginning of a user name, ignoring case. Alias: `q`.
    #[serde(alias = "q")]
    #[param(value_type = Option<String>, example = "hit")]
    query: Option<Text>,
}

/// A user that was found.
#[derive(Debug, Serialize, ToSchema)]
struct FoundUser {
    #[serde(flatten)]
    user: UserSummary,
    #[serde(flatten)]
    subscribers_count: SubscribersCount,
}

/// Find users
///
/// Returns up to 20 users whose names begin with the text, in the order of their names.
#[utoipa::path(
    get,
    path = "/api/v1/users/search",
    tag = "users",
    security((), ("bearer" = []), ("cookie" = [])),
    params(SearchQuery),
    responses((status = 200, body = Envelope<Vec<FoundUser>>, description = "The users"))
)]
async fn search(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    Query(query): Query<SearchQuery>,
) -> Result<Reply<Vec<FoundUser>>, Error> {
    let start = query.query.non_blank().unwrap_or_default().trim_start_matches('@').to_lowercase();
    at_most("query", &start, USERNAME_CHARS_MAX)?;
    let rows = if start.is_empty() { Vec::new() } else { users::named_like(&app.db, &start, FOUND_MAX).await? };
    let shape = |row: FoundRow| FoundUser {
        user: row.user.summary(&app.urls),
        subscribers_count: row.subscribers_count.into(),
    };
    Ok(Reply::ok(rows.into_iter().map(shape).collect(), "Users fetched successfully"))
}
