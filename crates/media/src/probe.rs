//! Examines a source file first: headers, limits, and one decoded frame, as noise may follow a valid header.

use std::path::Path;
use std::time::Duration;

use crate::codec::probe_decoders;
use crate::container::Container;
use crate::error::MediaError;
use crate::ffprobe::{ENTRIES, Report, refused_codec};
use crate::info::MediaInfo;
use crate::invocation::{Invocation, Tool};
use crate::limits::VideoLimits;
use crate::progress::Progress;
use crate::run::{RunError, ToolOutput};
use crate::tools::Tools;

const PROBE_TIME_MAX: Duration = Duration::from_secs(30);
/// Reading all packets takes as long as reading the file.
const SCAN_TIME_MAX: Duration = Duration::from_mins(10);
/// The first frame has to come within this many seconds.
const TRIAL_S: &str = "20";

/// Reads the headers and decodes one frame.
///
/// # Errors
/// [`MediaError::Refused`] when the file is damaged, not accepted or beyond the limits.
pub async fn probe(
    tools: &Tools,
    input: &Path,
    container: Container,
    limits: &VideoLimits,
) -> Result<MediaInfo, MediaError> {
    let info = read_header(tools, input, container, limits).await?;
    try_decoding(tools, &[(input, &info)]).await?;
    Ok(info)
}

/// Decodes nothing.
///
/// # Errors
/// [`MediaError::Refused`] when the file is damaged, not accepted or beyond the limits.
pub async fn read_header(
    tools: &Tools,
    input: &Path,
    container: Container,
    limits: &VideoLimits,
) -> Result<MediaInfo, MediaError> {
    let metadata = tokio::fs::metadata(input).await.map_err(|cause| MediaError::io("Opening the video", &cause))?;
    limits.check_bytes(metadata.len())?;
    let report = run_ffprobe(tools, input, container).await?;
    let mut info = report.info(container, metadata.len(), limits)?;
    if !info.duration_s.is_normal() || info.duration_s < 0.0 || lacks_rate(&info) {
        measure(tools, input, &mut info).await?;
        limits.check_duration(info.duration_s)?;
        if info.video.is_some() {
            limits.check_video(info.width, info.height, info.fps())?;
        }
    }
    if info.bit_rate == 0 {
        info.bit_rate = average_bit_rate(info.bytes, info.duration_s);
    }
    Ok(info)
}

fn used_stream(info: &MediaInfo) -> Option<u32> {
    info.video.as_ref().map(|video| video.index).or(info.audio.as_ref().map(|audio| audio.index))
}

fn lacks_rate(info: &MediaInfo) -> bool {
    info.video.as_ref().is_some_and(|video| video.fps_average == 0.0)
}

async fn run_ffprobe(tools: &Tools, input: &Path, container: Container) -> Result<Report, MediaError> {
    let mut invocation = Invocation::new(Tool::Ffprobe, PROBE_TIME_MAX);
    invocation.args(["-show_format", "-show_streams", "-show_entries", ENTRIES]);
    invocation.args(["-of", "json=compact=1"]);
    invocation.input(input, container, &probe_decoders());
    let (output, json) = tools.output(&invocation).await.map_err(RunError::into_refusal)?;
    if !output.status.success() {
        return Err(unreadable(&output, &invocation, container));
    }
    Report::parse(&json)
}

fn unreadable(output: &ToolOutput, invocation: &Invocation<'_>, container: Container) -> MediaError {
    const NOT_LISTED: &str = ") not on whitelist";
    if let Some(signal) = output.signal() {
        return MediaError::refused(format!(
            "ffprobe was ended by signal {signal} while it read this file: it crashed, or ran into its limit of memory or \
             time. The file is probably damaged."
        ));
    }
    let refused = output.stderr.lines().find_map(|line| {
        let before = line.split_once(NOT_LISTED)?.0;
        before.rsplit_once("Codec (").map(|(_, name)| name)
    });
    if let Some(name) = refused {
        return refused_codec("video or audio", name);
    }
    if output.stderr.contains("moov atom not found") {
        return MediaError::refused(
            "This video's index is missing: the upload or the recording was cut off. Send it \
             again, or repair it first.",
        );
    }
    MediaError::refused(format!(
        "This file begins like {} but cannot be read as such ({}).",
        container.extension().to_uppercase(),
        output.stderr_summary(invocation)
    ))
}

/// Where the header has no duration or frame rate.
async fn measure(tools: &Tools, input: &Path, info: &mut MediaInfo) -> Result<(), MediaError> {
    let stream = used_stream(info).unwrap_or_default();
    let mut invocation = Invocation::new(Tool::Ffprobe, SCAN_TIME_MAX);
    invocation.output_bytes_max = 512 * 1024 * 1024;
    invocation.arg("-select_streams").arg(stream.to_string());
    invocation.args(["-show_entries", "packet=pts_time,dts_time,duration_time", "-of", "csv=p=0"]);
    invocation.source(input, info);
    let (mut packets, mut first_s, mut end_s) = (0_u32, f64::MAX, 0.0_f64);
    let output = tools
        .lines(&invocation, &mut |line| {
            let mut fields = line.split(',').map(|field| field.parse::<f64>().ok());
            let (shown_s, decoded_s, length_s) =
                (fields.next().flatten(), fields.next().flatten(), fields.next().flatten());
            if let Some(at_s) = shown_s.or(decoded_s).filter(|at_s| at_s.is_finite()) {
                first_s = first_s.min(at_s);
                end_s = end_s.max(at_s + length_s.unwrap_or(0.0));
            }
            packets = packets.saturating_add(1);
            Ok(Progress::Made)
        })
        .await
        .map_err(RunError::into_refusal)?;
    let length_s = end_s - first_s;
    if !output.status.success() || packets == 0 || !length_s.is_normal() || length_s < 0.0 {
        return Err(MediaError::refused("The length of this video cannot be determined: it has no usable timestamps."));
    }
    if !info.duration_s.is_normal() || info.duration_s < 0.0 {
        info.duration_s = length_s;
    }
    if let Some(video) = &mut info.video
        && video.fps_average == 0.0
    {
        video.fps_average = f64::from(packets) / length_s;
    }
    Ok(())
}

/// Decodes one frame of each, all in one process.
///
/// # Errors
/// [`MediaError::Refused`] when a file has nothing that can be decoded.
pub async fn try_decoding(tools: &Tools, sources: &[(&Path, &MediaInfo)]) -> Result<(), MediaError> {
    let mut invocation = Invocation::new(Tool::Ffmpeg, PROBE_TIME_MAX);
    for (input, info) in sources {
        invocation.args(["-threads", "1", "-t", TRIAL_S]);
        invocation.source(input, info);
    }
    for (number, (_, info)) in sources.iter().enumerate() {
        let index = used_stream(info);
        // One output per input, closed as soon as it has its frame.
        invocation.map(number, index.unwrap_or_default());
        invocation.args(["-frames:v", "1", "-frames:a", "1", "-f", "framecrc", "pipe:1"]);
    }
    let mut frames = 0;
    let output = tools
        .lines(&invocation, &mut |line| {
            if !line.starts_with('#') && line.contains(',') {
                frames += 1;
            }
            Ok(Progress::Made)
        })
        .await
        .map_err(RunError::into_refusal)?;
    if frames < sources.len() {
        return Err(MediaError::refused(format!(
            "Nothing in this file can be decoded: it is damaged ({}).",
            output.stderr_summary(&invocation)
        )));
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a bit rate needs no more than 52 bits and casts from floats saturate"
)]
fn average_bit_rate(bytes: u64, duration_s: f64) -> u64 {
    (bytes as f64 * 8.0 / duration_s.max(0.001)) as u64
}

#[cfg(test)]
mod tests;
