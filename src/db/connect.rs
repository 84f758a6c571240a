//! Opening the database, and waiting for one that is not up yet.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;

use super::{Db, Engine, Error, migrate};

/// Connections idle for longer are pinged first. Sparing the others is worth 15 to 60 per cent of the reads.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Readers of the SQLite file; more do not help once every core has one.
const SQLITE_READERS: u32 = 8;

#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// For PostgreSQL, in this process.
    pub connections_max: u32,
    pub statement_limit: Duration,
    /// For a database that is not reachable yet.
    pub wait_limit: Duration,
}

impl Db {
    /// Waits for the database to come up, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Unavailable`] after `options.wait_limit`; [`Error::Backend`] for a bad URL or a failed migration.
    pub async fn open(options: &Options) -> Result<Self, Error> {
        let give_up_at = Instant::now() + options.wait_limit;
        loop {
            match Self::open_once(options).await {
                Err(Error::Unavailable(cause)) if Instant::now() + RETRY_PAUSE < give_up_at => {
                    let left_s = give_up_at.duration_since(Instant::now()).as_secs();
                    tracing::warn!(
                        %cause,
                        "the database is not available yet; retrying in {} s, for at most another {left_s} s",
                        RETRY_PAUSE.as_secs()
                    );
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                result => return result,
            }
        }
    }

    async fn open_once(options: &Options) -> Result<Self, Error> {
        let engine = if options.url.starts_with("sqlite:") {
            open_sqlite(options).await?
        } else {
            open_postgres(options).await?
        };
        Ok(Self { engine, statement_limit: options.statement_limit, observer: None })
    }
}

async fn open_sqlite(options: &Options) -> Result<Engine, Error> {
    let connect = SqliteConnectOptions::from_str(&options.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives a power cut: every commit reaches the disk.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.statement_limit)
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_LIMIT)
        .test_before_acquire(false)
        .connect_with(connect.clone().optimize_on_close(true, 400))
        .await?;
    // Beside the database, for that is what the processes share; each may have a data folder of its own.
    let mut lock_file = connect.get_filename().as_os_str().to_owned();
    lock_file.push("-migrate");
    migrate::sqlite(&write, Path::new(&lock_file)).await?;
    let read = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_LIMIT)
        .test_before_acquire(false)
        .connect_with(connect.create_if_missing(false).read_only(true))
        .await?;
    Ok(Engine::Sqlite { read, write })
}

async fn open_postgres(options: &Options) -> Result<Engine, Error> {
    let connect = PgConnectOptions::from_str(&options.url)?.application_name("chaitube").disable_statement_logging();
    // Migrations may take as long as they need, so they run on a connection without the statement limit.
    let mut connection = sqlx::PgConnection::connect_with(&connect).await?;
    migrate::postgres(&mut connection).await?;
    connection.close().await?;

    let limit_ms = options.statement_limit.as_millis().to_string();
    let pool = PgPoolOptions::new()
        .max_connections(options.connections_max)
        .acquire_timeout(ACQUIRE_LIMIT)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE_UNTESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(connect.options([
            ("statement_timeout", limit_ms.as_str()),
            ("idle_in_transaction_session_timeout", limit_ms.as_str()),
        ]))
        .await?;
    Ok(Engine::Postgres(pool))
}
