//! `/videos/:id/processing`: shows the processing of a video to its owner, who can cancel and retry it.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events;
use super::status::{Processing, of_own_video};
use crate::api::videos::{VideoRow, own_video};
use crate::app::App;
use crate::db::{self, Tx};
use crate::error::Error;
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::VideoId;
use crate::queue::{self, JobKind, JobState};
use crate::streams::{self, VideoStatus};

const CANCELLED: &str = "The processing was cancelled.";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(retry)).routes(routes!(cancel)).merge(events::routes())
}

/// Get the processing state of a video
#[utoipa::path(
    get,
    path = "/api/v1/videos/{videoId}/processing",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<Processing>, description = "The steps"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn read(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<Processing>, Error> {
    let processing = of_own_video(&app, id, viewer.id).await?;
    Ok(Reply::ok(processing, "Processing fetched successfully"))
}

/// Retry failed processing
///
/// Queues failed and cancelled steps again, and starts a video that was never processed.
#[utoipa::path(
    post,
    path = "/api/v1/videos/{videoId}/processing/retry",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<Processing>, description = "The steps, with the failed ones queued"),
        openapi::Forbidden,
        openapi::NotFound,
        openapi::Conflict,
    )
)]
async fn retry(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<Processing>, Error> {
    db::retry(|| async {
        let mut tx = app.db.begin().await?;
        let video = own_video(&mut tx, id, viewer.id).await?;
        let jobs = queue::of_video(&mut tx, id).await?;
        let mut again: Vec<JobKind> = jobs
            .iter()
            .filter(|job| matches!(job.state, JobState::Failed | JobState::Cancelled))
            .map(|job| job.kind)
            .collect();
        if jobs.is_empty() {
            again.push(JobKind::Watchable);
        }
        if again.is_empty() {
            return Err(Error::conflict("Nothing to retry: no step has failed or been cancelled"));
        }
        for kind in &again {
            queue::enqueue(&mut tx, &app.queue, &app.clock, *kind, id, viewer.id).await?;
        }
        let mut video = VideoRow { failure: None, ..video };
        if again.iter().any(|kind| kind.is_vital()) {
            streams::mark_processing(&mut tx, id, app.clock.now_ms()).await?;
            video.status = VideoStatus::Processing;
        }
        let processing = processing(&app, &mut tx, &video).await?;
        tx.commit().await?;
        Ok(Reply::ok(processing, "Processing begins again"))
    })
    .await
}

/// Cancel processing a video
///
/// Keeps what has been made. The video stays watchable as uploaded.
#[utoipa::path(
    post,
    path = "/api/v1/videos/{videoId}/processing/cancel",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<Processing>, description = "The steps, with the unfinished ones cancelled"),
        openapi::Forbidden,
        openapi::NotFound,
        openapi::Conflict,
    )
)]
async fn cancel(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<Processing>, Error> {
    db::retry(|| async {
        let mut tx = app.db.begin().await?;
        let mut video = own_video(&mut tx, id, viewer.id).await?;
        let now = app.clock.now_ms();
        if queue::cancel(&mut tx, &app.queue, id, now).await? == 0 {
            return Err(Error::conflict("Nothing to cancel: no step is queued or running"));
        }
        // Without its previews a video is ready all the same.
        if video.status == VideoStatus::Processing {
            streams::mark_failed(&mut tx, id, CANCELLED, now).await?;
            video.status = VideoStatus::Failed;
            video.failure = Some(CANCELLED.to_owned());
        }
        let processing = processing(&app, &mut tx, &video).await?;
        tx.commit().await?;
        Ok(Reply::ok(processing, "Processing cancelled"))
    })
    .await
}

async fn processing(app: &App, tx: &mut Tx, video: &VideoRow) -> Result<Processing, Error> {
    let jobs = queue::of_video(tx, video.id).await?;
    Ok(Processing::new(video.status, video.failure.clone(), &jobs, app.clock.now_ms()))
}
