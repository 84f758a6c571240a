//! Storyboards of real videos whose brightness tells the time.

use super::{layout, storyboard};
use crate::container::Container;
use crate::fixture::Fixture;
use crate::hls;
use crate::limits::VideoLimits;
use crate::probe::probe;
use crate::progress::ProgressHooks;

const FADE: &str = "-f lavfi -i color=black:size=320x180:rate=10:duration=12 -vf geq=lum='T*20':cb=128:cr=128 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10";

#[tokio::test]
async fn each_tile_shows_its_time() {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", FADE);
    let info = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
    for gap_s_max in [1.0, 99.0] {
        let mut ignore = |_| {};
        let board = storyboard(
            &fixture.tools,
            &path,
            &info,
            gap_s_max,
            fixture.folder.path(),
            &mut ProgressHooks::new(&mut ignore),
        )
        .await
        .unwrap()
        .unwrap();
        assert_eq!((board.sprites.len(), board.count, board.columns, board.rows), (1, 12, 10, 2));
        let sprite = image::open(fixture.path(&board.sprites[0])).unwrap().to_luma8();
        assert_eq!(sprite.dimensions(), (1600, 180));
        for cue in board.cues() {
            let seen = f64::from(sprite.get_pixel(cue.x + 80, cue.y + 45).0[0]);
            let wanted = cue.start_s * 20.0 * 255.0 / 219.0 - 16.0;
            assert!((seen - wanted.clamp(0.0, 255.0)).abs() < 32.0, "{} s: {seen} for {wanted}", cue.start_s);
        }
        let text = hls::storyboard(&board, &mut |sprite| format!("/s/{sprite}"));
        assert!(
            text.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n/s/storyboard0.jpg#xywh=0,0,160,90\n"),
            "{text}"
        );
        assert_eq!(text.matches(" --> ").count(), 12);
    }
}

#[tokio::test]
async fn long_videos_need_three_sprites_at_most() {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", FADE);
    let mut info = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
    for (duration_s, interval_s, count) in [(0.4, 1.0, 1), (59.0, 1.0, 59), (61.0, 2.0, 31), (43_200.0, 144.0, 300)] {
        info.duration_s = duration_s;
        let board = layout(&info);
        assert!((board.interval_s - interval_s).abs() < 0.001);
        assert_eq!(board.count, count);
        assert_eq!(board.cues().count(), usize::try_from(count).unwrap());
        assert!(board.cues().all(|cue| cue.sprite < 3 && cue.y < 1600 && cue.x < 1600));
    }
}
