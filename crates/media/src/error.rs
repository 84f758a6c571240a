//! The engine's error.

use thiserror::Error;

/// The message is a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MediaError {
    /// The file is invalid or not accepted. Retrying cannot help.
    #[error("{0}")]
    Refused(String),
    /// A tool or the machine failed. Retrying may help.
    #[error("{0}")]
    Failed(String),
    /// ffmpeg is not installed; the message says how to install it.
    #[error("{0}")]
    Missing(String),
}

impl MediaError {
    #[must_use]
    pub fn missing_tools() -> Self {
        Self::Missing(
            "ffmpeg and ffprobe are not installed on this machine. Install them (Debian and \
             Ubuntu: `apt install ffmpeg`; Fedora: `dnf install ffmpeg-free`; Alpine: `apk add \
             ffmpeg`) and start the server again."
                .to_owned(),
        )
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    pub(crate) fn io(doing: &str, cause: &std::io::Error) -> Self {
        Self::Failed(format!("{doing} did not work: {cause}."))
    }
}

/// A panic in `work`, as a hostile file may cause, becomes `on_panic`.
pub(crate) async fn blocking<T: Send + 'static>(
    on_panic: MediaError,
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(on_panic))
}
