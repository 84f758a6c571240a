//! Database errors, as far as the rest of the program tells them apart.

type Cause = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such row")]
    NotFound,
    /// Somebody was quicker: a unique or foreign key was violated.
    #[error("conflict: {0}")]
    Conflict(Cause),
    /// Unreachable, overloaded or timed out. A later retry may help.
    #[error("database unavailable: {0}")]
    Unavailable(Cause),
    /// A deadlock, or a wait beyond [`super::Tx::wait_at_most`]. Nothing has happened; a retry very likely helps.
    #[error("deadlock with another transaction: {0}")]
    Deadlock(Cause),
    /// A statement or its result is wrong.
    #[error("database: {0}")]
    Backend(Cause),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::RowNotFound => Self::NotFound,
            E::Database(cause) if cause.is_unique_violation() || cause.is_foreign_key_violation() => {
                Self::Conflict(cause)
            }
            E::Database(cause) if is_deadlock(cause.code().as_deref()) => Self::Deadlock(cause),
            E::Database(cause) if passes(cause.code().as_deref()) => Self::Unavailable(cause),
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unavailable(error.into())
            }
            other => Self::Backend(other.into()),
        }
    }
}

/// SQLSTATE class 40 (serialisation and deadlock), and 55P03 for a lock that was waited for too long.
fn is_deadlock(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.len() == 5 && (code.starts_with("40") || code == "55P03"))
}

/// PostgreSQL's SQLSTATE classes are 08 connection, 53 resources and 57 intervention (time-outs, shutdown); 25006 is a
/// read-only standby. SQLite's low byte is 5 busy, 6 locked, 10 input or output, 13 full, 14 cannot open.
fn passes(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    if code.len() == 5 {
        return ["08", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "25006";
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}
