//! Reading playlists: one with its videos, or all of somebody's.

use std::collections::HashMap;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NOT_FOUND, store};
use crate::api::users::UserSummary;
use crate::api::videos::VideoSummary;
use crate::app::App;
use crate::clock::Time;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::paging::{PageQuery, Sliced, array};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{PlaylistId, UserId, VideoId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_user))
}

/// A video in a playlist summary.
#[derive(Debug, Serialize, ToSchema)]
struct PlaylistEntrySummary {
    #[serde(rename = "_id")]
    id: VideoId,
    title: String,
    thumbnail: String,
    /// Seconds.
    duration: f64,
    views: i64,
}

/// A playlist in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PlaylistCard {
    #[serde(rename = "_id")]
    id: PlaylistId,
    name: String,
    description: String,
    /// The videos visible to the caller, in order.
    videos: Vec<PlaylistEntrySummary>,
    owner: UserId,
    total_videos: i64,
    total_views: i64,
    created_at: Time,
    updated_at: Time,
}

/// A playlist with its videos.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaylistDetail {
    #[serde(rename = "_id")]
    id: PlaylistId,
    name: String,
    description: String,
    /// The videos visible to the caller, in order.
    videos: Vec<VideoSummary>,
    owner: UserSummary,
    total_videos: i64,
    total_views: i64,
    created_at: Time,
    updated_at: Time,
}

/// List a user's playlists
#[utoipa::path(
    get,
    path = "/api/v1/playlist/user/{userId}",
    tag = "playlists",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("userId" = UserId, Path), PageQuery),
    responses((status = 200, body = Envelope<Vec<PlaylistCard>>, description = "Newest first"), openapi::NotFound)
)]
async fn of_user(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(owner): PathParam<UserId>,
    Sliced(wish): Sliced,
) -> Result<Reply<Vec<PlaylistCard>>, Error> {
    let before = wish.before()?;
    let total = store::total(&app.db, owner).await?.or_not_found("User not found")?;
    let mut rows = store::list(&app.db, owner, before, &wish).await?;
    let cursor = wish.cut_by_time(&mut rows, |row| (row.created_at, row.id));
    // The entries of exactly these playlists: they lie between the first and the last of the slice.
    let entries = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => {
            let viewer = viewer.map(|viewer| viewer.id);
            store::entries_between(&app.db, owner, viewer, (first.created_at, first.id), (last.created_at, last.id))
                .await?
        }
        _ => Vec::new(),
    };
    let mut cards: Vec<PlaylistCard> = rows
        .into_iter()
        .map(|row| PlaylistCard {
            id: row.id,
            name: row.name,
            description: row.description,
            videos: Vec::new(),
            owner: row.owner_id,
            total_videos: 0,
            total_views: 0,
            created_at: Time(row.created_at),
            updated_at: Time(row.updated_at),
        })
        .collect();
    let places: HashMap<PlaylistId, usize> = cards.iter().enumerate().map(|(place, card)| (card.id, place)).collect();
    for entry in entries {
        // A playlist that was made in between has entries, but is not in this answer.
        let Some(card) = places.get(&entry.playlist_id).and_then(|place| cards.get_mut(*place)) else { continue };
        card.total_videos += 1;
        card.total_views += entry.views;
        card.videos.push(PlaylistEntrySummary {
            id: entry.video_id,
            title: entry.title,
            thumbnail: app.urls.video_media(&entry.thumbnail, entry.video_id, entry.is_published),
            duration: entry.duration_s,
            views: entry.views,
        });
    }
    Ok(array(cards, total, cursor, "Playlists fetched successfully"))
}

/// Get a playlist
#[utoipa::path(
    get,
    path = "/api/v1/playlist/{playlistId}",
    tag = "playlists",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("playlistId" = PlaylistId, Path)),
    responses((status = 200, body = Envelope<PlaylistDetail>, description = "The playlist"), openapi::NotFound)
)]
pub(super) async fn playlist(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(id): PathParam<PlaylistId>,
) -> Result<Reply<PlaylistDetail>, Error> {
    let row = store::detail(&app.db, id).await?.or_not_found(NOT_FOUND)?;
    let videos = store::videos(&app.db, id, viewer.map(|viewer| viewer.id)).await?;
    let detail = PlaylistDetail {
        id,
        name: row.name,
        description: row.description,
        total_videos: i64::try_from(videos.len()).unwrap_or(i64::MAX),
        total_views: videos.iter().map(|row| row.video.views).sum(),
        videos: videos.into_iter().map(|row| row.summary(&app.urls)).collect(),
        owner: row.owner.summary(&app.urls),
        created_at: Time(row.created_at),
        updated_at: Time(row.updated_at),
    };
    Ok(Reply::ok(detail, "Playlist fetched successfully"))
}
