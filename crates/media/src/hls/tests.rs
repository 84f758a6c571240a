//! Playlists of real streams, played to the end by ffmpeg.

use std::path::Path;
use std::process::Command;

use super::{Playlist, audio, key_frames, master, rendition, timestamp};
use crate::dash;
use crate::transcode::tests::{Made, made};

const SOURCE: &str = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=9 -f lavfi -i sine=duration=9:sample_rate=48000 -c:v libx264 -bf 2 -g 48 -pix_fmt yuv420p -c:a aac";

fn write_all(made: &Made) -> String {
    let stream = &made.stream;
    let mut url = |playlist: Playlist<'_>| match playlist {
        Playlist::Rendition(rendition) => format!("{}.m3u8", rendition.track.file),
        Playlist::KeyFrames(rendition) => format!("{}.keys.m3u8", rendition.track.file),
        Playlist::Audio => "audio.m3u8".to_owned(),
    };
    let master = master(stream, &mut url);
    let mut file = |name: &str| name.to_owned();
    std::fs::write(made.scratch.join("master.m3u8"), &master).unwrap();
    for each in &stream.renditions {
        std::fs::write(made.scratch.join(url(Playlist::Rendition(each))), rendition(stream, each, &mut file)).unwrap();
        std::fs::write(made.scratch.join(url(Playlist::KeyFrames(each))), key_frames(each, &mut file)).unwrap();
    }
    std::fs::write(made.scratch.join("audio.m3u8"), audio(stream, &mut file).unwrap()).unwrap();
    master
}

fn played(path: &Path, streams: &str) -> (usize, String) {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "warning",
            "-count_frames",
            "-select_streams",
            streams,
            "-show_entries",
            "stream=nb_read_frames",
            "-of",
            "csv=p=0",
        ])
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let count = text.lines().filter_map(|line| line.trim_matches(',').parse().ok()).max();
    (count.unwrap_or(0), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn every_playlist_plays_to_its_end() {
    let made = made("a.mp4", SOURCE).await;
    let master = write_all(&made);
    for each in &made.stream.renditions {
        let (frames, warnings) = played(&made.scratch.join(format!("{}.m3u8", each.track.file)), "v");
        assert_eq!((frames, warnings.as_str()), (225, ""), "{}", each.track.file);
        let bytes = std::fs::read(made.scratch.join(&each.track.file)).unwrap();
        let part = |offset: u64, length: u64| {
            let offset = usize::try_from(offset).unwrap();
            &bytes[offset..offset + usize::try_from(length).unwrap()]
        };
        for key in each.track.key_frames() {
            let alone = [part(0, each.track.head_bytes), part(key.offset, key.bytes)].concat();
            let (frames, _) = played(&made.fixture.file("key.mp4", &alone), "v");
            assert_eq!(frames, 1, "{key:?}");
        }
    }
    let (audio_frames, warnings) = played(&made.scratch.join("audio.m3u8"), "a");
    assert!(audio_frames > 400 && warnings.is_empty(), "{audio_frames} {warnings}");
    let (frames, _) = played(&made.scratch.join("master.m3u8"), "v");
    assert_eq!(frames, 225);
    for line in [
        "RESOLUTION=640x360,FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO=\"audio\"",
        "CODECS=\"avc1.64",
        ",mp4a.40.2\"",
        "#EXT-X-I-FRAME-STREAM-INF:",
        "CHANNELS=\"1\"",
    ] {
        assert!(master.contains(line), "{line} is not in\n{master}");
    }
}

#[tokio::test]
async fn the_dash_manifest_names_the_same_bytes() {
    let made = made("a.mp4", SOURCE).await;
    let text = dash::manifest(&made.stream, &mut |file| file.to_owned());
    let count = |what: &str| text.matches(what).count();
    let audio = made.stream.audio.as_ref().unwrap();
    let audio_frames = audio.track.grouped().len();
    assert_eq!(count("<Representation "), made.stream.renditions.len() + 1);
    assert_eq!(count("<SegmentURL "), made.stream.renditions.len() * made.stream.groups.len() + audio_frames);
    assert_eq!(count("<S "), count("<SegmentURL "));
    assert!(text.contains("mediaPresentationDuration=\"PT9.0") && text.contains("frameRate=\"25000/1000\""));
    let track = &made.stream.renditions[0].track;
    let first = track.segments(&made.stream.groups)[0];
    let range = format!("mediaRange=\"{}-{}\"", first.offset, first.offset + first.bytes - 1);
    assert!(text.contains(&range) && text.contains(&format!("range=\"0-{}\"", track.head_bytes - 1)));
}

#[tokio::test]
async fn urls_cannot_break_out() {
    let made = made("a.mp4", &format!("{SOURCE} -t 2")).await;
    let text = master(&made.stream, &mut |_| "u\"\r\n#EXTINF:1,".to_owned());
    assert!(text.lines().all(|line| !line.starts_with("#EXTINF")));
    assert!(text.contains("URI=\"u#EXTINF:1,\""));
    let text = dash::manifest(&made.stream, &mut |_| "a?b=1&c=<\"".to_owned());
    assert!(text.contains("a?b=1&amp;c=&lt;&quot;") && !text.contains("c=<"));
    let signed = rendition(&made.stream, &made.stream.renditions[0], &mut |file| format!("https://x/{file}?token=1"));
    assert!(signed.contains("\nhttps://x/source360.mp4?token=1\n"));
}

#[test]
fn timestamps_are_written_as_webvtt_wants_them() {
    assert_eq!(timestamp(0.0), "00:00:00.000");
    assert_eq!(timestamp(3725.5), "01:02:05.500");
}
