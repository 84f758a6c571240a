//! How jobs fail.

use crate::db;
use crate::error::Error;
use chaitube_media::MediaError;

#[derive(Debug)]
pub enum JobError {
    Retry(String),
    /// The owner of the video is shown the reason.
    Fail(String),
    /// The job was cancelled, its video is gone, or another worker has claimed it.
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
