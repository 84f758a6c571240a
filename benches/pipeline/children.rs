//! What the programs that were started cost, from the kernel's own books.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const SAMPLING: Duration = Duration::from_millis(20);
/// What `/proc` counts processor time in, on every Linux there is.
const TICK: Duration = Duration::from_millis(10);

pub struct Spent {
    pub processor: Duration,
    /// The most memory that one of them had resident.
    pub peak_bytes: u64,
}

impl Spent {
    pub fn median(mut all: Vec<Self>) -> Self {
        all.sort_unstable_by_key(|spent| spent.processor);
        let middle = all.len() / 2;
        all.swap_remove(middle)
    }
}

/// Does this, and says what it cost in programs it started.
pub async fn spent(work: impl Future<Output = ()>) -> Spent {
    let (peak, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let sampler = {
        let (peak, done) = (Arc::clone(&peak), Arc::clone(&done));
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(largest_child(), Ordering::Relaxed);
                std::thread::sleep(SAMPLING);
            }
        })
    };
    let before = children();
    work.await;
    let processor = children().saturating_sub(before);
    done.store(true, Ordering::Relaxed);
    sampler.join().unwrap();
    Spent { processor, peak_bytes: peak.load(Ordering::Relaxed) }
}

/// User and system time of all children that have ended.
fn children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split(' ');
    let ticks: u32 = fields.skip(13).take(2).map(|field| field.parse::<u32>().unwrap()).sum();
    TICK * ticks
}

/// The largest peak of resident memory among the children that are running.
fn largest_child() -> u64 {
    let own = std::process::id().to_string();
    let program = std::env::current_exe().unwrap();
    let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let path = entry.ok()?.path();
        // Before it becomes another program, a child has this one's memory.
        if std::fs::read_link(path.join("exe")).ok()? == program {
            return None;
        }
        let status = std::fs::read_to_string(path.join("status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next().map(str::to_owned)
        };
        if field("PPid:")? != own {
            return None;
        }
        Some(field("VmHWM:")?.parse::<u64>().ok()? * 1024)
    });
    children.max().unwrap_or(0)
}
