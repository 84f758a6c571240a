//! Films looked at without ffmpeg, against what was asked of ffmpeg when it made them.

use super::{Outline, outline};
use crate::error::MediaError;
use crate::info::FilmLimits;
use crate::fixture::{Bench, PICTURE, TONE, USUAL};

async fn look(path: &std::path::Path) -> Result<Outline, MediaError> {
    outline(path, &FilmLimits::default()).await
}

#[tokio::test]
async fn the_usual_films_are_known_by_their_index() {
    let bench = Bench::new();
    for (name, options) in [
        ("a.mp4", format!("{PICTURE} {TONE} {USUAL}")),
        ("b.mp4", format!("{PICTURE} {USUAL} -movflags +faststart")),
        ("c.mov", format!("{PICTURE} {TONE} {USUAL}")),
        ("d.mp4", format!("{PICTURE} -c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p")),
    ] {
        let found = look(&bench.film(name, &options)).await.unwrap();
        assert_eq!((found.width, found.height), (320, 180), "{name}");
        assert!((found.duration_s - 2.0).abs() < 0.1, "{name}: {found:?}");
    }
}

#[tokio::test]
async fn what_only_ffmpeg_could_tell_about_needs_ffmpeg() {
    let bench = Bench::new();
    for (name, options) in [
        ("a.mp4", format!("{PICTURE} -c:v mpeg4")),
        ("b.mp4", format!("{TONE} -c:a aac")),
        ("c.mp4", format!("{PICTURE} {TONE} -c:v libx264 -pix_fmt yuv420p -c:a ac3")),
        ("d.mp4", format!("{PICTURE} {USUAL} -movflags +frag_keyframe+empty_moov")),
    ] {
        let answer = look(&bench.film(name, &options)).await;
        assert!(matches!(&answer, Err(MediaError::Missing(what)) if what.contains("apt install ffmpeg")), "{answer:?}");
    }
}

#[tokio::test]
async fn limits_hold_without_ffmpeg_too() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", &format!("{PICTURE} {TONE} {USUAL}"));
    let usual = FilmLimits::default;
    for (limits, said) in [
        (FilmLimits { bytes_max: 100, ..usual() }, "100 bytes"),
        (FilmLimits { duration_s_max: 1.0, ..usual() }, "minutes long"),
        (FilmLimits { width_max: 319, ..usual() }, "320 × 180"),
        (FilmLimits { pixels_max: 999, ..usual() }, "999 pixels"),
        (FilmLimits { fps_max: 24.0, ..usual() }, "25 frames"),
        (FilmLimits { streams_max: 1, ..usual() }, "2 streams"),
    ] {
        let answer = outline(&path, &limits).await;
        assert!(matches!(&answer, Err(MediaError::Refused(why)) if why.contains(said)), "{said}: {answer:?}");
    }
}

#[tokio::test]
async fn damaged_films_are_refused_and_nothing_panics() {
    let bench = Bench::new();
    let whole = std::fs::read(bench.film("a.mp4", &format!("{PICTURE} {USUAL} -movflags +faststart"))).unwrap();
    let index_bytes = whole.windows(4).position(|window| window == b"mdat").unwrap();
    for length in [0, 7, 40, index_bytes / 2, index_bytes, whole.len() / 2, whole.len() - 1000] {
        let answer = look(&bench.file("cut.mp4", &whole[..length])).await;
        assert!(matches!(answer, Err(MediaError::Refused(_))), "{length}: {answer:?}");
    }
    // A byte at a time: whatever the answer is, it is one.
    for at in (0..index_bytes).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let path = bench.file("bent.mp4", &bytes);
        let answer = tokio::task::spawn_blocking(move || super::read(&path, &FilmLimits::default())).await;
        assert!(answer.is_ok(), "byte {at} makes the reader panic");
    }
}
