//! Films in many shapes and files that only pretend, each really given to ffprobe and ffmpeg.

use std::io::Read;
use std::path::Path;

use super::probe;
use crate::codec::{AudioCodec, VideoCodec};
use crate::error::MediaError;
use crate::info::{Chroma, Film, FilmLimits, Transfer};
use crate::container::{Container, HEAD_BYTES};
use crate::fixture::{Bench, PICTURE, TONE, USUAL};

async fn look(bench: &Bench, path: &Path) -> Result<Film, MediaError> {
    let mut head = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).unwrap();
    let container = Container::sniff(&head).expect("the format is recognised");
    probe(&bench.tools, path, container, &FilmLimits::default()).await
}

async fn refusal(bench: &Bench, path: &Path, container: Container, limits: &FilmLimits) -> String {
    match probe(&bench.tools, path, container, limits).await {
        Err(MediaError::Refused(sentence)) => sentence,
        other => panic!("{}: {other:?}", path.display()),
    }
}

fn near(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 0.15
}

#[tokio::test]
async fn an_ordinary_film_is_described() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", &format!("{PICTURE} {TONE} {USUAL}"));
    let film = look(&bench, &path).await.unwrap();
    assert_eq!((film.container, film.width, film.height, film.streams), (Container::Mp4, 320, 180, 2));
    assert!(near(film.duration_s, 2.0) && film.bit_rate > 0 && film.bytes > 0);
    let video = film.video.as_ref().unwrap();
    assert_eq!((video.codec, video.chroma, video.bit_depth), (VideoCodec::H264, Chroma::Quarter, 8));
    assert!(near(video.fps_average, 25.0) && !video.is_variable_rate() && !video.turned && !video.interlaced);
    let audio = film.audio.as_ref().unwrap();
    assert_eq!((audio.codec, audio.channels, audio.sample_rate), (AudioCodec::Aac, 1, 48_000));
    let stored = serde_json::to_string(&film).unwrap();
    assert_eq!(serde_json::from_str::<Film>(&stored).unwrap(), film);
}

#[tokio::test]
async fn every_container_is_recognised_by_its_content() {
    let bench = Bench::new();
    let both = format!("{PICTURE} {TONE} -shortest");
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
        let path = bench.film(name, &format!("{both} {codecs}"));
        let film = look(&bench, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(film.container, container);
        assert!((1.8..2.6).contains(&film.duration_s), "{name}: {}", film.duration_s);
        assert!(film.video.is_some() && film.audio.is_some(), "{name}");
    }
}

#[tokio::test]
async fn sound_files_have_no_picture() {
    let bench = Bench::new();
    for (name, container) in [
        ("a.mp3", Container::Mp3),
        ("a.wav", Container::Wav),
        ("a.flac", Container::Flac),
        ("a.aac", Container::Aac),
        ("a.m4a", Container::M4a),
        ("a.ogg", Container::Ogg),
    ] {
        let path = bench.film(name, TONE);
        let film = look(&bench, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(film.container, container);
        assert!(film.video.is_none() && film.audio.is_some() && film.cover.is_none(), "{name}");
        assert!(near(film.duration_s, 2.0), "{name}: {}", film.duration_s);
    }
}

#[tokio::test]
async fn a_cover_picture_is_no_moving_picture() {
    let bench = Bench::new();
    let path = bench.film(
        "a.mp3",
        &format!("{TONE} -f lavfi -i testsrc2=size=300x300:rate=1:duration=1 -map 0 -map 1 -c:v mjpeg -frames:v 1 -disposition:v attached_pic"),
    );
    let film = look(&bench, &path).await.unwrap();
    assert_eq!((film.video.is_none(), film.cover), (true, Some(1)));
}

#[tokio::test]
async fn turned_wide_and_bright_films_are_described_as_displayed() {
    let bench = Bench::new();
    let upright = bench.film("a.mp4", &format!("{PICTURE} {USUAL}"));
    let turned = bench.film("b.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", upright.display()));
    let film = look(&bench, &turned).await.unwrap();
    assert_eq!((film.width, film.height, film.video.unwrap().turned), (180, 320, true));

    let wide = bench.film("c.mkv", &format!("{PICTURE} {USUAL} -vf setsar=4/3"));
    let film = look(&bench, &wide).await.unwrap();
    assert_eq!((film.width, film.height), (427, 180));

    let bright = bench.film("d.mp4", &format!(
        "{PICTURE} -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
    ));
    let video = look(&bench, &bright).await.unwrap().video.unwrap();
    assert_eq!((video.codec, video.bit_depth, video.transfer), (VideoCodec::Hevc, 10, Transfer::Pq));

    let fields = bench.film("e.ts", &format!("{PICTURE} -c:v mpeg2video -flags +ildct+ilme -vf setfield=tff"));
    assert!(look(&bench, &fields).await.unwrap().video.unwrap().interlaced);
}

#[tokio::test]
async fn a_duration_that_no_header_tells_is_measured() {
    let bench = Bench::new();
    let path = bench.path("a.webm");
    // Written into a pipe, the file cannot get its duration afterwards: as browsers record.
    let piped = std::process::Command::new(&bench.tools.ffmpeg)
        .args(
            format!("-loglevel error -nostdin {PICTURE} -c:v libvpx -deadline realtime -live 1 -f webm pipe:1")
                .split(' '),
        )
        .output()
        .unwrap();
    std::fs::write(&path, piped.stdout).unwrap();
    let film = look(&bench, &path).await.unwrap();
    assert!(near(film.duration_s, 2.0), "{}", film.duration_s);
    assert!((24.0..26.5).contains(&film.fps()), "{}", film.fps());
}

#[tokio::test]
async fn t12_each_limit_refuses_with_its_own_sentence() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", &format!("{PICTURE} {TONE} {USUAL}"));
    let usual = FilmLimits::default;
    for (limits, word) in [
        (FilmLimits { bytes_max: 100, ..usual() }, "100 bytes"),
        (FilmLimits { duration_s_max: 1.0, ..usual() }, "minutes long"),
        (FilmLimits { width_max: 319, ..usual() }, "320 × 180"),
        (FilmLimits { height_max: 179, ..usual() }, "320 × 180"),
        (FilmLimits { pixels_max: 999, ..usual() }, "999 pixels"),
        (FilmLimits { fps_max: 24.0, ..usual() }, "25 frames"),
        (FilmLimits { streams_max: 1, ..usual() }, "2 streams"),
    ] {
        let sentence = refusal(&bench, &path, Container::Mp4, &limits).await;
        assert!(sentence.contains(word), "{sentence}");
    }
    let empty = bench.file("empty.mp4", b"");
    assert!(refusal(&bench, &empty, Container::Mp4, &usual()).await.contains("empty"));
}

#[tokio::test]
async fn t08_codecs_that_are_not_listed_are_refused_by_name() {
    let bench = Bench::new();
    for (name, codec, container) in [
        ("a.mkv", "ffv1", Container::Matroska),
        ("a.avi", "magicyuv", Container::Avi),
        ("a.mov", "qtrle", Container::Mov),
    ] {
        let path = bench.film(name, &format!("{PICTURE} -c:v {codec}"));
        let sentence = refusal(&bench, &path, container, &FilmLimits::default()).await;
        assert!(sentence.contains(codec) && sentence.contains("H.264"), "{sentence}");
    }
}

#[tokio::test]
async fn t08_noise_behind_good_magic_numbers_is_refused() {
    let bench = Bench::new();
    let mut noise = vec![0_u8; 200_000];
    let mut seed = 7_u64;
    for byte in &mut noise {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = u8::try_from(seed >> 56).unwrap();
    }
    for container in Container::ALL {
        let path = bench.file("noise", &noise);
        refusal(&bench, &path, container, &FilmLimits::default()).await;
    }
    let whole = std::fs::read(bench.film("a.mp4", &format!("{PICTURE} {TONE} {USUAL} -movflags +faststart"))).unwrap();
    let mut film = whole.clone();
    let data = film.windows(4).position(|name| name == b"mdat").unwrap() + 4;
    let length = film.len() - data;
    film[data..].copy_from_slice(&noise[..length]);
    let path = bench.file("hollow.mp4", &film);
    let sentence = refusal(&bench, &path, Container::Mp4, &FilmLimits::default()).await;
    assert!(sentence.contains("damaged") && !sentence.contains("/tmp"), "{sentence}");
    let path = bench.file("cut.mp4", &whole[..600]);
    refusal(&bench, &path, Container::Mp4, &FilmLimits::default()).await;
}

#[tokio::test]
async fn missing_tools_say_what_to_type() {
    let mut bench = Bench::new();
    let path = bench.film("a.mp4", &format!("{PICTURE} {USUAL}"));
    bench.tools.ffprobe = "/nowhere/ffprobe".into();
    let answer = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await;
    assert!(matches!(answer, Err(MediaError::Missing(sentence)) if sentence.contains("apt install ffmpeg")));
}
