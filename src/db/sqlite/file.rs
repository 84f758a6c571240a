//! Opening the file, and the threads that may wait for its disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::db::Error;

/// More than the program has statements.
const STATEMENTS_KEPT: usize = 512;

/// Returns the file that `sqlite://path` names.
pub(super) fn file_of(url: &str) -> Result<PathBuf, Error> {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    let (path, options) = path.split_once('?').unwrap_or((path, ""));
    if !matches!(options, "" | "mode=rwc") {
        return Err(Error::Backend(
            format!("the database's URL has options that SQLite's do not take: {options}").into(),
        ));
    }
    let path = percent_decode_str(path).decode_utf8().map_err(|error| Error::Backend(error.into()))?;
    Ok(PathBuf::from(path.as_ref()))
}

pub(super) fn open_writer(file: &Path, busy_timeout: Duration) -> Result<Connection, Error> {
    let connection = open_connection(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.busy_timeout(busy_timeout)?;
    // What was acknowledged survives a power cut: every commit reaches the disk.
    connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA foreign_keys = on")?;
    Ok(connection)
}

pub(super) fn open_connection(file: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.execute_batch("PRAGMA cache_size = -8000; PRAGMA temp_store = memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Otherwise a statement whose plan could depend on a value is prepared anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Runs work that may wait for the disk.
pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    // It fails when the program stops.
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Unavailable(error.into()))?
}
