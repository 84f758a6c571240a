//! Choices of `main` and of tests. Settings of operators are in [`crate::config`].

use std::path::PathBuf;
use std::time::Duration;

use chaitube_media::STALL_TIMEOUT;

use crate::auth::HashingCost;
use crate::clock::Clock;
use crate::connections::ConnectionLimits;
use crate::db::Observer;
use crate::front_end::{EMBEDDED, File};

const SCRATCH_BYTES_MAX: u64 = 64 << 30;

/// What a process has at least, unless its limit is lowered.
const HANDLES: u64 = 1024;

#[derive(Clone)]
pub struct Setup {
    pub clock: Clock,
    /// This program again, to sandbox ffmpeg; `None` runs it without a sandbox.
    pub sandbox: Option<PathBuf>,
    pub front_end: &'static [File],
    pub connections: ConnectionLimits,
    /// Ends ffmpeg after this long without progress.
    pub stall_timeout: Duration,
    /// For one job, if as much is free.
    pub scratch_bytes_max: u64,
    pub hashing_cost: HashingCost,
    /// Whether the server runs tasks, such as those of the search index.
    pub runs_tasks: bool,
    /// Removes what crashes have left, if no other process uses the data folder.
    pub removes_leftovers: bool,
    /// Called for every reading statement.
    pub observer: Option<Observer>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            clock: Clock::System,
            sandbox: None,
            front_end: EMBEDDED,
            connections: ConnectionLimits::for_handles(HANDLES),
            stall_timeout: STALL_TIMEOUT,
            scratch_bytes_max: SCRATCH_BYTES_MAX,
            hashing_cost: HashingCost::default(),
            runs_tasks: true,
            removes_leftovers: true,
            observer: None,
        }
    }
}
