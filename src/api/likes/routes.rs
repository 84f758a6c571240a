//! Toggling likes, and listing liked videos.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, LikedRow, Target, Toggled};
use crate::api::videos::{ShortsQuery, VideoSummary};
use crate::app::App;
use crate::clock::Time;
use crate::db::retry;
use crate::error::{Error, OrNotFound};
use crate::http::body::{PathParam, Query};
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, PageQuery};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{CommentId, LikeId, TweetId, UserId, VideoId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(toggle_video))
        .routes(routes!(toggle_comment))
        .routes(routes!(toggle_tweet))
        .routes(routes!(liked_videos))
}

/// State after a toggle.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Liking {
    /// Whether the caller likes it.
    is_liked: bool,
    /// Alias of `isLiked`.
    liked: bool,
    /// Number of likes.
    likes_count: i64,
}

/// Like or unlike a video
#[utoipa::path(
    post,
    path = "/api/v1/likes/toggle/v/{videoId}",
    tag = "likes",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses((status = 200, body = Envelope<Liking>, description = "The new state"), openapi::NotFound)
)]
async fn toggle_video(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<Liking>, Error> {
    toggle(&app, viewer, Target::Video(id)).await
}

/// Like or unlike a comment
#[utoipa::path(
    post,
    path = "/api/v1/likes/toggle/c/{commentId}",
    tag = "likes",
    security(("bearer" = []), ("cookie" = [])),
    params(("commentId" = CommentId, Path)),
    responses((status = 200, body = Envelope<Liking>, description = "The new state"), openapi::NotFound)
)]
async fn toggle_comment(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<CommentId>,
) -> Result<Reply<Liking>, Error> {
    toggle(&app, viewer, Target::Comment(id)).await
}

/// Like or unlike a tweet
#[utoipa::path(
    post,
    path = "/api/v1/likes/toggle/t/{tweetId}",
    tag = "likes",
    security(("bearer" = []), ("cookie" = [])),
    params(("tweetId" = TweetId, Path)),
    responses((status = 200, body = Envelope<Liking>, description = "The new state"), openapi::NotFound)
)]
async fn toggle_tweet(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<TweetId>,
) -> Result<Reply<Liking>, Error> {
    toggle(&app, viewer, Target::Tweet(id)).await
}

async fn toggle(app: &App, viewer: Viewer, target: Target) -> Result<Reply<Liking>, Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        store::lock_target(&mut tx, target, viewer.id).await?.or_not_found(target.not_found())?;
        let id = LikeId::new(&app.clock);
        let toggled = store::toggle(&mut tx, target, viewer.id, id, app.clock.now_ms()).await?;
        tx.commit().await?;
        let Toggled { is_liked, likes_count } = toggled;
        let message = if is_liked { "Liked successfully" } else { "Like removed successfully" };
        Ok(Reply::ok(Liking { is_liked, liked: is_liked, likes_count }, message))
    })
    .await
}

/// A liked video.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LikedVideo {
    #[serde(rename = "_id")]
    id: LikeId,
    liked_by: UserId,
    created_at: Time,
    video: VideoSummary,
}

/// List the caller's liked videos
///
/// Descriptions are shortened to 300 characters.
#[utoipa::path(
    get,
    path = "/api/v1/likes/videos",
    tag = "likes",
    security(("bearer" = []), ("cookie" = [])),
    params(ShortsQuery, PageQuery),
    responses((status = 200, body = Envelope<Vec<LikedVideo>>, description = "Newest like first"))
)]
async fn liked_videos(
    State(app): State<App>,
    viewer: Viewer,
    page: ArrayRequest,
    Query(shorts): Query<ShortsQuery>,
) -> Result<Reply<Vec<LikedVideo>>, Error> {
    let shorts = shorts.checked()?;
    let rows = store::liked_videos(&app.db, viewer.id, shorts, page.keyset()?).await?;
    let total = store::count_liked_videos(&app.db, viewer.id, shorts).await?;
    let position = |row: &LikedRow| (row.liked_at, row.like_id);
    let shape = |row: LikedRow| LikedVideo {
        id: row.like_id,
        liked_by: viewer.id,
        created_at: Time(row.liked_at),
        video: row.summary.summary(&app.urls),
    };
    Ok(page.reply(rows, total, position, shape, "Liked videos fetched successfully"))
}
