//! The key frames of a film, listed from its packets without decoding anything: they decide
//! whether the film can be taken over as it is.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::MediaError;
use crate::info::Film;
use crate::probe::decoders;
use crate::run::{Pulse, Stop};
use crate::tools::{Call, Tool, Tools};

const TIME_MAX: Duration = Duration::from_mins(30);
const OUTPUT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// What the packets of the moving picture tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    pub frames: u64,
    pub keys: u64,
    /// The longest and the average time from one key frame to the next.
    pub gap_s_max: f64,
    pub gap_s_average: f64,
    pub start_s: f64,
    pub end_s: f64,
    /// Whether pictures shown before a key frame need it, as in "open" groups: a player cannot
    /// begin there without a flaw.
    pub open: bool,
    /// Whether the very first frame is a key frame.
    pub starts_with_key: bool,
}

/// Lists the packets of the moving picture; a film of sound alone has no timeline. When no packet comes for `silence_max`
/// it is given up.
pub async fn timeline(
    tools: &Tools,
    input: &Path,
    film: &Film,
    silence_max: Duration,
) -> Result<Option<Timeline>, MediaError> {
    let Some(video) = &film.video else {
        return Ok(None);
    };
    let mut call = Call::new(Tool::Ffprobe, TIME_MAX);
    call.silence_max = Some(silence_max);
    call.output_bytes_max = OUTPUT_BYTES_MAX;
    call.arg("-select_streams").arg(video.index.to_string());
    call.args(["-show_entries", "packet=pts_time,dts_time,duration_time,flags", "-of", "csv=p=0"]);
    call.input(input, film.container, &decoders(film));
    let mut reading = Reading::default();
    let ended = tools
        .lines(&call, &mut |line| {
            reading.take(line);
            Ok(Pulse::Beat)
        })
        .await
        .map_err(Stop::into_refusal)?;
    if !ended.status.success() {
        return Err(MediaError::refused(format!(
            "The frames of this film cannot be listed ({}).",
            ended.complaint_shown(&call)
        )));
    }
    reading.finish().map(Some).ok_or_else(|| MediaError::refused("This film has no key frame that could be shown."))
}

#[derive(Debug, Default)]
struct Reading {
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

impl Reading {
    /// One line: shown at, decoded at, length, flags.
    fn take(&mut self, line: &str) {
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

    #[expect(clippy::cast_precision_loss, reason = "no film has 2^52 key frames")]
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
