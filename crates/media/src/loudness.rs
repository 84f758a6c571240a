//! Measures the loudness of a source file, so that players can level it without a new encode.

use std::path::Path;
use std::time::Duration;

use crate::error::MediaError;
use crate::info::MediaInfo;
use crate::invocation::Invocation;
use crate::progress::ProgressHooks;
use crate::tools::Tools;

const TIME_MAX: Duration = Duration::from_hours(6);
const SILENCE_LUFS: f64 = -70.0;

/// Measures the integrated LUFS by EBU R 128; `None` for silence and files without audio.
///
/// # Errors
/// [`MediaError::Failed`] when ffmpeg fails.
pub async fn loudness(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    hooks: &mut ProgressHooks<'_>,
) -> Result<Option<f64>, MediaError> {
    let Some(audio) = &info.audio else {
        return Ok(None);
    };
    let mut invocation = Invocation::watched(hooks, None, TIME_MAX);
    // The summary is printed at this level; the last option of a name holds.
    invocation.args(["-loglevel", "info"]);
    invocation.source(input, info).map(0, audio.index);
    invocation.args(["-vn", "-sn", "-dn", "-af", "ebur128=framelog=verbose", "-f", "null", "-"]);
    let output = tools.follow(&invocation, hooks).await?;
    Ok(integrated(&output.stderr).filter(|lufs| *lufs > SILENCE_LUFS))
}

/// Parses the line `I: -21.3 LUFS` of the last summary.
fn integrated(stderr: &str) -> Option<f64> {
    let (_, summary) = stderr.rsplit_once("Integrated loudness:")?;
    let line = summary.lines().map(str::trim).find_map(|line| line.strip_prefix("I:"))?;
    line.trim().strip_suffix("LUFS")?.trim().parse().ok().filter(|lufs: &f64| lufs.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::Container;
    use crate::fixture::{Fixture, USUAL, VIDEO};
    use crate::limits::VideoLimits;
    use crate::probe::probe;

    async fn measured(audio: &str) -> Option<f64> {
        let fixture = Fixture::new();
        let path = fixture.video("a.mp4", &format!("{VIDEO} -f lavfi -i {audio} {USUAL}"));
        let info = probe(&fixture.tools, &path, Container::Mp4, &VideoLimits::default()).await.unwrap();
        let mut ignore = |_| {};
        loudness(&fixture.tools, &path, &info, &mut ProgressHooks::new(&mut ignore)).await.unwrap()
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
