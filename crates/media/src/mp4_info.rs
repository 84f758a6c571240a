//! Examines an MP4 file without ffmpeg: its index, and only codecs that browsers play.

use std::fs::File;
use std::path::Path;

use mp4_atom::{Codec, Moov, Stbl, StszSamples, Trak};

use crate::boxes::{box_body, box_header, decode};
use crate::container::Container;
use crate::error::{MediaError, blocking};
use crate::limits::VideoLimits;

/// Twelve hours at 60 frames per second have an index of about 30 MB.
const INDEX_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Far more than precede an index; each fragment is a box, too.
const BOXES_MAX: usize = 1000;
/// 1.0 in the fixed-point format of display matrices.
const ONE: i32 = 0x1_0000;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mp4Info {
    pub duration_s: f64,
    /// In pixels as displayed, after rotation.
    pub width: u32,
    pub height: u32,
}

/// # Errors
/// [`MediaError::Refused`] for a damaged file or one beyond the limits, [`MediaError::Missing`] for one that only
/// ffmpeg could examine or make playable.
pub async fn mp4_info(path: &Path, container: Container, limits: &VideoLimits) -> Result<Mp4Info, MediaError> {
    if !matches!(container, Container::Mp4 | Container::Mov) {
        return Err(MediaError::missing_tools());
    }
    let (path, limits) = (path.to_owned(), limits.clone());
    blocking(damaged(), move || read(&path, &limits)).await
}

fn read(path: &Path, limits: &VideoLimits) -> Result<Mp4Info, MediaError> {
    let storage = |cause| MediaError::io("Opening the video", &cause);
    let mut file = File::open(path).map_err(storage)?;
    let bytes = file.metadata().map_err(storage)?.len();
    limits.check_bytes(bytes)?;
    let moov = find_index(&mut file, bytes)?;
    limits.check_streams(u32::try_from(moov.trak.len()).unwrap_or(u32::MAX))?;
    let video = moov.trak.iter().find_map(|trak| Some((trak, video_size(trak)?)));
    let Some((trak, (coded_width, coded_height))) = video else { return Err(MediaError::missing_tools()) };
    // Browsers have to play or ignore every track.
    if !moov.trak.iter().all(|trak| video_size(trak).is_some() || is_harmless(trak)) {
        return Err(MediaError::missing_tools());
    }
    for trak in &moov.trak {
        check_samples(&trak.mdia.minf.stbl, bytes)?;
    }
    let duration_s = moov.trak.iter().map(duration_s).fold(0.0, f64::max);
    // Fragmented files have no duration in their index.
    if !duration_s.is_normal() {
        return Err(MediaError::missing_tools());
    }
    limits.check_duration(duration_s)?;
    limits.check_video(coded_width, coded_height, fps(trak))?;
    let (width, height) =
        if is_rotated_a_quarter(trak) { (coded_height, coded_width) } else { (coded_width, coded_height) };
    Ok(Mp4Info { duration_s, width, height })
}

fn damaged() -> MediaError {
    MediaError::refused("This video's index is missing or damaged. Send it again, or repair it first.")
}

fn find_index(file: &mut File, bytes: u64) -> Result<Moov, MediaError> {
    let mut offset = 0;
    for _ in 0..BOXES_MAX {
        if offset >= bytes {
            break;
        }
        let (kind, size) = box_header(file, offset, bytes).ok_or_else(damaged)?;
        if &kind == b"moov" {
            let moov = box_body(file, offset, size, INDEX_BYTES_MAX).ok_or_else(damaged)?;
            return decode(&moov).ok_or_else(damaged);
        }
        offset += size;
    }
    Err(damaged())
}

/// Returns the coded size, if every browser plays the track.
fn video_size(trak: &Trak) -> Option<(u32, u32)> {
    let [codec] = trak.mdia.minf.stbl.stsd.codecs.as_slice() else { return None };
    let visual = match codec {
        Codec::Avc1(entry) => &entry.visual,
        Codec::Vp09(entry) => &entry.visual,
        Codec::Av01(entry) => &entry.visual,
        _ => return None,
    };
    Some((visual.width.into(), visual.height.into()))
}

/// Whether browsers play it as audio, or ignore it.
fn is_harmless(trak: &Trak) -> bool {
    let handler = &trak.mdia.hdlr.handler;
    let codecs = trak.mdia.minf.stbl.stsd.codecs.as_slice();
    match &handler.to_string()[..] {
        "soun" => matches!(codecs, [Codec::Mp4a(_) | Codec::Opus(_)]),
        "vide" => false,
        _ => true,
    }
}

/// A truncated upload may still have its index.
fn check_samples(samples: &Stbl, file_bytes: u64) -> Result<(), MediaError> {
    let last_count = samples.stsc.entries.last().map_or(0, |entry| entry.samples_per_chunk);
    let (all, last_ones) = match &samples.stsz.samples {
        StszSamples::Identical { count, size } => {
            (u64::from(*count) * u64::from(*size), u64::from(last_count) * u64::from(*size))
        }
        StszSamples::Different { sizes } => {
            let last_ones = sizes.iter().rev().take(usize::try_from(last_count).unwrap_or(usize::MAX));
            (sizes.iter().copied().map(u64::from).sum(), last_ones.copied().map(u64::from).sum::<u64>())
        }
    };
    let chunks = samples.stco.iter().flat_map(|chunks| chunks.entries.iter().copied().map(u64::from));
    let far_chunks = samples.co64.iter().flat_map(|chunks| chunks.entries.iter().copied());
    let end = chunks.chain(far_chunks).last().map_or(0, |offset| offset.saturating_add(last_ones));
    if all > file_bytes || end > file_bytes {
        return Err(MediaError::refused(
            "This video is cut off: its index describes more than there is. Send it again.",
        ));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a video's ticks are far below the 52 bits that a float keeps exactly")]
fn duration_s(trak: &Trak) -> f64 {
    let ticks: u64 = runs(trak).map(|(count, ticks)| count.saturating_mul(ticks)).fold(0, u64::saturating_add);
    ticks as f64 / f64::from(trak.mdia.mdhd.timescale.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "no video has 2^52 frames")]
fn fps(trak: &Trak) -> f64 {
    let frames = runs(trak).map(|(count, _)| count).fold(0, u64::saturating_add);
    frames as f64 / duration_s(trak)
}

/// Returns the number of samples of equal duration, and the ticks of each.
fn runs(trak: &Trak) -> impl Iterator<Item = (u64, u64)> {
    let entries = trak.mdia.minf.stbl.stts.entries.iter();
    entries.map(|entry| (entry.sample_count.into(), entry.sample_delta.into()))
}

fn is_rotated_a_quarter(trak: &Trak) -> bool {
    let matrix = &trak.tkhd.matrix;
    matrix.a == 0 && matrix.d == 0 && matrix.b.abs() == ONE && matrix.c.abs() == ONE
}

#[cfg(test)]
mod tests;
