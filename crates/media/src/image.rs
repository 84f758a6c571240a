//! Uploaded pictures, decoded within limits by memory-safe code and always written anew.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as RowFilter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader, Limits};

use crate::error::MediaError;
use crate::container::ImageFormat;

/// No picture wider or higher than this is decoded.
pub const SIDE_PIXELS_MAX: u32 = 12_000;
/// No picture with more pixels than this is decoded.
pub const PIXELS_MAX: u64 = 64_000_000;
const ALLOCATION_BYTES_MAX: u64 = 512 * 1024 * 1024;
const JPEG_QUALITY: u8 = 85;

/// The size a picture has to fit in; a smaller one stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub width: u32,
    pub height: u32,
}

/// The formats we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    Jpeg,
    Png,
}

impl PictureFormat {
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The usual file name ending, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// A picture of our own making: no metadata, upright, within its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub bytes: Vec<u8>,
    pub format: PictureFormat,
    pub width: u32,
    pub height: u32,
}

impl Picture {
    #[must_use]
    pub const fn mime(&self) -> &'static str {
        self.format.mime()
    }

    #[must_use]
    pub const fn extension(&self) -> &'static str {
        self.format.extension()
    }
}

/// Decodes a picture from a stranger and writes it anew; takes processor time, so call it from
/// a thread that may block.
pub fn reencode(bytes: &[u8], bounds: Bounds) -> Result<Picture, MediaError> {
    let picture = decode(bytes)?;
    encode(&shrink(picture, bounds))
}

/// Decodes the first frame of a picture, turned upright, or says why not.
pub(crate) fn decode(bytes: &[u8]) -> Result<DynamicImage, MediaError> {
    // The decoders are memory safe, yet a broken file may find a panic in them: that must end
    // one picture and not a worker.
    catch_unwind(AssertUnwindSafe(|| decode_within_limits(bytes))).unwrap_or_else(|_| {
        Err(MediaError::refused("This picture is damaged and cannot be read; save it again with another program."))
    })
}

fn decode_within_limits(bytes: &[u8]) -> Result<DynamicImage, MediaError> {
    let format = match ImageFormat::sniff(bytes) {
        Some(ImageFormat::Png) => image::ImageFormat::Png,
        Some(ImageFormat::Jpeg) => image::ImageFormat::Jpeg,
        Some(ImageFormat::WebP) => image::ImageFormat::WebP,
        Some(ImageFormat::Gif) => image::ImageFormat::Gif,
        None => {
            return Err(MediaError::refused("This file is no PNG, JPEG, WebP or GIF picture; send one of these."));
        }
    };
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_PIXELS_MAX);
    limits.max_image_height = Some(SIDE_PIXELS_MAX);
    limits.max_alloc = Some(ALLOCATION_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|cause| refusal(&cause))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width > SIDE_PIXELS_MAX || height > SIDE_PIXELS_MAX || pixels > PIXELS_MAX {
        return Err(too_large());
    }
    limits.reserve(decoder.total_bytes()).map_err(|_| too_large())?;
    decoder.set_limits(limits).map_err(|cause| refusal(&cause))?;
    let orientation = decoder.orientation().map_err(|cause| refusal(&cause))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|cause| refusal(&cause))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn too_large() -> MediaError {
    MediaError::refused(format!(
        "This picture is too large: at most {SIDE_PIXELS_MAX} pixels a side and {} million \
         pixels in all are accepted; make it smaller first.",
        PIXELS_MAX / 1_000_000
    ))
}

fn refusal(cause: &image::ImageError) -> MediaError {
    match cause {
        image::ImageError::Limits(_) => too_large(),
        _ => MediaError::refused(
            "This picture is damaged or cut off and cannot be read; save it again and send it once more.",
        ),
    }
}

/// Scales down, never up, so that the picture fits the bounds.
pub(crate) fn shrink(picture: DynamicImage, bounds: Bounds) -> DynamicImage {
    let (width_max, height_max) = (bounds.width.max(1), bounds.height.max(1));
    if picture.width() <= width_max && picture.height() <= height_max {
        return picture;
    }
    // Eight bits a channel are all we write; scaling fewer bytes takes less time and memory.
    let picture = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    };
    picture.resize(width_max, height_max, FilterType::Lanczos3)
}

/// Writes JPEG, or PNG when something really shows through.
pub(crate) fn encode(picture: &DynamicImage) -> Result<Picture, MediaError> {
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let see_through = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX);
    let written = if see_through {
        let pixels = picture.to_rgba8();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, RowFilter::Adaptive).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgba8,
        )
    } else {
        let pixels = picture.to_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgb8,
        )
    };
    written.map_err(|cause| MediaError::failed(format!("Writing a picture did not work: {cause}.")))?;
    let format = if see_through { PictureFormat::Png } else { PictureFormat::Jpeg };
    Ok(Picture { bytes, format, width, height })
}

#[cfg(test)]
mod tests;
