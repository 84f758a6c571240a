//! One ffmpeg process and one decode make all renditions and the audio.
//!
//! Each rendition is a fragmented MP4 file with one fragment per key frame. ffmpeg's HLS muxer is not used: it shifts
//! the audio against the video by the codec's reordering delay (59 to 80 ms measured), which players of byte ranges do
//! not undo, and it takes bitrates from the settings. Here times are the source's, and playlists tell what files hold.

use std::path::Path;
use std::time::Duration;

use crate::cover::write_still;
use crate::error::{MediaError, blocking};
use crate::filters;
use crate::fragments::{FragmentIndex, index};
use crate::info::{MediaInfo, Transfer, VideoStream};
use crate::invocation::Invocation;
use crate::plan::{AudioPlan, Batch};
use crate::progress::ProgressHooks;
use crate::renditions::{Encoding, RenditionPlan};
use crate::stream::{AudioRendition, Rendition, Stream, VideoRange};
use crate::tools::Tools;

/// Far beyond any real run; a stall ends one sooner.
const TIME_MAX: Duration = Duration::from_hours(48);
const AUDIO_FILE: &str = "audio.mp4";
const KEY_FRAME_S: u32 = 2;
/// Above any real distance, so that the encoder adds no key frames of its own.
const KEY_FRAMES_FORCED_ONLY: &str = "100000";
const AUDIO_FRAGMENT_US: &str = "4000000";
/// Start times are in the fragments, because many players ignore edit lists.
const VIDEO_FLAGS: &str = "+frag_keyframe+delay_moov+default_base_moof+negative_cts_offsets+frag_discont";
const AUDIO_FLAGS: &str = "+delay_moov+default_base_moof";

/// # Errors
/// [`MediaError::Failed`] when ffmpeg fails or its files are not as planned.
pub async fn transcode(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    batch: &Batch,
    duration_s: f64,
    scratch: &Path,
    hooks: &mut ProgressHooks<'_>,
) -> Result<Stream, MediaError> {
    let still = if batch.is_still { Some(write_still(tools, input, info, scratch).await?) } else { None };
    let mut invocation = Invocation::watched(hooks, Some(scratch), TIME_MAX);
    // Every frame keeps its time, as variable frame rates need it; no frames are duplicated.
    invocation.args(["-vsync", "vfr"]);
    if halves(info, batch) {
        // Only frames that no other refers to lose it, and scaling hides the edges of their blocks.
        invocation.args(["-skip_loop_filter", "noref"]);
    }
    invocation.source(input, info);
    if let Some(still) = &still {
        let fps = batch.renditions.first().map_or(1.0, |rendition| rendition.fps);
        invocation.args(["-protocol_whitelist", "file", "-format_whitelist", "jpeg_pipe"]);
        invocation.args(["-codec_whitelist", "mjpeg", "-loop", "1", "-framerate"]);
        invocation.arg(format!("{fps:.3}")).arg("-t").arg(format!("{duration_s:.3}"));
        invocation.args(["-f", "jpeg_pipe", "-i"]).arg(still);
    }
    add_outputs(&mut invocation, info, batch, scratch);
    tools.follow(&invocation, hooks).await?;
    read_stream(info, batch, duration_s, scratch).await
}

fn add_outputs(invocation: &mut Invocation<'_>, info: &MediaInfo, batch: &Batch, scratch: &Path) {
    if batch.encodes() {
        invocation.arg("-filter_complex").arg(filter_graph(info, batch));
    }
    for rendition in &batch.renditions {
        match (rendition.encoding, &info.video) {
            (Encoding::Encode { cap_kbit }, _) => encode_video(invocation, info, batch, rendition.short_side, cap_kbit),
            (Encoding::Copy, Some(video)) => {
                invocation.map(0, video.index).args(["-c:v", "copy"]);
            }
            (Encoding::Copy, None) => continue,
        }
        add_output(invocation, VIDEO_FLAGS, &scratch.join(rendition.file()));
    }
    let Some(audio) = &info.audio else { return };
    invocation.map(0, audio.index);
    match batch.audio {
        Some(plan) => {
            audio_codec(invocation, plan);
            invocation.args(["-frag_duration", AUDIO_FRAGMENT_US]);
            add_output(invocation, AUDIO_FLAGS, &scratch.join(AUDIO_FILE));
        }
        // ffmpeg counts time from the first stream that is used. Audio that begins before the video therefore has to
        // be used by every batch, or their renditions would not be aligned.
        None => {
            invocation.args(["-c", "copy", "-f", "null", "-"]);
        }
    }
}

/// Returns whether every rendition has at most half the video's width and height.
fn halves(info: &MediaInfo, batch: &Batch) -> bool {
    let is_half = |rendition: &RenditionPlan| rendition.width * 2 <= info.width && rendition.height * 2 <= info.height;
    info.video.is_some() && !batch.copies() && batch.renditions.iter().all(is_half)
}

/// Each encoded rendition is scaled from the next larger one. From a video of twice the size or more, averages are about
/// as good as a finer filter, and take less time.
fn filter_graph(info: &MediaInfo, batch: &Batch) -> String {
    let encoded: Vec<&RenditionPlan> =
        batch.renditions.iter().filter(|rendition| rendition.encoding != Encoding::Copy).collect();
    let mut source = match &info.video {
        Some(video) if !batch.is_still => {
            format!("[0:{}]{}{}", video.index, filters::prepare(video), limit_rate(video, &encoded))
        }
        _ => "[1:0]".to_owned(),
    };
    let mut parts = Vec::new();
    for (number, rendition) in encoded.iter().enumerate() {
        let (width, height, name) = (rendition.width, rendition.height, rendition.short_side);
        let flags = if number == 0 && halves(info, batch) { "area" } else { "bicubic" };
        let scale = format!("{source}scale={width}:{height}:flags={flags}:out_range=tv,setsar=1,format=yuv420p");
        if number + 1 < encoded.len() {
            parts.push(format!("{scale},split=2[v{name}][s{name}]"));
            source = format!("[s{name}]");
        } else {
            parts.push(format!("{scale}[v{name}]"));
        }
    }
    parts.join(";")
}

/// Drops frames only above the renditions' rate; all others keep their times.
fn limit_rate(video: &VideoStream, encoded: &[&RenditionPlan]) -> String {
    match encoded.first() {
        Some(rendition) if video.fps_average > rendition.fps * 1.01 => format!("fps={:.3},", rendition.fps),
        _ => String::new(),
    }
}

fn encode_video(invocation: &mut Invocation<'_>, info: &MediaInfo, batch: &Batch, short_side: u32, cap_kbit: u32) {
    invocation.arg("-map").arg(format!("[v{short_side}]"));
    invocation.args(["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high"]);
    invocation.args(["-pix_fmt", "yuv420p", "-crf", "23", "-sc_threshold", "0"]);
    // Otherwise ffmpeg rounds times to the nominal frame rate, which moves frames of variable rates, and key frames
    // away from those of a copied rendition.
    invocation.args(["-enc_time_base", "1:90000"]);
    invocation.args(["-g", KEY_FRAMES_FORCED_ONLY, "-force_key_frames"]);
    if batch.follows_source {
        invocation.arg("source");
    } else {
        invocation.arg(format!("expr:gte(t,n_forced*{KEY_FRAME_S})"));
    }
    invocation.arg("-maxrate").arg(format!("{cap_kbit}k"));
    invocation.arg("-bufsize").arg(format!("{}k", cap_kbit.saturating_mul(2)));
    if info.video.as_ref().is_some_and(VideoStream::is_hdr) {
        invocation.args(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]);
    }
    if batch.is_still {
        invocation.args(["-tune", "stillimage"]);
    }
}

/// Encoded audio begins at zero and has no gaps: silence fills those of the source.
fn audio_codec(invocation: &mut Invocation<'_>, plan: AudioPlan) {
    match plan {
        AudioPlan::Copy => {
            invocation.args(["-c:a", "copy", "-bsf:a", "aac_adtstoasc"]);
        }
        AudioPlan::Encode { kbit, channels } => {
            invocation.args(["-af", "aresample=async=1:first_pts=0", "-c:a", "aac", "-ar", "48000"]);
            invocation.arg("-ac").arg(channels.to_string());
            invocation.arg("-b:a").arg(format!("{kbit}k"));
        }
    }
}

fn add_output(invocation: &mut Invocation<'_>, flags: &str, output: &Path) {
    invocation.args(["-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"]);
    invocation.args(["-max_muxing_queue_size", "4096", "-movflags", flags, "-f", "mp4"]);
    invocation.arg(output);
}

async fn read_stream(info: &MediaInfo, batch: &Batch, duration_s: f64, scratch: &Path) -> Result<Stream, MediaError> {
    let mut renditions = Vec::new();
    for plan in &batch.renditions {
        let index = read_index(scratch, plan.file()).await?;
        if !index.keyed {
            return Err(MediaError::failed(format!("{} has parts without a key frame.", plan.file())));
        }
        renditions.push(rendition(info, plan, index));
    }
    let audio = match batch.audio {
        Some(plan) => {
            let index = read_index(scratch, AUDIO_FILE.to_owned()).await?;
            Some(AudioRendition {
                channels: index.channels,
                sample_rate: index.sample_rate,
                copied: plan == AudioPlan::Copy,
                track: index.track,
            })
        }
        None => None,
    };
    Stream::new(duration_s, renditions, audio)
}

async fn read_index(scratch: &Path, file: String) -> Result<FragmentIndex, MediaError> {
    let path = scratch.join(file);
    blocking(MediaError::failed("Reading a new file failed."), move || index(&path)).await
}

fn rendition(info: &MediaInfo, plan: &RenditionPlan, index: FragmentIndex) -> Rendition {
    let copied = plan.encoding == Encoding::Copy;
    let video_range = match info.video.as_ref().map(|video| video.transfer) {
        Some(Transfer::Pq) if copied => VideoRange::Pq,
        Some(Transfer::Hlg) if copied => VideoRange::Hlg,
        _ => VideoRange::Sdr,
    };
    Rendition {
        width: index.width,
        height: index.height,
        fps: measured_fps(&index).unwrap_or(plan.fps),
        video_range,
        copied,
        track: index.track,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no video has 2^52 frames")]
fn measured_fps(index: &FragmentIndex) -> Option<f64> {
    let length_s = index.track.end_s() - index.track.start_s();
    let fps = index.samples as f64 / length_s;
    fps.is_finite().then_some((fps * 1000.0).round() / 1000.0)
}

#[cfg(test)]
pub(crate) mod tests;
