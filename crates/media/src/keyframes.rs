//! Lists key frames from packets, without decoding. They decide whether the video stream can be copied.

use std::path::Path;
use std::time::Duration;

use crate::error::MediaError;
use crate::info::MediaInfo;
use crate::invocation::{Invocation, Tool};
use crate::progress::Progress;
use crate::run::RunError;
use crate::tools::Tools;

const TIME_MAX: Duration = Duration::from_mins(30);
const OUTPUT_BYTES_MAX: usize = 1024 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timeline {
    pub frames: u64,
    pub keys: u64,
    /// From one key frame to the next.
    pub gap_s_max: f64,
    pub gap_s_average: f64,
    pub start_s: f64,
    pub end_s: f64,
    /// An open GOP: frames shown before a key frame depend on it, so that a player cannot start there cleanly.
    pub open: bool,
    pub starts_with_key: bool,
}

/// `None` for audio files. Gives up when no packet comes for `stall_timeout`.
///
/// # Errors
/// [`MediaError::Refused`] when the packets cannot be listed or hold no key frame.
pub async fn read_timeline(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    stall_timeout: Duration,
) -> Result<Option<Timeline>, MediaError> {
    let Some(video) = &info.video else {
        return Ok(None);
    };
    let mut invocation = Invocation::new(Tool::Ffprobe, TIME_MAX);
    invocation.stall_timeout = Some(stall_timeout);
    invocation.output_bytes_max = OUTPUT_BYTES_MAX;
    invocation.arg("-select_streams").arg(video.index.to_string());
    invocation.args(["-show_entries", "packet=pts_time,dts_time,duration_time,flags", "-of", "csv=p=0"]);
    invocation.source(input, info);
    let mut reader = TimelineReader::default();
    let output = tools
        .lines(&invocation, &mut |line| {
            reader.read(line);
            Ok(Progress::Made)
        })
        .await
        .map_err(RunError::into_refusal)?;
    if !output.status.success() {
        return Err(MediaError::refused(format!(
            "The frames of this video cannot be listed ({}).",
            output.stderr_summary(&invocation)
        )));
    }
    reader.finish().map(Some).ok_or_else(|| MediaError::refused("This video has no key frame that could be shown."))
}

#[derive(Debug, Default)]
struct TimelineReader {
    frames: u64,
    keys: u64,
    gap_s_max: f64,
    first_key_s: Option<f64>,
    last_key_s: Option<f64>,
    start_s: Option<f64>,
    end_s: f64,
    open: bool,
    starts_with_key: bool,
}

impl TimelineReader {
    fn read(&mut self, line: &str) {
        let fields: Vec<&str> = line.split(',').collect();
        let [shown, decoded, length, flags, ..] = fields[..] else {
            return;
        };
        let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
        let Some(at_s) = number(shown).or_else(|| number(decoded)) else {
            return;
        };
        let key = flags.starts_with('K');
        if self.frames == 0 {
            self.starts_with_key = key;
        }
        self.frames += 1;
        self.start_s = Some(self.start_s.map_or(at_s, |start_s| start_s.min(at_s)));
        self.end_s = self.end_s.max(at_s + number(length).unwrap_or(0.0));
        if key {
            if let Some(last_s) = self.last_key_s {
                self.gap_s_max = self.gap_s_max.max(at_s - last_s);
            }
            self.keys += 1;
            self.first_key_s.get_or_insert(at_s);
            self.last_key_s = Some(at_s);
        } else if self.last_key_s.is_some_and(|last_s| at_s < last_s) {
            self.open = true;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no video has 2^52 key frames")]
    fn finish(self) -> Option<Timeline> {
        let (first_s, last_s) = (self.first_key_s?, self.last_key_s?);
        Some(Timeline {
            frames: self.frames,
            keys: self.keys,
            gap_s_max: self.gap_s_max.max(self.end_s - last_s),
            gap_s_average: (self.end_s - first_s) / self.keys as f64,
            start_s: self.start_s?,
            end_s: self.end_s,
            open: self.open,
            starts_with_key: self.starts_with_key,
        })
    }
}

#[cfg(test)]
mod tests;
