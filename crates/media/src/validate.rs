//! Checks the files of a new stream before it replaces anything.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt};

use crate::container::Container;
use crate::error::MediaError;
use crate::info::MediaInfo;
use crate::limits::VideoLimits;
use crate::probe::{read_header, try_decoding};
use crate::stream::{Rendition, Stream, Track};
use crate::tools::Tools;

const DURATION_SLACK_S: f64 = 1.0;
/// Files probed at once; starting a tool takes longer than its work here.
const PROBES_AT_ONCE: usize = 2;

/// Compares the files with the source; skips those named in `passed`.
///
/// # Errors
/// [`MediaError::Failed`] for the first file that is not as it should be.
pub async fn validate(
    tools: &Tools,
    info: &MediaInfo,
    stream: &Stream,
    scratch: &Path,
    passed: &[String],
) -> Result<(), MediaError> {
    if stream.audio.is_some() != info.audio.is_some() {
        return Err(wrong("The stream", "its audio is missing"));
    }
    let Some((first, _)) = stream.renditions.split_first() else {
        return Err(wrong("The stream", "it has no rendition"));
    };
    // Video may end before the audio; all renditions have to end alike.
    let mut longest_s = stream.audio.as_ref().map_or(0.0, |audio| audio.track.end_s());
    for rendition in &stream.renditions {
        if !rendition.track.aligned_with(&first.track) {
            return Err(wrong(&rendition.track.file, "its key frames are not at the times of the others'"));
        }
        longest_s = longest_s.max(rendition.track.end_s());
    }
    if (longest_s - stream.duration_s).abs() > DURATION_SLACK_S {
        return Err(wrong(
            "The stream",
            &format!("it lasts {longest_s:.1} s, but the video lasts {:.1} s", stream.duration_s),
        ));
    }
    let renditions = stream.renditions.iter().map(Part::Video);
    let parts = renditions.chain(stream.audio.iter().map(|audio| Part::Audio(&audio.track)));
    let unchecked = parts.filter(|part| !passed.contains(&part.track().file));
    let probes: Vec<_> = unchecked.map(|part| part.probe(tools, scratch)).collect();
    let probed: Vec<(PathBuf, MediaInfo)> =
        futures_util::stream::iter(probes).buffered(PROBES_AT_ONCE).try_collect().await?;
    let sources: Vec<(&Path, &MediaInfo)> = probed.iter().map(|(path, info)| (path.as_path(), info)).collect();
    if sources.is_empty() {
        return Ok(());
    }
    try_decoding(tools, &sources).await.map_err(|error| failed("The stream", error))
}

enum Part<'s> {
    Video(&'s Rendition),
    Audio(&'s Track),
}

impl Part<'_> {
    const fn track(&self) -> &Track {
        match self {
            Self::Video(rendition) => &rendition.track,
            Self::Audio(track) => track,
        }
    }

    async fn probe(self, tools: &Tools, scratch: &Path) -> Result<(PathBuf, MediaInfo), MediaError> {
        let track = self.track();
        let path = scratch.join(&track.file);
        let made = read_header(tools, &path, Container::Mp4, &VideoLimits::none()).await;
        let made = made.map_err(|error| failed(&track.file, error))?;
        if made.bytes != track.bytes {
            return Err(wrong(&track.file, "it has changed since it was made"));
        }
        match self {
            Self::Video(rendition) => check_rung(rendition, &made)?,
            Self::Audio(track) if made.audio.is_none() || made.streams != 1 => {
                return Err(wrong(&track.file, "it should hold one audio track"));
            }
            Self::Audio(_) => {}
        }
        Ok((path, made))
    }
}

fn check_rung(rendition: &Rendition, made: &MediaInfo) -> Result<(), MediaError> {
    if made.video.is_none() || made.streams != 1 {
        return Err(wrong(&rendition.track.file, "it should hold one video track"));
    }
    if (made.width, made.height) != (rendition.width, rendition.height) {
        return Err(wrong(&rendition.track.file, "its size is not the planned one"));
    }
    let length_s = rendition.track.end_s() - rendition.track.start_s();
    if (made.duration_s - length_s).abs() > DURATION_SLACK_S {
        return Err(wrong(&rendition.track.file, "its fragments do not add up to its length"));
    }
    Ok(())
}

/// A file that was made here is never the user's error.
fn failed(what: &str, error: MediaError) -> MediaError {
    match error {
        MediaError::Refused(message) => wrong(what, &message),
        other => other,
    }
}

fn wrong(what: &str, why: &str) -> MediaError {
    MediaError::failed(format!("{what} was made wrongly: {why}."))
}

#[cfg(test)]
mod tests;
