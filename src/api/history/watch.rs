//! `GET /videos/:id`: the watch page, which counts the view and remembers it.

use std::net::IpAddr;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::videos::{NOT_FOUND, VideoDetail, store};
use crate::app::App;
use crate::auth::prefix;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::VideoId;
use crate::views::View;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(watch))
}

/// Watch a video
///
/// Counts at most one view per viewer within `VIEW_WINDOW` and moves the video to the front of the caller's history.
#[utoipa::path(
    get,
    path = "/api/v1/videos/{videoId}",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses((status = 200, body = Envelope<VideoDetail>, description = "The video"), openapi::NotFound)
)]
async fn watch(
    State(app): State<App>,
    viewer: Option<Viewer>,
    ClientAddress(address): ClientAddress,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<VideoDetail>, Error> {
    let user = viewer.map(|viewer| viewer.id);
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
    Ok(Reply::ok(row.detail(&app.urls, user), "Video fetched successfully"))
}

/// Stands for an anonymous viewer: their address, keyed so that the database cannot tell it, and cut down to what
/// one customer has, so that changing the rest of it does not make another viewer.
fn address_key(app: &App, address: IpAddr) -> Vec<u8> {
    app.urls.pseudonymise(prefix(address).to_string().as_bytes())
}
