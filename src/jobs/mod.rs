//! Work on videos that takes longer than a request: a queue in the database, and the workers that run it.
//!
//! A job is queued in the transaction that makes it necessary ([`enqueue`]), claimed with a lease, and concluded in the
//! transaction that stores its result. A worker that dies loses its job to another when the lease runs out, and the
//! fence keeps what it would still write from counting. Each kind of work is a file with a `run`, which makes things
//! in a scratch folder and holds no transaction open, and a `keep`, which writes them down.

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

/// How often the lease is renewed, which is also when the progress is told and a cancel is noticed.
const RENEWAL: Duration = Duration::from_secs(3);
/// How often a worker with nothing to do looks whether another process has queued something.
const POLL: Duration = Duration::from_secs(1);

/// Why a job did not come to its end.
#[derive(Debug)]
pub enum JobError {
    /// Trying again may help.
    Retry(String),
    /// It never will; the sentence is for the video's owner.
    Fail(String),
    /// The job is no longer this worker's: it was cancelled, its video is gone, or another has it.
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
