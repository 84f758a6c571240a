//! JPEG images, decoded at a half, a quarter or an eighth of their size where that is enough.

use std::io::{self, Read};

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};

use super::limits::damaged;
use crate::error::MediaError;

/// Images in the wild have about ten. Each may cost as much time as a whole image, and be a few bytes long.
const SCANS_MAX: usize = 100;
const COEFFICIENT_BYTES: u64 = 2;
const COEFFICIENTS_PER_BLOCK: u64 = 64;
/// Of progressive images with four components, none of which has fewer pixels than the image.
pub(super) const HELD_BYTES_PER_PIXEL_MAX: u64 = 4 * COEFFICIENT_BYTES;

mod marker {
    pub const STUFFED_BYTE: u8 = 0x00;
    pub const PROGRESSIVE_FRAME: u8 = 0xc2;
    pub const FIRST_RESTART: u8 = 0xd0;
    pub const LAST_RESTART: u8 = 0xd7;
    pub const END_OF_IMAGE: u8 = 0xd9;
    pub const START_OF_SCAN: u8 = 0xda;
    pub const FILL: u8 = 0xff;
}

/// Returns what a decoder holds besides the pixels: progressive images are kept as coefficients until their last scan,
/// at whatever size they are wanted. Refuses images that take too much time.
pub(super) fn bytes_held(bytes: &[u8]) -> Result<u64, MediaError> {
    let (mut held, mut scans) = (0, 0);
    for (marker, segment) in segments(bytes) {
        match marker {
            marker::PROGRESSIVE_FRAME => held += coefficient_bytes(segment).ok_or_else(damaged)?,
            marker::START_OF_SCAN => scans += 1,
            _ => {}
        }
    }
    if scans > SCANS_MAX { Err(damaged()) } else { Ok(held) }
}

/// Yields markers with what follows them, until the image ends.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let marker = rest.iter().position(|byte| *byte == marker::FILL)? + 1;
            rest = &rest[marker..];
            let (marker, after) = rest.split_first()?;
            match *marker {
                marker::FILL => {}
                marker::STUFFED_BYTE | marker::FIRST_RESTART..=marker::LAST_RESTART => rest = after,
                marker::END_OF_IMAGE => return None,
                marker => {
                    let (length, _) = after.split_first_chunk::<2>()?;
                    let (segment, next) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
                    rest = next;
                    return Some((marker, segment.get(2..)?));
                }
            }
        }
    })
}

/// Takes a frame header: precision, height, width, and for each component its id, sampling factors and table.
fn coefficient_bytes(frame: &[u8]) -> Option<u64> {
    let [_, h1, h2, w1, w2, count, components @ ..] = frame else { return None };
    let (height, width) = (u16::from_be_bytes([*h1, *h2]), u16::from_be_bytes([*w1, *w2]));
    let factors = || components.chunks_exact(3).take((*count).into()).map(|part| (part[1] >> 4, part[1] & 0xf));
    let units =
        |side: u16, factor: Option<u8>| Some(u64::from(side.div_ceil(8).div_ceil(factor.filter(|f| *f > 0)?.into())));
    let across = units(width, factors().map(|(across, _)| across).max())?;
    let down = units(height, factors().map(|(_, down)| down).max())?;
    let blocks: u64 = factors().map(|(across, down)| u64::from(across) * u64::from(down)).sum();
    Some(across * down * blocks * COEFFICIENTS_PER_BLOCK * COEFFICIENT_BYTES)
}

/// Takes the size of the whole image, and returns one whose sides are divided.
pub(super) fn decode_divided(bytes: &[u8], width: u32, height: u32, divisor: u32) -> Option<DynamicImage> {
    let (width, height) = (width.div_ceil(divisor), height.div_ceil(divisor));
    let size = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let mut decoder = Decoder::new(Lenient(bytes));
    if decoder.scale(size.0, size.1).ok()? != size || decoder.info()?.coding_process == CodingProcess::Lossless {
        return None;
    }
    let pixels = decoder.decode().ok()?;
    match decoder.info()?.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        PixelFormat::CMYK32 => RgbImage::from_raw(width, height, rgb(&pixels)).map(DynamicImage::ImageRgb8),
        PixelFormat::L16 => None,
    }
}

fn rgb(cmyk: &[u8]) -> Vec<u8> {
    let light = |ink: u8| u16::from(u8::MAX - ink);
    let mix = |ink: u8, black: u8| u8::try_from(light(ink) * light(black) / u16::from(u8::MAX)).unwrap_or(u8::MAX);
    cmyk.chunks_exact(4).flat_map(|pixel| [0, 1, 2].map(|ink| mix(pixel[ink], pixel[3]))).collect()
}

/// Ends every file as an image ends, so that one that is cut off shows what there is of it.
struct Lenient<'a>(&'a [u8]);

impl Read for Lenient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            self.0 = &[marker::FILL, marker::END_OF_IMAGE];
        }
        self.0.read(buffer)
    }
}

#[cfg(test)]
mod tests;
