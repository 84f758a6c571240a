//! Candidates of real films, and which of them is liked best.

use super::{best, candidates, placeholder};
use crate::info::FilmLimits;
use crate::container::Container;
use crate::probe::probe;
use crate::fixture::{Bench, PICTURE, TONE, USUAL};

#[tokio::test]
async fn three_candidates_and_the_liveliest_is_best() {
    let bench = Bench::new();
    // Only the middle of the film has anything in it.
    let path = bench.film("a.mp4", &format!("-f lavfi -i testsrc2=size=320x180:rate=25:duration=12 -vf eq=brightness='if(between(t,5,8),0,-1)':eval=frame {USUAL}"));
    let film = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
    let candidates = candidates(&bench.tools, &path, &film, bench.folder.path()).await.unwrap();
    assert_eq!(candidates.len(), 3);
    assert_eq!(best(&candidates), Some(1));
    assert!(candidates.iter().all(|candidate| candidate.placeholder.len() == 28));
    assert_ne!(candidates[0].placeholder, candidates[1].placeholder);
    assert_eq!(placeholder(&candidates[1].picture).unwrap(), candidates[1].placeholder);
}

#[tokio::test]
async fn short_films_and_sound_alone_have_candidates_too() {
    let bench = Bench::new();
    let path = bench.film("a.mp4", &format!("{PICTURE} {USUAL} -frames:v 1"));
    let film = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
    assert_eq!(candidates(&bench.tools, &path, &film, bench.folder.path()).await.unwrap().len(), 3);
    let path = bench.film("a.mp3", TONE);
    let film = probe(&bench.tools, &path, Container::Mp3, &FilmLimits::default()).await.unwrap();
    assert!(candidates(&bench.tools, &path, &film, bench.folder.path()).await.unwrap().is_empty());
    assert_eq!(best(&[]), None);
}
