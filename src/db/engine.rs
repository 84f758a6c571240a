//! What both engines agree on.

use std::time::Duration;

/// For a connection.
pub(super) const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// What is done when a transaction is committed.
pub(super) type Effect = Box<dyn FnOnce() + Send>;
