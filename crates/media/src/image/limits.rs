//! Which images are accepted, and what is said of the others.

use image::metadata::Orientation;

use crate::error::MediaError;

pub(super) const SIDE_PIXELS_MAX: u32 = 12_000;
/// Decoders may hold the whole image and one part of it, in four channels.
const ALLOCATION_BYTES_PER_PIXEL: u64 = 8;
/// Added for every image: decoders of small ones need more than their pixels.
const ALLOCATION_BYTES_MIN: u64 = 16 * 1024 * 1024;
/// What decoders may hold besides the file, of images of which they hold more than the pixels.
const WORKING_BYTES_PER_PIXEL: u64 = 4;
/// Small images may take so much, whatever they are.
const WORKING_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// In pixels. Smaller images stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub width: u32,
    pub height: u32,
}

impl Bounds {
    /// Returns the bounds of the image before it is turned upright.
    pub(super) const fn turned(self, orientation: Orientation) -> Self {
        match orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => Self { width: self.height, height: self.width },
            _ => self,
        }
    }
}

pub(super) fn check_size(width: u32, height: u32, pixels_max: u64) -> Result<(), MediaError> {
    let pixels = u64::from(width) * u64::from(height);
    if width > SIDE_PIXELS_MAX || height > SIDE_PIXELS_MAX || pixels > pixels_max {
        return Err(too_large(pixels_max));
    }
    Ok(())
}

/// Refuses images for which a decoder holds more than others do with so many pixels.
pub(super) fn check_memory(bytes: u64, pixels_max: u64) -> Result<(), MediaError> {
    if bytes > (pixels_max * WORKING_BYTES_PER_PIXEL).max(WORKING_BYTES_MIN) {
        return Err(MediaError::refused(
            "This image takes too much memory to decode: make it smaller, or save it as a JPEG that is not progressive.",
        ));
    }
    Ok(())
}

pub(super) const fn allocation_bytes_max(pixels_max: u64) -> u64 {
    pixels_max * ALLOCATION_BYTES_PER_PIXEL + ALLOCATION_BYTES_MIN
}

pub(super) fn too_large(pixels_max: u64) -> MediaError {
    MediaError::refused(format!(
        "This image is too large: at most {SIDE_PIXELS_MAX} pixels a side and {} million \
         pixels in all are accepted here; make it smaller first.",
        pixels_max / 1_000_000
    ))
}

pub(super) fn damaged() -> MediaError {
    MediaError::refused("This image is damaged or cut off and cannot be read; save it again and send it once more.")
}
