//! What only `main` and tests choose about a process. Settings are in [`crate::config`].

use std::path::PathBuf;
use std::time::Duration;

use chaitube_media::progress::SILENCE_MAX;

use crate::auth::HashingCost;
use crate::clock::Clock;
use crate::db::Observer;
use crate::front_end::{EMBEDDED, File};

const SCRATCH_BYTES_MAX: u64 = 64 << 30;

/// The parts of a process that no setting can change.
#[derive(Clone)]
pub struct Setup {
    pub clock: Clock,
    /// The executable that puts ffmpeg into its sandbox: this program, started anew. Without one ffmpeg runs free.
    pub sandbox: Option<PathBuf>,
    pub front_end: &'static [File],
    /// ffmpeg is ended when it makes no progress for this long.
    pub stall_timeout: Duration,
    /// The most that one job may write, if as much is free.
    pub scratch_bytes_max: u64,
    pub hashing_cost: HashingCost,
    /// Is told about every reading statement.
    pub observer: Option<Observer>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            clock: Clock::System,
            sandbox: None,
            front_end: EMBEDDED,
            stall_timeout: SILENCE_MAX,
            scratch_bytes_max: SCRATCH_BYTES_MAX,
            hashing_cost: HashingCost::default(),
            observer: None,
        }
    }
}
