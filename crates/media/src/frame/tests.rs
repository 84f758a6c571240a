//! Frames of real videos.

use super::frame;
use crate::container::Container;
use crate::fixture::{Fixture, TONE, USUAL, VIDEO};
use crate::image::ImageFormat;
use crate::limits::VideoLimits;
use crate::probe::probe;

#[tokio::test]
async fn a_frame_is_taken_at_any_time() {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", &format!("{VIDEO} {USUAL}"));
    let info = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
    for at_s in [0.0, 0.5, 1.99, 2.0, 99.0, -4.0, f64::NAN] {
        let image = frame(&fixture.tools, &path, &info, at_s, fixture.folder.path()).await.unwrap();
        assert_eq!((image.width, image.height, image.format), (320, 180, ImageFormat::Jpeg));
    }
    assert!(!fixture.path("frame.jpg").exists());
}

#[tokio::test]
async fn rotated_and_hdr_videos_give_upright_sdr_images() {
    let fixture = Fixture::new();
    let upright = fixture.video("a.mp4", &format!("{VIDEO} {USUAL}"));
    let turned = fixture.video("b.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", upright.display()));
    let info = probe(&fixture.tools, &turned, Container::Mp4, &VideoLimits::default()).await.unwrap();
    let image = frame(&fixture.tools, &turned, &info, 0.5, fixture.folder.path()).await.unwrap();
    assert_eq!((image.width, image.height), (180, 320));

    for transfer in ["smpte2084", "arib-std-b67"] {
        let bright = fixture.video("d.mp4", &format!(
            "{VIDEO} -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc"
        ));
        let info = probe(&fixture.tools, &bright, Container::Mp4, &VideoLimits::default()).await.unwrap();
        let image = frame(&fixture.tools, &bright, &info, 0.5, fixture.folder.path()).await.unwrap();
        assert_eq!((image.width, image.height), (320, 180));
    }
}

#[tokio::test]
async fn an_audio_file_gives_its_cover_or_is_refused() {
    let fixture = Fixture::new();
    let plain = fixture.video("a.mp3", TONE);
    let info = probe(&fixture.tools, &plain, Container::Mp3, &VideoLimits::default()).await.unwrap();
    let error = frame(&fixture.tools, &plain, &info, 0.0, fixture.folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("no cover"));

    let covered = fixture.video(
        "b.mp3",
        &format!("{TONE} -f lavfi -i testsrc2=size=300x300:rate=1:duration=1 -map 0 -map 1 -c:v png -frames:v 1 -disposition:v attached_pic"),
    );
    let info = probe(&fixture.tools, &covered, Container::Mp3, &VideoLimits::default()).await.unwrap();
    let image = frame(&fixture.tools, &covered, &info, 1.0, fixture.folder.path()).await.unwrap();
    assert_eq!((image.width, image.height), (300, 300));
}
