//! The database: a façade over SQLite and PostgreSQL, and the only place that knows rusqlite and sqlx.
//!
//! Statements are SQL that both engines understand, beside the feature they belong to. `optional` and `one` take the
//! first row. What belongs together happens in a [`Tx`], which rolls back unless it is committed.

mod args;
mod connect;
mod engine;
mod error;
mod migrate;
mod postgres;
mod record;
mod retry;
mod sql;
mod sqlite;
mod text_enum;
mod times;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::engine::{Effect, PoolState};
use self::postgres::Postgres;
use self::sqlite::Sqlite;
use self::times::{Step, Times};
use crate::metrics::Exposition;

pub use self::args::Arg;
pub use self::connect::Options;
pub use self::error::Error;
pub use self::postgres::Channel;
pub use self::record::{FromValue, Record, Row, Value};
pub use self::retry::{Contention, retry};
pub use self::sql::{Observer, Sql};
pub(crate) use self::text_enum::text_enum;
pub use crate::args;
pub use record_derive::Record;

#[derive(Clone)]
pub struct Db {
    engine: Engine,
    times: Arc<Times>,
    observer: Option<Observer>,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Rolls back when dropped without [`Tx::commit`], and discards its effects.
pub struct Tx {
    transaction: Transaction,
    after_commit: Vec<Effect>,
    times: Arc<Times>,
}

enum Transaction {
    Sqlite(sqlite::Transaction),
    Postgres(postgres::Transaction),
}

impl Db {
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot be reached in time, else [`Error::Backend`].
    pub async fn all<T: Record>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>, Error> {
        self.query(sql.into(), args, usize::MAX).await
    }

    /// # Errors
    /// As [`Db::all`].
    pub async fn optional<T: Record>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>, Error> {
        Ok(self.query(sql.into(), args, 1).await?.pop())
    }

    /// # Errors
    /// [`Error::NotFound`] without a row, else as [`Db::all`].
    pub async fn one<T: Record>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<T, Error> {
        self.optional(sql, args).await?.ok_or(Error::NotFound)
    }

    /// Takes a query from its `FROM` on.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn exists(&self, rows: impl Into<Sql>, args: Vec<Arg>) -> Result<bool, Error> {
        Ok(self.optional::<(i64,)>(Sql::exists(rows), args).await?.is_some())
    }

    async fn query<T: Record>(&self, sql: Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        if let Some(observer) = &self.observer {
            observer(&sql, &args);
        }
        let begun = Instant::now();
        let rows = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.query(sql, args, rows_max).await,
            Engine::Postgres(postgres) => postgres.query(&sql, args, rows_max).await,
        };
        self.times.count(Step::Read, begun.elapsed(), &rows);
        rows
    }

    /// Returns the number of changed rows.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it breaks a unique or foreign key, else as [`Db::all`].
    pub async fn execute(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, Error> {
        let begun = Instant::now();
        let changed = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.execute(sql.into(), args).await,
            Engine::Postgres(postgres) => postgres.execute(&sql.into(), args).await,
        };
        self.times.count(Step::Write, begun.elapsed(), &changed);
        changed
    }

    /// # Errors
    /// As [`Db::execute`].
    pub async fn run(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<(), Error> {
        self.execute(sql, args).await?;
        Ok(())
    }

    /// Like [`Db::execute`], for a statement that may change very many rows: see [`Db::begin_alone`].
    ///
    /// # Errors
    /// As [`Db::execute`].
    pub async fn execute_alone(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, Error> {
        let Engine::Sqlite(_) = &self.engine else { return self.execute(sql, args).await };
        let mut tx = self.begin_alone().await?;
        let changed = tx.execute(sql, args).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// `IMMEDIATE` on SQLite: a deferred one that has read fails at its first write if somebody else wrote in between.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let transaction = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.begin().await.map(Transaction::Sqlite),
            Engine::Postgres(postgres) => postgres.begin().await.map(Transaction::Postgres),
        };
        self.begun(begun, transaction)
    }

    /// Begins a transaction that may change very many rows: no request waits for it on its own thread, and on SQLite
    /// nobody's commit does.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_alone(&self) -> Result<Tx, Error> {
        let Engine::Sqlite(sqlite) = &self.engine else { return self.begin().await };
        let begun = Instant::now();
        let transaction = sqlite.begin_alone().await.map(Transaction::Sqlite);
        self.begun(begun, transaction)
    }

    fn begun(&self, begun: Instant, transaction: Result<Transaction, Error>) -> Result<Tx, Error> {
        self.times.count(Step::Begin, begun.elapsed(), &transaction);
        Ok(Tx { transaction: transaction?, after_commit: Vec::new(), times: Arc::clone(&self.times) })
    }

    /// # Errors
    /// As [`Db::all`].
    pub async fn ping(&self) -> Result<(), Error> {
        self.exists("", args![]).await?;
        Ok(())
    }

    /// Returns whether processes of other machines may use it.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Joins the processes of a shared database that tell each other what has changed.
    ///
    /// # Errors
    /// [`Error::Backend`] when the database is not shared, else as [`Db::all`].
    pub async fn join_channel(&self) -> Result<Channel, Error> {
        match &self.engine {
            Engine::Sqlite(_) => Err(Error::Backend("SQLite has no channels".into())),
            Engine::Postgres(postgres) => postgres.join_channel().await,
        }
    }

    /// Says whether the schema is a newer program's, with tables and columns that this one does not know.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn has_newer_schema(&self) -> Result<bool, Error> {
        let (version,): (i64,) = self.one("SELECT MAX(version) FROM _sqlx_migrations", args![]).await?;
        Ok(version > migrate::newest_known())
    }

    /// Closes connections that nobody has needed for long.
    pub fn close_idle(&self) {
        if let Engine::Postgres(postgres) = &self.engine {
            postgres.close_idle();
        }
    }

    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close(),
        }
    }

    /// Shows operators how busy the database is.
    pub(crate) fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        self.times.expose(exposition)?;
        let PoolState { connections_max, connections, idle, waiting } = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.pool_state(),
            Engine::Postgres(postgres) => postgres.pool_state(),
        };
        exposition.gauge("chaitube_database_connections_max", "Limit on connections", connections_max as u64)?;
        exposition.gauge("chaitube_database_connections", "Open connections", connections as u64)?;
        exposition.gauge("chaitube_database_connections_idle", "Open connections that nobody uses", idle as u64)?;
        exposition.gauge("chaitube_database_waiting", "Who waits for a connection", waiting as u64)
    }

    #[must_use]
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// Shows `observer` every reading statement: tests look at the query plans.
    #[must_use]
    pub fn observed(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }
}

impl Tx {
    /// Takes a writing statement, too.
    pub async fn all<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>, Error> {
        self.query(sql.into(), args, usize::MAX).await
    }

    pub async fn optional<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>, Error> {
        Ok(self.query(sql.into(), args, 1).await?.pop())
    }

    pub async fn one<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<T, Error> {
        self.optional(sql, args).await?.ok_or(Error::NotFound)
    }

    pub async fn exists(&mut self, rows: impl Into<Sql>, args: Vec<Arg>) -> Result<bool, Error> {
        Ok(self.optional::<(i64,)>(Sql::exists(rows), args).await?.is_some())
    }

    async fn query<T: Record>(&mut self, sql: Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        let begun = Instant::now();
        let rows = match &mut self.transaction {
            Transaction::Sqlite(transaction) => transaction.query(sql, args, rows_max).await,
            Transaction::Postgres(transaction) => transaction.query(&sql, args, rows_max).await,
        };
        self.times.count(Step::Write, begun.elapsed(), &rows);
        rows
    }

    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, Error> {
        let begun = Instant::now();
        let changed = match &mut self.transaction {
            Transaction::Sqlite(transaction) => transaction.execute(sql.into(), args).await,
            Transaction::Postgres(transaction) => transaction.execute(&sql.into(), args).await,
        };
        self.times.count(Step::Write, begun.elapsed(), &changed);
        changed
    }

    pub async fn run(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<(), Error> {
        self.execute(sql, args).await?;
        Ok(())
    }

    /// Returns whether CTEs may write, so that one statement does where SQLite needs several.
    #[must_use]
    pub fn writes_in_ctes(&self) -> bool {
        matches!(self.transaction, Transaction::Postgres(_))
    }

    /// Makes later statements fail with [`Error::Deadlock`] rather than wait longer for rows. SQLite's never wait.
    pub async fn wait_at_most(&mut self, limit: Duration) -> Result<(), Error> {
        if let Transaction::Postgres(_) = self.transaction {
            let sql = "SELECT set_config('lock_timeout', $1, true)";
            self.one::<(String,)>(sql, args![limit.as_millis().to_string()]).await?;
        }
        Ok(())
    }

    /// Registers an effect for [`Tx::commit`] to run. It must not block. One that never runs is dropped, after a
    /// rollback as well as after a commit whose outcome is unknown: what it captures may clean up then, if it asks the
    /// database first.
    pub fn after_commit(&mut self, effect: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(effect));
    }

    /// Commits, then runs the effects in their order. On an error none has run; after [`Error::Unavailable`] the
    /// transaction may or may not have been committed.
    pub async fn commit(self) -> Result<(), Error> {
        let Self { transaction, after_commit, times } = self;
        let begun = Instant::now();
        let committed = match transaction {
            Transaction::Sqlite(transaction) => transaction.commit(after_commit).await,
            Transaction::Postgres(transaction) => transaction.commit().await.map(|()| {
                // Nothing is awaited from here on: a request that is dropped cannot lose an effect of what it has
                // committed.
                for effect in after_commit {
                    effect();
                }
            }),
        };
        times.count(Step::Commit, begun.elapsed(), &committed);
        committed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    async fn open(folder: &std::path::Path) -> Db {
        let url = format!("sqlite://{}", folder.join("test.db").display());
        let (statement_limit, wait_limit) = (Duration::from_secs(10), Duration::ZERO);
        Db::open(&Options { url, listen_url: None, connections_max: 1, statement_limit, wait_limit }).await.unwrap()
    }

    #[tokio::test]
    async fn effects_follow_a_commit_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        let (sender, seen) = mpsc::channel();
        let effect = |name: &'static str| {
            let sender = sender.clone();
            move || sender.send(name).unwrap()
        };

        let mut tx = db.begin().await.unwrap();
        tx.after_commit(effect("first"));
        tx.after_commit(effect("second"));
        assert!(seen.try_recv().is_err(), "not before the commit");
        tx.commit().await.unwrap();
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["first", "second"]);

        let mut tx = db.begin().await.unwrap();
        tx.after_commit(effect("of a rollback"));
        drop(tx);

        let mut tx = db.begin_alone().await.unwrap();
        tx.execute("PRAGMA defer_foreign_keys = on", args![]).await.unwrap();
        let sql = "INSERT INTO video_search (video_id, text) VALUES ($1, '')";
        tx.execute(sql, args![vec![0_u8; 12]]).await.unwrap();
        tx.after_commit(effect("of a commit that failed"));
        assert!(tx.commit().await.is_err());

        assert!(seen.try_recv().is_err());
    }
}
