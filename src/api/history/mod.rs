//! Watch history: what somebody watched, latest first. Nobody else can read it.

mod watch;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::feature::{Feature, Forget};
use crate::api::videos::{VideoSummary, VideoSummaryRow, select_summary};
use crate::app::App;
use crate::clock::Time;
use crate::db;
use crate::db::{Db, FromRow, Tx, args};
use crate::error::Error;
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, Keyset, PageQuery};
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId, kind};

pub const FEATURE: Feature = Feature {
    routes,
    // Views that are still remembered, found by way of the history. They stay counted.
    forget: Forget::Statements(&["DELETE FROM video_views
         WHERE viewer = $1 AND video_id IN (SELECT video_id FROM watch_history WHERE user_id = $1)"]),
    ..Feature::EMPTY
};

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(history, clear_history))
        .routes(routes!(history_alias))
        .routes(routes!(forget_video))
        .merge(watch::routes())
}

/// A video in the history.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Watched {
    #[serde(flatten)]
    video: VideoSummary,
    watched_at: Time,
}

#[derive(FromRow)]
struct WatchedRow {
    #[sqlx(flatten)]
    card: VideoSummaryRow,
    watched_at: i64,
}

/// List the watch history
///
/// Latest first, each video once. Omits videos that are no longer visible to the caller.
#[utoipa::path(
    get,
    path = "/api/v1/users/history",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    params(PageQuery),
    responses((status = 200, body = Envelope<Vec<Watched>>, description = "Latest first"))
)]
async fn history(State(app): State<App>, viewer: Viewer, page: ArrayRequest) -> Result<Reply<Vec<Watched>>, Error> {
    let Keyset { time, id, limit, offset } = page.keyset::<kind::Video>()?;
    let sql = select_summary().then(
        ", h.watched_at
         FROM watch_history h JOIN videos v ON v.id = h.video_id JOIN users o ON o.id = v.owner_id
         WHERE h.user_id = $1 AND (h.watched_at, h.video_id) < ($2, $3) AND (v.is_published OR v.owner_id = $1)
         ORDER BY h.watched_at DESC, h.video_id DESC LIMIT $4 OFFSET $5",
    );
    let rows: Vec<WatchedRow> = app.db.all(sql, args![viewer.id, time, id, limit, offset]).await?;
    let (total,): (i64,) = app
        .db
        .one(
            "SELECT COUNT(*) FROM watch_history h JOIN videos v ON v.id = h.video_id
             WHERE h.user_id = $1 AND (v.is_published OR v.owner_id = $1)",
            args![viewer.id],
        )
        .await?;
    let position = |row: &WatchedRow| (row.watched_at, row.card.video.id);
    let shape = |row: WatchedRow| Watched { watched_at: Time(row.watched_at), video: row.card.summary(&app.urls) };
    Ok(page.reply(rows, total, position, shape, "Watch history fetched successfully"))
}

/// List the watch history (the path some clients use)
#[utoipa::path(
    get,
    path = "/api/v1/users/watch-history",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    params(PageQuery),
    responses((status = 200, body = Envelope<Vec<Watched>>, description = "Latest first"))
)]
async fn history_alias(app: State<App>, viewer: Viewer, page: ArrayRequest) -> Result<Reply<Vec<Watched>>, Error> {
    history(app, viewer, page).await
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
    app.db.execute("DELETE FROM watch_history WHERE user_id = $1", args![viewer.id]).await?;
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
    let sql = "DELETE FROM watch_history WHERE user_id = $1 AND video_id = $2";
    match app.db.execute(sql, args![viewer.id, video]).await? {
        0 => Err(Error::not_found("This video is not in your watch history")),
        _ => Ok(Reply::ok(Empty {}, "Video removed from the watch history")),
    }
}

/// The ids of the last thousand videos somebody watched and may still see.
///
/// # Errors
/// As any statement.
pub async fn latest_ids(db: &Db, user: UserId) -> Result<Vec<VideoId>, db::Error> {
    let sql = "SELECT h.video_id FROM watch_history h JOIN videos v ON v.id = h.video_id
               WHERE h.user_id = $1 AND (v.is_published OR v.owner_id = $1)
               ORDER BY h.watched_at DESC, h.video_id DESC LIMIT 1000";
    let rows: Vec<(VideoId,)> = db.all(sql, args![user]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Puts a video at the front of somebody's history.
///
/// # Errors
/// As any statement.
pub async fn remember(tx: &mut Tx, user: UserId, video: VideoId, now_ms: i64) -> Result<(), db::Error> {
    tx.run(
        "INSERT INTO watch_history (user_id, video_id, watched_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, video_id) DO UPDATE SET watched_at = excluded.watched_at",
        args![user, video, now_ms],
    )
    .await
}
