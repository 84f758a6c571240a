//! Videos examined without ffmpeg, compared with the options that ffmpeg made them with.

use super::{Mp4Info, mp4_info};
use crate::container::Container;
use crate::error::MediaError;
use crate::fixture::{Fixture, TONE, USUAL, VIDEO};
use crate::limits::VideoLimits;

async fn look(path: &std::path::Path) -> Result<Mp4Info, MediaError> {
    mp4_info(path, Container::Mp4, &VideoLimits::default()).await
}

#[tokio::test]
async fn the_usual_videos_are_known_by_their_index() {
    let fixture = Fixture::new();
    for (name, options) in [
        ("a.mp4", format!("{VIDEO} {TONE} {USUAL}")),
        ("b.mp4", format!("{VIDEO} {USUAL} -movflags +faststart")),
        ("c.mov", format!("{VIDEO} {TONE} {USUAL}")),
        ("d.mp4", format!("{VIDEO} -c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p")),
    ] {
        let found = look(&fixture.video(name, &options)).await.unwrap();
        assert_eq!((found.width, found.height), (320, 180), "{name}");
        assert!((found.duration_s - 2.0).abs() < 0.1, "{name}: {found:?}");
    }
}

#[tokio::test]
async fn what_only_ffmpeg_could_tell_about_needs_ffmpeg() {
    let fixture = Fixture::new();
    for (name, options) in [
        ("a.mp4", format!("{VIDEO} -c:v mpeg4")),
        ("b.mp4", format!("{TONE} -c:a aac")),
        ("c.mp4", format!("{VIDEO} {TONE} -c:v libx264 -pix_fmt yuv420p -c:a ac3")),
        ("d.mp4", format!("{VIDEO} {USUAL} -movflags +frag_keyframe+empty_moov")),
    ] {
        let result = look(&fixture.video(name, &options)).await;
        assert!(matches!(&result, Err(MediaError::Missing(what)) if what.contains("apt install ffmpeg")), "{result:?}");
    }
}

#[tokio::test]
async fn limits_hold_without_ffmpeg_too() {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", &format!("{VIDEO} {TONE} {USUAL}"));
    let usual = VideoLimits::default;
    for (limits, said) in [
        (VideoLimits { bytes_max: 100, ..usual() }, "100 bytes"),
        (VideoLimits { duration_s_max: 1.0, ..usual() }, "minutes long"),
        (VideoLimits { width_max: 319, ..usual() }, "320 × 180"),
        (VideoLimits { pixels_max: 999, ..usual() }, "999 pixels"),
        (VideoLimits { fps_max: 24.0, ..usual() }, "25 frames"),
        (VideoLimits { streams_max: 1, ..usual() }, "2 streams"),
    ] {
        let result = mp4_info(&path, Container::Mp4, &limits).await;
        assert!(matches!(&result, Err(MediaError::Refused(why)) if why.contains(said)), "{said}: {result:?}");
    }
}

#[tokio::test]
async fn damaged_videos_are_refused_and_nothing_panics() {
    let fixture = Fixture::new();
    let whole = std::fs::read(fixture.video("a.mp4", &format!("{VIDEO} {USUAL} -movflags +faststart"))).unwrap();
    let index_bytes = whole.windows(4).position(|window| window == b"mdat").unwrap();
    for length in [0, 7, 40, index_bytes / 2, index_bytes, whole.len() / 2, whole.len() - 1000] {
        let result = look(&fixture.file("cut.mp4", &whole[..length])).await;
        assert!(matches!(result, Err(MediaError::Refused(_))), "{length}: {result:?}");
    }
    // A byte at a time: it may fail, but not panic.
    for at in (0..index_bytes).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let path = fixture.file("bent.mp4", &bytes);
        let result = tokio::task::spawn_blocking(move || super::read(&path, &VideoLimits::default())).await;
        assert!(result.is_ok(), "byte {at} makes the reader panic");
    }
}
