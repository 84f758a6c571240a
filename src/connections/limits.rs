//! Limits on connections.

use std::time::Duration;

/// For the database, ffmpeg, the log and files that stay open.
const HANDLES_RESERVED: u64 = 384;
/// A connection and a file that is sent or received on it.
const HANDLES_PER_CONNECTION: u64 = 2;
const CONNECTIONS_MIN: usize = 32;
const CONNECTIONS_MAX: usize = 10_000;
/// The part of all connections that one client may have. Many people may share an address.
const CLIENT_PART: usize = 4;
/// Time limit for the head of a request, and how long a connection may be idle.
const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// Browsers stop reading while a video is paused, and continue with a range when they were cut off.
const STALL_LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// The limit on open files that the others follow from.
    pub handles: u64,
    pub connections_max: usize,
    /// For one address, or one /64 network of IPv6.
    pub per_client_max: usize,
    /// Ends a connection whose next request does not arrive in this time.
    pub head_limit: Duration,
    /// Ends a connection whose client reads nothing for this time.
    pub stall_limit: Duration,
}

impl ConnectionLimits {
    #[must_use]
    pub fn for_handles(handles: u64) -> Self {
        let connections = handles.saturating_sub(HANDLES_RESERVED) / HANDLES_PER_CONNECTION;
        let connections = usize::try_from(connections).unwrap_or(CONNECTIONS_MAX);
        let connections_max = connections.clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
        let per_client_max = connections_max / CLIENT_PART;
        Self { handles, connections_max, per_client_max, head_limit: HEAD_LIMIT, stall_limit: STALL_LIMIT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_the_handles() {
        let limits = |handles| {
            let limits = ConnectionLimits::for_handles(handles);
            (limits.connections_max, limits.per_client_max)
        };
        assert_eq!(limits(64), (32, 8));
        assert_eq!(limits(1024), (320, 80));
        assert_eq!(limits(65_536), (10_000, 2500));
        assert_eq!(limits(u64::MAX), (10_000, 2500));
    }
}
