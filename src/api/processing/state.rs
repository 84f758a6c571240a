//! How far the work on a video is, as its owner is told.

use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::api::videos::{NOT_FOUND, Status};
use crate::db::{Db, FromRow, args};
use crate::error::{Error, OrNotFound};
use crate::id::{UserId, VideoId};
use crate::queue::{JobKind, JobRow};

/// What was measured for a shorter time says little about what is to come.
const MEASURED_MS_MIN: i64 = 2000;

/// Progress of processing a video.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Processing {
    status: Status,
    /// Reason of a failure.
    failure: Option<String>,
    /// Estimated seconds until the video is `ready`; null if unknown, such as before a step has started.
    #[schema(example = 95, minimum = 0)]
    estimated_seconds: Option<i64>,
    /// The steps, in the order they start.
    steps: Vec<Step>,
}

/// A processing step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Step {
    /// `watchable` makes the first playable stream, `ladder` all its renditions, `previews` the thumbnail candidates,
    /// the seek preview and the loudness.
    #[schema(example = "ladder")]
    name: String,
    /// `waiting` for an earlier step, `queued`, `running`, `done`, `failed` or `cancelled`.
    #[schema(example = "running")]
    state: String,
    #[schema(example = 40, minimum = 0, maximum = 100)]
    percent: i64,
    /// Estimated seconds until the step is done; null unless it has been running for a while.
    #[schema(example = 95, minimum = 0)]
    estimated_seconds: Option<i64>,
    /// Reason of a failure or a retry.
    reason: Option<String>,
}

impl Processing {
    /// Puts together what the rows say at a moment, in milliseconds.
    pub fn new(status: Status, failure: Option<String>, jobs: &[JobRow], now: i64) -> Self {
        let steps: Vec<Step> = JobKind::ALL.iter().map(|kind| Step::new(*kind, jobs, now)).collect();
        let mut vital = JobKind::ALL.iter().zip(&steps).filter(|(kind, step)| kind.is_vital() && step.state != "done");
        let estimated_seconds = match (status, vital.next(), vital.next()) {
            (Status::Processing, Some((_, last)), None) => last.estimated_seconds,
            _ => None,
        };
        Self { status, failure, estimated_seconds, steps }
    }

    /// Whether nothing will change by itself any more.
    pub fn is_over(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step.state.as_str(), "queued" | "running"))
    }

    /// Stands for all but the estimates, which change with the clock: equal versions tell the same.
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        let texts = [self.status.as_str(), self.failure.as_deref().unwrap_or_default()];
        let steps = self
            .steps
            .iter()
            .flat_map(|step| [step.state.clone(), step.percent.to_string(), step.reason.clone().unwrap_or_default()]);
        for text in texts.into_iter().map(str::to_owned).chain(steps) {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hex::encode(&hash.finalize()[..8])
    }
}

impl Step {
    fn new(kind: JobKind, jobs: &[JobRow], now: i64) -> Self {
        let name = kind.as_str().to_owned();
        match jobs.iter().find(|job| job.kind == name) {
            Some(job) => Self {
                name,
                state: job.state.clone(),
                percent: job.progress,
                estimated_seconds: rest_s(job, now),
                reason: job.reason.clone(),
            },
            None => Self { name, state: "waiting".to_owned(), percent: 0, estimated_seconds: None, reason: None },
        }
    }
}

/// What is left takes as long for each percent as what is done has taken, up to when that was last told.
fn rest_s(job: &JobRow, now: i64) -> Option<i64> {
    let took_ms = job.updated_at - job.begun_at;
    if job.state != "running" || !(1..100).contains(&job.progress) || took_ms < MEASURED_MS_MIN {
        return None;
    }
    let rest_ms = took_ms.saturating_mul(100 - job.progress) / job.progress;
    Some((rest_ms - (now - job.updated_at)).max(0).div_euclid(1000))
}

/// A video with one of its jobs, if it has any.
#[derive(FromRow)]
struct Row {
    owner_id: UserId,
    is_published: bool,
    status: String,
    failure: Option<String>,
    kind: Option<String>,
    state: Option<String>,
    progress: Option<i64>,
    reason: Option<String>,
    begun_at: Option<i64>,
    updated_at: Option<i64>,
}

/// How far the work on a video is, for its owner: one statement, so that all of it is of one moment.
///
/// # Errors
/// 404 when the viewer may not even see the video, 403 when it is somebody else's.
pub async fn of_own_video(db: &Db, id: VideoId, viewer: UserId, now: i64) -> Result<Processing, Error> {
    let rows: Vec<Row> = db
        .all(
            "SELECT v.owner_id, v.is_published, v.status, v.failure, j.kind, j.state, j.progress, j.reason, j.begun_at,
                    j.updated_at
             FROM videos v LEFT JOIN jobs j ON j.video_id = v.id WHERE v.id = $1",
            args![id],
        )
        .await?;
    let video = rows.first().filter(|row| row.is_published || row.owner_id == viewer).or_not_found(NOT_FOUND)?;
    if video.owner_id != viewer {
        return Err(Error::forbidden("Only the owner of a video may do that"));
    }
    let (status, failure) = (Status::parse(&video.status), video.failure.clone());
    let jobs: Vec<JobRow> = rows.into_iter().filter_map(Row::job).collect();
    Ok(Processing::new(status, failure, &jobs, now))
}

impl Row {
    fn job(self) -> Option<JobRow> {
        Some(JobRow {
            kind: self.kind?,
            state: self.state?,
            progress: self.progress?,
            reason: self.reason,
            begun_at: self.begun_at?,
            updated_at: self.updated_at?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(kind: JobKind, state: &str, progress: i64, took_ms: i64) -> JobRow {
        let (kind, state) = (kind.as_str().to_owned(), state.to_owned());
        JobRow { kind, state, progress, reason: None, begun_at: 1000, updated_at: 1000 + took_ms }
    }

    #[test]
    fn the_rest_is_estimated_from_what_was_done() {
        for (progress, took_ms, later_ms, wanted) in [
            (50, 10_000, 0, Some(10)),
            (25, 10_000, 0, Some(30)),
            (25, 10_000, 4000, Some(26)),
            // Longer than was thought: it cannot take less than nothing.
            (90, 10_000, 60_000, Some(0)),
            (0, 10_000, 0, None),
            (50, 1000, 0, None),
        ] {
            let job = job(JobKind::Ladder, "running", progress, took_ms);
            assert_eq!(rest_s(&job, job.updated_at + later_ms), wanted, "{progress} {took_ms} {later_ms}");
        }
        assert_eq!(rest_s(&job(JobKind::Ladder, "queued", 50, 10_000), 11_000), None);
    }

    #[test]
    fn the_whole_is_estimated_only_when_every_part_can_be() {
        let estimate = |jobs: &[JobRow]| Processing::new(Status::Processing, None, jobs, 11_000).estimated_seconds;
        let done = || job(JobKind::Watchable, "done", 100, 5000);
        assert_eq!(estimate(&[job(JobKind::Watchable, "running", 50, 10_000)]), None, "the ladder is still to come");
        assert_eq!(estimate(&[done(), job(JobKind::Ladder, "running", 50, 10_000)]), Some(10));
        // The previews are not waited for.
        let previews = job(JobKind::Previews, "queued", 0, 0);
        assert_eq!(estimate(&[done(), job(JobKind::Ladder, "running", 50, 10_000), previews]), Some(10));
        assert_eq!(estimate(&[done(), job(JobKind::Ladder, "queued", 0, 0)]), None);
    }

    #[test]
    fn a_version_tells_changes_and_not_the_time() {
        let version = |progress: i64, now: i64| {
            let jobs = [job(JobKind::Ladder, "running", progress, 10_000)];
            Processing::new(Status::Processing, None, &jobs, now).version()
        };
        assert_eq!(version(40, 11_000), version(40, 15_000));
        assert_ne!(version(40, 11_000), version(41, 11_000));
    }
}
