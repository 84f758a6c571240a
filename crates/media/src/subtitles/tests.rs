//! Videos with every kind of stream beside picture and sound, from the probe to the previews.

use std::path::Path;

use super::{CAPTION_BYTES_MAX, Caption, captions};
use crate::container::Container;
use crate::fixture::{Fixture, TONE, USUAL, VIDEO};
use crate::info::MediaInfo;
use crate::keyframes::read_timeline;
use crate::limits::VideoLimits;
use crate::loudness::loudness;
use crate::plan::Plan;
use crate::probe::probe;
use crate::progress::{ProgressHooks, STALL_TIMEOUT};
use crate::storyboard::storyboard;
use crate::thumbnails::{candidates, thumbnail};
use crate::transcode::transcode;
use crate::validate::validate;

const SRT: &str = "1\n00:00:00,500 --> 00:00:01,000\nCall me <i>Ishmael</i>.\n\n\
                   2\n00:00:01,200 --> 00:00:01,900\nSome years ago\n";
/// Its last cue ends seven seconds after the video.
const LONG_SRT: &str = "1\n00:00:00,500 --> 00:00:09,000\nCall me Ishmael.\n";

/// One bitmap of 8 × 2 pixels for a second, as on Blu-ray discs.
fn bitmaps() -> Vec<u8> {
    let mut file = Vec::new();
    let mut segment = |at_s: u32, kind: u8, data: &[u8]| {
        file.extend(b"PG");
        file.extend((at_s * 90_000).to_be_bytes());
        file.extend([0; 4]);
        file.push(kind);
        file.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        file.extend(data);
    };
    let window = [1, 0, 0, 8, 0, 8, 0, 8, 0, 2];
    segment(0, 0x16, &[1, 64, 0, 180, 0x10, 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 8]);
    segment(0, 0x17, &window);
    segment(0, 0x14, &[0, 0, 1, 200, 128, 128, 255]);
    // Two lines: eight pixels of colour 1, and the end of the line.
    let line = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
    let head = [0, 0, 0, 0xc0, 0, 0, 24, 0, 8, 0, 2];
    segment(0, 0x15, &[&head[..], &line, &line].concat());
    segment(0, 0x80, &[]);
    segment(1, 0x16, &[1, 64, 0, 180, 0x10, 0, 1, 0, 0, 0, 0]);
    segment(1, 0x17, &window);
    segment(1, 0x80, &[]);
    file
}

fn input(fixture: &Fixture, name: &str, content: &[u8]) -> String {
    let path = fixture.file(name, content);
    // Bitmaps stay until the next ones.
    let option = if name.ends_with("sup") { "-fix_sub_duration -i" } else { "-i" };
    format!("{VIDEO} {TONE} {} {} -map 0:v -map 1:a -map 2 {USUAL}", option, path.display())
}

/// Does all that the jobs of a server do.
async fn process(fixture: &Fixture, path: &Path) -> Result<(MediaInfo, Vec<(Caption, String)>), crate::MediaError> {
    let tools = &fixture.tools;
    let container = Container::of_file(path).await?;
    let info = probe(tools, path, container, &VideoLimits::default()).await?;
    let timeline = read_timeline(tools, path, &info, STALL_TIMEOUT).await?;
    let scratch = tempfile::tempdir().unwrap();
    let scratch = scratch.path();
    let mut ignore = |_| {};
    let mut hooks = ProgressHooks::new(&mut ignore);
    thumbnail(tools, path, &info, scratch).await?;
    let plan = Plan::new(&info, timeline.as_ref());
    let stream = transcode(tools, path, &info, &plan.first, plan.duration_s, scratch, &mut hooks).await?;
    validate(tools, &info, &stream, scratch, &[]).await?;
    candidates(tools, path, &info, scratch).await?;
    storyboard(tools, path, &info, 1.0, scratch, &mut hooks).await?;
    loudness(tools, path, &info, &mut hooks).await?;
    let captions = captions(tools, path, &info, scratch, &mut hooks).await?;
    let text = |caption: Caption| {
        let text = std::fs::read_to_string(scratch.join(&caption.file)).unwrap();
        (caption, text)
    };
    Ok((info, captions.into_iter().map(text).collect()))
}

#[tokio::test]
async fn text_subtitles_of_every_container_become_captions() {
    let fixture = Fixture::new();
    for (name, codec) in [
        ("srt.mkv", "subrip"),
        ("ass.mkv", "ass"),
        ("ssa.mkv", "ssa"),
        ("webvtt.mkv", "webvtt"),
        ("webvtt.webm", "webvtt"),
        ("tx3g.mp4", "mov_text"),
        ("tx3g.mov", "mov_text"),
        ("tx3g.3gp", "mov_text"),
    ] {
        let arguments = input(&fixture, "en.srt", SRT.as_bytes());
        let codecs = if name.ends_with("webm") { "-c:v libvpx -deadline realtime -c:a libopus" } else { "" };
        let tags = "-metadata:s:s:0 language=eng -disposition:s:0 default";
        let path = fixture.video(name, &format!("{arguments} {codecs} -c:s {codec} {tags}"));
        let (info, captions) = process(&fixture, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((info.streams, info.subtitles.len(), captions.len()), (3, 1, 1), "{name}");
        let (caption, text) = &captions[0];
        assert_eq!((caption.language.as_deref(), caption.is_default), (Some("eng"), true), "{name}");
        // Audio that begins before the video moves both by up to 30 ms.
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let [head, first, ishmael, second, years] = lines[..] else { panic!("{name}: {text}") };
        assert_eq!((head, ishmael, years), ("WEBVTT", "Call me <i>Ishmael</i>.", "Some years ago"), "{name}");
        assert!(first.starts_with("00:00.5") && first.contains(" --> 00:01.0"), "{name}: {text}");
        assert!(second.starts_with("00:01.2") && second.contains(" --> 00:01.9"), "{name}: {text}");
    }
}

#[tokio::test]
async fn bitmap_subtitles_do_not_disturb() {
    let fixture = Fixture::new();
    for (name, codec) in [
        ("pgs.mkv", "copy"),
        ("dvd.mkv", "dvdsub"),
        ("dvb.mkv", "dvbsub"),
        ("dvd.mp4", "dvdsub"),
        ("dvb.ts", "dvbsub"),
        ("pgs.ts", "copy"),
        ("dvd.mpg", "dvdsub"),
        ("xsub.avi", "xsub"),
    ] {
        let codecs = match name.split_once('.') {
            Some((_, "mpg")) => "-c:v mpeg2video -c:a mp2",
            _ => "",
        };
        let arguments = input(&fixture, "pictures.sup", &bitmaps());
        let path = fixture.video(name, &format!("{arguments} {codecs} -c:s {codec}"));
        let (info, captions) = process(&fixture, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((info.streams, captions.len()), (3, 0), "{name}");
    }
}

#[tokio::test]
async fn cover_images_attachments_timecodes_and_data_do_not_disturb() {
    let fixture = Fixture::new();
    let both = format!("{VIDEO} {TONE}");
    let covers = ["png", "jpg", "bmp"].map(|extension| {
        fixture
            .video(&format!("cover.{extension}"), "-f lavfi -i testsrc2=size=64x64 -frames:v 1")
            .display()
            .to_string()
    });
    let [png, jpg, bmp] = &covers;
    let attached = |cover: &str| {
        format!("{both} -i {cover} -map 0 -map 1 -map 2 {USUAL} -c:v:1 copy -disposition:v:1 attached_pic")
    };
    let font = fixture.file("font.ttf", &[0; 100]);
    for (name, arguments) in [
        ("png.mp4", attached(png)),
        ("jpg.mp4", attached(jpg)),
        ("bmp.mp4", attached(bmp)),
        ("jpg.mkv", format!("{both} {USUAL} -attach {jpg} -metadata:s:2 mimetype=image/jpeg")),
        ("png.mkv", format!("{both} {USUAL} -attach {png} -metadata:s:2 mimetype=image/png")),
        ("font.mkv", format!("{both} {USUAL} -attach {} -metadata:s:2 mimetype=font/ttf", font.display())),
        ("timecode.mov", format!("{both} {USUAL} -timecode 01:00:00:00")),
        ("timecode.mp4", format!("{both} {USUAL} -timecode 01:00:00:00")),
        ("text.flv", format!("{} -c:s text", input(&fixture, "en.srt", SRT.as_bytes()))),
        ("data.ts", format!("{both} -f data -i {} -map 0 -map 1 -map 2 {USUAL} -c:d copy", font.display())),
    ] {
        let path = fixture.video(name, &arguments);
        let (info, _) = process(&fixture, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(info.streams >= 3, "{name}: {info:?}");
    }
}

#[tokio::test]
async fn subtitles_that_outlast_the_video_do_not_lengthen_it() {
    let fixture = Fixture::new();
    for (name, codec) in [("long.mkv", "subrip"), ("long.mp4", "mov_text")] {
        let arguments = input(&fixture, "long.srt", LONG_SRT.as_bytes());
        let path = fixture.video(name, &format!("{arguments} -c:s {codec}"));
        let (info, captions) = process(&fixture, &path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!((info.duration_s - 2.0).abs() < 0.2, "{name}: {}", info.duration_s);
        assert_eq!(captions.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn t12_captions_are_few_and_short() {
    let fixture = Fixture::new();
    let english = fixture.file("en.srt", SRT.as_bytes());
    let inputs = format!(" -i {}", english.display()).repeat(20);
    let maps = (2..22).map(|number| format!("-map {number}")).collect::<Vec<_>>().join(" ");
    let many = fixture.video("many.mkv", &format!("{VIDEO} {TONE} {inputs} -map 0 -map 1 {maps} {USUAL} -c:s copy"));
    assert_eq!(process(&fixture, &many).await.unwrap().1.len(), 16);
    let line = "x".repeat(100_000);
    let cue = |number: u32| format!("{number}\n00:00:00,{number:03} --> 00:00:01,000\n{line}\n\n");
    let long = fixture.file("long.srt", (0..25).map(cue).collect::<Vec<_>>().concat().as_bytes());
    assert!(std::fs::metadata(&long).unwrap().len() > CAPTION_BYTES_MAX);
    let arguments = format!("{VIDEO} {TONE} -i {} -i {}", long.display(), english.display());
    let path = fixture.video("long.mkv", &format!("{arguments} -map 0 -map 1 -map 2 -map 3 {USUAL} -c:s copy"));
    let (info, captions) = process(&fixture, &path).await.unwrap();
    assert_eq!((info.subtitles.len(), captions.len()), (2, 1));
    assert!(captions[0].1.contains("Some years ago"));
}
