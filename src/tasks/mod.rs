//! The worker of tasks, and one file for each kind of task.
//!
//! A task is entered in the transaction that makes it necessary (`queue/tasks.rs`), those of the search index by triggers.
//! It may run twice, say when a worker dies before it has recorded the end, so its work can be repeated.

mod index;
mod lease;
mod ranks;
mod reindex;
mod worker;

pub use self::ranks::enter as enter_periodic;
pub use self::reindex::{Reindexing, enter as enter_rebuild, is_given_up, reindex};
pub use self::worker::{run_due, work};
