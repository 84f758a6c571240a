//! Looking at an uploaded film before anything is done with it: headers, limits, and one frame
//! really decoded, so that a good magic number before noise does not pass.

use std::path::Path;
use std::time::Duration;

use crate::codec::probe_decoders;
use crate::error::MediaError;
use crate::ffprobe::{Answer, ENTRIES, refused_codec};
use crate::info::{Film, FilmLimits};
use crate::container::Container;
use crate::run::{Ended, Pulse};
use crate::tools::{Call, Tool, Tools};

const LOOK_TIME_MAX: Duration = Duration::from_secs(30);
/// Reading all packets of a film without a duration in its header takes as long as its bytes do.
const SCAN_TIME_MAX: Duration = Duration::from_mins(10);
/// The first frame has to come within this much of the film.
const TRIAL_S: &str = "20";

/// Looks at a film, tries to decode it, and says what it is, or why it is not taken.
pub async fn probe(tools: &Tools, input: &Path, container: Container, limits: &FilmLimits) -> Result<Film, MediaError> {
    let film = read_header(tools, input, container, limits).await?;
    try_decoding(tools, &[(input, &film)]).await?;
    Ok(film)
}

/// What a film says it is, held against the limits; nothing of it is decoded.
pub async fn read_header(
    tools: &Tools,
    input: &Path,
    container: Container,
    limits: &FilmLimits,
) -> Result<Film, MediaError> {
    let metadata = tokio::fs::metadata(input).await.map_err(|cause| MediaError::storage("Opening the film", &cause))?;
    limits.check_bytes(metadata.len())?;
    let answer = look(tools, input, container).await?;
    let mut film = answer.film(container, metadata.len(), limits)?;
    if !film.duration_s.is_normal() || film.duration_s < 0.0 || lacks_rate(&film) {
        measure(tools, input, &mut film).await?;
        limits.check_duration(film.duration_s)?;
        if film.video.is_some() {
            limits.check_picture(film.width, film.height, film.fps())?;
        }
    }
    if film.bit_rate == 0 {
        film.bit_rate = average_bit_rate(film.bytes, film.duration_s);
    }
    Ok(film)
}

fn lacks_rate(film: &Film) -> bool {
    film.video.as_ref().is_some_and(|video| video.fps_average == 0.0)
}

async fn look(tools: &Tools, input: &Path, container: Container) -> Result<Answer, MediaError> {
    let mut call = Call::new(Tool::Ffprobe, LOOK_TIME_MAX);
    call.args(["-show_format", "-show_streams", "-show_entries", ENTRIES]);
    call.args(["-of", "json=compact=1"]);
    call.input(input, container, &probe_decoders());
    let (ended, json) = tools.output(&call).await.map_err(crate::run::Stop::into_refusal)?;
    if !ended.status.success() {
        return Err(unreadable(&ended, &call, container));
    }
    Answer::parse(&json)
}

/// The sentence for a file that ffprobe gave up on.
fn unreadable(ended: &Ended, call: &Call<'_>, container: Container) -> MediaError {
    const NOT_LISTED: &str = ") not on whitelist";
    if let Some(signal) = ended.signal() {
        return MediaError::refused(format!(
            "Looking at this file ended ffprobe by signal {signal}: it crashed, or ran into its limit of memory or \
             time. The file is probably damaged."
        ));
    }
    let refused = ended.complaint.lines().find_map(|line| {
        let before = line.split_once(NOT_LISTED)?.0;
        before.rsplit_once("Codec (").map(|(_, name)| name)
    });
    if let Some(name) = refused {
        return refused_codec("picture or sound", name);
    }
    if ended.complaint.contains("moov atom not found") {
        return MediaError::refused(
            "This film's index is missing: the upload or the recording was cut off. Send it \
             again, or repair it first.",
        );
    }
    MediaError::refused(format!(
        "This file begins like {} but cannot be read as such ({}).",
        container.extension().to_uppercase(),
        ended.complaint_shown(call)
    ))
}

/// Counts packets and finds the last time stamp where the header tells no duration or rate.
async fn measure(tools: &Tools, input: &Path, film: &mut Film) -> Result<(), MediaError> {
    let stream = film
        .video
        .as_ref()
        .map(|video| video.index)
        .or(film.audio.as_ref().map(|audio| audio.index))
        .unwrap_or_default();
    let mut call = Call::new(Tool::Ffprobe, SCAN_TIME_MAX);
    call.output_bytes_max = 512 * 1024 * 1024;
    call.arg("-select_streams").arg(stream.to_string());
    call.args(["-show_entries", "packet=pts_time,dts_time,duration_time", "-of", "csv=p=0"]);
    call.input(input, film.container, &decoders(film));
    let (mut packets, mut first_s, mut end_s) = (0_u32, f64::MAX, 0.0_f64);
    let ended = tools
        .lines(&call, &mut |line| {
            let mut fields = line.split(',').map(|field| field.parse::<f64>().ok());
            let (shown_s, decoded_s, length_s) =
                (fields.next().flatten(), fields.next().flatten(), fields.next().flatten());
            if let Some(at_s) = shown_s.or(decoded_s).filter(|at_s| at_s.is_finite()) {
                first_s = first_s.min(at_s);
                end_s = end_s.max(at_s + length_s.unwrap_or(0.0));
            }
            packets = packets.saturating_add(1);
            Ok(Pulse::Beat)
        })
        .await
        .map_err(crate::run::Stop::into_refusal)?;
    let length_s = end_s - first_s;
    if !ended.status.success() || packets == 0 || !length_s.is_normal() || length_s < 0.0 {
        return Err(MediaError::refused(
            "How long this film is cannot be found out: it has no time stamps that make sense.",
        ));
    }
    if !film.duration_s.is_normal() || film.duration_s < 0.0 {
        film.duration_s = length_s;
    }
    if let Some(video) = &mut film.video
        && video.fps_average == 0.0
    {
        video.fps_average = f64::from(packets) / length_s;
    }
    Ok(())
}

/// The decoders that this film's own two streams need, and no others.
pub(crate) fn decoders(film: &Film) -> String {
    let picture = film.video.as_ref().map(|video| video.codec.decoders());
    let sound = film.audio.as_ref().map(|audio| audio.codec.decoders());
    let names: Vec<&str> = picture.into_iter().chain(sound).collect();
    names.join(",")
}

/// Decodes one frame of each film, all in one process; a file from which none comes is no film, whatever its header
/// says.
pub async fn try_decoding(tools: &Tools, films: &[(&Path, &Film)]) -> Result<(), MediaError> {
    let mut call = Call::new(Tool::Ffmpeg, LOOK_TIME_MAX);
    for (input, film) in films {
        call.args(["-threads", "1", "-t", TRIAL_S]);
        call.input(input, film.container, &decoders(film));
    }
    for (number, (_, film)) in films.iter().enumerate() {
        let index = film.video.as_ref().map(|video| video.index).or(film.audio.as_ref().map(|audio| audio.index));
        // An output for each: one that has its frames is closed, with whatever else was to come in it.
        call.arg("-map").arg(format!("{number}:{}", index.unwrap_or_default()));
        call.args(["-frames:v", "1", "-frames:a", "1", "-f", "framecrc", "pipe:1"]);
    }
    let mut frames = 0;
    let ended = tools
        .lines(&call, &mut |line| {
            if !line.starts_with('#') && line.contains(',') {
                frames += 1;
            }
            Ok(Pulse::Beat)
        })
        .await
        .map_err(crate::run::Stop::into_refusal)?;
    if frames < films.len() {
        return Err(MediaError::refused(format!(
            "Nothing in this file can be decoded: it is damaged ({}).",
            ended.complaint_shown(&call)
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
