//! PNG images, decoded row by row: a small file may have very many pixels, and they need not be in memory at once.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use png::{ColorType, Decoder, DecodingError, Limits, Reader, Transformations};

use super::limits::{Bounds, allocation_bytes_max, check_size, damaged, too_large};
use super::reduce::{self, Target, upright};
use crate::error::MediaError;

/// So many rows of the reduced image are made at once.
const STRIP_ROWS: u32 = 16;

type PngReader<'a> = Reader<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8], pixels_max: u64, bounds: Bounds) -> Result<DynamicImage, MediaError> {
    let refusal = |cause: DecodingError| match cause {
        DecodingError::LimitsExceeded => too_large(pixels_max),
        _ => damaged(),
    };
    let bytes_max = usize::try_from(allocation_bytes_max(pixels_max)).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: bytes_max });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let (width, height) = decoder.read_header_info().map_err(refusal)?.size();
    check_size(width, height, pixels_max)?;
    let mut reader = decoder.read_info().map_err(refusal)?;
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let target = reduce::target(width, height, bounds.turned(orientation));
    let image = if reader.info().interlaced { whole(&mut reader, target) } else { by_rows(&mut reader, target) };
    Ok(upright(reduce::resize(image.map_err(refusal)?.ok_or_else(damaged)?, target), orientation))
}

/// The rows of an interlaced image come several times, each time with more of their pixels.
fn whole(reader: &mut PngReader, target: Target) -> Result<Option<DynamicImage>, DecodingError> {
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(DecodingError::LimitsExceeded)?];
    let frame = reader.next_frame(&mut pixels)?;
    let image = with_pixels(frame.color_type, frame.width, frame.height, pixels);
    Ok(image.map(|image| reduce::reduce(image, target)))
}

fn by_rows(reader: &mut PngReader, target: Target) -> Result<Option<DynamicImage>, DecodingError> {
    let (width, height) = reader.info().size();
    let (color, _) = reader.output_color_type();
    let (reduced_width, reduced_height) = target.reduced(width, height);
    let (mut pixels, mut strip) = (Vec::new(), Vec::new());
    for row in 1..=height {
        let Some(data) = reader.next_row()? else { return Ok(None) };
        strip.extend_from_slice(data.data());
        let rows = (row - 1) % (STRIP_ROWS * target.factor) + 1;
        if rows == STRIP_ROWS * target.factor || row == height {
            let Some(strip) = with_pixels(color, width, rows, std::mem::take(&mut strip)) else { return Ok(None) };
            pixels.extend_from_slice(reduce::reduce(strip, target).as_bytes());
        }
    }
    Ok(with_pixels(color, reduced_width, reduced_height, pixels))
}

fn with_pixels(color: ColorType, width: u32, height: u32, pixels: Vec<u8>) -> Option<DynamicImage> {
    match color {
        ColorType::Grayscale => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        ColorType::GrayscaleAlpha => GrayAlphaImage::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA8),
        ColorType::Rgb => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        ColorType::Rgba => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
        ColorType::Indexed => None,
    }
}
