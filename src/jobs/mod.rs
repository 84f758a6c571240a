//! The workers, and one file for each kind of job.
//!
//! A job is queued in the transaction that makes it necessary, claimed with a lease, and finished in the transaction
//! that records its output. A worker that dies loses its job to another when the lease runs out; the fence then voids
//! what the first would still write. Each kind has a `run`, which works in a scratch folder without a transaction, and
//! a `commit`, which records the output.

mod context;
mod ladder;
mod previews;
mod scratch;
mod watchable;
mod worker;

use std::time::Duration;

pub use self::worker::{work, work_off, work_one};
use crate::db;
use crate::error::Error;
use chaitube_media::MediaError;

/// How often a lease is renewed. That also reports the progress and notices a cancellation.
const RENEWAL: Duration = Duration::from_secs(3);
/// How often an idle worker polls for jobs that other processes have queued.
const POLL: Duration = Duration::from_secs(1);

/// Why a job did not succeed.
#[derive(Debug)]
pub enum JobError {
    /// Another attempt may succeed.
    Retry(String),
    /// No attempt will succeed. The owner of the video is shown the reason.
    Fail(String),
    /// The claim is lost: the job was cancelled, its video is gone, or another worker has claimed it.
    Lost,
}

impl From<MediaError> for JobError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Refused(reason) => Self::Fail(reason),
            MediaError::Failed(reason) | MediaError::Missing(reason) => Self::Retry(reason),
        }
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        tracing::warn!(%error, "database or storage failed during a job");
        Self::Retry("The server could not reach its database or storage.".to_owned())
    }
}

impl From<db::Error> for JobError {
    fn from(error: db::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<std::io::Error> for JobError {
    fn from(error: std::io::Error) -> Self {
        Error::from(error).into()
    }
}
