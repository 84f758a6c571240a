//! Reading playlists: one with its videos, or all of somebody's.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::own::NOT_FOUND;
use super::store::{self, EntryRow, EntrySummaryRow, PlaylistRow};
use crate::api::users::UserSummary;
use crate::api::videos::{ShortsQuery, VideoSummary};
use crate::app::App;
use crate::clock::Time;
use crate::error::{Error, OrNotFound};
use crate::http::body::{NonBlank, PathParam, Query, Text};
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, PageQuery, SortKey};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{PlaylistId, UserId, VideoId};
use crate::storage::MediaUrls;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_user))
}

/// The order of a playlist's videos, in cursors.
const BY_POSITION: &str = "position";

/// Which playlists to mark.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct MarkQuery {
    /// Id of a video: each playlist says as `containsVideo` whether it is in there.
    #[param(value_type = Option<String>, example = "65a53f2e8c1b4a0012ab34cd")]
    video_id: Option<Text>,
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
    /// The first 20 videos visible to the caller, in order.
    videos: Vec<PlaylistEntrySummary>,
    owner: UserId,
    /// All that are visible to the caller.
    total_videos: i64,
    total_views: i64,
    /// Whether the playlist contains the video `videoId`; null without one.
    contains_video: Option<bool>,
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
    /// A page of the videos visible to the caller, in order.
    videos: Vec<VideoSummary>,
    owner: UserSummary,
    /// All that are visible to the caller.
    total_videos: i64,
    total_views: i64,
    /// Pass this as `cursor` to get the next page of `videos`; null at the end.
    next_cursor: Option<String>,
    created_at: Time,
    updated_at: Time,
}

/// List a user's playlists
///
/// With the first 20 videos of each.
#[utoipa::path(
    get,
    path = "/api/v1/playlist/user/{userId}",
    tag = "playlists",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("userId" = UserId, Path), PageQuery, MarkQuery),
    responses((status = 200, body = Envelope<Vec<PlaylistCard>>, description = "Newest first"), openapi::NotFound)
)]
async fn of_user(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(owner): PathParam<UserId>,
    page: ArrayRequest,
    Query(query): Query<MarkQuery>,
) -> Result<Reply<Vec<PlaylistCard>>, Error> {
    let keyset = page.keyset()?;
    let video: Option<VideoId> = query.video_id.non_blank().map(str::parse).transpose()?;
    let total = store::total(&app.db, owner).await?.or_not_found("User not found")?;
    let rows = store::list(&app.db, owner, keyset).await?;
    let marked = match video {
        Some(video) => Some(store::with_video(&app.db, owner, video).await?),
        None => None,
    };
    let mut entries: HashMap<PlaylistId, Vec<EntrySummaryRow>> = HashMap::new();
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        let viewer = viewer.map(|viewer| viewer.id);
        let (first, last) = ((first.created_at, first.id), (last.created_at, last.id));
        for entry in store::first_entries(&app.db, owner, viewer, first, last).await? {
            entries.entry(entry.playlist_id).or_default().push(entry);
        }
    }
    let position = |row: &PlaylistRow| (row.created_at, row.id);
    let shape = |row: PlaylistRow| {
        let entries = entries.remove(&row.id).unwrap_or_default();
        row.card(entries, marked.as_ref(), &app.urls)
    };
    Ok(page.reply(rows, total, position, shape, "Playlists fetched successfully"))
}

impl PlaylistRow {
    fn card(
        self,
        entries: Vec<EntrySummaryRow>,
        marked: Option<&HashSet<PlaylistId>>,
        urls: &MediaUrls,
    ) -> PlaylistCard {
        let totals = entries.first().map(|entry| entry.totals).unwrap_or_default();
        PlaylistCard {
            id: self.id,
            name: self.name,
            description: self.description,
            owner: self.owner_id,
            total_videos: totals.total_videos,
            total_views: totals.total_views,
            contains_video: marked.map(|marked| marked.contains(&self.id)),
            videos: entries.into_iter().map(|entry| entry.summary(urls)).collect(),
            created_at: Time(self.created_at),
            updated_at: Time(self.updated_at),
        }
    }
}

impl EntrySummaryRow {
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
///
/// Its videos come in pages, of 1,000 unless less is asked for, with descriptions shortened to 300 characters.
#[utoipa::path(
    get,
    path = "/api/v1/playlist/{playlistId}",
    tag = "playlists",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("playlistId" = PlaylistId, Path), ShortsQuery, PageQuery),
    responses((status = 200, body = Envelope<PlaylistDetail>, description = "The playlist"), openapi::NotFound)
)]
pub(super) async fn playlist(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(id): PathParam<PlaylistId>,
    page: ArrayRequest,
    Query(shorts): Query<ShortsQuery>,
) -> Result<Reply<PlaylistDetail>, Error> {
    let (page, viewer, shorts) = (page.page(), viewer.map(|viewer| viewer.id), shorts.checked()?);
    let cursor = page.cursor(BY_POSITION)?;
    let row = store::detail(&app.db, id).await?.or_not_found(NOT_FOUND)?;
    let totals = store::totals(&app.db, id, viewer, shorts).await?;
    let mut entries = store::entries(&app.db, id, (viewer, shorts), cursor, page).await?;
    let position = |entry: &EntryRow| (SortKey::Int(entry.position), entry.summary.video.id);
    let next_cursor = page.truncate(&mut entries, BY_POSITION, position);
    let detail = PlaylistDetail {
        id,
        name: row.name,
        description: row.description,
        total_videos: totals.total_videos,
        total_views: totals.total_views,
        next_cursor,
        videos: entries.into_iter().map(|entry| entry.summary.summary(&app.urls)).collect(),
        owner: row.owner.summary(&app.urls),
        created_at: Time(row.created_at),
        updated_at: Time(row.updated_at),
    };
    Ok(Reply::ok(detail, "Playlist fetched successfully"))
}
