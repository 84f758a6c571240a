//! How callers follow and limit long work.

use std::time::Duration;

/// How long a tool may make no progress before it counts as hung.
pub const STALL_TIMEOUT: Duration = Duration::from_mins(2);

pub struct ProgressHooks<'w> {
    /// Called about once per second with the seconds of the source that are done.
    pub on_progress: &'w mut (dyn FnMut(f64) + Send),
    pub stall_timeout: Duration,
    pub scratch_bytes_max: u64,
    /// The address space of ffmpeg.
    pub memory_bytes_max: u64,
    /// From 0 for work that somebody waits for to 19.
    pub niceness: i32,
}

impl<'w> ProgressHooks<'w> {
    /// Limits of [`STALL_TIMEOUT`], 64 GiB of scratch space and 8 GiB of memory, and niceness 5.
    pub fn new(on_progress: &'w mut (dyn FnMut(f64) + Send)) -> Self {
        Self {
            on_progress,
            stall_timeout: STALL_TIMEOUT,
            scratch_bytes_max: 64 << 30,
            memory_bytes_max: 8 << 30,
            niceness: 5,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Made,
    None,
}

#[derive(Debug, Default)]
pub(crate) struct ProgressReader {
    frame: u64,
    time_us: i64,
    bytes: u64,
    has_moved: bool,
}

impl ProgressReader {
    /// Returns the seconds done at the end of a block, and whether any number has grown.
    pub fn read(&mut self, line: &str) -> (Option<f64>, Progress) {
        let Some((key, value)) = line.split_once('=') else {
            return (None, Progress::None);
        };
        let value = value.trim();
        match key {
            "frame" => raise(&mut self.frame, value.parse().ok(), &mut self.has_moved),
            "out_time_us" => raise(&mut self.time_us, value.parse().ok(), &mut self.has_moved),
            "total_size" => raise(&mut self.bytes, value.parse().ok(), &mut self.has_moved),
            "progress" => {
                let progress = if std::mem::take(&mut self.has_moved) { Progress::Made } else { Progress::None };
                return (Some(self.done_s()), progress);
            }
            _ => {}
        }
        (None, Progress::None)
    }

    #[expect(clippy::cast_precision_loss, reason = "no video has 2^52 microseconds")]
    fn done_s(&self) -> f64 {
        self.time_us as f64 / 1_000_000.0
    }
}

fn raise<N: PartialOrd>(known: &mut N, reported: Option<N>, has_moved: &mut bool) {
    if let Some(reported) = reported
        && reported > *known
    {
        *known = reported;
        *has_moved = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_growing_numbers_are_progress() {
        let mut reader = ProgressReader::default();
        assert_eq!(reader.read("out_time_us=1500000"), (None, Progress::None));
        assert_eq!(reader.read("progress=continue"), (Some(1.5), Progress::Made));
        for line in ["out_time_us=1500000", "out_time_us=N/A", "frame=x", "noise", "speed=2x", "total_size=0"] {
            reader.read(line);
        }
        assert_eq!(reader.read("progress=continue"), (Some(1.5), Progress::None));
        reader.read("frame=  7");
        assert_eq!(reader.read("progress=end"), (Some(1.5), Progress::Made));
    }
}
