//! Thumbnails of real videos.

use super::{candidates, placeholder, thumbnail};
use crate::container::Container;
use crate::fixture::{Fixture, TONE, USUAL, VIDEO};
use crate::limits::VideoLimits;
use crate::probe::probe;

#[tokio::test]
async fn three_candidates_show_different_parts_of_the_video() {
    let fixture = Fixture::new();
    // Everything but the middle is black.
    let path = fixture.video("a.mp4", &format!("-f lavfi -i testsrc2=size=320x180:rate=25:duration=12 -vf eq=brightness='if(between(t,5,8),0,-1)':eval=frame {USUAL}"));
    let info = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
    let candidates = candidates(&fixture.tools, &path, &info, fixture.folder.path()).await.unwrap();
    assert_eq!(candidates.len(), 3);
    let placeholders: Vec<String> = candidates.iter().map(|image| placeholder(&image.bytes).unwrap()).collect();
    assert!(placeholders.iter().all(|placeholder| placeholder.len() == 28));
    assert_ne!(placeholders[0], placeholders[1]);
    let [before, middle, after] = [0, 1, 2].map(|index: usize| {
        let pixels = image::load_from_memory(&candidates[index].bytes).unwrap().into_luma8();
        pixels.iter().map(|pixel| u64::from(*pixel)).sum::<u64>()
    });
    assert!(middle > 2 * before && middle > 2 * after, "{before} {middle} {after}");
}

#[tokio::test]
async fn short_videos_and_audio_files_have_thumbnails_too() {
    let fixture = Fixture::new();
    let (tools, scratch) = (&fixture.tools, fixture.folder.path());
    let path = fixture.video("a.mp4", &format!("{VIDEO} {USUAL} -frames:v 1"));
    let info = probe(tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
    assert_eq!(candidates(tools, &path, &info, scratch).await.unwrap().len(), 3);
    let image = thumbnail(tools, &path, &info, scratch).await.unwrap();
    assert_eq!((image.width, image.height), info.display_size());
    let path = fixture.video("a.mp3", TONE);
    let info = probe(tools, &path, Container::Mp3, &VideoLimits::default()).await.unwrap();
    assert!(candidates(tools, &path, &info, scratch).await.unwrap().is_empty());
    let image = thumbnail(tools, &path, &info, scratch).await.unwrap();
    assert_eq!((image.width, image.height), info.display_size());
}
