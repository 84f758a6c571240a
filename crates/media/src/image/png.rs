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
/// The sum of so many pixels each way still fits into 16 bits.
const SUMMED_MAX: u32 = 16;
/// The passes of an interlaced image: its first column and row in each, and the steps to the next ones.
const PASSES: [(u32, u32, usize, usize); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

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
    let image = match (reader.info().interlaced, target.factor) {
        (false, _) => by_rows(&mut reader, target),
        (true, 1) => whole(&mut reader),
        (true, factor) => by_passes(&mut reader, factor.min(SUMMED_MAX)),
    };
    Ok(upright(reduce::resize(image.map_err(refusal)?.ok_or_else(damaged)?, target), orientation))
}

fn whole(reader: &mut PngReader) -> Result<Option<DynamicImage>, DecodingError> {
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(DecodingError::LimitsExceeded)?];
    let frame = reader.next_frame(&mut pixels)?;
    Ok(with_pixels(frame.color_type, frame.width, frame.height, pixels))
}

/// Each pass has pixels from all over the image, which are added up in their places of the reduced one.
fn by_passes(reader: &mut PngReader, factor: u32) -> Result<Option<DynamicImage>, DecodingError> {
    let (width, height) = reader.info().size();
    let (color, _) = reader.output_color_type();
    let channels = color.samples();
    let (columns, rows) = (Shares::new(width, factor), Shares::new(height, factor));
    let stride = columns.counts.len() * channels;
    let mut sums = vec![0_u16; stride * rows.counts.len()];
    for (left, top, across, down) in PASSES.into_iter().filter(|(left, ..)| *left < width) {
        for y in (top..height).step_by(down) {
            let Some(row) = reader.next_row()? else { return Ok(None) };
            let sums = &mut sums[rows.place(y) * stride..][..stride];
            for (x, pixel) in (left..width).step_by(across).zip(row.data().chunks_exact(channels)) {
                for (sum, value) in sums[columns.place(x) * channels..].iter_mut().zip(pixel) {
                    *sum += u16::from(*value);
                }
            }
        }
    }
    let counts = rows.counts.iter().flat_map(|row| columns.counts.iter().map(move |column| row * column));
    let averages = sums.chunks_exact(channels).zip(counts).flat_map(|(sums, count)| {
        sums.iter().map(move |sum| u8::try_from((u32::from(*sum) + count / 2) / count).unwrap_or(u8::MAX))
    });
    let pixels = averages.collect();
    Ok(with_pixels(color, width.div_ceil(factor), height.div_ceil(factor), pixels))
}

/// How a side of an image is shared out among the pixels of the reduced one.
struct Shares {
    side: u32,
    /// For each pixel of the reduced image.
    counts: Vec<u32>,
}

impl Shares {
    fn new(side: u32, factor: u32) -> Self {
        let mut shares = Self { side, counts: vec![0; side.div_ceil(factor) as usize] };
        for at in 0..side {
            let place = shares.place(at);
            shares.counts[place] += 1;
        }
        shares
    }

    fn place(&self, at: u32) -> usize {
        at as usize * self.counts.len() / self.side as usize
    }
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
