//! One still picture out of a film.

use std::path::Path;
use std::time::Duration;

use crate::error::MediaError;
use crate::info::Film;
use crate::filters;
use crate::image::{self, Bounds, Picture};
use crate::probe::decoders;
use crate::tools::{Call, Tool, Tools};

const TIME_MAX: Duration = Duration::from_mins(1);
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
const BOUNDS: Bounds = Bounds { width: 1280, height: 1280 };
/// The best of so many frames after the wanted moment is taken: no fades, no black.
const FRAMES_COMPARED: u32 = 50;
const KEY_FRAMES_COMPARED: u32 = 4;
/// The share of the film in which key frames are compared.
const KEY_FRAMES_SPAN: f64 = 0.15;

/// Which frames after the moment are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    All,
    /// Costs a third, and for a picture that may lie anywhere nearby it does as well.
    KeyFrames,
}

/// Takes a picture of the film near a moment, or its cover picture when it is sound alone.
pub async fn frame(tools: &Tools, input: &Path, film: &Film, at_s: f64, scratch: &Path) -> Result<Picture, MediaError> {
    let still = scratch.join("frame.jpg");
    frame_into(tools, input, film, at_s, Among::All, &still).await
}

/// As `frame`, by way of a given file, whose folder is the scratch folder.
pub(crate) async fn frame_into(
    tools: &Tools,
    input: &Path,
    film: &Film,
    at_s: f64,
    among: Among,
    still: &Path,
) -> Result<Picture, MediaError> {
    let at_s = if at_s.is_finite() { at_s.clamp(0.0, film.duration_s) } else { 0.0 };
    let mut taken = take(tools, input, film, at_s, among, still).await;
    if matches!(taken, Err(MediaError::Refused(_))) && at_s > 0.0 {
        // Nothing follows the moment, as at the very end of a film or after a seek into damage.
        taken = take(tools, input, film, 0.0, Among::All, still).await;
    }
    taken
}

async fn take(
    tools: &Tools,
    input: &Path,
    film: &Film,
    at_s: f64,
    among: Among,
    still: &Path,
) -> Result<Picture, MediaError> {
    let mut call = Call::new(Tool::Ffmpeg, TIME_MAX);
    call.scratch = still.parent();
    call.scratch_bytes_max = u64::MAX;
    if let Some(video) = &film.video {
        let compared = match among {
            Among::All => FRAMES_COMPARED,
            Among::KeyFrames => {
                call.args(["-skip_frame", "nokey", "-noaccurate_seek", "-t"]);
                // Not as far as to where the next candidate is taken.
                call.arg(format!("{:.3}", film.duration_s * KEY_FRAMES_SPAN));
                KEY_FRAMES_COMPARED
            }
        };
        call.arg("-ss").arg(format!("{at_s:.3}"));
        call.input(input, film.container, &decoders(film));
        call.arg("-map").arg(format!("0:{}", video.index));
        let (width, height) = filters::fit(film.width, film.height, BOUNDS.width, BOUNDS.height);
        call.arg("-vf").arg(format!("{}thumbnail={compared},scale={width}:{height},setsar=1", filters::prepare(video)));
    } else if let Some(cover) = film.cover {
        call.input(input, film.container, crate::codec::COVER_DECODERS);
        call.arg("-map").arg(format!("0:{cover}"));
    } else {
        return Err(MediaError::refused("This film is sound alone and has no cover picture."));
    }
    call.args(["-an", "-sn", "-dn", "-frames:v", "1", "-pix_fmt", "yuvj420p", "-q:v", "2"]);
    call.arg("-fs").arg(FILE_BYTES_MAX.to_string());
    call.args(["-update", "1", "-f", "image2"]).arg(still);
    let (ended, _) = tools.output(&call).await.map_err(crate::run::Stop::into_refusal)?;
    let bytes = tokio::fs::read(still).await;
    // The picture is in memory now, and a file that stays would be taken for the next one's.
    let _ = tokio::fs::remove_file(still).await;
    let bytes = match bytes {
        Ok(bytes) if ended.status.success() && !bytes.is_empty() => bytes,
        _ => {
            return Err(MediaError::refused(format!(
                "No picture can be taken from this film ({}).",
                ended.complaint_shown(&call)
            )));
        }
    };
    tokio::task::spawn_blocking(move || image::reencode(&bytes, BOUNDS))
        .await
        .map_err(|_| MediaError::failed("Reading a picture of the film broke down."))?
}

#[cfg(test)]
mod tests;
