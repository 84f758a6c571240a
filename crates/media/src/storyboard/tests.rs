//! Storyboards of real films whose pictures tell their own time.

use super::{layout, storyboard};
use crate::info::FilmLimits;
use crate::hls;
use crate::image::decode;
use crate::container::Container;
use crate::probe::probe;
use crate::progress::Watch;
use crate::fixture::Bench;

/// Twelve seconds that grow from black to white.
const FADE: &str = "-f lavfi -i color=black:size=320x180:rate=10:duration=12 -vf geq=lum='T*20':cb=128:cr=128 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10";

#[tokio::test]
async fn each_tile_shows_its_moment() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", FADE);
    let film = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
    for gap_s_max in [1.0, 99.0] {
        let mut ignore = |_| {};
        let board =
            storyboard(&bench.tools, &path, &film, gap_s_max, bench.folder.path(), &mut Watch::new(&mut ignore))
                .await
                .unwrap()
                .unwrap();
        assert_eq!((board.sheets.len(), board.count, board.columns, board.rows), (1, 12, 10, 2));
        let sheet = decode(&std::fs::read(bench.path(&board.sheets[0])).unwrap()).unwrap().to_luma8();
        assert_eq!(sheet.dimensions(), (1600, 180));
        for cue in board.cues() {
            let seen = f64::from(sheet.get_pixel(cue.x + 80, cue.y + 45).0[0]);
            let wanted = cue.start_s * 20.0 * 255.0 / 219.0 - 16.0;
            assert!((seen - wanted.clamp(0.0, 255.0)).abs() < 32.0, "{} s: {seen} for {wanted}", cue.start_s);
        }
        let text = hls::storyboard(&board, &mut |sheet| format!("/s/{sheet}"));
        assert!(
            text.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n/s/storyboard0.jpg#xywh=0,0,160,90\n"),
            "{text}"
        );
        assert_eq!(text.matches(" --> ").count(), 12);
    }
}

#[tokio::test]
async fn long_films_need_three_sheets_at_most() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", FADE);
    let mut film = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
    for (duration_s, interval_s, count) in [(0.4, 1.0, 1), (59.0, 1.0, 59), (61.0, 2.0, 31), (43_200.0, 144.0, 300)] {
        film.duration_s = duration_s;
        let board = layout(&film);
        assert!((board.interval_s - interval_s).abs() < 0.001);
        assert_eq!(board.count, count);
        assert_eq!(board.cues().count(), usize::try_from(count).unwrap());
        assert!(board.cues().all(|cue| cue.sheet < 3 && cue.y < 1600 && cue.x < 1600));
    }
}
