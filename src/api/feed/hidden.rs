//! Videos that somebody is not interested in.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store;
use crate::api::videos::{NOT_FOUND, store as videos};
use crate::app::App;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::VideoId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(hide, show))
}

/// Hide a video from the caller's recommendations
///
/// The last 5,000 are remembered.
#[utoipa::path(
    post,
    path = "/api/v1/feed/hidden/{videoId}",
    tag = "feed",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses((status = 200, body = Envelope<Empty>, description = "Hidden"), openapi::NotFound)
)]
async fn hide(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(video): PathParam<VideoId>,
) -> Result<Reply<Empty>, Error> {
    videos::visible(&app.db, video, Some(viewer.id)).await?.or_not_found(NOT_FOUND)?;
    store::hide(&app.db, viewer.id, video, app.clock.now_ms()).await?;
    Ok(Reply::ok(Empty {}, "Video hidden from recommendations"))
}

/// Show a hidden video in the caller's recommendations again
#[utoipa::path(
    delete,
    path = "/api/v1/feed/hidden/{videoId}",
    tag = "feed",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses((status = 200, body = Envelope<Empty>, description = "Shown again"), openapi::NotFound)
)]
async fn show(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(video): PathParam<VideoId>,
) -> Result<Reply<Empty>, Error> {
    if store::show(&app.db, viewer.id, video).await? {
        return Ok(Reply::ok(Empty {}, "Video may be recommended again"));
    }
    Err(Error::not_found("This video is not hidden from your recommendations"))
}
