//! The last look at what was made, before it replaces anything.

use std::path::Path;

use super::error::MediaError;
use super::film::{Film, FilmLimits};
use super::kind::Container;
use super::probe::probe;
use super::stream::{Rung, Stream, Track};
use super::tools::Tools;

/// How far the length of an output may be from the film's.
const DURATION_SLACK_S: f64 = 1.0;

/// Probes every file of a stream and holds it against the film; says what is wrong with the
/// first that does not fit. Gives the lowest rung as a film, from which the storyboard is made.
pub async fn validate(tools: &Tools, film: &Film, stream: &Stream, scratch: &Path) -> Result<Option<Film>, MediaError> {
    if stream.sound.is_some() != film.audio.is_some() {
        return Err(wrong("The stream", "its sound is missing"));
    }
    let Some((first, _)) = stream.rungs.split_first() else {
        return Err(wrong("The stream", "it has no picture"));
    };
    // A film's picture may rightly end before its sound; all rungs have to end alike.
    let mut longest_s = stream.sound.as_ref().map_or(0.0, |sound| sound.track.end_s());
    let mut lowest = None;
    for rung in &stream.rungs {
        if !rung.track.aligned_with(&first.track) {
            return Err(wrong(&rung.track.file, "its key frames do not lie where the others' do"));
        }
        lowest = Some(check_rung(tools, rung, scratch).await?);
        longest_s = longest_s.max(rung.track.end_s());
    }
    if let Some(sound) = &stream.sound {
        let made = look(tools, &sound.track, scratch).await?;
        if made.audio.is_none() || made.streams != 1 {
            return Err(wrong(&sound.track.file, "it should hold one sound track"));
        }
    }
    if (longest_s - stream.duration_s).abs() > DURATION_SLACK_S {
        return Err(wrong(
            "The stream",
            &format!("it lasts {longest_s:.1} s, but the film lasts {:.1} s", stream.duration_s),
        ));
    }
    Ok(lowest)
}

async fn check_rung(tools: &Tools, rung: &Rung, scratch: &Path) -> Result<Film, MediaError> {
    let made = look(tools, &rung.track, scratch).await?;
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
    Ok(made)
}

async fn look(tools: &Tools, track: &Track, scratch: &Path) -> Result<Film, MediaError> {
    let path = scratch.join(&track.file);
    let made = probe(tools, &path, Container::Mp4, &FilmLimits::none()).await.map_err(|error| match error {
        MediaError::Refused(sentence) => wrong(&track.file, &sentence),
        other => other,
    })?;
    if made.bytes == track.bytes { Ok(made) } else { Err(wrong(&track.file, "it has changed since it was made")) }
}

fn wrong(what: &str, why: &str) -> MediaError {
    MediaError::failed(format!("{what} was made wrongly: {why}."))
}

#[cfg(test)]
mod tests;
