//! `GET /videos/:id`: the watch page, which counts the view and remembers it, unless playback is reported.

use std::net::IpAddr;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::videos::{NOT_FOUND, VideoDetail, store};
use crate::app::App;
use crate::auth::prefix;
use crate::error::{Error, OrNotFound};
use crate::http::body::{Flag, PathParam, Query};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::VideoId;
use crate::views::View;

const MESSAGE: &str = "Video fetched successfully";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(watch))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct WatchQuery {
    /// Whether the caller starts a playback when the video plays: then that counts the view, and this does not.
    #[param(value_type = Option<bool>, example = true)]
    reports_playback: Option<Flag>,
}

/// Watch a video
///
/// Counts at most one view per viewer within `VIEW_WINDOW` and moves the video to the front of the caller's history, unless
/// the caller reports playback.
#[utoipa::path(
    get,
    path = "/api/v1/videos/{videoId}",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path), WatchQuery),
    responses((status = 200, body = Envelope<VideoDetail>, description = "The video"), openapi::NotFound)
)]
async fn watch(
    State(app): State<App>,
    viewer: Option<Viewer>,
    ClientAddress(address): ClientAddress,
    PathParam(id): PathParam<VideoId>,
    Query(query): Query<WatchQuery>,
) -> Result<Reply<VideoDetail>, Error> {
    let user = viewer.map(|viewer| viewer.id);
    if let Some(Flag(true)) = query.reports_playback {
        let row = store::detail(&app.db, id, user).await?.or_not_found(NOT_FOUND)?;
        return Ok(Reply::ok(row.detail(&app.urls, user), MESSAGE));
    }
    let view = View {
        video: id,
        viewer: user.map_or_else(|| address_key(&app, address), |user| user.as_bytes().to_vec()),
        user,
        watched_at: app.clock.now_ms(),
    };
    let since = app.views.window_start(view.watched_at);
    let read = || store::watched(&app.db, id, user, &view.viewer, since);
    let (mut row, waiting) = app.views.count(&view, read).await?.or_not_found(NOT_FOUND)?;
    row.summary.video.views += waiting;
    Ok(Reply::ok(row.detail(&app.urls, user), MESSAGE))
}

/// Stands for an anonymous viewer: their address, keyed so that the database cannot tell it, and cut down to what
/// one customer has, so that changing the rest of it does not make another viewer.
pub fn address_key(app: &App, address: IpAddr) -> Vec<u8> {
    app.urls.pseudonymise(prefix(address).to_string().as_bytes())
}
