//! Database errors, as far as the rest of the program tells them apart.

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed statement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row that must be there is not.
    #[error("no such row")]
    NotFound,
    /// A unique or foreign key was violated: somebody was quicker.
    #[error("conflict: {0}")]
    Conflict(Cause),
    /// The database cannot be reached, is overloaded or timed out. A later retry may help.
    #[error("database unavailable: {0}")]
    Unavailable(Cause),
    /// The database ended this transaction because of a deadlock, or it waited longer than
    /// [`super::Tx::wait_at_most`]. Nothing of it has happened, and a retry will very likely succeed.
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

/// PostgreSQL's SQLSTATE class 40 (serialisation and deadlock), and 55P03 for a lock that was waited for too long.
fn is_deadlock(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.len() == 5 && (code.starts_with("40") || code == "55P03"))
}

/// Says whether an engine's error code means a state that passes by itself.
///
/// PostgreSQL's SQLSTATE classes 08 (connection), 53 (resources) and 57 (intervention, which covers time-outs and
/// shutdown), 25006 for a node that is a read-only standby for now. SQLite's primary
/// result codes are the low byte: 5 busy, 6 locked, 10 input or output, 13 full, 14 cannot open.
fn passes(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    if code.len() == 5 {
        return ["08", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "25006";
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}
