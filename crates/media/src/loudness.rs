//! How loud a film is, so that players can level it without encoding it anew.

use std::path::Path;
use std::time::Duration;

use crate::error::MediaError;
use crate::info::Film;
use crate::transcode::{broken_off, follow};
use crate::probe::decoders;
use crate::progress::Watch;
use crate::tools::{Call, Tools};

const TIME_MAX: Duration = Duration::from_hours(6);
/// What the meter says of silence.
const SILENCE_LUFS: f64 = -70.0;

/// The integrated loudness in LUFS by EBU R 128; none for silent films and films without sound.
pub async fn loudness(
    tools: &Tools,
    input: &Path,
    film: &Film,
    watch: &mut Watch<'_>,
) -> Result<Option<f64>, MediaError> {
    let Some(audio) = &film.audio else {
        return Ok(None);
    };
    let mut call = Call::watched(watch, None, TIME_MAX);
    // The summary is spoken at this level; of two options of a name, the last holds.
    call.args(["-loglevel", "info"]);
    call.input(input, film.container, &decoders(film));
    call.arg("-map").arg(format!("0:{}", audio.index));
    call.args(["-vn", "-sn", "-dn", "-af", "ebur128=framelog=verbose", "-f", "null", "-"]);
    let ended = follow(tools, &call, watch).await?;
    if !ended.status.success() {
        return Err(broken_off(&ended, &call));
    }
    Ok(integrated(&ended.complaint).filter(|lufs| *lufs > SILENCE_LUFS))
}

/// The line `I: -21.3 LUFS` of the last summary.
fn integrated(said: &str) -> Option<f64> {
    let (_, summary) = said.rsplit_once("Integrated loudness:")?;
    let line = summary.lines().map(str::trim).find_map(|line| line.strip_prefix("I:"))?;
    line.trim().strip_suffix("LUFS")?.trim().parse().ok().filter(|lufs: &f64| lufs.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::FilmLimits;
    use crate::container::Container;
    use crate::probe::probe;
    use crate::fixture::{Bench, PICTURE, USUAL};

    async fn measured(sound: &str) -> Option<f64> {
        let bench = Bench::new();
        let path = bench.film("a.mp4", &format!("{PICTURE} -f lavfi -i {sound} {USUAL}"));
        let film = probe(&bench.tools, &path, Container::Mp4, &FilmLimits::default()).await.unwrap();
        let mut ignore = |_| {};
        loudness(&bench.tools, &path, &film, &mut Watch::new(&mut ignore)).await.unwrap()
    }

    #[tokio::test]
    async fn a_tone_is_measured_and_silence_is_none() {
        let loud = measured("sine=frequency=1000:duration=2,volume=12dB").await.unwrap();
        let soft = measured("sine=frequency=1000:duration=2").await.unwrap();
        assert!((loud - soft - 12.0).abs() < 1.0, "{loud} {soft}");
        assert_eq!(measured("anullsrc=duration=2").await, None);
    }

    #[test]
    fn only_the_last_summary_counts() {
        let said = "I: 1 LUFS\n Integrated loudness:\n  I:  -21.3 LUFS\n  Threshold: -31 LUFS\n";
        assert_eq!(integrated(said), Some(-21.3));
        assert_eq!(integrated("Integrated loudness:\n I: nan LUFS"), None);
        assert_eq!(integrated("nothing"), None);
    }
}
