//! What the kernel knows of this process. What it does not tell is left out.

use std::fmt;

use rustix::param::page_size;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::metrics::Exposition;

pub fn expose(started_ms: i64, exposition: &mut Exposition<'_>) -> fmt::Result {
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "microseconds are exact for centuries")]
    let cpu_s = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
    exposition.counter("process_cpu_seconds", "Processor time used, without that of ffmpeg", cpu_s)?;
    if let Some(bytes) = resident_bytes() {
        exposition.gauge("process_resident_memory_bytes", "Memory in use", bytes)?;
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        exposition.gauge("process_open_fds", "Open file descriptors", open.count() as u64)?;
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        exposition.gauge("process_max_fds", "Maximum number of open file descriptors", most)?;
    }
    let help = "When the process started, in seconds since 1970";
    exposition.gauge("process_start_time_seconds", help, started_ms / 1000)
}

fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_size() as u64)
}
