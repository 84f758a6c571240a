//! What both engines agree on.

use std::time::Duration;

/// For a connection.
pub(super) const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// What is done when a transaction is committed.
pub(super) type Effect = Box<dyn FnOnce() + Send>;

/// Number of connections, and of those who wait for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolState {
    pub connections_max: usize,
    pub connections: usize,
    pub idle: usize,
    pub waiting: usize,
}
