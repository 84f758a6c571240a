//! Settings of recommendations.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store;
use crate::app::App;
use crate::error::Error;
use crate::http::body::{Body, Flag};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(settings, change))
}

/// What the caller's recommendations are made of.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FeedSettings {
    /// Whether what the caller watched decides what is recommended, to them and to others.
    use_history: bool,
}

/// What to change.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeFeedSettings {
    #[schema(value_type = bool, example = true)]
    use_history: Option<Flag>,
}

/// Get the caller's settings of recommendations
#[utoipa::path(
    get,
    path = "/api/v1/feed/settings",
    tag = "feed",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<FeedSettings>, description = "The settings"))
)]
async fn settings(State(app): State<App>, viewer: Viewer) -> Result<Reply<FeedSettings>, Error> {
    let use_history = store::uses_history(&app.db, viewer.id).await?;
    Ok(Reply::ok(FeedSettings { use_history }, "Feed settings fetched successfully"))
}

/// Change the caller's settings of recommendations
///
/// Without `useHistory` the watch history is still kept, but nothing is recommended for it.
#[utoipa::path(
    patch,
    path = "/api/v1/feed/settings",
    tag = "feed",
    security(("bearer" = []), ("cookie" = [])),
    request_body = ChangeFeedSettings,
    responses((status = 200, body = Envelope<FeedSettings>, description = "The settings"))
)]
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Body(body): Body<ChangeFeedSettings>,
) -> Result<Reply<FeedSettings>, Error> {
    let Some(Flag(use_history)) = body.use_history else {
        return Err(Error::field("useHistory", "useHistory is required: true or false"));
    };
    store::set_uses_history(&app.db, viewer.id, use_history).await?;
    Ok(Reply::ok(FeedSettings { use_history }, "Feed settings updated successfully"))
}
