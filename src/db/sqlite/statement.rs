//! Running one statement on a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode};

use crate::db::record::{Layout, Source};
use crate::db::{Arg, Error, Record};

/// Steps of SQLite's virtual machine between two looks at the clock: some 20 µs.
const STEPS: i32 = 1000;

#[derive(Debug)]
pub(super) enum Failure {
    Sqlite(rusqlite::Error),
    Other(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Failure {
    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::Other(_) => None,
        }
    }

    pub fn is_interrupted(&self) -> bool {
        self.code() == Some(ErrorCode::OperationInterrupted)
    }

    pub fn is_busy(&self) -> bool {
        self.code() == Some(ErrorCode::DatabaseBusy)
    }

    /// Tells the program's errors apart; `limit` is what the statement was allowed.
    pub fn into_error(self, limit: Duration) -> Error {
        if self.is_interrupted() {
            return Error::Unavailable(format!("a statement took longer than {limit:?}").into());
        }
        match self {
            Self::Sqlite(error) => error.into(),
            Self::Other(error) => error,
        }
    }
}

/// When a statement is stopped: at a time, or when nobody waits for its result any more.
#[derive(Clone)]
pub(super) struct Limit {
    at: Instant,
    given_up: Arc<AtomicBool>,
}

/// Stops a statement on another thread when it is dropped.
pub(super) struct GiveUp(Arc<AtomicBool>);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Limit {
    pub fn after(time: Duration) -> Self {
        Self { at: Instant::now() + time, given_up: Arc::default() }
    }

    pub fn give_up_on_drop(&self) -> GiveUp {
        GiveUp(self.given_up.clone())
    }

    /// Holds for the statements that this connection runs from now on.
    pub fn install(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Self { at, given_up } = self.clone();
        connection.progress_handler(STEPS, Some(move || Instant::now() >= at || given_up.load(Ordering::Relaxed)))
    }
}

/// Reads the first rows of a result.
pub(super) fn query<T: Record>(
    connection: &Connection,
    sql: &str,
    args: &[Arg],
    rows_max: usize,
) -> Result<Vec<T>, Failure> {
    let mut statement = prepare(connection, sql, args)?;
    let layout = Layout::of::<T>(|| statement.column_names())?;
    let mut rows = statement.raw_query();
    let mut records = Vec::new();
    while records.len() < rows_max
        && let Some(row) = rows.next()?
    {
        records.push(layout.read(Source::Sqlite(row))?);
    }
    Ok(records)
}

/// Returns the number of changed rows.
pub(super) fn execute(connection: &Connection, sql: &str, args: &[Arg]) -> Result<u64, Failure> {
    let mut statement = prepare(connection, sql, args)?;
    let is_read_only = statement.readonly();
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(if is_read_only { 0 } else { connection.changes() })
}

/// Runs a statement about transactions, which has no limit: stopped half-way it would undo what was done before it.
pub(super) fn command(connection: &Connection, sql: &'static str) -> Result<(), Failure> {
    connection.progress_handler(0, None::<fn() -> bool>)?;
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

fn prepare<'c>(connection: &'c Connection, sql: &str, args: &[Arg]) -> Result<CachedStatement<'c>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        // To SQLite `$2` is a name: the first parameter it meets has the index 1.
        let name = statement.parameter_name(index).unwrap_or_default();
        let number: Option<usize> = name.strip_prefix('$').and_then(|number| number.parse().ok());
        let arg = number.and_then(|number| args.get(number.checked_sub(1)?));
        let arg = arg.ok_or_else(|| Error::Backend(format!("the parameter {name:?} has no value").into()))?;
        statement.raw_bind_parameter(index, arg)?;
    }
    Ok(statement)
}

impl ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Int(value) => value.map(ValueRef::Integer),
            Self::Float(value) => value.map(ValueRef::Real),
            Self::Bool(value) => value.map(|value| ValueRef::Integer(value.into())),
            Self::Text(value) => value.as_ref().map(|value| ValueRef::Text(value.as_bytes())),
            Self::Bytes(value) => value.as_ref().map(|value| ValueRef::Blob(value)),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}
