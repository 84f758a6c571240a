//! The processing status of a video, as its owner sees it.

use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::api::videos::NOT_FOUND;
use crate::app::App;
use crate::db::{Record, args, text_enum};
use crate::error::{Error, OrNotFound};
use crate::id::{UserId, VideoId};
use crate::queue::{JobKind, JobRow, JobState};
use crate::streams::VideoStatus;

/// Too short a measurement does not predict the rest.
const MEASURED_MS_MIN: i64 = 2000;

/// Progress of processing a video.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Processing {
    status: VideoStatus,
    /// Reason of a failure.
    failure: Option<String>,
    /// Estimated seconds until the video is `ready`; null if unknown, such as before a step has started.
    #[schema(example = 95, minimum = 0)]
    estimated_seconds: Option<i64>,
    /// The steps, in the order they start.
    steps: Vec<Step>,
}

text_enum! {
    /// State of a step; `waiting` for an earlier one.
    enum StepState {
        Waiting = "waiting",
        Queued = "queued",
        Running = "running",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl From<JobState> for StepState {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Queued => Self::Queued,
            JobState::Running => Self::Running,
            JobState::Done => Self::Done,
            JobState::Failed => Self::Failed,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

/// A processing step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Step {
    name: JobKind,
    state: StepState,
    #[schema(example = 40, minimum = 0, maximum = 100)]
    percent: i64,
    /// Estimated seconds until the step is done; null unless it has been running for a while.
    #[schema(example = 95, minimum = 0)]
    estimated_seconds: Option<i64>,
    /// Reason of a failure or a retry.
    reason: Option<String>,
}

impl Processing {
    /// `now` is in milliseconds, and not before the rows were read.
    pub fn new(status: VideoStatus, failure: Option<String>, jobs: &[JobRow], now: i64) -> Self {
        let steps: Vec<Step> = JobKind::ALL.into_iter().map(|kind| Step::new(kind, jobs, now)).collect();
        let mut vital = steps.iter().filter(|step| step.name.is_vital() && step.state != StepState::Done);
        let estimated_seconds = match (status, vital.next(), vital.next()) {
            (VideoStatus::Processing, Some(last), None) => last.estimated_seconds,
            _ => None,
        };
        Self { status, failure, estimated_seconds, steps }
    }

    /// Says whether nothing will change by itself any more.
    pub fn is_over(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step.state, StepState::Queued | StepState::Running))
    }

    /// Hashes everything but the estimates, which change with the clock.
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        let texts = [self.status.as_str(), self.failure.as_deref().unwrap_or_default()];
        let steps = self.steps.iter().flat_map(|step| {
            [step.state.as_str().to_owned(), step.percent.to_string(), step.reason.clone().unwrap_or_default()]
        });
        for text in texts.into_iter().map(str::to_owned).chain(steps) {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hex::encode(&hash.finalize()[..8])
    }
}

impl Step {
    fn new(kind: JobKind, jobs: &[JobRow], now: i64) -> Self {
        match jobs.iter().find(|job| job.kind == kind) {
            Some(job) => Self {
                name: kind,
                state: job.state.into(),
                percent: job.progress,
                estimated_seconds: rest_s(job, now),
                reason: job.reason.clone(),
            },
            None => Self { name: kind, state: StepState::Waiting, percent: 0, estimated_seconds: None, reason: None },
        }
    }
}

/// Extrapolates the remaining seconds from the progress at the last renewal of the lease.
fn rest_s(job: &JobRow, now: i64) -> Option<i64> {
    let took_ms = job.updated_at - job.begun_at;
    if job.state != JobState::Running || !(1..100).contains(&job.progress) || took_ms < MEASURED_MS_MIN {
        return None;
    }
    let rest_ms = took_ms.saturating_mul(100 - job.progress) / job.progress;
    Some((rest_ms - (now - job.updated_at)).max(0).div_euclid(1000))
}

/// A video with one of its jobs, if it has any.
#[derive(Record)]
struct Row {
    owner_id: UserId,
    is_published: bool,
    status: VideoStatus,
    failure: Option<String>,
    kind: Option<JobKind>,
    state: Option<JobState>,
    progress: Option<i64>,
    reason: Option<String>,
    begun_at: Option<i64>,
    updated_at: Option<i64>,
}

/// Loads the status in one statement, so that all of it is of one moment.
///
/// # Errors
/// 404 when the viewer may not even see the video, 403 when it is somebody else's.
pub async fn of_own_video(app: &App, id: VideoId, viewer: UserId) -> Result<Processing, Error> {
    let rows: Vec<Row> = app
        .db
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
    let (status, failure) = (video.status, video.failure.clone());
    let jobs: Vec<JobRow> = rows.into_iter().filter_map(Row::job).collect();
    // The clock is read after the rows: an estimate must not be of a time before the progress that it is based on.
    Ok(Processing::new(status, failure, &jobs, app.clock.now_ms()))
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

    fn job(kind: JobKind, state: JobState, progress: i64, took_ms: i64) -> JobRow {
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
            let job = job(JobKind::Ladder, JobState::Running, progress, took_ms);
            assert_eq!(rest_s(&job, job.updated_at + later_ms), wanted, "{progress} {took_ms} {later_ms}");
        }
        assert_eq!(rest_s(&job(JobKind::Ladder, JobState::Queued, 50, 10_000), 11_000), None);
    }

    #[test]
    fn the_whole_is_estimated_only_when_every_part_can_be() {
        let estimate = |jobs: &[JobRow]| Processing::new(VideoStatus::Processing, None, jobs, 11_000).estimated_seconds;
        let done = || job(JobKind::Watchable, JobState::Done, 100, 5000);
        assert_eq!(
            estimate(&[job(JobKind::Watchable, JobState::Running, 50, 10_000)]),
            None,
            "the ladder is still to come"
        );
        assert_eq!(estimate(&[done(), job(JobKind::Ladder, JobState::Running, 50, 10_000)]), Some(10));
        // The previews are not waited for.
        let previews = job(JobKind::Previews, JobState::Queued, 0, 0);
        assert_eq!(estimate(&[done(), job(JobKind::Ladder, JobState::Running, 50, 10_000), previews]), Some(10));
        assert_eq!(estimate(&[done(), job(JobKind::Ladder, JobState::Queued, 0, 0)]), None);
    }

    #[test]
    fn a_version_tells_changes_and_not_the_time() {
        let version = |progress: i64, now: i64| {
            let jobs = [job(JobKind::Ladder, JobState::Running, progress, 10_000)];
            Processing::new(VideoStatus::Processing, None, &jobs, now).version()
        };
        assert_eq!(version(40, 11_000), version(40, 15_000));
        assert_ne!(version(40, 11_000), version(41, 11_000));
    }
}
