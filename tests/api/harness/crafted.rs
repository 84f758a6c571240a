//! Pictures with something in them that should not be there.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, RgbImage};

use super::samples::{image, png};

/// A JPEG image whose EXIF block says that it is to be turned by 90 degrees, and has this text in it.
pub fn jpeg_with_exif(width: u32, height: u32, text: &str) -> Vec<u8> {
    let jpeg = image(width, height, ImageFormat::Jpeg);
    let text_bytes = u32::try_from(text.len()).unwrap();
    // A TIFF block, big endian: one directory with the entries "Orientation" and "ImageDescription".
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend(b"\x01\x0e\0\x02");
    exif.extend(text_bytes.to_be_bytes());
    exif.extend(38_u32.to_be_bytes());
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    exif.extend(b"\0\0\0\0");
    exif.extend(text.as_bytes());
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

/// A PNG image with another chunk after its header.
pub fn png_with_chunk(width: u32, height: u32, kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let png = png(width, height);
    [&png[..33], &png_chunk(kind, content), &png[33..]].concat()
}

/// A small PNG file that claims to have this size.
pub fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let png = png(64, 64);
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), &png[24..29]].concat();
    [&png[..8], &png_chunk(*b"IHDR", &header), &png[33..]].concat()
}

/// A small file that is a large image indeed.
pub fn plain_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    GrayImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The same as JPEG in colour, which takes longer to decode.
pub fn plain_jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

fn png_chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [&kind, content].concat();
    let mut crc = u32::MAX;
    for byte in &checked {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &checked, &(!crc).to_be_bytes()].concat()
}
