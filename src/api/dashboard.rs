//! The dashboard: a channel's own figures and videos.

use std::sync::LazyLock;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::feature::Feature;
use super::videos::{
    NOT_FOUND, ShortsQuery, VideoDetail, VideoSummary, VideoSummaryRow, find_own_video, select_summary, store,
};
use crate::app::App;
use crate::clock::{Day, day};
use crate::db::{Record, Sql, args};
use crate::error::{Error, OrNotFound};
use crate::http::body::{PathParam, Query};
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, Keyset, PageQuery};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId, kind};

const DAYS_SHOWN: i64 = 28;

pub const FEATURE: Feature =
    Feature { tags: &[("dashboard", "Statistics and videos of the caller's channel")], routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stats)).routes(routes!(videos)).routes(routes!(video)).routes(routes!(views))
}

/// Statistics of a channel.
#[derive(Serialize, ToSchema, Record)]
#[serde(rename_all = "camelCase")]
struct Stats {
    /// Published and unpublished.
    total_videos: i64,
    total_views: i64,
    total_subscribers: i64,
    /// Likes on the channel's videos.
    total_likes: i64,
}

/// Get the caller's channel statistics
#[utoipa::path(
    get,
    path = "/api/v1/dashboard/stats",
    tag = "dashboard",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<Stats>, description = "The statistics"))
)]
async fn stats(State(app): State<App>, viewer: Viewer) -> Result<Reply<Stats>, Error> {
    app.views.store().await?;
    let sql = "SELECT videos_count AS total_videos, views_count AS total_views, subscribers_count AS total_subscribers,
                      likes_count AS total_likes
               FROM users WHERE id = $1";
    let stats: Stats = app.db.one(sql, args![viewer.id]).await?;
    Ok(Reply::ok(stats, "Channel stats fetched successfully"))
}

/// A video of the caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OwnVideo {
    #[serde(flatten)]
    video: VideoSummary,
    comments_count: i64,
}

/// List the caller's videos, published or not
#[utoipa::path(
    get,
    path = "/api/v1/dashboard/videos",
    tag = "dashboard",
    security(("bearer" = []), ("cookie" = [])),
    params(ShortsQuery, PageQuery),
    responses((status = 200, body = Envelope<Vec<OwnVideo>>, description = "Newest first"))
)]
async fn videos(
    State(app): State<App>,
    viewer: Viewer,
    page: ArrayRequest,
    Query(shorts): Query<ShortsQuery>,
) -> Result<Reply<Vec<OwnVideo>>, Error> {
    static SQL: LazyLock<Sql> = LazyLock::new(|| {
        let sql = "FROM videos v JOIN users o ON o.id = v.owner_id
                   WHERE v.owner_id = $1 AND ($6 IS NULL OR v.is_short = $6) AND (v.created_at, v.id) <=
                       (SELECT k.created_at, k.id FROM videos k
                        WHERE k.owner_id = $1 AND ($6 IS NULL OR k.is_short = $6) AND (k.created_at, k.id) < ($2, $3)
                        ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($5 AS BIGINT))
                   ORDER BY v.created_at DESC, v.id DESC LIMIT CAST($4 AS BIGINT)";
        select_summary().then(sql).leaked()
    });
    let shorts = shorts.checked()?;
    app.views.store().await?;
    let Keyset { time, id, limit, offset } = page.keyset::<kind::Video>()?;
    let arguments = args![viewer.id, time, id, limit, offset, shorts.wanted()];
    let rows: Vec<VideoSummaryRow> = app.db.all(SQL.clone(), arguments).await?;
    let total = Sql::from("SELECT").then(shorts.count()).then("FROM users u WHERE u.id = $1");
    let (total,): (i64,) = app.db.one(total, args![viewer.id]).await?;
    let position = |row: &VideoSummaryRow| (row.video.created_at, row.video.id);
    let shape =
        |row: VideoSummaryRow| OwnVideo { comments_count: row.video.comments_count, video: row.summary(&app.urls) };
    Ok(page.reply(rows, total, position, shape, "Channel videos fetched successfully"))
}

/// Get a video of the caller
///
/// Like `GET /videos/{videoId}`, but counts no view and adds nothing to the watch history.
#[utoipa::path(
    get,
    path = "/api/v1/dashboard/videos/{videoId}",
    tag = "dashboard",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<VideoDetail>, description = "The video"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn video(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<VideoDetail>, Error> {
    Ok(Reply::ok(own_detail(&app, id, viewer.id).await?, "Video fetched successfully"))
}

/// How a video was watched in the last 28 days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VideoViews {
    /// Views that were counted.
    counted: i64,
    /// Views that were not: of viewers who were counted within `VIEW_WINDOW`, and those there was no time to watch.
    refused: i64,
    /// Seconds.
    watch_time: i64,
    /// Oldest first, today last.
    days: Vec<DayViews>,
}

/// How a video was watched on a day, in UTC.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DayViews {
    day: Day,
    counted: i64,
    refused: i64,
    /// Seconds.
    watch_time: i64,
}

#[derive(Record)]
struct DayRow {
    day: i64,
    views: i64,
    refused: i64,
    watch_ms: i64,
}

/// Get the views of a video of the caller
///
/// Those of the last 28 days. Refused ones and watch time are counted since this version runs.
#[utoipa::path(
    get,
    path = "/api/v1/dashboard/videos/{videoId}/views",
    tag = "dashboard",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<VideoViews>, description = "The views, in all and by day"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn views(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<VideoViews>, Error> {
    find_own_video(&app.db, id, viewer.id).await?;
    app.views.store().await?;
    let today = day(app.clock.now_ms());
    let first = today - (DAYS_SHOWN - 1);
    let sql = "SELECT day, views, refused, watch_ms FROM video_days WHERE video_id = $1 AND day >= $2 ORDER BY day";
    let rows: Vec<DayRow> = app.db.all(sql, args![id, first]).await?;
    let sum = |of: fn(&DayRow) -> i64| rows.iter().map(of).sum::<i64>();
    let views = VideoViews {
        counted: sum(|row| row.views),
        refused: sum(|row| row.refused),
        watch_time: sum(|row| row.watch_ms) / 1000,
        days: (first..=today).map(|day| day_views(day, rows.iter().find(|row| row.day == day))).collect(),
    };
    Ok(Reply::ok(views, "Views fetched successfully"))
}

fn day_views(day: i64, row: Option<&DayRow>) -> DayViews {
    DayViews {
        day: Day(day),
        counted: row.map_or(0, |row| row.views),
        refused: row.map_or(0, |row| row.refused),
        watch_time: row.map_or(0, |row| row.watch_ms / 1000),
    }
}

/// Returns the video as its owner sees it, without counting a view: 404 when the viewer may not even see it, 403 when
/// it is somebody else's.
async fn own_detail(app: &App, id: VideoId, viewer: UserId) -> Result<VideoDetail, Error> {
    app.views.store().await?;
    let row = store::detail(&app.db, id, Some(viewer)).await?.or_not_found(NOT_FOUND)?;
    if row.owner_id() != viewer {
        return Err(Error::forbidden("Only the owner of a video may do that"));
    }
    Ok(row.detail(&app.urls, Some(viewer)))
}
