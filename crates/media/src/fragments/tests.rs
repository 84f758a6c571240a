//! Indexes of files that ffmpeg really made, held against what ffprobe says of them.

use super::index;
use crate::fixture::{Fixture, TONE, VIDEO};

const FRAGMENTED: &str =
    "-f mp4 -movflags +frag_keyframe+delay_moov+default_base_moof+negative_cts_offsets+frag_discont";

#[test]
fn fragments_cover_the_file_and_the_time() {
    let fixture = Fixture::new();
    let path = fixture.video("v.mp4", &format!("{VIDEO} -c:v libx264 -bf 2 -g 10 -pix_fmt yuv420p {FRAGMENTED}"));
    let indexed = index(&path).unwrap();
    let track = &indexed.track;
    assert!(indexed.keyed && track.codecs.starts_with("avc1.64"), "{}", track.codecs);
    assert_eq!((indexed.width, indexed.height, indexed.samples, track.fragments.len()), (320, 180, 50, 5));
    assert!(track.start_s().abs() < 0.001 && (track.end_s() - 2.0).abs() < 0.001);
    assert!(track.fragments.iter().all(|fragment| fragment.ticks == u64::from(track.timescale) * 2 / 5));
    let whole = std::fs::read(&path).unwrap();
    let mut offset = usize::try_from(track.head_bytes).unwrap();
    for fragment in &track.fragments {
        assert_eq!(&whole[offset + 4..offset + 8], b"moof");
        assert!(fragment.key_bytes > 500 && fragment.key_bytes < fragment.bytes);
        offset += usize::try_from(fragment.bytes).unwrap();
    }
    assert!(offset == whole.len() || &whole[offset + 4..offset + 8] == b"mfra");
}

#[test]
fn codecs_are_named_as_players_want_them() {
    let fixture = Fixture::new();
    for (codec, beginning) in [
        ("-c:v libx264 -profile:v baseline -pix_fmt yuv420p", "avc1.42c0"),
        ("-c:v libx265 -x265-params log-level=none -tag:v hvc1 -pix_fmt yuv420p", "hvc1.1.6.L60"),
        ("-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", "vp09.00."),
        ("-c:v libaom-av1 -cpu-used 8 -frames:v 5 -pix_fmt yuv420p", "av01.0.00M.08"),
    ] {
        let path = fixture.video("v.mp4", &format!("{VIDEO} {codec} {FRAGMENTED}"));
        let codecs = index(&path).unwrap().track.codecs;
        assert!(codecs.starts_with(beginning), "{codecs}");
    }
    for (codec, name) in [("-c:a aac -ac 2", "mp4a.40.2"), ("-c:a libopus -ac 2", "opus")] {
        let path = fixture.video("a.mp4", &format!("{TONE} {codec} {FRAGMENTED} -frag_duration 1000000"));
        let indexed = index(&path).unwrap();
        assert_eq!((indexed.track.codecs.as_str(), indexed.channels, indexed.sample_rate), (name, 2, 48_000));
        assert!((indexed.track.end_s() - 2.0).abs() < 0.1, "{}", indexed.track.end_s());
    }
}

#[test]
fn a_file_that_is_cut_off_or_plain_is_not_taken() {
    let fixture = Fixture::new();
    let path = fixture.video("v.mp4", &format!("{VIDEO} -c:v libx264 -g 10 -pix_fmt yuv420p {FRAGMENTED}"));
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 7, 100, 900, whole.len() / 2, whole.len() - 300] {
        let cut = fixture.file("cut.mp4", &whole[..length]);
        assert!(index(&cut).is_err(), "{length}");
    }
    let plain = fixture.video("plain.mp4", &format!("{VIDEO} -c:v libx264 -pix_fmt yuv420p"));
    assert!(index(&plain).is_err());
}
