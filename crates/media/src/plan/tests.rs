//! Plans for videos of many shapes, described by hand.

use super::{AudioPlan, Encoding, Plan};
use crate::codec::{AudioCodec, VideoCodec};
use crate::container::Container;
use crate::info::{AudioStream, Chroma, MediaInfo, Primaries, Transfer, VideoStream};
use crate::keyframes::Timeline;

pub(crate) fn source(width: u32, height: u32) -> MediaInfo {
    MediaInfo {
        container: Container::Mp4,
        bytes: 1,
        duration_s: 60.0,
        width,
        height,
        video: Some(VideoStream {
            index: 0,
            codec: VideoCodec::H264,
            profile: Some("High".to_owned()),
            level: None,
            pixel_format: "yuv420p".to_owned(),
            chroma: Chroma::Yuv420,
            bit_depth: 8,
            coded_width: width,
            coded_height: height,
            pixel_aspect: 1.0,
            rotation_degrees: 0,
            turned: false,
            fps_average: 30.0,
            fps_nominal: 30.0,
            interlaced: false,
            transfer: Transfer::Sdr,
            primaries: Primaries::Bt709,
            full_range: false,
            dolby_vision: None,
            bit_rate: Some(4_000_000),
            frames: None,
            start_s: 0.0,
        }),
        audio: Some(AudioStream {
            index: 1,
            codec: AudioCodec::Aac,
            profile: Some("LC".to_owned()),
            channels: 2,
            sample_rate: 48_000,
            bit_rate: Some(128_000),
            start_s: 0.0,
        }),
        cover: None,
        bit_rate: 4_200_000,
        streams: 2,
        subtitles: Vec::new(),
    }
}

pub(crate) const TIMELINE: Timeline = Timeline {
    frames: 1800,
    keys: 30,
    gap_s_max: 2.0,
    gap_s_average: 2.0,
    start_s: 0.0,
    end_s: 60.0,
    open: false,
    starts_with_key: true,
};

fn plan(info: &MediaInfo) -> Plan {
    Plan::new(info, Some(&TIMELINE))
}

fn sizes(plan: &Plan) -> Vec<(u32, u32)> {
    let renditions = plan.first.renditions.iter().chain(&plan.rest.renditions);
    let mut sizes: Vec<_> = renditions.map(|rendition| (rendition.width, rendition.height)).collect();
    sizes.sort_unstable_by(|one, two| two.cmp(one));
    sizes
}

#[test]
fn a_video_that_suits_browsers_is_copied_and_gets_smaller_renditions() {
    let plan = plan(&source(1920, 1080));
    assert_eq!(plan.first.renditions[0].encoding, Encoding::Copy);
    assert_eq!(plan.first.audio, Some(AudioPlan::Copy));
    assert!(plan.keeps_first && plan.rest.follows_source && plan.rest.audio.is_none());
    assert!(!plan.first.encodes() && plan.rest.encodes());
    assert_eq!(sizes(&plan), [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]);
}

#[test]
fn a_copy_of_high_bitrate_bridges_the_time_until_the_ladder_is_done() {
    let mut costly = source(1920, 1080);
    costly.video.as_mut().unwrap().bit_rate = Some(20_000_000);
    let plan = plan(&costly);
    assert_eq!(plan.first.renditions[0].encoding, Encoding::Copy);
    assert!(!plan.keeps_first && !plan.rest.follows_source);
    assert_eq!(plan.rest.renditions.len(), 5);
    assert_ne!(plan.first.renditions[0].file(), plan.rest.renditions[0].file());
    costly.video.as_mut().unwrap().bit_rate = Some(80_000_000);
    assert!(Plan::new(&costly, Some(&TIMELINE)).first.encodes());
}

#[test]
fn what_players_cannot_play_gets_a_middle_rendition_first() {
    let change: [fn(&mut VideoStream); 9] = [
        |video| video.codec = VideoCodec::Hevc,
        |video| video.bit_depth = 10,
        |video| video.chroma = Chroma::Yuv444,
        |video| video.turned = true,
        |video| video.interlaced = true,
        |video| video.transfer = Transfer::Pq,
        |video| video.pixel_aspect = 1.4,
        |video| video.profile = Some("High 4:4:4 Predictive".to_owned()),
        |video| video.fps_average = 120.0,
    ];
    for (number, change) in change.iter().enumerate() {
        let mut info = source(1920, 1080);
        change(info.video.as_mut().unwrap());
        let plan = plan(&info);
        assert_eq!(plan.first.renditions[0].short_side, 480, "{number}");
        assert!(matches!(plan.first.renditions[0].encoding, Encoding::Encode { .. }), "{number}");
        assert!(plan.rest.renditions.iter().all(|rendition| rendition.fps <= 60.0));
        assert_eq!(plan.rest.renditions.len(), 4);
    }
    let timelines: [Timeline; 4] = [
        Timeline { gap_s_max: 9.0, ..TIMELINE },
        Timeline { gap_s_average: 0.04, ..TIMELINE },
        Timeline { open: true, ..TIMELINE },
        Timeline { starts_with_key: false, ..TIMELINE },
    ];
    for timeline in timelines {
        let plan = Plan::new(&source(640, 360), Some(&timeline));
        assert!(plan.first.encodes(), "{timeline:?}");
    }
    assert!(Plan::without_copy(&source(640, 360), Some(&TIMELINE)).first.encodes());
}

#[test]
fn renditions_never_exceed_the_source_and_keep_its_shape() {
    for (size, expected) in [
        ((1080, 1920), vec![(1080, 1920), (720, 1280), (480, 854), (360, 640), (240, 426)]),
        ((1920, 800), vec![(1920, 800), (1280, 534), (854, 356), (640, 266), (426, 178)]),
        ((640, 480), vec![(640, 480), (480, 360), (320, 240)]),
        ((321, 181), vec![(320, 180)]),
        ((1000, 562), vec![(1000, 562), (854, 480), (640, 360), (426, 240)]),
        ((176, 144), vec![(176, 144)]),
        ((3840, 2160), vec![(3840, 2160), (2560, 1440), (1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
    ] {
        let mut info = source(size.0, size.1);
        info.video.as_mut().unwrap().codec = VideoCodec::Vp8;
        assert_eq!(sizes(&plan(&info)), expected, "{size:?}");
    }
}

#[test]
fn no_rendition_gets_a_higher_bitrate_than_the_source() {
    let mut info = source(1280, 720);
    let video = info.video.as_mut().unwrap();
    (video.codec, video.bit_rate) = (VideoCodec::Mpeg2, Some(600_000));
    for rendition in plan(&info).rest.renditions {
        assert!(matches!(rendition.encoding, Encoding::Encode { cap_kbit } if cap_kbit <= 600));
    }
}

#[test]
fn sources_above_the_largest_step_are_scaled_down() {
    let plan = plan(&source(7680, 4320));
    assert_eq!(sizes(&plan)[0], (3840, 2160));
    assert!(plan.first.encodes());
}

#[test]
fn audio_is_copied_only_when_players_can_play_it() {
    let change: [fn(&mut AudioStream); 5] = [
        |audio| audio.codec = AudioCodec::Opus,
        |audio| audio.channels = 6,
        |audio| audio.start_s = 0.5,
        |audio| audio.profile = Some("Main".to_owned()),
        |audio| audio.sample_rate = 96_000,
    ];
    for change in change {
        let mut info = source(1280, 720);
        change(info.audio.as_mut().unwrap());
        assert!(matches!(plan(&info).first.audio, Some(AudioPlan::Encode { channels: 2, kbit: 128 })));
    }
    let mut mono = source(1280, 720);
    mono.audio.as_mut().unwrap().codec = AudioCodec::Mp3;
    mono.audio.as_mut().unwrap().channels = 1;
    assert!(matches!(plan(&mono).first.audio, Some(AudioPlan::Encode { channels: 1, kbit: 80 })));
    mono.audio = None;
    assert_eq!(plan(&mono).first.audio, None);
}

#[test]
fn an_audio_file_becomes_a_still_video() {
    let mut info = source(0, 0);
    info.video = None;
    let plan = Plan::new(&info, None);
    assert!(plan.first.is_still && plan.rest.is_empty() && plan.keeps_first);
    assert_eq!(plan.first.audio, Some(AudioPlan::Copy));
}
