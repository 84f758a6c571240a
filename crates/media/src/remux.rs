//! A stream's best size and its sound as one MP4 file that plays while it loads, for players that know nothing of
//! streams: taken over as they are, only moved into one container.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::codec::{AudioCodec, VideoCodec};
use crate::error::MediaError;
use crate::info::{Chroma, Film};
use crate::container::Container;
use crate::transcode::{broken_off, follow};
use crate::progress::Watch;
use crate::stream::Stream;
use crate::tools::{Call, Tools};

const TIME_MAX: Duration = Duration::from_hours(6);
/// The name of the file in the scratch folder.
pub const FILE: &str = "film.mp4";

/// Whether browsers play a film as it was uploaded: all of them its container, its picture and its sound.
#[must_use]
pub fn plays_as_it_is(film: &Film) -> bool {
    let Some(video) = &film.video else { return false };
    let sound = film.audio.as_ref().map(|audio| audio.codec);
    let plain = video.chroma == Chroma::Quarter && video.bit_depth == 8;
    match film.container {
        Container::Mp4 | Container::Mov => {
            plain
                && matches!(video.codec, VideoCodec::H264 | VideoCodec::Vp9 | VideoCodec::Av1)
                && matches!(sound, None | Some(AudioCodec::Aac | AudioCodec::Mp3 | AudioCodec::Opus))
        }
        Container::WebM => plain,
        _ => false,
    }
}

/// Writes [`FILE`] into the scratch folder, which has the stream's files, its index in front; gives its path.
///
/// # Errors
/// [`MediaError::Failed`] when ffmpeg gives up.
pub async fn remux(
    tools: &Tools,
    stream: &Stream,
    scratch: &Path,
    watch: &mut Watch<'_>,
) -> Result<PathBuf, MediaError> {
    let Some(rung) = stream.rungs.first() else {
        return Err(MediaError::failed("A stream without a picture cannot become a film."));
    };
    let (output, picture) = (scratch.join(FILE), scratch.join(&rung.track.file));
    let sound = stream.sound.as_ref().map(|sound| scratch.join(&sound.track.file));
    let mut call = Call::watched(watch, Some(scratch), TIME_MAX);
    // ffmpeg moves each file to zero, and it takes a picture whose frames are reordered for later than it is. So both
    // are told when they really begin, or they would lie apart.
    call.arg("-itsoffset").arg(format!("{:.6}", rung.track.start_s()));
    call.input(&picture, Container::Mp4, VideoCodec::H264.decoders());
    if let (Some(path), Some(sound)) = (&sound, &stream.sound) {
        call.arg("-itsoffset").arg(format!("{:.6}", sound.track.start_s()));
        call.input(path, Container::Mp4, AudioCodec::Aac.decoders());
    }
    call.args(["-map", "0:v:0"]);
    if sound.is_some() {
        call.args(["-map", "1:a:0"]);
    }
    call.args(["-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1"]);
    call.args(["-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"]);
    call.arg(&output);
    let ended = follow(tools, &call, watch).await?;
    if ended.status.success() { Ok(output) } else { Err(broken_off(&ended, &call)) }
}
