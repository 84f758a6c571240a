//! The last look at what was made, before it replaces anything.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt};

use crate::error::MediaError;
use crate::info::{Film, FilmLimits};
use crate::container::Container;
use crate::probe::{read_header, try_decoding};
use crate::stream::{Rung, Stream, Track};
use crate::tools::Tools;

/// How far the length of an output may be from the film's.
const DURATION_SLACK_S: f64 = 1.0;
/// How many files are looked at side by side: starting a tool takes longer than what it does here.
const LOOKS_AT_ONCE: usize = 2;

/// Probes the files of a stream, but those that have `passed` before, and holds the stream against the film; says what
/// is wrong with the first that does not fit.
pub async fn validate(
    tools: &Tools,
    film: &Film,
    stream: &Stream,
    scratch: &Path,
    passed: &[String],
) -> Result<(), MediaError> {
    if stream.sound.is_some() != film.audio.is_some() {
        return Err(wrong("The stream", "its sound is missing"));
    }
    let Some((first, _)) = stream.rungs.split_first() else {
        return Err(wrong("The stream", "it has no picture"));
    };
    // A film's picture may rightly end before its sound; all rungs have to end alike.
    let mut longest_s = stream.sound.as_ref().map_or(0.0, |sound| sound.track.end_s());
    for rung in &stream.rungs {
        if !rung.track.aligned_with(&first.track) {
            return Err(wrong(&rung.track.file, "its key frames do not lie where the others' do"));
        }
        longest_s = longest_s.max(rung.track.end_s());
    }
    if (longest_s - stream.duration_s).abs() > DURATION_SLACK_S {
        return Err(wrong(
            "The stream",
            &format!("it lasts {longest_s:.1} s, but the film lasts {:.1} s", stream.duration_s),
        ));
    }
    let rungs = stream.rungs.iter().map(Part::Picture);
    let parts = rungs.chain(stream.sound.iter().map(|sound| Part::Sound(&sound.track)));
    let new = parts.filter(|part| !passed.contains(&part.track().file));
    let looks: Vec<_> = new.map(|part| part.look(tools, scratch)).collect();
    let looked: Vec<(PathBuf, Film)> = futures_util::stream::iter(looks).buffered(LOOKS_AT_ONCE).try_collect().await?;
    let films: Vec<(&Path, &Film)> = looked.iter().map(|(path, film)| (path.as_path(), film)).collect();
    if films.is_empty() {
        return Ok(());
    }
    try_decoding(tools, &films).await.map_err(|error| failed("The stream", error))
}

/// A file of a stream.
enum Part<'s> {
    Picture(&'s Rung),
    Sound(&'s Track),
}

impl Part<'_> {
    const fn track(&self) -> &Track {
        match self {
            Self::Picture(rung) => &rung.track,
            Self::Sound(track) => track,
        }
    }

    /// What its header says, if that is what was to be made.
    async fn look(self, tools: &Tools, scratch: &Path) -> Result<(PathBuf, Film), MediaError> {
        let track = self.track();
        let path = scratch.join(&track.file);
        let made = read_header(tools, &path, Container::Mp4, &FilmLimits::none()).await;
        let made = made.map_err(|error| failed(&track.file, error))?;
        if made.bytes != track.bytes {
            return Err(wrong(&track.file, "it has changed since it was made"));
        }
        match self {
            Self::Picture(rung) => check_rung(rung, &made)?,
            Self::Sound(track) if made.audio.is_none() || made.streams != 1 => {
                return Err(wrong(&track.file, "it should hold one sound track"));
            }
            Self::Sound(_) => {}
        }
        Ok((path, made))
    }
}

fn check_rung(rung: &Rung, made: &Film) -> Result<(), MediaError> {
    if made.video.is_none() || made.streams != 1 {
        return Err(wrong(&rung.track.file, "it should hold one moving picture"));
    }
    if (made.width, made.height) != (rung.width, rung.height) {
        return Err(wrong(&rung.track.file, "it has another size than was planned"));
    }
    let length_s = rung.track.end_s() - rung.track.start_s();
    if (made.duration_s - length_s).abs() > DURATION_SLACK_S {
        return Err(wrong(&rung.track.file, "its fragments do not add up to its length"));
    }
    Ok(())
}

/// What is wrong with a file of ours is our fault.
fn failed(what: &str, error: MediaError) -> MediaError {
    match error {
        MediaError::Refused(sentence) => wrong(what, &sentence),
        other => other,
    }
}

fn wrong(what: &str, why: &str) -> MediaError {
    MediaError::failed(format!("{what} was made wrongly: {why}."))
}

#[cfg(test)]
mod tests;
