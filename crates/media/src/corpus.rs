//! Hostile files, each looked at as every format there is: refused or failed in an orderly way,
//! quickly, with nothing foreign in any output. What passes for a film has to come through the
//! whole pipeline unharmed. The files are those that the API's tests send to a server.

#[path = "../../../tests/hostile/files.rs"]
mod files;

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use self::files::{SECRET, avi_with_playlist, reference_movies, scripts, secret, spoiled, swollen};
use crate::error::MediaError;
use crate::info::FilmLimits;
use crate::frame::frame;
use crate::keyframes::timeline;
use crate::container::Container;
use crate::transcode::make;
use crate::plan::{Plan, Wishes};
use crate::probe::probe;
use crate::progress::{SILENCE_MAX, Watch};
use crate::fixture::Bench;

/// Looks at one file as one format; what passes is taken through the whole pipeline.
async fn run(bench: &Bench, input: &Path, container: Container) -> Result<(), MediaError> {
    let film = probe(&bench.tools, input, container, &FilmLimits::default()).await?;
    let scratch = tempfile::tempdir().unwrap();
    let timeline = timeline(&bench.tools, input, &film, SILENCE_MAX).await?;
    if film.video.is_some() {
        frame(&bench.tools, input, &film, 1.0, scratch.path()).await?;
    }
    let plan = Plan::without_copy(&film, timeline.as_ref(), &Wishes::default());
    let mut ignore = |_| {};
    make(&bench.tools, input, &film, &plan.first, plan.duration_s, scratch.path(), &mut Watch::new(&mut ignore))
        .await?;
    for entry in std::fs::read_dir(scratch.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let foreign = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!foreign, "{} as {container:?} took something along", input.display());
    }
    Ok(())
}

/// Runs each file as every format; gives the names of those that passed as a film.
async fn passed(bench: &Bench, files: &[files::File]) -> Vec<&'static str> {
    let mut passed = Vec::new();
    for (name, bytes) in files {
        let input = bench.file("upload", bytes);
        for container in Container::ALL {
            let begun = Instant::now();
            match run(bench, &input, container).await {
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
    let bench = Bench::new();
    let secret = secret(&|name, arguments| bench.film(name, arguments));
    let mut files = scripts(&secret);
    files.push(("avi-playlist", avi_with_playlist(&secret)));
    files.extend(reference_movies(&secret));
    assert!(passed(&bench, &files).await.is_empty());
    // By their content none but the last three would even be looked at.
    for (name, bytes) in scripts(&secret) {
        assert_eq!(Container::sniff(&bytes), None, "{name}");
    }
}

#[tokio::test]
async fn t08_damaged_films_end_in_an_orderly_way() {
    let bench = Bench::new();
    let passed = passed(&bench, &spoiled(&|name, arguments| bench.film(name, arguments))).await;
    for name in ["random", "zeros", "cut-head", "nested", "wide"] {
        assert!(!passed.contains(&name), "{name} passed");
    }
    // What follows a good film does it no harm, and proves that the others were refused for a reason.
    assert!(passed.contains(&"zip-tail") && passed.contains(&"polyglot-tail"));
}

#[tokio::test]
async fn t12_films_beyond_measure_are_refused() {
    let bench = Bench::new();
    assert!(passed(&bench, &swollen(&|name, arguments| bench.film(name, arguments))).await.is_empty());
}
