//! Extracts one frame of a video as an image.

use std::path::Path;
use std::time::Duration;

use crate::codec::COVER_DECODERS;
use crate::error::{MediaError, blocking};
use crate::filters;
use crate::image::{Bounds, Image, OWN_PIXELS_MAX, reencode};
use crate::info::MediaInfo;
use crate::invocation::{Invocation, Tool};
use crate::run::RunError;
use crate::tools::Tools;

const TIME_MAX: Duration = Duration::from_mins(1);
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
const BOUNDS: Bounds = Bounds { width: 1280, height: 1280 };
/// The most representative of this many frames is taken, which avoids fades and black.
const FRAMES_COMPARED: u32 = 50;
const KEY_FRAMES_COMPARED: u32 = 4;
/// The share of the duration in which key frames are compared; less than the distance between two candidates.
const KEY_FRAMES_SPAN: f64 = 0.15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    All,
    /// Costs a third, where the exact time does not matter.
    KeyFrames,
}

/// Extracts a frame near `at_s`, or the cover image of an audio file.
pub(crate) async fn frame(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    at_s: f64,
    scratch: &Path,
) -> Result<Image, MediaError> {
    frame_via(tools, input, info, at_s, Among::All, &scratch.join("frame.jpg")).await
}

/// Like [`frame`], through the temporary `file` in the scratch folder.
pub(crate) async fn frame_via(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    at_s: f64,
    among: Among,
    file: &Path,
) -> Result<Image, MediaError> {
    let at_s = if at_s.is_finite() { at_s.clamp(0.0, info.duration_s) } else { 0.0 };
    let image = extract(tools, input, info, at_s, among, file).await;
    if matches!(image, Err(MediaError::Refused(_))) && at_s > 0.0 {
        // Nothing could be decoded after that time, as at the very end or after a seek into damage.
        return extract(tools, input, info, 0.0, Among::All, file).await;
    }
    image
}

async fn extract(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    at_s: f64,
    among: Among,
    file: &Path,
) -> Result<Image, MediaError> {
    let mut invocation = Invocation::new(Tool::Ffmpeg, TIME_MAX);
    invocation.scratch = file.parent();
    invocation.scratch_bytes_max = u64::MAX;
    if let Some(video) = &info.video {
        let compared = match among {
            Among::All => FRAMES_COMPARED,
            Among::KeyFrames => {
                invocation.args(["-skip_frame", "nokey", "-noaccurate_seek", "-t"]);
                invocation.arg(format!("{:.3}", info.duration_s * KEY_FRAMES_SPAN));
                KEY_FRAMES_COMPARED
            }
        };
        invocation.arg("-ss").arg(format!("{at_s:.3}"));
        invocation.source(input, info).map(0, video.index);
        let (width, height) = filters::fit(info.width, info.height, BOUNDS.width, BOUNDS.height);
        let filter = format!("{}thumbnail={compared},scale={width}:{height},setsar=1", filters::prepare(video));
        invocation.arg("-vf").arg(filter);
    } else if let Some(cover) = info.cover {
        invocation.input(input, info.container, COVER_DECODERS).map(0, cover);
    } else {
        return Err(MediaError::refused("This audio file has no cover image."));
    }
    invocation.args(["-an", "-sn", "-dn", "-frames:v", "1", "-pix_fmt", "yuvj420p", "-q:v", "2"]);
    invocation.arg("-fs").arg(FILE_BYTES_MAX.to_string());
    invocation.args(["-update", "1", "-f", "image2"]).arg(file);
    let (output, _) = tools.output(&invocation).await.map_err(RunError::into_refusal)?;
    let bytes = tokio::fs::read(file).await;
    // The next extraction would take a file that stays for its own.
    let _ = tokio::fs::remove_file(file).await;
    let bytes = match bytes {
        Ok(bytes) if output.status.success() && !bytes.is_empty() => bytes,
        _ => {
            return Err(MediaError::refused(format!(
                "No image can be taken from this video ({}).",
                output.stderr_summary(&invocation)
            )));
        }
    };
    blocking(MediaError::failed("Reading a frame of the video failed."), move || {
        reencode(&bytes, OWN_PIXELS_MAX, BOUNDS)
    })
    .await
}

#[cfg(test)]
mod tests;
