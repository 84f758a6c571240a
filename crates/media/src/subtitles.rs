//! Extracts the text subtitles of a source file as `WebVTT`, to be its captions.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec::TEXT_SUBTITLE_DECODERS;
use crate::error::MediaError;
use crate::info::{MediaInfo, SubtitleStream};
use crate::invocation::Invocation;
use crate::progress::ProgressHooks;
use crate::tools::Tools;

const TIME_MAX: Duration = Duration::from_hours(6);
const CAPTIONS_MAX: usize = 16;
/// Two hours of speech have 150 kB. What is longer is left out rather than cut.
const CAPTION_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Stored as JSON: fields keep their serialised names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caption {
    /// The name of a `WebVTT` file.
    pub file: String,
    pub language: Option<String>,
    pub title: Option<String>,
    pub is_default: bool,
}

/// Writes files into the scratch folder. Leaves out subtitles without a cue, too long ones, and those after the first
/// sixteen.
///
/// # Errors
/// [`MediaError::Failed`] when ffmpeg fails.
pub async fn captions(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    scratch: &Path,
    hooks: &mut ProgressHooks<'_>,
) -> Result<Vec<Caption>, MediaError> {
    let subtitles = info.subtitles.get(..CAPTIONS_MAX).unwrap_or(&info.subtitles);
    if subtitles.is_empty() {
        return Ok(Vec::new());
    }
    let mut invocation = Invocation::watched(hooks, Some(scratch), TIME_MAX);
    invocation.input(input, info.container, &format!("{},{TEXT_SUBTITLE_DECODERS}", info.decoders()));
    for subtitle in subtitles {
        invocation.map(0, subtitle.index).args(["-c:s", "webvtt", "-map_metadata", "-1", "-map_chapters", "-1"]);
        // One byte more shows that something is missing.
        invocation.arg("-fs").arg((CAPTION_BYTES_MAX + 1).to_string());
        invocation.args(["-f", "webvtt"]).arg(scratch.join(file(subtitle)));
    }
    // ffmpeg counts time from the first stream that is used, so what is shown and heard has to be used too.
    let video = info.video.as_ref().map(|video| video.index);
    let audio = info.audio.as_ref().map(|audio| audio.index);
    for index in video.into_iter().chain(audio) {
        invocation.map(0, index);
    }
    invocation.args(["-c", "copy", "-f", "null", "-"]);
    tools.follow(&invocation, hooks).await?;
    let mut captions = Vec::new();
    for subtitle in subtitles {
        let path = scratch.join(file(subtitle));
        let text = tokio::fs::read(&path).await.map_err(|cause| MediaError::io("Reading subtitles", &cause))?;
        if text.len() as u64 <= CAPTION_BYTES_MAX && has_cue(&text) {
            captions.push(Caption {
                file: file(subtitle),
                language: subtitle.language.clone(),
                title: subtitle.title.clone(),
                is_default: subtitle.is_default,
            });
        }
    }
    Ok(captions)
}

fn file(subtitle: &SubtitleStream) -> String {
    format!("subtitles{}.vtt", subtitle.index)
}

fn has_cue(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.starts_with("WEBVTT") && text.contains(" --> "))
}

#[cfg(test)]
mod tests;
