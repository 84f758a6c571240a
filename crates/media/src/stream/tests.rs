//! Grouping, measuring and joining made-up tracks.

use super::{Fragment, Rendition, Stream, Track, VideoRange};

pub fn track(file: &str, bytes: u64, lengths_s: &[f64]) -> Track {
    Track {
        file: file.to_owned(),
        bytes: 0,
        codecs: "avc1.64001f".to_owned(),
        bandwidth: 0,
        average_bandwidth: 0,
        timescale: 1000,
        head_bytes: 800,
        start_ticks: 0,
        fragments: lengths_s
            .iter()
            .map(|length_s| Fragment {
                bytes,
                ticks: u64::try_from(std::time::Duration::from_secs_f64(*length_s).as_millis()).unwrap(),
                key_bytes: bytes / 4,
            })
            .collect(),
    }
}

pub fn rendition(height: u32, bytes: u64, lengths_s: &[f64]) -> Rendition {
    Rendition {
        width: height * 16 / 9,
        height,
        fps: 25.0,
        video_range: VideoRange::Sdr,
        copied: false,
        track: track(&format!("v{height}.mp4"), bytes, lengths_s),
    }
}

#[test]
fn segments_end_at_the_first_key_frame_after_four_seconds() {
    assert_eq!(track("a", 1, &[2.0; 5]).grouped(), [2, 2, 1]);
    assert_eq!(track("a", 1, &[1.92; 7]).grouped(), [3, 2, 2]);
    assert_eq!(track("a", 1, &[6.0, 6.0, 1.0]).grouped(), [1, 1, 1]);
    assert_eq!(track("a", 1, &[13.0, 1.0, 2.0, 0.5]).grouped(), [1, 2, 1]);
    assert_eq!(track("a", 1, &[1.0]).grouped(), [1]);
    assert!(track("a", 1, &[]).grouped().is_empty());
}

#[test]
fn segments_and_key_frames_are_ranges_of_the_file() {
    let track = track("a", 1000, &[2.0; 3]);
    let segments = track.segments(&[2, 1]);
    assert_eq!((segments[0].offset, segments[0].bytes, segments[0].ticks), (800, 2000, 4000));
    assert_eq!((segments[1].offset, segments[1].bytes, segments[1].start_ticks), (2800, 1000, 4000));
    let keys = track.key_frames();
    assert_eq!((keys[1].offset, keys[1].bytes, keys[1].ticks), (1800, 250, 2000));
}

#[test]
fn cost_is_measured_and_a_short_end_does_not_distort_it() {
    let mut track = track("a", 1000, &[2.0, 2.0, 2.0, 2.0, 0.1]);
    track.fragments[2].bytes = 3000;
    track.measure(&[2, 2, 1]);
    assert_eq!(track.bandwidth, 8000);
    assert_eq!(track.average_bandwidth, 7000 * 8 * 10 / 81);
}

#[test]
fn renditions_must_be_aligned() {
    let stream = Stream::new(6.0, vec![rendition(240, 100, &[2.0; 3]), rendition(720, 900, &[2.0; 3])], None).unwrap();
    assert_eq!((stream.renditions[0].height, stream.groups.clone()), (720, vec![2, 1]));
    for stray in [&[2.0; 2][..], &[2.0, 2.1, 1.9]] {
        let renditions = vec![rendition(240, 100, &[2.0; 3]), rendition(720, 900, stray)];
        assert!(Stream::new(6.0, renditions, None).is_err());
    }
    let more = Stream::new(6.0, vec![rendition(480, 400, &[2.0; 3])], None).unwrap();
    let all = stream.merged(more).unwrap();
    assert_eq!(all.files().collect::<Vec<_>>(), ["v720.mp4", "v480.mp4", "v240.mp4"]);
}

#[test]
fn renditions_that_save_nothing_are_removed() {
    let renditions = [(1080, 1000), (720, 950), (480, 500), (240, 490)];
    let renditions = renditions.map(|(height, bytes)| rendition(height, bytes, &[2.0; 3])).to_vec();
    let mut stream = Stream::new(6.0, renditions, None).unwrap();
    assert_eq!(stream.thin_out(), ["v720.mp4", "v240.mp4"]);
    assert_eq!(stream.renditions.len(), 2);
}

#[test]
fn a_stream_survives_being_stored() {
    let stream = Stream::new(6.0, vec![rendition(240, 100, &[2.0; 3])], None).unwrap();
    let stored = serde_json::to_string(&stream).unwrap();
    assert!(stored.contains("[100,2000,25]"), "{stored}");
    assert_eq!(serde_json::from_str::<Stream>(&stored).unwrap(), stream);
}
