//! The queues in the database, of jobs on videos and of other tasks, and the signal that one has changed.

mod backlog;
mod jobs;
mod lease;
mod signal;
pub mod tasks;

pub use self::backlog::{Backlog, Backlogs};
pub use self::jobs::*;
pub use self::lease::{ATTEMPTS_MAX, LEASE, WorkerId, fail, release, renew, requeue_dead, requeue_orphaned, retry};
pub use self::signal::{Change, Follower, QueueSignal};
