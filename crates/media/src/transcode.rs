//! Making the files of a stream: one ffmpeg process, one decode, every rung and the sound.
//!
//! Each rung is a fragmented MP4 of its own with one fragment a key frame. ffmpeg's HLS muxer is
//! not used: it shifts the sound against the picture by what the video codec reorders (59 to 80 ms
//! measured), which players of byte ranges do not undo, and it computes rates from settings. Here
//! time stamps are those of the source, and playlists are written from what the files hold.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::codec::VideoCodec;
use crate::error::MediaError;
use crate::info::{Film, Transfer, VideoStream};
use crate::filters;
use crate::fragments::{Indexed, index};
use crate::plan::{Batch, RungPlan, SoundPlan, Way};
use crate::probe::decoders;
use crate::progress::{Heartbeat, Watch};
use crate::run::{Ended, Stop};
use crate::cover;
use crate::stream::{Rung, Sound, Stream, VideoRange};
use crate::tools::{Call, Tools};

/// The clock only ends what the watchdog cannot see: work that crawls for ever.
const TIME_MAX: Duration = Duration::from_hours(48);
pub(crate) const SOUND_FILE: &str = "sound.mp4";
const KEY_FRAME_S: u32 = 2;
/// Far above any real distance, so that the encoder adds no key frames of its own.
const KEY_FRAMES_FORCED_ONLY: &str = "100000";
const SOUND_FRAGMENT_US: &str = "4000000";
/// Real start times in each fragment, none in edit lists, which many players ignore.
const PICTURE_FLAGS: &str = "+frag_keyframe+delay_moov+default_base_moof+negative_cts_offsets+frag_discont";
const SOUND_FLAGS: &str = "+delay_moov+default_base_moof";

/// Makes one batch of a plan in the scratch folder, which must hold nothing else of that name.
pub async fn make(
    tools: &Tools,
    input: &Path,
    film: &Film,
    batch: &Batch,
    duration_s: f64,
    scratch: &Path,
    watch: &mut Watch<'_>,
) -> Result<Stream, MediaError> {
    let picture = if batch.still { Some(cover::write(tools, input, film, scratch).await?) } else { None };
    let call = call(input, film, batch, duration_s, picture.as_deref(), scratch, watch);
    let ended = follow(tools, &call, watch).await?;
    if !ended.status.success() {
        return Err(broken_off(&ended, &call));
    }
    gather(film, batch, duration_s, scratch).await
}

/// Runs a call that reports its progress.
pub(crate) async fn follow(tools: &Tools, call: &Call<'_>, watch: &mut Watch<'_>) -> Result<Ended, MediaError> {
    let mut heartbeat = Heartbeat::default();
    tools
        .lines(call, &mut |line| {
            let (done_s, pulse) = heartbeat.take(line);
            if let Some(done_s) = done_s {
                (watch.on_progress)(done_s);
            }
            Ok(pulse)
        })
        .await
        .map_err(Stop::into_failure)
}

/// What to say when ffmpeg gave up on a film that could be probed.
pub(crate) fn broken_off(ended: &Ended, call: &Call<'_>) -> MediaError {
    let complaint = ended.complaint_shown(call);
    if complaint.contains("No space left on device") {
        return MediaError::failed("The disk is full: free some space, then try again.");
    }
    match ended.signal() {
        Some(signal) => MediaError::failed(format!(
            "ffmpeg was ended by signal {signal} while it worked on this film: it crashed, or ran \
             into its limit of memory, time or file size."
        )),
        None => MediaError::failed(format!("ffmpeg gave up on this film ({complaint}).")),
    }
}

fn call<'a>(
    input: &'a Path,
    film: &Film,
    batch: &Batch,
    duration_s: f64,
    picture: Option<&'a Path>,
    scratch: &'a Path,
    watch: &Watch<'_>,
) -> Call<'a> {
    let mut call = Call::watched(watch, Some(scratch), TIME_MAX);
    // Every frame at its own moment, as uneven films need it; no frames are made up.
    call.args(["-vsync", "vfr"]);
    call.input(input, film.container, &decoders(film));
    if let Some(picture) = picture {
        // A second input of our own making, opened by the one demuxer for it.
        let fps = batch.rungs.first().map_or(1.0, |rung| rung.fps);
        call.args(["-protocol_whitelist", "file", "-format_whitelist", "jpeg_pipe"]);
        call.args(["-codec_whitelist", "mjpeg", "-loop", "1", "-framerate"]);
        call.arg(format!("{fps:.3}")).arg("-t").arg(format!("{duration_s:.3}"));
        call.args(["-f", "jpeg_pipe", "-i"]).arg(picture);
    }
    if batch.encodes() {
        call.arg("-filter_complex").arg(graph(film, batch));
    }
    for rung in &batch.rungs {
        match rung.way {
            Way::Copy => copy_picture(&mut call, film, rung, scratch),
            Way::Encode { cap_kbit } => {
                encode_picture(&mut call, film, batch, rung, cap_kbit, scratch);
            }
        }
    }
    match (batch.sound, &film.audio) {
        (Some(plan), _) => make_sound(&mut call, film, plan, scratch),
        // ffmpeg counts time from the first stream that is used. Sound that begins before the
        // picture therefore has to be used by every batch, or their pictures would lie apart.
        (None, Some(audio)) => {
            call.arg("-map").arg(format!("0:{}", audio.index));
            call.args(["-c", "copy", "-f", "null", "-"]);
        }
        (None, None) => {}
    }
    call
}

/// One decode, then each encoded rung scaled from the next larger one.
fn graph(film: &Film, batch: &Batch) -> String {
    let encoded: Vec<&RungPlan> = batch.rungs.iter().filter(|rung| rung.way != Way::Copy).collect();
    let mut source = match &film.video {
        Some(video) if !batch.still => {
            format!("[0:{}]{}{}", video.index, filters::prepare(video), rate(video, &encoded))
        }
        _ => "[1:0]".to_owned(),
    };
    let mut parts = Vec::new();
    for (number, rung) in encoded.iter().enumerate() {
        let scale =
            format!("{source}scale={}:{}:flags=bicubic:out_range=tv,setsar=1,format=yuv420p", rung.width, rung.height);
        let name = rung.short_side;
        if number + 1 < encoded.len() {
            parts.push(format!("{scale},split=2[v{name}][s{name}]"));
            source = format!("[s{name}]");
        } else {
            parts.push(format!("{scale}[v{name}]"));
        }
    }
    parts.join(";")
}

/// Thins out frames only where there are more than the rungs are to have; all others keep their
/// own moments, which a variable rate needs.
fn rate(video: &VideoStream, encoded: &[&RungPlan]) -> String {
    match encoded.first() {
        Some(rung) if video.fps_average > rung.fps * 1.01 => format!("fps={:.3},", rung.fps),
        _ => String::new(),
    }
}

fn copy_picture(call: &mut Call<'_>, film: &Film, rung: &RungPlan, scratch: &Path) {
    let Some(video) = &film.video else { return };
    call.arg("-map").arg(format!("0:{}", video.index));
    call.args(["-c:v", "copy"]);
    if video.codec == VideoCodec::Hevc {
        call.args(["-tag:v", "hvc1"]);
    }
    finish(call, PICTURE_FLAGS, &scratch.join(rung.file()));
}

fn encode_picture(call: &mut Call<'_>, film: &Film, batch: &Batch, rung: &RungPlan, cap_kbit: u32, scratch: &Path) {
    call.arg("-map").arg(format!("[v{}]", rung.short_side));
    call.args(["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high"]);
    call.args(["-pix_fmt", "yuv420p", "-crf", "23", "-sc_threshold", "0"]);
    // Without this, ffmpeg rounds moments to the frame rate it believes in, which moves the
    // pictures of uneven films and the key frames away from those of a copied rung.
    call.args(["-enc_time_base", "1:90000"]);
    call.args(["-g", KEY_FRAMES_FORCED_ONLY, "-force_key_frames"]);
    if batch.follows_source {
        call.arg("source");
    } else {
        call.arg(format!("expr:gte(t,n_forced*{KEY_FRAME_S})"));
    }
    call.arg("-maxrate").arg(format!("{cap_kbit}k"));
    call.arg("-bufsize").arg(format!("{}k", cap_kbit.saturating_mul(2)));
    if film.video.as_ref().is_some_and(VideoStream::is_hdr) {
        call.args(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]);
    }
    if batch.still {
        call.args(["-tune", "stillimage"]);
    }
    finish(call, PICTURE_FLAGS, &scratch.join(rung.file()));
}

fn make_sound(call: &mut Call<'_>, film: &Film, plan: SoundPlan, scratch: &Path) {
    let Some(audio) = &film.audio else { return };
    call.arg("-map").arg(format!("0:{}", audio.index));
    sound_codec(call, plan);
    call.args(["-frag_duration", SOUND_FRAGMENT_US]);
    finish(call, SOUND_FLAGS, &scratch.join(SOUND_FILE));
}

/// Encoded sound begins at zero and has no holes: silence is put in where the source has none.
pub(crate) fn sound_codec(call: &mut Call<'_>, plan: SoundPlan) {
    match plan {
        SoundPlan::Copy => {
            call.args(["-c:a", "copy", "-bsf:a", "aac_adtstoasc"]);
        }
        SoundPlan::Encode { kbit, channels } => {
            call.args(["-af", "aresample=async=1:first_pts=0", "-c:a", "aac", "-ar", "48000"]);
            call.arg("-ac").arg(channels.to_string());
            call.arg("-b:a").arg(format!("{kbit}k"));
        }
    }
}

fn finish(call: &mut Call<'_>, flags: &str, output: &Path) {
    call.args(["-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"]);
    call.args(["-max_muxing_queue_size", "4096", "-movflags", flags, "-f", "mp4"]);
    call.arg(output);
}

/// Reads what was made and puts it together.
async fn gather(film: &Film, batch: &Batch, duration_s: f64, scratch: &Path) -> Result<Stream, MediaError> {
    let mut rungs = Vec::new();
    for plan in &batch.rungs {
        let made = read(scratch.join(plan.file())).await?;
        if !made.keyed {
            return Err(MediaError::failed(format!("{} has parts without a key frame.", plan.file())));
        }
        rungs.push(rung(film, plan, made));
    }
    let sound = match batch.sound {
        Some(plan) => {
            let made = read(scratch.join(SOUND_FILE)).await?;
            Some(Sound {
                channels: made.channels,
                sample_rate: made.sample_rate,
                copied: plan == SoundPlan::Copy,
                track: made.track,
            })
        }
        None => None,
    };
    Stream::new(duration_s, rungs, sound)
}

async fn read(path: PathBuf) -> Result<Indexed, MediaError> {
    tokio::task::spawn_blocking(move || index(&path))
        .await
        .map_err(|_| MediaError::failed("Reading a made file broke down."))?
}

fn rung(film: &Film, plan: &RungPlan, made: Indexed) -> Rung {
    let copied = plan.way == Way::Copy;
    let video_range = match film.video.as_ref().map(|video| video.transfer) {
        Some(Transfer::Pq) if copied => VideoRange::Pq,
        Some(Transfer::Hlg) if copied => VideoRange::Hlg,
        _ => VideoRange::Sdr,
    };
    Rung {
        width: made.width,
        height: made.height,
        fps: measured_fps(&made).unwrap_or(plan.fps),
        video_range,
        copied,
        track: made.track,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no film has 2^52 frames")]
fn measured_fps(made: &Indexed) -> Option<f64> {
    let length_s = made.track.end_s() - made.track.start_s();
    let fps = made.samples as f64 / length_s;
    fps.is_finite().then_some((fps * 1000.0).round() / 1000.0)
}

#[cfg(test)]
pub(crate) mod tests;
