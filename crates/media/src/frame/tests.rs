//! Still pictures from real films.

use super::frame;
use crate::info::FilmLimits;
use crate::image::PictureFormat;
use crate::container::Container;
use crate::probe::probe;
use crate::fixture::{Bench, PICTURE, TONE, USUAL};

#[tokio::test]
async fn a_picture_is_taken_at_any_moment() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", &format!("{PICTURE} {USUAL}"));
    let film = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
    for at_s in [0.0, 0.5, 1.99, 2.0, 99.0, -4.0, f64::NAN] {
        let picture = frame(&bench.tools, &path, &film, at_s, bench.folder.path()).await.unwrap();
        assert_eq!((picture.width, picture.height, picture.format), (320, 180, PictureFormat::Jpeg));
    }
    assert!(!bench.path("frame.jpg").exists());
}

#[tokio::test]
async fn turned_and_bright_films_give_upright_ordinary_pictures() {
    let bench = Bench::new();
    let upright = bench.film("a.mp4", &format!("{PICTURE} {USUAL}"));
    let turned = bench.film("b.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", upright.display()));
    let film = probe(&bench.tools, &turned, Container::Mp4, &FilmLimits::default()).await.unwrap();
    let picture = frame(&bench.tools, &turned, &film, 0.5, bench.folder.path()).await.unwrap();
    assert_eq!((picture.width, picture.height), (180, 320));

    for transfer in ["smpte2084", "arib-std-b67"] {
        let bright = bench.film("d.mp4", &format!(
            "{PICTURE} -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc"
        ));
        let film = probe(&bench.tools, &bright, Container::Mp4, &FilmLimits::default()).await.unwrap();
        let picture = frame(&bench.tools, &bright, &film, 0.5, bench.folder.path()).await.unwrap();
        assert_eq!((picture.width, picture.height), (320, 180));
    }
}

#[tokio::test]
async fn sound_alone_gives_its_cover_or_says_that_there_is_none() {
    let bench = Bench::new();
    let plain = bench.film("a.mp3", TONE);
    let film = probe(&bench.tools, &plain, Container::Mp3, &FilmLimits::default()).await.unwrap();
    let error = frame(&bench.tools, &plain, &film, 0.0, bench.folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("no cover"));

    let covered = bench.film(
        "b.mp3",
        &format!("{TONE} -f lavfi -i testsrc2=size=300x300:rate=1:duration=1 -map 0 -map 1 -c:v png -frames:v 1 -disposition:v attached_pic"),
    );
    let film = probe(&bench.tools, &covered, Container::Mp3, &FilmLimits::default()).await.unwrap();
    let picture = frame(&bench.tools, &covered, &film, 1.0, bench.folder.path()).await.unwrap();
    assert_eq!((picture.width, picture.height), (300, 300));
}
