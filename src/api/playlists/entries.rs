//! Putting videos into a playlist and taking them out. The video comes first in the path, the playlist second.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::own::{Playlist, VIDEOS_MAX, load_playlist, own_playlist};
use super::store;
use crate::api::videos;
use crate::app::App;
use crate::db::retry;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParams;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{PlaylistId, VideoId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(take_out))
}

/// Add a video to a playlist
///
/// Accepts any video visible to the caller. Adding a video twice changes nothing.
#[utoipa::path(
    patch,
    path = "/api/v1/playlist/add/{videoId}/{playlistId}",
    tag = "playlists",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path), ("playlistId" = PlaylistId, Path)),
    responses(
        (status = 200, body = Envelope<Playlist>, description = "The playlist"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn add(
    State(app): State<App>,
    viewer: Viewer,
    PathParams(video, playlist): PathParams<VideoId, PlaylistId>,
) -> Result<Reply<Playlist>, Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        videos::lock(&mut tx, video, Some(viewer.id)).await?.or_not_found(videos::NOT_FOUND)?;
        let mut row = own_playlist(&mut tx, playlist, viewer).await?;
        let end = store::end(&mut tx, playlist).await?;
        if store::add(&mut tx, playlist, video, end.position + 1).await? {
            if end.videos >= VIDEOS_MAX {
                return Err(Error::invalid(format!("A playlist can have at most {VIDEOS_MAX} videos")));
            }
            row.updated_at = app.clock.now_ms();
            store::update(&mut tx, &row).await?;
        }
        let playlist = load_playlist(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Reply::ok(playlist, "Video added to playlist successfully"))
    })
    .await
}

/// Remove a video from a playlist
///
/// Succeeds if the video is not in the playlist, or is no longer visible.
#[utoipa::path(
    patch,
    path = "/api/v1/playlist/remove/{videoId}/{playlistId}",
    tag = "playlists",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path), ("playlistId" = PlaylistId, Path)),
    responses(
        (status = 200, body = Envelope<Playlist>, description = "The playlist"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn take_out(
    State(app): State<App>,
    viewer: Viewer,
    PathParams(video, playlist): PathParams<VideoId, PlaylistId>,
) -> Result<Reply<Playlist>, Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let mut row = own_playlist(&mut tx, playlist, viewer).await?;
        if store::take_out(&mut tx, playlist, video).await? {
            row.updated_at = app.clock.now_ms();
            store::update(&mut tx, &row).await?;
        }
        let playlist = load_playlist(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Reply::ok(playlist, "Video removed from playlist successfully"))
    })
    .await
}
