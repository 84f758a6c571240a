//! Hostile files, each as every format, through the whole pipeline. The API's tests send the same files.

#[path = "../../../tests/hostile/files.rs"]
mod files;

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use self::files::{SECRET, avi_with_playlist, reference_movies, scripts, secret, spoiled, swollen};
use crate::container::Container;
use crate::error::MediaError;
use crate::fixture::Fixture;
use crate::frame::frame;
use crate::keyframes::read_timeline;
use crate::limits::VideoLimits;
use crate::plan::Plan;
use crate::probe::probe;
use crate::progress::{ProgressHooks, STALL_TIMEOUT};
use crate::transcode::transcode;

async fn run(fixture: &Fixture, input: &Path, container: Container) -> Result<(), MediaError> {
    let info = probe(&fixture.tools, input, container, &VideoLimits::default()).await?;
    let scratch = tempfile::tempdir().unwrap();
    let timeline = read_timeline(&fixture.tools, input, &info, STALL_TIMEOUT).await?;
    if info.video.is_some() {
        frame(&fixture.tools, input, &info, 1.0, scratch.path()).await?;
    }
    let plan = Plan::without_copy(&info, timeline.as_ref());
    let mut ignore = |_| {};
    transcode(
        &fixture.tools,
        input,
        &info,
        &plan.first,
        plan.duration_s,
        scratch.path(),
        &mut ProgressHooks::new(&mut ignore),
    )
    .await?;
    for entry in std::fs::read_dir(scratch.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let foreign = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!foreign, "{} as {container:?} has foreign bytes", input.display());
    }
    Ok(())
}

async fn passed(fixture: &Fixture, files: &[files::File]) -> Vec<&'static str> {
    let mut passed = Vec::new();
    for (name, bytes) in files {
        let input = fixture.file("upload", bytes);
        for container in Container::ALL {
            let begun = Instant::now();
            match run(fixture, &input, container).await {
                Ok(()) => passed.push(*name),
                Err(MediaError::Refused(sentence) | MediaError::Failed(sentence)) => {
                    assert!(!sentence.contains("/tmp") && !sentence.contains(SECRET), "{name}: {sentence}");
                    assert!(sentence.ends_with('.') && sentence.len() < 700, "{name}: {sentence}");
                }
                Err(error @ MediaError::Missing(_)) => panic!("{error}"),
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "{name} as {container:?}");
        }
    }
    passed.dedup();
    passed
}

#[tokio::test]
async fn t03_disguised_playlists_and_reference_movies_are_refused_as_every_format() {
    let fixture = Fixture::new();
    let secret = secret(&|name, arguments| fixture.video(name, arguments));
    let mut files = scripts(&secret);
    files.push(("avi-playlist", avi_with_playlist(&secret)));
    files.extend(reference_movies(&secret));
    assert!(passed(&fixture, &files).await.is_empty());
    // Their content would keep these from being examined at all.
    for (name, bytes) in scripts(&secret) {
        assert_eq!(Container::sniff(&bytes), None, "{name}");
    }
}

#[tokio::test]
async fn t08_damaged_videos_end_in_an_orderly_way() {
    let fixture = Fixture::new();
    let passed = passed(&fixture, &spoiled(&|name, arguments| fixture.video(name, arguments))).await;
    for name in ["random", "zeros", "cut-head", "nested", "wide"] {
        assert!(!passed.contains(&name), "{name} passed");
    }
    // Bytes after a valid file do no harm. It proves that the others were refused for a reason.
    assert!(passed.contains(&"zip-tail") && passed.contains(&"polyglot-tail"));
}

#[tokio::test]
async fn t12_oversized_videos_are_refused() {
    let fixture = Fixture::new();
    assert!(passed(&fixture, &swollen(&|name, arguments| fixture.video(name, arguments))).await.is_empty());
}
