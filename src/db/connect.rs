//! Opening the database, and waiting for one that is not up yet.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Db, Engine, Error};

const RETRY_PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Of the same PostgreSQL database, where `url` is that of a pooler.
    pub listen_url: Option<String>,
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
        let Options { url, listen_url, connections_max, statement_limit, .. } = options;
        let engine = if url.starts_with("sqlite:") {
            Engine::Sqlite(Sqlite::open(url, *statement_limit).await?)
        } else {
            Engine::Postgres(
                Postgres::open(url, listen_url.as_ref().unwrap_or(url), *connections_max, *statement_limit).await?,
            )
        };
        Ok(Self { engine, times: Arc::default(), observer: None })
    }
}
