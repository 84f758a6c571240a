//! The queue of jobs in the database, and the signal that it has changed.

mod signal;
mod store;

pub use self::signal::QueueSignal;
pub use self::store::*;
