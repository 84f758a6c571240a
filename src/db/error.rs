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
    /// A deadlock, a serialization failure, or a wait beyond [`super::Tx::wait_at_most`]. Nothing has happened; a retry very likely helps.
    #[error("deadlock with another transaction: {0}")]
    Deadlock(Cause),
    /// A statement or its result is wrong.
    #[error("database: {0}")]
    Backend(Cause),
}

impl Error {
    /// The same error for another that it hits.
    pub(super) fn copy(&self) -> Self {
        match self {
            Self::NotFound => Self::NotFound,
            Self::Conflict(cause) => Self::Conflict(cause.to_string().into()),
            Self::Unavailable(cause) => Self::Unavailable(cause.to_string().into()),
            Self::Deadlock(cause) => Self::Deadlock(cause.to_string().into()),
            Self::Backend(cause) => Self::Backend(cause.to_string().into()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        let Some(code) = error.sqlite_error() else { return Self::Backend(error.into()) };
        let broken_keys = [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_FOREIGNKEY];
        let passing =
            [Code::DatabaseBusy, Code::DatabaseLocked, Code::SystemIoFailure, Code::DiskFull, Code::CannotOpen];
        if broken_keys.contains(&code.extended_code) {
            Self::Conflict(error.into())
        } else if passing.contains(&code.code) {
            Self::Unavailable(error.into())
        } else {
            Self::Backend(error.into())
        }
    }
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
            E::Io(_) | E::Tls(_) | E::Protocol(_) => Self::Unavailable(error.into()),
            other => Self::Backend(other.into()),
        }
    }
}

/// A serialization failure, a deadlock, and a lock that was waited for too long.
fn is_deadlock(code: Option<&str>) -> bool {
    matches!(code, Some("40001" | "40P01" | "55P03"))
}

/// The SQLSTATE classes are 08 connection, 53 resources and 57 intervention (time-outs, shutdown); 25006 is a read-only
/// standby, and after 40003 nobody knows whether it has happened.
fn passes(code: Option<&str>) -> bool {
    let of_class = |code: &str| ["08", "53", "57"].iter().any(|class| code.starts_with(class));
    code.is_some_and(|code| of_class(code) || matches!(code, "25006" | "40003"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_certainly_has_not_happened_is_a_deadlock() {
        for (code, certain, passing) in [
            ("40001", true, false),
            ("40P01", true, false),
            ("55P03", true, false),
            ("40003", false, true),
            ("57P01", false, true),
            ("42601", false, false),
        ] {
            assert_eq!((is_deadlock(Some(code)), passes(Some(code))), (certain, passing), "{code}");
        }
    }
}
