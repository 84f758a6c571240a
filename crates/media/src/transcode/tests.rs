//! Streams made of real films in many shapes, and what their files really hold.

use std::path::PathBuf;

use super::make;
use crate::info::{Film, FilmLimits};
use crate::keyframes::timeline;
use crate::container::{Container, HEAD_BYTES};
use crate::plan::{Plan, Way, Wishes};
use crate::probe::probe;
use crate::progress::{SILENCE_MAX, Watch};
use crate::remux::{plays_as_it_is, remux};
use crate::fixture::{Bench, TONE};
use crate::stream::Stream;

const LONG: &str = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=9";
const TONE_LONG: &str = "-f lavfi -i sine=duration=9:sample_rate=48000";

pub struct Made {
    pub bench: Bench,
    pub scratch: PathBuf,
    pub film: Film,
    pub plan: Plan,
    pub stream: Stream,
}

pub async fn made(name: &str, arguments: &str) -> Made {
    let bench = Bench::new();
    let input = bench.film(name, arguments);
    let head = std::fs::read(&input).unwrap();
    let container = Container::sniff(&head[..head.len().min(HEAD_BYTES)]).unwrap();
    let film = probe(&bench.tools, &input, container, &FilmLimits::default()).await.unwrap();
    let timeline = timeline(&bench.tools, &input, &film, SILENCE_MAX).await.unwrap();
    let plan = Plan::new(&film, timeline.as_ref(), &Wishes::default());
    let scratch = bench.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let mut told = Vec::new();
    let mut note = |done_s| told.push(done_s);
    let mut watch = Watch::new(&mut note);
    let first = make(&bench.tools, &input, &film, &plan.first, plan.duration_s, &scratch, &mut watch).await.unwrap();
    let stream = if plan.rest.is_empty() {
        first
    } else {
        let rest = make(&bench.tools, &input, &film, &plan.rest, plan.duration_s, &scratch, &mut watch).await.unwrap();
        if plan.keeps_first { first.merged(rest).unwrap() } else { Stream { sound: first.sound, ..rest } }
    };
    assert!(!told.is_empty());
    Made { bench, scratch, film, plan, stream }
}

fn sizes(stream: &Stream) -> Vec<(u32, u32)> {
    stream.rungs.iter().map(|rung| (rung.width, rung.height)).collect()
}

impl Made {
    fn check(&self, duration_s: f64) {
        for rung in &self.stream.rungs {
            assert!(
                (rung.track.end_s() - duration_s).abs() < 0.3,
                "{} ends at {}",
                rung.track.file,
                rung.track.end_s()
            );
            assert!(rung.track.codecs.starts_with("avc1."));
            assert!(rung.track.bandwidth >= rung.track.average_bandwidth && rung.track.average_bandwidth > 0);
            assert!(rung.track.start_s() < 0.03, "{} starts at {}", rung.track.file, rung.track.start_s());
        }
        if let Some(sound) = &self.stream.sound {
            assert!((sound.track.end_s() - duration_s).abs() < 0.3, "sound ends at {}", sound.track.end_s());
            assert!(sound.track.start_s() < 0.03, "sound starts at {}", sound.track.start_s());
        }
    }
}

#[tokio::test]
async fn a_film_that_suits_browsers_keeps_its_top_and_all_rungs_change_over_at_the_same_moments() {
    let made = made("a.mp4", &format!("{LONG} {TONE_LONG} -c:v libx264 -bf 2 -g 48 -pix_fmt yuv420p -c:a aac")).await;
    assert!(made.plan.keeps_first && made.plan.first.rungs[0].way == Way::Copy);
    assert_eq!(sizes(&made.stream), [(640, 360), (426, 240)]);
    let (top, low) = (&made.stream.rungs[0], &made.stream.rungs[1]);
    assert!(top.copied && !low.copied && top.track.aligned_with(&low.track));
    assert_eq!(top.track.fragments.len(), 5);
    assert_eq!(made.stream.groups, [3, 2]);
    made.check(9.0);
}

#[tokio::test]
async fn another_codec_is_encoded_with_a_key_frame_every_two_seconds() {
    let made = made("a.webm", &format!("{LONG} {TONE_LONG} -c:v libvpx -deadline realtime -g 37 -c:a libopus")).await;
    assert_eq!(sizes(&made.stream), [(640, 360), (426, 240)]);
    assert!(made.stream.rungs.iter().all(|rung| rung.track.fragments.len() == 5 && !rung.copied));
    assert_eq!(made.stream.groups, [2, 2, 1]);
    made.check(9.0);
}

#[tokio::test]
async fn portrait_turned_and_odd_films_keep_their_shape() {
    let upright = Bench::new();
    let lying = upright.film("l.mp4", &format!("{LONG} -t 2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"));
    let turned = made("a.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", lying.display())).await;
    assert_eq!(sizes(&turned.stream), [(360, 640), (240, 426)]);
    turned.check(2.0);
    let odd = made("a.mkv", "-f lavfi -i testsrc2=size=321x181:rate=25:duration=2 -c:v libx264 -pix_fmt yuv444p").await;
    assert_eq!(sizes(&odd.stream), [(320, 180)]);
    odd.check(2.0);
    let wide = made(
        "b.mkv",
        "-f lavfi -i testsrc2=size=320x240:rate=25:duration=2 -vf setsar=4/3 -c:v libx264 -pix_fmt yuv420p",
    )
    .await;
    assert_eq!(sizes(&wide.stream), [(426, 240)]);
}

#[tokio::test]
async fn interlaced_bright_and_many_channelled_films_become_ordinary_ones() {
    let fields =
        made("a.ts", &format!("{LONG} {TONE_LONG} -t 3 -c:v mpeg2video -flags +ildct+ilme -vf setfield=tff -c:a mp2"))
            .await;
    assert!(fields.film.video.as_ref().unwrap().interlaced);
    fields.check(3.0);
    let bright = made("a.mkv", &format!(
        "{LONG} -f lavfi -i anoisesrc=d=3:c=pink -filter_complex [1:a]pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0[a] -map 0:v -map [a] -t 3 -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:a ac3"
    )).await;
    assert!(bright.film.video.as_ref().unwrap().is_hdr());
    assert_eq!(bright.film.audio.as_ref().unwrap().channels, 6);
    assert_eq!(bright.stream.sound.as_ref().unwrap().channels, 2);
    assert!(bright.stream.rungs.iter().all(|rung| rung.track.codecs.starts_with("avc1.64")));
    bright.check(3.0);
}

#[tokio::test]
async fn uneven_fast_short_and_silent_films_keep_their_time() {
    let uneven =
        made("a.mkv", &format!("{LONG} -t 6 -vf select='not(mod(n,3))+lt(mod(n,40),12)' -vsync vfr -c:v mpeg4")).await;
    uneven.check(6.0);
    let fast = made(
        "b.mkv",
        "-f lavfi -i testsrc2=size=320x180:rate=120:duration=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
    )
    .await;
    assert!((fast.stream.rungs[0].fps - 60.0).abs() < 1.0, "{}", fast.stream.rungs[0].fps);
    fast.check(2.0);
    let short = made("c.avi", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v mjpeg").await;
    assert!(short.stream.sound.is_none());
    short.check(1.0);
}

#[tokio::test]
async fn sound_that_starts_late_stays_in_step() {
    let bench = Bench::new();
    let both =
        bench.film("a.mp4", &format!("{LONG} {TONE_LONG} -t 5 -c:v libx264 -g 50 -bf 2 -pix_fmt yuv420p -c:a aac"));
    let late =
        made("late.mp4", &format!("-i {0} -itsoffset 0.7 -i {0} -map 0:v -map 1:a -c copy", both.display())).await;
    assert!(!late.stream.sound.as_ref().unwrap().copied && late.stream.rungs[0].copied);
    assert!(late.stream.sound.as_ref().unwrap().track.start_s() < 0.03);
    assert!((late.stream.rungs[0].track.end_s() - 5.0).abs() < 0.1);
    let transport = made("a.ts", &format!("-i {} -c copy", both.display())).await;
    for rung in &transport.stream.rungs {
        assert!(rung.track.start_s() < 0.12, "{}", rung.track.start_s());
    }
}

#[tokio::test]
async fn sound_alone_becomes_a_film() {
    let plain = made("a.mp3", TONE).await;
    assert_eq!(sizes(&plain.stream), [(1280, 720)]);
    plain.check(2.0);
    let cover = made("b.mp3", &format!("{TONE} -f lavfi -i testsrc2=size=900x900:rate=1:duration=1 -map 0 -map 1 -c:v mjpeg -frames:v 1 -disposition:v attached_pic")).await;
    cover.check(2.0);
    assert!(cover.stream.rungs[0].track.bytes > plain.stream.rungs[0].track.bytes);
}

#[tokio::test]
async fn a_stream_becomes_a_file_that_plays_while_it_loads() {
    let copied = format!("{LONG} {TONE_LONG} -t 3 -c:v libx264 -g 25 -pix_fmt yuv420p -c:a aac");
    let encoded = format!("{LONG} {TONE_LONG} -t 3 -c:v mpeg4 -q:v 5 -c:a libmp3lame");
    for (name, arguments) in [("a.mkv", copied), ("b.avi", encoded), ("c.mp3", format!("{TONE} -t 3"))] {
        let made = made(name, &arguments).await;
        let mut ignore = |_| {};
        let mut watch = Watch::new(&mut ignore);
        let path = remux(&made.bench.tools, &made.stream, &made.scratch, &mut watch).await.unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
        assert!(place(b"moov") < place(b"mdat"), "{name}");
        let film = probe(&made.bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
        assert!((film.duration_s - made.film.duration_s).abs() < 0.2, "{name}: {film:?}");
        let apart =
            |film: &Film| film.video.as_ref().map_or(0.0, |video| video.start_s - film.audio.as_ref().unwrap().start_s);
        assert!((apart(&film) - apart(&made.film)).abs() < 0.03, "{name}: sound and picture lie apart: {film:?}");
        assert!(plays_as_it_is(&film) && !plays_as_it_is(&made.film), "{name}");
        assert_eq!((film.width, film.height), sizes(&made.stream)[0], "{name}");
    }
}
