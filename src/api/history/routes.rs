//! Listing and clearing one's watch history.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, WatchedRow};
use crate::api::videos::{ShortsQuery, VideoSummary};
use crate::app::App;
use crate::clock::Time;
use crate::error::Error;
use crate::http::body::{PathParam, Query};
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, PageQuery};
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::VideoId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(history, clear_history)).routes(routes!(forget_video))
}

/// A video in the history.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Watched {
    #[serde(flatten)]
    video: VideoSummary,
    watched_at: Time,
}

/// List the watch history
///
/// Latest first, each video once, with descriptions shortened to 300 characters. Omits videos that are no longer visible
/// to the caller.
#[utoipa::path(
    get,
    path = "/api/v1/users/history",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    params(ShortsQuery, PageQuery),
    responses((status = 200, body = Envelope<Vec<Watched>>, description = "Latest first"))
)]
async fn history(
    State(app): State<App>,
    viewer: Viewer,
    page: ArrayRequest,
    Query(shorts): Query<ShortsQuery>,
) -> Result<Reply<Vec<Watched>>, Error> {
    let shorts = shorts.checked()?;
    app.views.store_history(viewer.id).await?;
    let rows = store::list(&app.db, viewer.id, shorts, page.keyset()?).await?;
    let total = store::total(&app.db, viewer.id, shorts).await?;
    let position = |row: &WatchedRow| (row.watched_at, row.summary.video.id);
    let shape = |row: WatchedRow| Watched { watched_at: Time(row.watched_at), video: row.summary.summary(&app.urls) };
    Ok(page.reply(rows, total, position, shape, "Watch history fetched successfully"))
}

/// Clear the watch history
///
/// View counts do not change.
#[utoipa::path(
    delete,
    path = "/api/v1/users/history",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<Empty>, description = "The history is empty"))
)]
async fn clear_history(State(app): State<App>, viewer: Viewer) -> Result<Reply<Empty>, Error> {
    app.views.forget(viewer.id, None).await?;
    store::clear(&app.db, viewer.id).await?;
    Ok(Reply::ok(Empty {}, "Watch history cleared"))
}

/// Remove a video from the watch history
#[utoipa::path(
    delete,
    path = "/api/v1/users/history/{videoId}",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses((status = 200, body = Envelope<Empty>, description = "Removed"), openapi::NotFound)
)]
async fn forget_video(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(video): PathParam<VideoId>,
) -> Result<Reply<Empty>, Error> {
    app.views.forget(viewer.id, Some(video)).await?;
    if store::remove(&app.db, viewer.id, video).await? {
        return Ok(Reply::ok(Empty {}, "Video removed from the watch history"));
    }
    Err(Error::not_found("This video is not in your watch history"))
}
