//! The three ways in which looking at, or changing, a picture or film can go wrong.

use thiserror::Error;

/// What went wrong, always as a sentence that can be shown to a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MediaError {
    /// The file is at fault: answer 400 and do not try again.
    #[error("{0}")]
    Refused(String),
    /// The tool or the machine is at fault: trying again may help.
    #[error("{0}")]
    Failed(String),
    /// ffmpeg is not installed; the sentence says what to type.
    #[error("{0}")]
    Missing(String),
}

impl MediaError {
    /// The one sentence about an absent ffmpeg, the same wherever it is noticed.
    #[must_use]
    pub fn missing_tools() -> Self {
        Self::Missing(
            "ffmpeg and ffprobe are not installed on this machine. Install them (Debian and \
             Ubuntu: `apt install ffmpeg`; Fedora: `dnf install ffmpeg-free`; Alpine: `apk add \
             ffmpeg`) and start the server again."
                .to_owned(),
        )
    }

    pub(crate) fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused(sentence.into())
    }

    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }

    /// A file of ours that could not be read or written: the machine's fault.
    pub(crate) fn storage(doing: &str, cause: &std::io::Error) -> Self {
        Self::Failed(format!("{doing} did not work: {cause}."))
    }
}
