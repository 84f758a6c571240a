//! Images from outside, decoded within limits by memory-safe code and always reencoded.

use std::io::{BufReader, Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as RowFilter, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader, Limits};

use crate::error::MediaError;

mod jpeg;
mod limits;
mod png;
mod reduce;
mod webp;

pub use self::limits::Bounds;
use self::limits::{SIDE_PIXELS_MAX, allocation_bytes_max, check_memory, check_size, damaged, too_large};
use self::reduce::upright;

/// For images that ffmpeg made for this program.
pub(crate) const OWN_PIXELS_MAX: u64 = 64_000_000;
const JPEG_QUALITY: u8 = 85;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    Png,
    Jpeg,
    WebP,
    Gif,
}

impl ImageFormat {
    pub(crate) fn sniff(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if head.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else {
            None
        }
    }

    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// Without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }
}

/// Encoded here: JPEG or PNG, upright, without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub bytes: Vec<u8>,
    pub format: ImageFormat,
    pub width: u32,
    pub height: u32,
}

/// Takes processor time: call it on a thread that may block.
///
/// # Errors
/// [`MediaError::Refused`] for other formats, damage, more than 12,000 pixels a side, and more than `pixels_max` in all.
pub fn reencode(bytes: &[u8], pixels_max: u64, bounds: Bounds) -> Result<Image, MediaError> {
    encode(&decode(bytes, pixels_max, bounds)?)
}

/// Reads the size in pixels from the image's head. Blocks on the disk.
#[must_use]
pub fn dimensions(image: impl Read + Seek) -> Option<(u32, u32)> {
    let read = || ImageReader::new(BufReader::new(image)).with_guessed_format().ok()?.into_dimensions().ok();
    catch_unwind(AssertUnwindSafe(read)).ok()?
}

/// Takes the first frame, turns it upright and scales it into `bounds`.
pub(crate) fn decode(bytes: &[u8], pixels_max: u64, bounds: Bounds) -> Result<DynamicImage, MediaError> {
    // A broken file may cause a panic in a decoder, which must not end a worker.
    catch_unwind(AssertUnwindSafe(|| decode_within_limits(bytes, pixels_max, bounds))).unwrap_or_else(|_| {
        Err(MediaError::refused("This image is damaged and cannot be read; save it again with another program."))
    })
}

fn decode_within_limits(bytes: &[u8], pixels_max: u64, bounds: Bounds) -> Result<DynamicImage, MediaError> {
    let format = match ImageFormat::sniff(bytes) {
        Some(ImageFormat::Png) => return png::decode(bytes, pixels_max, bounds),
        Some(ImageFormat::Jpeg) => image::ImageFormat::Jpeg,
        Some(ImageFormat::WebP) => image::ImageFormat::WebP,
        Some(ImageFormat::Gif) => image::ImageFormat::Gif,
        None => {
            return Err(MediaError::refused("This file is not a PNG, JPEG, WebP or GIF image; send one of these."));
        }
    };
    let mut held = match format {
        image::ImageFormat::Jpeg => jpeg::bytes_held(bytes)?,
        image::ImageFormat::WebP => webp::bytes_held(bytes)?,
        _ => 0,
    };
    let refusal = |cause: image::ImageError| match cause {
        image::ImageError::Limits(_) => too_large(pixels_max),
        _ => damaged(),
    };
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_PIXELS_MAX);
    limits.max_image_height = Some(SIDE_PIXELS_MAX);
    limits.max_alloc = Some(allocation_bytes_max(pixels_max));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, pixels_max)?;
    limits.reserve(decoder.total_bytes()).map_err(|_| too_large(pixels_max))?;
    decoder.set_limits(limits).map_err(refusal)?;
    let orientation = decoder.orientation().map_err(refusal)?;
    let target = reduce::target(width, height, bounds.turned(orientation));
    let finish = |image, target| upright(reduce::resize(reduce::reduce(image, target), target), orientation);
    if format == image::ImageFormat::Jpeg && target.divisor() > 1 {
        check_memory(held, pixels_max)?;
        if let Some(image) = jpeg::decode_divided(bytes, width, height, target.divisor()) {
            return Ok(finish(image, target.divided()));
        }
        // The decoder of whole images bears more damage. What it makes of a damaged head is unknown.
        held = jpeg::HELD_BYTES_PER_PIXEL_MAX * u64::from(width) * u64::from(height);
    }
    check_memory(held + decoder.total_bytes(), pixels_max)?;
    Ok(finish(DynamicImage::from_decoder(decoder).map_err(refusal)?, target))
}

/// Writes JPEG, or PNG if any pixel is transparent.
fn encode(image: &DynamicImage) -> Result<Image, MediaError> {
    let (width, height) = (image.width(), image.height());
    let mut bytes = Vec::new();
    let transparent = image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX);
    let written = if transparent {
        let pixels = image.to_rgba8();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, RowFilter::Adaptive).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgba8,
        )
    } else {
        let pixels = image.to_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgb8,
        )
    };
    written.map_err(|cause| MediaError::failed(format!("Writing an image did not work: {cause}.")))?;
    let format = if transparent { ImageFormat::Png } else { ImageFormat::Jpeg };
    Ok(Image { bytes, format, width, height })
}

#[cfg(test)]
mod tests;
