//! Work on videos that takes longer than a request: a queue in the database, and the workers that run it.
//!
//! A job is queued in the transaction that makes it necessary ([`enqueue`]), claimed with a lease, and concluded in the
//! transaction that stores its result. A worker that dies loses its job to another when the lease runs out, and the
//! fence keeps what it would still write from counting. Each kind of work is a file with a `run`, which makes things
//! in a scratch folder and holds no transaction open, and a `keep`, which writes them down.

mod events;
mod film;
mod ladder;
mod previews;
mod processing;
mod queue;
mod routes;
mod scratch;
mod watchable;
mod worker;

use std::time::Duration;

use tokio::sync::watch;

pub use self::events::Audience;
pub use self::queue::{Kind, enqueue, take_back};
pub use self::routes::routes;
pub use self::worker::{work, work_off, work_one};
use crate::db;
use crate::error::Error;
use chaitube_media::MediaError;

/// How long a claimed job is left to its worker without a word from it.
const LEASE: Duration = Duration::from_secs(30);
/// How often the lease is renewed, which is also when the progress is told and a cancel is noticed.
const RENEWAL: Duration = Duration::from_secs(3);
/// How often a worker with nothing to do looks whether another process has queued something.
const POLL: Duration = Duration::from_secs(1);
const ATTEMPTS_MAX: i64 = 5;

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
        tracing::warn!(%error, "a job was hindered");
        Self::Retry("The server could not reach its database or its store.".to_owned())
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

/// Tells this process's workers that the queue has changed, so that they need not wait for their next look.
#[derive(Debug)]
pub struct Jobs(watch::Sender<()>);

impl Default for Jobs {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Jobs {
    /// To be called after the commit of whatever queued or cancelled a job.
    pub fn changed(&self) {
        self.0.send_replace(());
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
