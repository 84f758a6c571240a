//! Estimates the memory that decoding a WebP image takes, which its size does not say.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::limits::damaged;
use crate::error::MediaError;

const RIFF_HEADER_BYTES: usize = 12;
const FRAME_HEADER_BYTES: usize = 16;
/// A byte of losslessly compressed data may make the decoder build 340 bytes of tables, however small the image is.
const LOSSLESS_BYTES_MAX: usize = 512 << 10;

/// Returns what the decoder holds besides the pixels.
pub(super) fn bytes_held(bytes: &[u8]) -> Result<u64, MediaError> {
    let decoder = &mut WebPDecoder::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let (width, height) = decoder.dimensions();
    let frames = bytes.get(RIFF_HEADER_BYTES..).unwrap_or_default();
    if lossy_sizes(frames).any(|size| size.0 > width || size.1 > height) {
        return Err(damaged());
    }
    if lossless_bytes(frames) > LOSSLESS_BYTES_MAX {
        return Err(MediaError::refused(
            "A WebP image may have at most 512 KiB of lossless data; save it as PNG or JPEG.",
        ));
    }
    let pixels = u64::from(width) * u64::from(height);
    let planes = if decoder.is_lossy() { pixels + pixels / 2 } else { 0 };
    let copies = match (decoder.is_animated(), decoder.is_lossy(), decoder.has_alpha()) {
        // The canvas, and the frame to be drawn on it.
        (true, ..) => 8 * pixels,
        // Transparency, decoded as four channels, of which one is kept.
        (_, true, true) => 5 * pixels,
        // A channel for transparency, which is left out of the pixels.
        (_, false, false) => 4 * pixels,
        _ => 0,
    };
    Ok(planes + copies)
}

/// Yields the size of each lossy frame. The decoder compares it with the image's only when it has decoded the frame.
fn lossy_sizes(chunks: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    parts_of_frames(chunks).filter(|(kind, _)| kind == b"VP8 ").filter_map(|(_, data)| {
        let side = |at: usize| Some(u32::from(u16::from_le_bytes([*data.get(at)?, *data.get(at + 1)?]) & 0x3fff));
        Some((side(6)?, side(8)?))
    })
}

/// Counts the bytes of lossless frames, and of the transparency of lossy ones.
fn lossless_bytes(chunks: &[u8]) -> usize {
    parts_of_frames(chunks).filter(|(kind, _)| kind == b"VP8L" || kind == b"ALPH").map(|(_, data)| data.len()).sum()
}

/// Yields the chunks, those within the frames of an animation for the frame.
fn parts_of_frames(chunks: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    parts(chunks).flat_map(|(kind, data)| match &kind {
        b"ANMF" => parts(data.get(FRAME_HEADER_BYTES..).unwrap_or_default()).collect(),
        _ => vec![(kind, data)],
    })
}

fn parts(mut chunks: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (kind, after) = chunks.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        chunks = after.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((*kind, &after[..length.min(after.len())]))
    })
}

#[cfg(test)]
mod tests;
