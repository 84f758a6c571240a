//! Kinds of JPEG that the encoder here does not write are samples; each has 248 by 168 pixels.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Rgb, RgbImage};

use super::super::{Bounds, decode};
use super::{SCANS_MAX, bytes_held, decode_divided, segments};
use crate::error::MediaError;

const PROGRESSIVE: &[u8] = include_bytes!("../samples/progressive.jpg");
const RESTARTS: &[u8] = include_bytes!("../samples/restarts.jpg");
const SAMPLES: [(&str, &[u8]); 5] = [
    ("progressive", PROGRESSIVE),
    ("grey", include_bytes!("../samples/grey.jpg")),
    ("restarts", RESTARTS),
    ("cmyk", include_bytes!("../samples/cmyk.jpg")),
    ("ycck", include_bytes!("../samples/ycck.jpg")),
];
const SIZE: (u32, u32) = (248, 168);
const PIXELS_MAX: u64 = 4_000_000;
const BOUNDS: Bounds = Bounds { width: 24, height: 24 };

fn refusal(bytes: &[u8], pixels_max: u64) -> String {
    match decode(bytes, pixels_max, BOUNDS) {
        Err(MediaError::Refused(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

/// Returns where the frame header's marker is.
fn frame(bytes: &[u8]) -> usize {
    bytes.windows(2).position(|pair| pair[0] == 0xff && matches!(pair[1], 0xc0..=0xc2)).unwrap()
}

fn mean_difference(one: &RgbImage, other: &RgbImage) -> u64 {
    let sum: u64 = one.iter().zip(other.iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum / u64::try_from(one.len()).unwrap()
}

#[test]
fn every_kind_is_divided_as_it_is_averaged() {
    for (name, sample) in SAMPLES {
        let whole = image::load_from_memory(sample).unwrap();
        for divisor in [2, 4, 8] {
            let divided = decode_divided(sample, SIZE.0, SIZE.1, divisor).unwrap().into_rgb8();
            let averaged = whole.thumbnail_exact(SIZE.0 / divisor, SIZE.1 / divisor).into_rgb8();
            assert_eq!(divided.dimensions(), averaged.dimensions());
            let difference = mean_difference(&divided, &averaged);
            // Colours that are stored at half the size are divided, too.
            let difference_max = if divisor == 8 { 8 } else { 3 };
            assert!(difference <= difference_max, "{name} by {divisor}: {difference}");
        }
    }
}

#[test]
fn sizes_that_do_not_divide_are_rounded_up() {
    let image = RgbImage::from_fn(203, 105, |x, y| Rgb([x, y, 90].map(|channel| u8::try_from(channel).unwrap())));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&image).unwrap();
    for (divisor, size) in [(2, (102, 53)), (4, (51, 27)), (8, (26, 14))] {
        let divided = decode_divided(&bytes, 203, 105, divisor).unwrap().into_rgb8();
        assert_eq!(divided.dimensions(), size);
        let Rgb([red, green, _]) = *divided.get_pixel(10, 10);
        let centre = divisor * 10 + divisor / 2;
        assert!(centre.abs_diff(red.into()) <= 2 && centre.abs_diff(green.into()) <= 2, "{divisor}: {red} {green}");
    }
}

#[test]
fn what_is_cut_off_is_shown_as_far_as_it_goes() {
    for (name, sample) in SAMPLES {
        let whole = decode(sample, PIXELS_MAX, BOUNDS).unwrap().into_rgb8();
        let cut = decode(&sample[..sample.len() * 3 / 4], PIXELS_MAX, BOUNDS).unwrap().into_rgb8();
        assert_eq!(cut.dimensions(), (24, 16), "{name}");
        let top = |image: &RgbImage| DynamicImage::from(image.clone()).crop_imm(0, 0, 24, 4).into_rgb8();
        assert!(mean_difference(&top(&cut), &top(&whole)) <= 12, "{name}");
    }
}

/// A decoder that divides stops at a wrong restart marker. The one for whole images goes on.
#[test]
fn damaged_data_is_shown_as_whole_images_show_it() {
    let mut broken = RESTARTS.to_vec();
    let restart = broken.windows(2).position(|pair| pair == [0xff, 0xd1]).unwrap();
    broken[restart + 1] = 0xd4;
    assert!(decode_divided(&broken, SIZE.0, SIZE.1, 2).is_none());
    assert_eq!(decode(&broken, PIXELS_MAX, BOUNDS).is_ok(), image::load_from_memory(&broken).is_ok());
}

#[test]
fn coding_that_no_decoder_knows_is_refused() {
    let at = frame(RESTARTS);
    let with = |at: usize, byte: u8| {
        let mut bytes = RESTARTS.to_vec();
        bytes[at] = byte;
        bytes
    };
    let (twelve_bits, lossless, arithmetic) = (with(at + 4, 12), with(at + 1, 0xc3), with(at + 1, 0xc9));
    for bytes in [twelve_bits, lossless, arithmetic] {
        assert!(refusal(&bytes, PIXELS_MAX).contains("damaged"));
        assert!(decode_divided(&bytes, SIZE.0, SIZE.1, 2).is_none());
    }
}

#[test]
fn t12_progressive_images_are_limited_by_what_their_coefficients_take() {
    let large = |sampling: u8| {
        let mut bytes = PROGRESSIVE.to_vec();
        let at = frame(&bytes);
        bytes[at + 5..at + 9].copy_from_slice(&[0x0f, 0xa0, 0x0f, 0xa0]);
        bytes[at + 11] = sampling;
        bytes
    };
    let blocks = |side: u64| (4_000_u64.div_ceil(side)).pow(2);
    assert_eq!(bytes_held(&large(0x11)).unwrap(), 3 * blocks(8) * 128);
    assert_eq!(bytes_held(&large(0x22)).unwrap(), 6 * blocks(16) * 128);
    assert!(refusal(&large(0x11), 16_000_000).contains("too much memory"));
    assert_eq!(bytes_held(RESTARTS).unwrap(), 0);
}

#[test]
fn t12_images_of_very_many_scans_are_refused() {
    let scans = segments(PROGRESSIVE).filter(|(marker, _)| *marker == 0xda).count();
    assert_eq!(scans, 10);
    let (image, end) = PROGRESSIVE.split_at(PROGRESSIVE.len() - 2);
    let empty_scan = [0xff, 0xda, 0, 8, 1, 1, 0x11, 1, 63, 0];
    let with = |more: usize| [image, &empty_scan.repeat(more), end].concat();
    assert!(bytes_held(&with(SCANS_MAX - scans)).is_ok());
    assert!(refusal(&with(SCANS_MAX - scans + 1), PIXELS_MAX).contains("damaged"));
}
