//! Thumbnails, the candidates to choose one from, and the blurred placeholder of one.

use std::path::Path;

use crate::cover::still;
use crate::error::MediaError;
use crate::frame::{Among, frame, frame_via};
use crate::image::{Bounds, Image, OWN_PIXELS_MAX, decode};
use crate::info::MediaInfo;
use crate::tools::Tools;

/// Where the thumbnail is taken, as a share of the duration: after the titles, before the end.
const POSITION: f64 = 0.25;
const CANDIDATE_POSITIONS: [f64; 3] = [0.2, 0.5, 0.8];
const PLACEHOLDER_BOUNDS: Bounds = Bounds { width: 32, height: 32 };

/// Takes a frame of a video, or the cover of an audio file.
///
/// # Errors
/// [`MediaError::Refused`] when nothing in the video can be decoded.
pub async fn thumbnail(tools: &Tools, input: &Path, info: &MediaInfo, scratch: &Path) -> Result<Image, MediaError> {
    match info.video {
        Some(_) => frame(tools, input, info, info.duration_s * POSITION, scratch).await,
        None => still(tools, input, info, scratch).await,
    }
}

/// Takes three frames in the order of the video, or an audio file's cover, if any.
///
/// # Errors
/// [`MediaError::Refused`] when nothing in the video can be decoded.
pub async fn candidates(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    scratch: &Path,
) -> Result<Vec<Image>, MediaError> {
    if info.video.is_none() {
        return match frame(tools, input, info, 0.0, scratch).await {
            Ok(image) => Ok(vec![image]),
            Err(MediaError::Refused(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
    }
    let [first, second, third] = CANDIDATE_POSITIONS.map(|position| {
        let at_s = info.duration_s * position;
        // A file for each, because all three are taken at once.
        let file = scratch.join(format!("frame{:.0}.jpg", position * 10.0));
        async move { frame_via(tools, input, info, at_s, Among::KeyFrames, &file).await }
    });
    let (first, second, third) = tokio::try_join!(first, second, third)?;
    Ok(vec![first, second, third])
}

/// Encodes a `BlurHash` of about thirty characters. Takes processor time: call it on a thread that may block.
///
/// # Errors
/// [`MediaError::Refused`] when the image cannot be decoded.
pub fn placeholder(image: &[u8]) -> Result<String, MediaError> {
    let small = decode(image, OWN_PIXELS_MAX, PLACEHOLDER_BOUNDS)?.into_rgba8();
    let (across, down) = if small.width() >= small.height() { (4, 3) } else { (3, 4) };
    blurhash::encode(across, down, small.width(), small.height(), small.as_raw())
        .map_err(|_| MediaError::failed("The placeholder of an image could not be computed."))
}

#[cfg(test)]
mod tests;
