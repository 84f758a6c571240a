//! The film as one MP4 file that plays while it loads, for downloads and plain players: streams
//! taken over as they are, only moved into another container.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::MediaError;
use super::film::Film;
use super::ladder::{broken_off, follow, sound_codec};
use super::plan::{Plan, Way};
use super::probe::decoders;
use super::progress::Watch;
use super::tools::{Call, Tool, Tools};

const TIME_MAX: Duration = Duration::from_hours(6);
const FILE: &str = "film.mp4";

/// Whether the plan takes the picture over, so that this costs next to nothing.
#[must_use]
pub fn can_remux(plan: &Plan) -> bool {
    plan.first.rungs.iter().any(|rung| rung.way == Way::Copy)
}

/// Writes `film.mp4` into the scratch folder, its index in front, and gives its path.
pub async fn remux(
    tools: &Tools,
    input: &Path,
    film: &Film,
    plan: &Plan,
    scratch: &Path,
    watch: &mut Watch<'_>,
) -> Result<PathBuf, MediaError> {
    let Some(video) = film.video.as_ref().filter(|_| can_remux(plan)) else {
        return Err(MediaError::failed("This film has to be encoded and cannot be taken over."));
    };
    let output = scratch.join(FILE);
    let mut call = Call::new(Tool::Ffmpeg, TIME_MAX);
    call.scratch = Some(scratch);
    call.output_bytes_max = usize::MAX;
    call.silence_max = Some(watch.silence_max);
    call.scratch_bytes_max = watch.scratch_bytes_max;
    call.memory_bytes_max = watch.memory_bytes_max;
    call.niceness = watch.niceness;
    call.args(["-progress", "pipe:1", "-nostats"]);
    call.input(input, film.container, &decoders(film));
    call.arg("-map").arg(format!("0:{}", video.index));
    call.args(["-c:v", "copy"]);
    if let (Some(audio), Some(sound)) = (&film.audio, plan.first.sound) {
        call.arg("-map").arg(format!("0:{}", audio.index));
        sound_codec(&mut call, sound);
    }
    call.args(["-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"]);
    call.args(["-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"]);
    call.arg(&output);
    let ended = follow(tools, &call, watch).await?;
    if ended.status.success() { Ok(output) } else { Err(broken_off(&ended, &call)) }
}
