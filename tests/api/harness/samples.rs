//! Small pictures and films, made here and now.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use image::{ImageFormat, Rgb, RgbImage};

/// A PNG picture of this size.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Png)
}

/// A picture in any format.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 128])
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// One second of H.264 and AAC in MP4, 160 × 90.
pub fn film() -> Vec<u8> {
    static FILM: LazyLock<Vec<u8>> = LazyLock::new(|| {
        ffmpeg(
            "film.mp4",
            "-f lavfi -i testsrc2=s=160x90:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -pix_fmt yuv420p -c:a aac",
        )
    });
    FILM.clone()
}

/// The film made longer, in bytes, by a box that players skip: of exactly this size, and filled with noise.
pub fn film_of(bytes: usize) -> Vec<u8> {
    let mut film = film();
    let padding = bytes - film.len();
    film.extend(u32::try_from(padding).unwrap().to_be_bytes());
    film.extend(b"free");
    film.extend(noise(padding - 8));
    film
}

/// Bytes without a pattern, always the same.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..bytes).map(|_| next()).collect()
}

/// So many seconds of a silent picture, quickly made.
pub fn silent_film(name: &str, seconds: u32) -> Vec<u8> {
    let codec =
        if name.contains(".webm") { "-c:v libvpx -deadline realtime" } else { "-c:v libx264 -preset ultrafast" };
    ffmpeg(name, &format!("-f lavfi -i testsrc2=s=64x48:r=5:d={seconds} -pix_fmt yuv420p {codec}"))
}

/// What ffmpeg makes of these arguments, in a file of this name.
pub fn ffmpeg(name: &str, arguments: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-loglevel", "error"])
        .args(arguments.split_whitespace())
        .arg(&path)
        .status()
        .expect("ffmpeg is installed: scripts/install.sh test");
    assert!(made.success(), "ffmpeg {arguments}");
    std::fs::read(path).unwrap()
}

/// A JPEG picture whose EXIF block says that it is to be turned by 90 degrees, and has this text in it.
pub fn jpeg_with_exif(width: u32, height: u32, text: &str) -> Vec<u8> {
    let jpeg = picture(width, height, ImageFormat::Jpeg);
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

/// A PNG picture with another chunk after its header.
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
