//! Images made in the tests themselves, valid and hostile.

use std::io::{Cursor, Seek, Write};

use image::{DynamicImage, GenericImageView, ImageFormat as Codec, Rgb, RgbImage, Rgba, RgbaImage};

use super::{Bounds, ImageFormat, decode, dimensions};
use crate::error::MediaError;

const BOUNDS: Bounds = Bounds { width: 400, height: 400 };
const PIXELS_MAX: u64 = 4_000_000;
/// 99 by 50 pixels, whose colour is `gradual`; the encoder here writes no such images.
const INTERLACED: &[u8] = include_bytes!("samples/interlaced.png");

fn reencode(bytes: &[u8], bounds: Bounds) -> Result<super::Image, MediaError> {
    super::reencode(bytes, PIXELS_MAX, bounds)
}

fn gradient(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90])
    }))
}

fn written(image: &DynamicImage, format: Codec) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(b"GPS: 48.8584 N");
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend_from_slice(&[0xff, 0xe1]);
    bytes.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend_from_slice(&exif);
    bytes.extend_from_slice(&jpeg[2..]);
    bytes
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = written(&gradient(1, 1), Codec::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let mut sum = u32::MAX;
    for byte in &bytes[12..29] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
    bytes
}

#[test]
fn every_format_is_scaled_down_into_its_bounds() {
    for format in [Codec::Png, Codec::Jpeg, Codec::WebP, Codec::Gif] {
        let image = reencode(&written(&gradient(1000, 500), format), BOUNDS).unwrap();
        assert_eq!((image.width, image.height), (400, 200), "{format:?}");
        assert_eq!(image.format, ImageFormat::Jpeg);
        assert_eq!((image.format.mime(), image.format.extension()), ("image/jpeg", "jpg"));
        let again = image::load_from_memory(&image.bytes).unwrap();
        assert_eq!(again.dimensions(), (400, 200));
    }
}

/// Averages of many pixels, from whole images and from rows, at sizes that do not divide.
#[test]
fn large_images_keep_their_picture_when_they_are_reduced() {
    let bounds = Bounds { width: 61, height: 61 };
    let image = |bit: u8| {
        RgbImage::from_fn(1999, 1003, |x, y| {
            Rgb([255 * bit, 255 - 255 * bit, 0].map(|c| if (x < 1000) == (y < 502) { c } else { 255 - c }))
        })
    };
    for format in [Codec::Png, Codec::Jpeg, Codec::WebP] {
        let image = reencode(&written(&DynamicImage::ImageRgb8(image(1)), format), bounds).unwrap();
        assert_eq!((image.width, image.height), (61, 31), "{format:?}");
        let pixels = image::load_from_memory(&image.bytes).unwrap().into_rgb8();
        for (x, y, red) in [(8, 8, true), (52, 8, false), (8, 26, false), (52, 26, true)] {
            let Rgb([r, g, _]) = *pixels.get_pixel(x, y);
            assert_eq!((r > 200, g < 55), (red, red), "{format:?} {x} {y}");
        }
    }
}

fn gradual(x: u32, y: u32) -> Rgb<u8> {
    Rgb([2 * x, 5 * y, x + y].map(|channel| u8::try_from(channel).unwrap()))
}

/// The second and third are averages.
#[test]
fn interlaced_images_are_read_like_others() {
    let plain = written(&DynamicImage::ImageRgb8(RgbImage::from_fn(99, 50, gradual)), Codec::Png);
    for side in [99, 30, 7] {
        let bounds = Bounds { width: side, height: side };
        let [plain, interlaced] = [&plain, INTERLACED].map(|png| decode(png, PIXELS_MAX, bounds).unwrap().into_rgb8());
        assert_eq!(plain.dimensions(), interlaced.dimensions());
        let difference = plain.iter().zip(interlaced.iter()).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(difference <= Some(6), "{side}: {difference:?}");
    }
}

#[test]
fn dimensions_are_read_from_the_head_of_a_file() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&written(&gradient(300, 200), Codec::Png)[..64]).unwrap();
    file.rewind().unwrap();
    assert_eq!(dimensions(file), Some((300, 200)));
    assert_eq!(dimensions(tempfile::tempfile().unwrap()), None);
}

#[test]
fn small_images_are_not_scaled_up() {
    let image = reencode(&written(&gradient(30, 7), Codec::Png), BOUNDS).unwrap();
    assert_eq!((image.width, image.height), (30, 7));
}

#[test]
fn very_long_images_keep_at_least_one_pixel() {
    let image = reencode(&written(&gradient(9000, 2), Codec::Png), BOUNDS).unwrap();
    assert_eq!((image.width, image.height), (400, 1));
}

#[test]
fn real_transparency_becomes_png_and_an_idle_alpha_channel_does_not() {
    let opaque = RgbaImage::from_pixel(40, 40, Rgba([1, 2, 3, 255]));
    let mut transparent = opaque.clone();
    transparent.put_pixel(3, 3, Rgba([0, 0, 0, 10]));
    let opaque = written(&DynamicImage::ImageRgba8(opaque), Codec::Png);
    let transparent = written(&DynamicImage::ImageRgba8(transparent), Codec::Png);
    assert_eq!(reencode(&opaque, BOUNDS).unwrap().format, ImageFormat::Jpeg);
    assert_eq!(reencode(&transparent, BOUNDS).unwrap().format, ImageFormat::Png);
}

#[test]
fn images_are_turned_upright_and_lose_their_metadata() {
    let jpeg = with_exif(&written(&gradient(300, 100), Codec::Jpeg), 6);
    assert!(jpeg.windows(4).any(|window| window == b"GPS:"));
    let image = reencode(&jpeg, BOUNDS).unwrap();
    assert_eq!((image.width, image.height), (100, 300));
    assert!(!image.bytes.windows(4).any(|window| window == b"GPS:" || window == b"Exif"));
}

#[test]
fn t12_images_that_claim_to_be_huge_are_refused_before_decoding() {
    for (width, height) in [(60_000, 10), (10, 60_000), (2_001, 2_000), (12_000, 12_000), (u32::MAX / 2, 1)] {
        let Err(MediaError::Refused(sentence)) = reencode(&png_header(width, height), BOUNDS) else {
            panic!("{width} x {height} was taken");
        };
        assert!(sentence.contains("too large: at most 12000 pixels a side and 4 million pixels"), "{sentence}");
    }
}

#[test]
fn t07_svg_and_damaged_images_are_refused() {
    let whole = written(&gradient(200, 200), Codec::Png);
    let mut broken = whole.clone();
    for at in (40..broken.len()).step_by(7) {
        broken[at] ^= 0x5a;
    }
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>".to_vec();
    for bytes in [svg, whole[..whole.len() / 2].to_vec(), broken, vec![], b"GIF89a".to_vec()] {
        assert!(matches!(reencode(&bytes, BOUNDS), Err(MediaError::Refused(_))));
    }
}
