//! Following long work: what the caller is told, and what counts as going on.

use std::time::Duration;

use crate::run::Pulse;

/// How long a tool may make no progress before it counts as hung.
pub const SILENCE_MAX: Duration = Duration::from_mins(2);

/// How the caller accompanies a piece of work.
pub struct Watch<'w> {
    /// Told about once a second how many seconds of the film are done.
    pub on_progress: &'w mut (dyn FnMut(f64) + Send),
    /// Work that makes no progress for so long is ended.
    pub silence_max: Duration,
    /// Work that fills the scratch folder beyond this is ended.
    pub scratch_bytes_max: u64,
    /// Memory that ffmpeg may ask for.
    pub memory_bytes_max: u64,
    /// 0 for work somebody waits for, up to 19 for what has time.
    pub niceness: i32,
}

impl<'w> Watch<'w> {
    /// The usual limits: two minutes without progress, 64 GiB of scratch space, 8 GiB of memory.
    pub fn new(on_progress: &'w mut (dyn FnMut(f64) + Send)) -> Self {
        Self {
            on_progress,
            silence_max: SILENCE_MAX,
            scratch_bytes_max: 64 << 30,
            memory_bytes_max: 8 << 30,
            niceness: 5,
        }
    }
}

/// Reads the lines of `-progress`: blocks of `key=value`, each closed by `progress=`.
#[derive(Debug, Default)]
pub(crate) struct Heartbeat {
    frame: u64,
    time_us: i64,
    bytes: u64,
    moved: bool,
}

impl Heartbeat {
    /// Takes one line; at the end of a block gives the seconds done, and whether anything moved.
    pub fn take(&mut self, line: &str) -> (Option<f64>, Pulse) {
        let Some((key, value)) = line.split_once('=') else {
            return (None, Pulse::Quiet);
        };
        let value = value.trim();
        match key {
            "frame" => raise(&mut self.frame, value.parse().ok(), &mut self.moved),
            "out_time_us" => raise(&mut self.time_us, value.parse().ok(), &mut self.moved),
            "total_size" => raise(&mut self.bytes, value.parse().ok(), &mut self.moved),
            "progress" => {
                let pulse = if std::mem::take(&mut self.moved) { Pulse::Beat } else { Pulse::Quiet };
                return (Some(self.done_s()), pulse);
            }
            _ => {}
        }
        (None, Pulse::Quiet)
    }

    #[expect(clippy::cast_precision_loss, reason = "a film has far fewer than 2^52 microseconds")]
    pub fn done_s(&self) -> f64 {
        self.time_us as f64 / 1_000_000.0
    }
}

fn raise<N: PartialOrd>(known: &mut N, told: Option<N>, moved: &mut bool) {
    if let Some(told) = told
        && told > *known
    {
        *known = told;
        *moved = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_growing_numbers_are_a_heartbeat() {
        let mut heartbeat = Heartbeat::default();
        assert_eq!(heartbeat.take("out_time_us=1500000"), (None, Pulse::Quiet));
        assert_eq!(heartbeat.take("progress=continue"), (Some(1.5), Pulse::Beat));
        for line in ["out_time_us=1500000", "out_time_us=N/A", "frame=x", "noise", "speed=2x", "total_size=0"] {
            heartbeat.take(line);
        }
        assert_eq!(heartbeat.take("progress=continue"), (Some(1.5), Pulse::Quiet));
        heartbeat.take("frame=  7");
        assert_eq!(heartbeat.take("progress=end"), (Some(1.5), Pulse::Beat));
    }
}
