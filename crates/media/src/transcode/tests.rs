//! Streams made of real videos of many shapes.

use std::path::PathBuf;

use super::{filter_graph, halves, transcode};
use crate::container::{Container, HEAD_BYTES};
use crate::fixture::{Fixture, TONE};
use crate::info::MediaInfo;
use crate::keyframes::read_timeline;
use crate::limits::VideoLimits;
use crate::plan::Plan;
use crate::plan::tests::{TIMELINE, source};
use crate::probe::probe;
use crate::progress::{ProgressHooks, STALL_TIMEOUT};
use crate::remux::{plays_in_browsers, remux};
use crate::renditions::Encoding;
use crate::stream::Stream;

const LONG: &str = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=9";
const TONE_LONG: &str = "-f lavfi -i sine=duration=9:sample_rate=48000";

pub struct Made {
    pub fixture: Fixture,
    pub scratch: PathBuf,
    pub info: MediaInfo,
    pub plan: Plan,
    pub stream: Stream,
}

pub async fn made(name: &str, arguments: &str) -> Made {
    let fixture = Fixture::new();
    let input = fixture.video(name, arguments);
    let head = std::fs::read(&input).unwrap();
    let container = Container::sniff(&head[..head.len().min(HEAD_BYTES)]).unwrap();
    let info = probe(&fixture.tools, &input, container, &VideoLimits::default()).await.unwrap();
    let timeline = read_timeline(&fixture.tools, &input, &info, STALL_TIMEOUT).await.unwrap();
    let plan = Plan::new(&info, timeline.as_ref());
    let scratch = fixture.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let mut reported = Vec::new();
    let mut note = |done_s| reported.push(done_s);
    let mut hooks = ProgressHooks::new(&mut note);
    let first =
        transcode(&fixture.tools, &input, &info, &plan.first, plan.duration_s, &scratch, &mut hooks).await.unwrap();
    let stream = if plan.rest.is_empty() {
        first
    } else {
        let rest =
            transcode(&fixture.tools, &input, &info, &plan.rest, plan.duration_s, &scratch, &mut hooks).await.unwrap();
        if plan.keeps_first { first.merged(rest).unwrap() } else { Stream { audio: first.audio, ..rest } }
    };
    assert!(!reported.is_empty());
    Made { fixture, scratch, info, plan, stream }
}

fn sizes(stream: &Stream) -> Vec<(u32, u32)> {
    stream.renditions.iter().map(|rendition| (rendition.width, rendition.height)).collect()
}

impl Made {
    fn check(&self, duration_s: f64) {
        for rendition in &self.stream.renditions {
            assert!(
                (rendition.track.end_s() - duration_s).abs() < 0.3,
                "{} ends at {}",
                rendition.track.file,
                rendition.track.end_s()
            );
            assert!(rendition.track.codecs.starts_with("avc1."));
            assert!(
                rendition.track.bandwidth >= rendition.track.average_bandwidth && rendition.track.average_bandwidth > 0
            );
            assert!(
                rendition.track.start_s() < 0.03,
                "{} starts at {}",
                rendition.track.file,
                rendition.track.start_s()
            );
        }
        if let Some(audio) = &self.stream.audio {
            assert!((audio.track.end_s() - duration_s).abs() < 0.3, "audio ends at {}", audio.track.end_s());
            assert!(audio.track.start_s() < 0.03, "audio starts at {}", audio.track.start_s());
        }
    }
}

#[test]
fn what_shrinks_to_half_is_decoded_and_scaled_with_less_effort() {
    let info = source(1920, 1080);
    let plan = Plan::without_copy(&info, Some(&TIMELINE));
    assert!(halves(&info, &plan.first) && !halves(&info, &plan.rest));
    let flags = |batch| {
        let graph = filter_graph(&info, batch);
        graph.split("flags=").skip(1).map(|rest| rest.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(flags(&plan.first), ["area"]);
    assert_eq!(flags(&plan.rest), ["bicubic"; 4]);
    let copied = Plan::new(&info, Some(&TIMELINE));
    assert!(copied.first.copies() && !halves(&info, &copied.first));
}

#[tokio::test]
async fn a_video_that_suits_browsers_is_copied_and_all_renditions_are_aligned() {
    let made = made("a.mp4", &format!("{LONG} {TONE_LONG} -c:v libx264 -bf 2 -g 48 -pix_fmt yuv420p -c:a aac")).await;
    assert!(made.plan.keeps_first && made.plan.first.renditions[0].encoding == Encoding::Copy);
    assert_eq!(sizes(&made.stream), [(640, 360), (426, 240)]);
    let (top, low) = (&made.stream.renditions[0], &made.stream.renditions[1]);
    assert!(top.copied && !low.copied && top.track.aligned_with(&low.track));
    assert_eq!(top.track.fragments.len(), 5);
    assert_eq!(made.stream.groups, [3, 2]);
    made.check(9.0);
}

#[tokio::test]
async fn another_codec_is_encoded_with_a_key_frame_every_two_seconds() {
    let made = made("a.webm", &format!("{LONG} {TONE_LONG} -c:v libvpx -deadline realtime -g 37 -c:a libopus")).await;
    assert_eq!(sizes(&made.stream), [(640, 360), (426, 240)]);
    assert!(made.stream.renditions.iter().all(|rendition| rendition.track.fragments.len() == 5 && !rendition.copied));
    assert_eq!(made.stream.groups, [2, 2, 1]);
    made.check(9.0);
}

#[tokio::test]
async fn portrait_rotated_and_odd_videos_keep_their_shape() {
    let upright = Fixture::new();
    let lying = upright.video("l.mp4", &format!("{LONG} -t 2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"));
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
async fn interlaced_hdr_and_surround_videos_become_ordinary_ones() {
    let fields =
        made("a.ts", &format!("{LONG} {TONE_LONG} -t 3 -c:v mpeg2video -flags +ildct+ilme -vf setfield=tff -c:a mp2"))
            .await;
    assert!(fields.info.video.as_ref().unwrap().interlaced);
    fields.check(3.0);
    let bright = made("a.mkv", &format!(
        "{LONG} -f lavfi -i anoisesrc=d=3:c=pink -filter_complex [1:a]pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0[a] -map 0:v -map [a] -t 3 -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:a ac3"
    )).await;
    assert!(bright.info.video.as_ref().unwrap().is_hdr());
    assert_eq!(bright.info.audio.as_ref().unwrap().channels, 6);
    assert_eq!(bright.stream.audio.as_ref().unwrap().channels, 2);
    assert!(bright.stream.renditions.iter().all(|rendition| rendition.track.codecs.starts_with("avc1.64")));
    bright.check(3.0);
}

#[tokio::test]
async fn uneven_fast_short_and_silent_videos_keep_their_time() {
    let uneven =
        made("a.mkv", &format!("{LONG} -t 6 -vf select='not(mod(n,3))+lt(mod(n,40),12)' -vsync vfr -c:v mpeg4")).await;
    uneven.check(6.0);
    let fast = made(
        "b.mkv",
        "-f lavfi -i testsrc2=size=320x180:rate=120:duration=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
    )
    .await;
    assert!((fast.stream.renditions[0].fps - 60.0).abs() < 1.0, "{}", fast.stream.renditions[0].fps);
    fast.check(2.0);
    let short = made("c.avi", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v mjpeg").await;
    assert!(short.stream.audio.is_none());
    short.check(1.0);
}

#[tokio::test]
async fn audio_that_starts_late_stays_in_sync() {
    let fixture = Fixture::new();
    let both =
        fixture.video("a.mp4", &format!("{LONG} {TONE_LONG} -t 5 -c:v libx264 -g 50 -bf 2 -pix_fmt yuv420p -c:a aac"));
    let late =
        made("late.mp4", &format!("-i {0} -itsoffset 0.7 -i {0} -map 0:v -map 1:a -c copy", both.display())).await;
    assert!(!late.stream.audio.as_ref().unwrap().copied && late.stream.renditions[0].copied);
    assert!(late.stream.audio.as_ref().unwrap().track.start_s() < 0.03);
    assert!((late.stream.renditions[0].track.end_s() - 5.0).abs() < 0.1);
    let transport = made("a.ts", &format!("-i {} -c copy", both.display())).await;
    for rendition in &transport.stream.renditions {
        assert!(rendition.track.start_s() < 0.12, "{}", rendition.track.start_s());
    }
}

#[tokio::test]
async fn an_audio_file_becomes_a_video() {
    let plain = made("a.mp3", TONE).await;
    assert_eq!(sizes(&plain.stream), [(1280, 720)]);
    plain.check(2.0);
    let cover = made("b.mp3", &format!("{TONE} -f lavfi -i testsrc2=size=900x900:rate=1:duration=1 -map 0 -map 1 -c:v mjpeg -frames:v 1 -disposition:v attached_pic")).await;
    cover.check(2.0);
    assert!(cover.stream.renditions[0].track.bytes > plain.stream.renditions[0].track.bytes);
}

#[tokio::test]
async fn a_stream_becomes_a_file_that_plays_while_it_loads() {
    let copied = format!("{LONG} {TONE_LONG} -t 3 -c:v libx264 -g 25 -pix_fmt yuv420p -c:a aac");
    let encoded = format!("{LONG} {TONE_LONG} -t 3 -c:v mpeg4 -q:v 5 -c:a libmp3lame");
    for (name, arguments) in [("a.mkv", copied), ("b.avi", encoded), ("c.mp3", format!("{TONE} -t 3"))] {
        let made = made(name, &arguments).await;
        let mut ignore = |_| {};
        let mut hooks = ProgressHooks::new(&mut ignore);
        let file = remux(&made.fixture.tools, &made.stream, &made.scratch, &mut hooks).await.unwrap();
        let path = made.scratch.join(file);
        let bytes = std::fs::read(&path).unwrap();
        let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
        assert!(place(b"moov") < place(b"mdat"), "{name}");
        let info = probe(&made.fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
        assert!((info.duration_s - made.info.duration_s).abs() < 0.2, "{name}: {info:?}");
        let apart = |info: &MediaInfo| {
            info.video.as_ref().map_or(0.0, |video| video.start_s - info.audio.as_ref().unwrap().start_s)
        };
        assert!((apart(&info) - apart(&made.info)).abs() < 0.03, "{name}: audio and video lie apart: {info:?}");
        assert!(plays_in_browsers(&info) && !plays_in_browsers(&made.info), "{name}");
        assert_eq!((info.width, info.height), sizes(&made.stream)[0], "{name}");
    }
}
