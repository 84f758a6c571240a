//! Reading playlists: one with its videos, or all of somebody's.

use std::collections::HashMap;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::own::NOT_FOUND;
use super::store::{self, EntryRow, PlaylistRow};
use crate::api::users::UserSummary;
use crate::api::videos::VideoSummary;
use crate::app::App;
use crate::clock::Time;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, PageQuery};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{PlaylistId, UserId, VideoId};
use crate::storage::MediaUrls;

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
    page: ArrayRequest,
) -> Result<Reply<Vec<PlaylistCard>>, Error> {
    let keyset = page.keyset()?;
    let total = store::total(&app.db, owner).await?.or_not_found("User not found")?;
    let rows = store::list(&app.db, owner, keyset).await?;
    let mut entries: HashMap<PlaylistId, Vec<EntryRow>> = HashMap::new();
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        let viewer = viewer.map(|viewer| viewer.id);
        let (first, last) = ((first.created_at, first.id), (last.created_at, last.id));
        for entry in store::entries_between(&app.db, owner, viewer, first, last).await? {
            entries.entry(entry.playlist_id).or_default().push(entry);
        }
    }
    let position = |row: &PlaylistRow| (row.created_at, row.id);
    let shape = |row: PlaylistRow| {
        let entries = entries.remove(&row.id).unwrap_or_default();
        row.card(entries, &app.urls)
    };
    Ok(page.reply(rows, total, position, shape, "Playlists fetched successfully"))
}

impl PlaylistRow {
    fn card(self, entries: Vec<EntryRow>, urls: &MediaUrls) -> PlaylistCard {
        PlaylistCard {
            id: self.id,
            name: self.name,
            description: self.description,
            owner: self.owner_id,
            total_videos: i64::try_from(entries.len()).unwrap_or(i64::MAX),
            total_views: entries.iter().map(|entry| entry.views).sum(),
            videos: entries.into_iter().map(|entry| entry.summary(urls)).collect(),
            created_at: Time(self.created_at),
            updated_at: Time(self.updated_at),
        }
    }
}

impl EntryRow {
    fn summary(self, urls: &MediaUrls) -> PlaylistEntrySummary {
        PlaylistEntrySummary {
            id: self.video_id,
            title: self.title,
            thumbnail: urls.video_media(&self.thumbnail, self.video_id, self.is_published),
            duration: self.duration_s,
            views: self.views,
        }
    }
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
