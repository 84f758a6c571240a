//! The one way in which tests wait for what goes on outside of them: in another process, or in a task of the server.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Much longer than anything takes: only a test that fails waits for so long.
const PATIENCE: Duration = Duration::from_mins(4);
/// Less than a tool runs at least.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Looks again and again until there is what is wanted, and fails with what is there instead.
pub async fn eventually<T, E: Debug>(mut look: impl AsyncFnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(instead) => assert!(begun.elapsed() < PATIENCE, "waited in vain: {instead:?}"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The same where nothing else is to go on meanwhile.
pub fn eventually_blocking<T, E: Debug>(mut look: impl FnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(begun.elapsed() < PATIENCE, "waited in vain: {instead:?}"),
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
