//! Playlists of streams that were really made, played to the end by ffmpeg's own HLS and DASH
//! readers, and single lines of them.

use std::path::Path;
use std::process::Command;

use super::{Playlist, Subtitles, key_frames, master, moment, rung, sound};
use crate::dash;
use crate::transcode::tests::{Made, made};

const FILM: &str = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=9 -f lavfi -i sine=duration=9:sample_rate=48000 -c:v libx264 -bf 2 -g 48 -pix_fmt yuv420p -c:a aac";

fn write_all(made: &Made) -> String {
    let stream = &made.stream;
    let mut address = |playlist: Playlist<'_>| match playlist {
        Playlist::Rung(rung) => format!("{}.m3u8", rung.track.file),
        Playlist::KeyFrames(rung) => format!("{}.keys.m3u8", rung.track.file),
        Playlist::Sound => "sound.m3u8".to_owned(),
    };
    let master = master(stream, &[], &mut address);
    let mut file = |name: &str| name.to_owned();
    std::fs::write(made.scratch.join("master.m3u8"), &master).unwrap();
    for each in &stream.rungs {
        std::fs::write(made.scratch.join(address(Playlist::Rung(each))), rung(stream, each, &mut file)).unwrap();
        std::fs::write(made.scratch.join(address(Playlist::KeyFrames(each))), key_frames(each, &mut file)).unwrap();
    }
    std::fs::write(made.scratch.join("sound.m3u8"), sound(stream, &mut file).unwrap()).unwrap();
    master
}

/// How many packets of a sort ffmpeg finds when it plays this, and what it complains about.
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
    let made = made("a.mp4", FILM).await;
    let master = write_all(&made);
    for each in &made.stream.rungs {
        let (frames, complaints) = played(&made.scratch.join(format!("{}.m3u8", each.track.file)), "v");
        assert_eq!((frames, complaints.as_str()), (225, ""), "{}", each.track.file);
        let bytes = std::fs::read(made.scratch.join(&each.track.file)).unwrap();
        let part = |offset: u64, length: u64| {
            let offset = usize::try_from(offset).unwrap();
            &bytes[offset..offset + usize::try_from(length).unwrap()]
        };
        for key in each.track.key_frames() {
            let alone = [part(0, each.track.head_bytes), part(key.offset, key.bytes)].concat();
            let (frames, _) = played(&made.bench.file("key.mp4", &alone), "v");
            assert_eq!(frames, 1, "{key:?}");
        }
    }
    let (sounds, complaints) = played(&made.scratch.join("sound.m3u8"), "a");
    assert!(sounds > 400 && complaints.is_empty(), "{sounds} {complaints}");
    let (frames, _) = played(&made.scratch.join("master.m3u8"), "v");
    assert_eq!(frames, 225);
    for line in [
        "RESOLUTION=640x360,FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO=\"sound\"",
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
    let made = made("a.mp4", FILM).await;
    let text = dash::manifest(&made.stream, &mut |file| file.to_owned());
    let count = |what: &str| text.matches(what).count();
    let sound = made.stream.sound.as_ref().unwrap();
    let sounds = sound.track.grouped().len();
    assert_eq!(count("<Representation "), made.stream.rungs.len() + 1);
    assert_eq!(count("<SegmentURL "), made.stream.rungs.len() * made.stream.groups.len() + sounds);
    assert_eq!(count("<S "), count("<SegmentURL "));
    assert!(text.contains("mediaPresentationDuration=\"PT9.0") && text.contains("frameRate=\"25000/1000\""));
    let track = &made.stream.rungs[0].track;
    let first = track.segments(&made.stream.groups)[0];
    let range = format!("mediaRange=\"{}-{}\"", first.offset, first.offset + first.bytes - 1);
    assert!(text.contains(&range) && text.contains(&format!("range=\"0-{}\"", track.head_bytes - 1)));
}

#[tokio::test]
async fn addresses_and_labels_cannot_break_out() {
    let made = made("a.mp4", &format!("{FILM} -t 2")).await;
    let subtitles = Subtitles { language: "de\"\n#EXT-X-KEY".into(), label: "a\"b".into(), url: "x\r\ny".into() };
    let text = master(&made.stream, &[subtitles], &mut |_| "u\"\n#EXTINF:1,".to_owned());
    assert!(text.lines().all(|line| !line.starts_with("#EXT-X-KEY") && !line.starts_with("#EXTINF")));
    assert!(text.contains("SUBTITLES=\"subtitles\""));
    let text = dash::manifest(&made.stream, &mut |_| "a?b=1&c=<\"".to_owned());
    assert!(text.contains("a?b=1&amp;c=&lt;&quot;") && !text.contains("c=<"));
    let signed = rung(&made.stream, &made.stream.rungs[0], &mut |file| format!("https://x/{file}?token=1"));
    assert!(signed.contains("\nhttps://x/source360.mp4?token=1\n"));
}

#[test]
fn moments_are_written_as_webvtt_wants_them() {
    assert_eq!(moment(0.0), "00:00:00.000");
    assert_eq!(moment(3725.5), "01:02:05.500");
}
