//! Small images and videos, made here and now.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use image::{ImageFormat, Rgb, RgbImage};

/// A PNG image of this size.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    image(width, height, ImageFormat::Png)
}

/// A image in any format.
pub fn image(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 128])
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// One second of H.264 and AAC in MP4, 160 × 90.
pub fn video_file() -> Vec<u8> {
    static VIDEO: LazyLock<Vec<u8>> = LazyLock::new(|| {
        ffmpeg(
            "video.mp4",
            "-f lavfi -i testsrc2=s=160x90:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -pix_fmt yuv420p -c:a aac",
        )
    });
    VIDEO.clone()
}

/// The video made longer, in bytes, by a box that players skip: of exactly this size, and filled with noise.
pub fn video_of(bytes: usize) -> Vec<u8> {
    let mut video = video_file();
    let padding = bytes - video.len();
    video.extend(u32::try_from(padding).unwrap().to_be_bytes());
    video.extend(b"free");
    video.extend(noise(padding - 8));
    video
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

/// So many seconds of a silent image, quickly made.
pub fn silent_video(name: &str, seconds: u32) -> Vec<u8> {
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
