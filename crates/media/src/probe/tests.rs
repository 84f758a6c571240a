//! Videos of many shapes, and files that only pretend to be one.

use std::io::Read;
use std::path::Path;

use super::probe;
use crate::codec::{AudioCodec, VideoCodec};
use crate::container::{Container, HEAD_BYTES};
use crate::error::MediaError;
use crate::fixture::{Fixture, TONE, USUAL, VIDEO};
use crate::info::{Chroma, MediaInfo, Transfer};
use crate::limits::VideoLimits;

async fn look(fixture: &Fixture, path: &Path) -> Result<MediaInfo, MediaError> {
    let mut head = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).unwrap();
    let container = Container::sniff(&head).expect("the format is recognised");
    probe(&fixture.tools, path, container, &VideoLimits::default()).await
}

async fn refusal(fixture: &Fixture, path: &Path, container: Container, limits: &VideoLimits) -> String {
    match probe(&fixture.tools, path, container, limits).await {
        Err(MediaError::Refused(sentence)) => sentence,
        other => panic!("{}: {other:?}", path.display()),
    }
}

fn near(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 0.15
}

#[tokio::test]
async fn an_ordinary_video_is_described() {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", &format!("{VIDEO} {TONE} {USUAL}"));
    let info = look(&fixture, &path).await.unwrap();
    assert_eq!((info.container, info.width, info.height, info.streams), (Container::Mp4, 320, 180, 2));
    assert!(near(info.duration_s, 2.0) && info.bit_rate > 0 && info.bytes > 0);
    let video = info.video.as_ref().unwrap();
    assert_eq!((video.codec, video.chroma, video.bit_depth), (VideoCodec::H264, Chroma::Yuv420, 8));
    assert!(near(video.fps_average, 25.0) && near(video.fps_nominal, 25.0) && !video.turned && !video.interlaced);
    let audio = info.audio.as_ref().unwrap();
    assert_eq!((audio.codec, audio.channels, audio.sample_rate), (AudioCodec::Aac, 1, 48_000));
    let stored = serde_json::to_string(&info).unwrap();
    assert_eq!(serde_json::from_str::<MediaInfo>(&stored).unwrap(), info);
}

#[tokio::test]
async fn every_container_is_recognised_by_its_content() {
    let fixture = Fixture::new();
    let both = format!("{VIDEO} {TONE} -shortest");
    for (name, codecs, container) in [
        ("a.mov", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac", Container::Mov),
        ("a.mkv", "-c:v libx264 -preset ultrafast -c:a libopus", Container::Matroska),
        ("a.webm", "-c:v libvpx -deadline realtime -c:a libvorbis", Container::WebM),
        ("a.avi", "-c:v mpeg4 -c:a libmp3lame", Container::Avi),
        ("a.ts", "-c:v mpeg2video -c:a mp2", Container::MpegTs),
        ("a.mpg", "-c:v mpeg1video -c:a mp2", Container::MpegPs),
        ("a.flv", "-c:v flv -c:a libmp3lame -ar 44100", Container::Flv),
        ("a.ogv", "-c:v libtheora -c:a libvorbis", Container::Ogg),
        ("a.3gp", "-s 176x144 -c:v h263 -c:a aac", Container::ThreeGp),
        ("a.wmv", "-c:v wmv2 -c:a wmav2", Container::Asf),
    ] {
        let path = fixture.video(name, &format!("{both} {codecs}"));
        let info = look(&fixture, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(info.container, container);
        assert!((1.8..2.6).contains(&info.duration_s), "{name}: {}", info.duration_s);
        assert!(info.video.is_some() && info.audio.is_some(), "{name}");
    }
}

#[tokio::test]
async fn audio_files_have_no_video() {
    let fixture = Fixture::new();
    for (name, container) in [
        ("a.mp3", Container::Mp3),
        ("a.wav", Container::Wav),
        ("a.flac", Container::Flac),
        ("a.aac", Container::Aac),
        ("a.m4a", Container::M4a),
        ("a.ogg", Container::Ogg),
    ] {
        let path = fixture.video(name, TONE);
        let info = look(&fixture, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(info.container, container);
        assert!(info.video.is_none() && info.audio.is_some() && info.cover.is_none(), "{name}");
        assert!(near(info.duration_s, 2.0), "{name}: {}", info.duration_s);
    }
}

#[tokio::test]
async fn a_cover_image_is_no_video_stream() {
    let fixture = Fixture::new();
    let path = fixture.video(
        "a.mp3",
        &format!("{TONE} -f lavfi -i testsrc2=size=300x300:rate=1:duration=1 -map 0 -map 1 -c:v mjpeg -frames:v 1 -disposition:v attached_pic"),
    );
    let info = look(&fixture, &path).await.unwrap();
    assert_eq!((info.video.is_none(), info.cover), (true, Some(1)));
}

#[tokio::test]
async fn rotated_wide_and_hdr_videos_are_described_as_displayed() {
    let fixture = Fixture::new();
    let upright = fixture.video("a.mp4", &format!("{VIDEO} {USUAL}"));
    let turned = fixture.video("b.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", upright.display()));
    let info = look(&fixture, &turned).await.unwrap();
    assert_eq!((info.width, info.height, info.video.unwrap().turned), (180, 320, true));

    let wide = fixture.video("c.mkv", &format!("{VIDEO} {USUAL} -vf setsar=4/3"));
    let info = look(&fixture, &wide).await.unwrap();
    assert_eq!((info.width, info.height), (427, 180));

    let bright = fixture.video("d.mp4", &format!(
        "{VIDEO} -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
    ));
    let video = look(&fixture, &bright).await.unwrap().video.unwrap();
    assert_eq!((video.codec, video.bit_depth, video.transfer), (VideoCodec::Hevc, 10, Transfer::Pq));

    let fields = fixture.video("e.ts", &format!("{VIDEO} -c:v mpeg2video -flags +ildct+ilme -vf setfield=tff"));
    assert!(look(&fixture, &fields).await.unwrap().video.unwrap().interlaced);
}

#[tokio::test]
async fn a_duration_that_no_header_tells_is_measured() {
    let fixture = Fixture::new();
    let path = fixture.path("a.webm");
    // Written into a pipe, the file cannot get its duration afterwards: as browsers record.
    let piped = std::process::Command::new(&fixture.tools.ffmpeg)
        .args(
            format!("-loglevel error -nostdin {VIDEO} -c:v libvpx -deadline realtime -live 1 -f webm pipe:1")
                .split(' '),
        )
        .output()
        .unwrap();
    std::fs::write(&path, piped.stdout).unwrap();
    let info = look(&fixture, &path).await.unwrap();
    assert!(near(info.duration_s, 2.0), "{}", info.duration_s);
    assert!((24.0..26.5).contains(&info.fps()), "{}", info.fps());
}

#[tokio::test]
async fn t12_each_limit_refuses_with_its_own_sentence() {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", &format!("{VIDEO} {TONE} {USUAL}"));
    let usual = VideoLimits::default;
    for (limits, word) in [
        (VideoLimits { bytes_max: 100, ..usual() }, "100 bytes"),
        (VideoLimits { duration_s_max: 1.0, ..usual() }, "minutes long"),
        (VideoLimits { width_max: 319, ..usual() }, "320 × 180"),
        (VideoLimits { height_max: 179, ..usual() }, "320 × 180"),
        (VideoLimits { pixels_max: 999, ..usual() }, "999 pixels"),
        (VideoLimits { fps_max: 24.0, ..usual() }, "25 frames"),
        (VideoLimits { streams_max: 1, ..usual() }, "2 streams"),
    ] {
        let sentence = refusal(&fixture, &path, Container::Mp4, &limits).await;
        assert!(sentence.contains(word), "{sentence}");
    }
    let empty = fixture.file("empty.mp4", b"");
    assert!(refusal(&fixture, &empty, Container::Mp4, &usual()).await.contains("empty"));
}

#[tokio::test]
async fn t08_codecs_that_are_not_listed_are_refused_by_name() {
    let fixture = Fixture::new();
    for (name, codec, container) in [
        ("a.mkv", "ffv1", Container::Matroska),
        ("a.avi", "magicyuv", Container::Avi),
        ("a.mov", "qtrle", Container::Mov),
    ] {
        let path = fixture.video(name, &format!("{VIDEO} -c:v {codec}"));
        let sentence = refusal(&fixture, &path, container, &VideoLimits::default()).await;
        assert!(sentence.contains(codec) && sentence.contains("H.264"), "{sentence}");
    }
}

#[tokio::test]
async fn t08_noise_behind_good_magic_numbers_is_refused() {
    let fixture = Fixture::new();
    let mut noise = vec![0_u8; 200_000];
    let mut seed = 7_u64;
    for byte in &mut noise {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = u8::try_from(seed >> 56).unwrap();
    }
    for container in Container::ALL {
        let path = fixture.file("noise", &noise);
        refusal(&fixture, &path, container, &VideoLimits::default()).await;
    }
    let whole = std::fs::read(fixture.video("a.mp4", &format!("{VIDEO} {TONE} {USUAL} -movflags +faststart"))).unwrap();
    let mut info = whole.clone();
    let data = info.windows(4).position(|name| name == b"mdat").unwrap() + 4;
    let length = info.len() - data;
    info[data..].copy_from_slice(&noise[..length]);
    let path = fixture.file("hollow.mp4", &info);
    let sentence = refusal(&fixture, &path, Container::Mp4, &VideoLimits::default()).await;
    assert!(sentence.contains("damaged") && !sentence.contains("/tmp"), "{sentence}");
    let path = fixture.file("cut.mp4", &whole[..600]);
    refusal(&fixture, &path, Container::Mp4, &VideoLimits::default()).await;
}

#[tokio::test]
async fn missing_tools_say_what_to_type() {
    let mut fixture = Fixture::new();
    let path = fixture.video("a.mp4", &format!("{VIDEO} {USUAL}"));
    fixture.tools.ffprobe = "/nowhere/ffprobe".into();
    let result = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await;
    assert!(matches!(result, Err(MediaError::Missing(sentence)) if sentence.contains("apt install ffmpeg")));
}
