//! Timelines of real videos.

use super::{Timeline, TimelineReader, read_timeline};
use crate::container::Container;
use crate::fixture::{Fixture, VIDEO};
use crate::limits::VideoLimits;
use crate::probe::probe;
use crate::progress::STALL_TIMEOUT;

async fn of(codec: &str) -> Timeline {
    let fixture = Fixture::new();
    let path = fixture.video("a.mp4", &format!("{VIDEO} -c:v libx264 -pix_fmt yuv420p {codec}"));
    let info = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
    read_timeline(&fixture.tools, &path, &info, STALL_TIMEOUT).await.unwrap().unwrap()
}

#[tokio::test]
async fn key_frames_are_counted_and_their_gaps_measured() {
    let timeline = of("-g 10 -bf 2").await;
    assert_eq!((timeline.frames, timeline.keys, timeline.open, timeline.starts_with_key), (50, 5, false, true));
    assert!((timeline.gap_s_max - 0.4).abs() < 0.01 && (timeline.gap_s_average - 0.4).abs() < 0.01);
    assert!((timeline.end_s - timeline.start_s - 2.0).abs() < 0.01);
}

#[tokio::test]
async fn one_key_frame_makes_one_gap_as_long_as_the_video() {
    let timeline = of("-g 999").await;
    assert_eq!(timeline.keys, 1);
    assert!((timeline.gap_s_max - 2.0).abs() < 0.01);
}

#[tokio::test]
async fn open_groups_are_noticed() {
    assert!(of("-g 10 -bf 3 -x264-params open-gop=1").await.open);
}

#[test]
fn lines_without_times_are_passed_over() {
    let mut reader = TimelineReader::default();
    for line in ["", "N/A,N/A,N/A,K_", "x", "0.0,0.0,0.04,K__", "nan,inf,1,K", "0.04,N/A,N/A,__"] {
        reader.read(line);
    }
    let timeline = reader.finish().unwrap();
    assert_eq!((timeline.frames, timeline.keys), (2, 1));
    assert!(TimelineReader::default().finish().is_none());
}
