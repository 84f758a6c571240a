//! Joins a stream's best rendition and its audio into one MP4 file for players that know no streams.

use std::path::Path;
use std::time::Duration;

use crate::codec::{AudioCodec, VideoCodec};
use crate::container::Container;
use crate::error::MediaError;
use crate::info::{Chroma, MediaInfo};
use crate::invocation::Invocation;
use crate::progress::ProgressHooks;
use crate::stream::Stream;
use crate::tools::Tools;

const TIME_MAX: Duration = Duration::from_hours(6);
const FILE: &str = "video.mp4";

#[must_use]
pub fn plays_in_browsers(info: &MediaInfo) -> bool {
    let Some(video) = &info.video else { return false };
    let audio = info.audio.as_ref().map(|audio| audio.codec);
    let is_common = video.chroma == Chroma::Yuv420 && video.bit_depth == 8;
    match info.container {
        Container::Mp4 | Container::Mov => {
            is_common
                && matches!(video.codec, VideoCodec::H264 | VideoCodec::Vp9 | VideoCodec::Av1)
                && matches!(audio, None | Some(AudioCodec::Aac | AudioCodec::Mp3 | AudioCodec::Opus))
        }
        Container::WebM => is_common,
        _ => false,
    }
}

/// Puts the index in front. The scratch folder has the stream's files; returns the new one's name.
///
/// # Errors
/// [`MediaError::Failed`] when the stream has no rendition or ffmpeg fails.
pub async fn remux(
    tools: &Tools,
    stream: &Stream,
    scratch: &Path,
    hooks: &mut ProgressHooks<'_>,
) -> Result<&'static str, MediaError> {
    let Some(rendition) = stream.renditions.first() else {
        return Err(MediaError::failed("A stream without a rendition cannot become a file."));
    };
    let video = scratch.join(&rendition.track.file);
    let audio = stream.audio.as_ref().map(|audio| (scratch.join(&audio.track.file), audio.track.start_s()));
    let mut invocation = Invocation::watched(hooks, Some(scratch), TIME_MAX);
    // ffmpeg moves each input to zero and misjudges the start of reordered video, so both are given their real starts.
    invocation.arg("-itsoffset").arg(format!("{:.6}", rendition.track.start_s()));
    invocation.input(&video, Container::Mp4, VideoCodec::H264.decoders());
    if let Some((path, start_s)) = &audio {
        invocation.arg("-itsoffset").arg(format!("{start_s:.6}"));
        invocation.input(path, Container::Mp4, AudioCodec::Aac.decoders());
    }
    invocation.args(["-map", "0:v:0"]);
    if audio.is_some() {
        invocation.args(["-map", "1:a:0"]);
    }
    invocation.args(["-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1"]);
    invocation.args(["-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"]);
    invocation.arg(scratch.join(FILE));
    tools.follow(&invocation, hooks).await?;
    Ok(FILE)
}
