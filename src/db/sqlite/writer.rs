//! The connection that writes, and the group commit.
//!
//! Transactions run one after the other and share their commits. When one ends, a thread is asked to commit and queues
//! for the connection like everybody else. So those that were waiting already come before it: each runs as a savepoint
//! in the transaction that is still open, undone alone if it fails, and then the one `COMMIT`, with its one fsync, is
//! that of all. Whoever comes during the fsync is in the next group. A transaction that finds nobody waiting is
//! committed at once; none is acknowledged, and no effect runs, before its bytes are on the disk.
//!
//! A group is bounded in number and time. A transaction of unknown size is [begun alone](Writers::begin_alone): nobody
//! waits for its end but the next in the queue.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::file::{on_thread, open_writer};
use super::group::{Group, Outcomes};
use super::statement::{Failure, Limit, command, execute, query};
use crate::db::engine::{ACQUIRE_LIMIT, Effect};
use crate::db::{Arg, Error, Record, Sql};
use crate::metrics::Gauge;

/// Between two attempts when another process is writing.
const BUSY_PAUSE_MAX: Duration = Duration::from_millis(50);

#[derive(Clone)]
pub(super) struct Writers {
    writer: Arc<Mutex<Writer>>,
    waiting: Arc<Gauge>,
    statement_limit: Duration,
}

struct Writer {
    file: PathBuf,
    /// `None` after an error that left its state unknown, and when the database is closed.
    connection: Option<Connection>,
    is_closed: bool,
    group: Group,
}

/// The connection, held for a transaction that is rolled back on drop unless it has ended.
struct Held {
    writer: OwnedMutexGuard<Writer>,
    undo: Undo,
}

/// How a transaction is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undo {
    /// There is nothing to undo, or no longer.
    Nothing,
    /// It is the first in the open transaction: `ROLLBACK`.
    All,
    /// Others before it have ended well: `ROLLBACK TO`.
    Savepoint,
    /// The same, but of one statement, which SQLite undoes by itself.
    Statement,
}

/// A transaction that is running.
pub(in crate::db) struct Transaction {
    /// `None` while a statement runs on another thread, and for ever if nobody waited for it.
    held: Option<Held>,
    is_alone: bool,
    statement_limit: Duration,
}

impl Writers {
    pub fn new(file: PathBuf, connection: Connection, statement_limit: Duration) -> Self {
        let writer = Writer { file, connection: Some(connection), is_closed: false, group: Group::new() };
        Self { writer: Arc::new(Mutex::new(writer)), waiting: Arc::default(), statement_limit }
    }

    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(false, Undo::Savepoint).await
    }

    /// Begins a transaction of a single statement.
    pub async fn begin_single(&self) -> Result<Transaction, Error> {
        self.begin_with(false, Undo::Statement).await
    }

    /// Begins a transaction that shares its commit with nobody, and runs its statements on threads that may block.
    pub async fn begin_alone(&self) -> Result<Transaction, Error> {
        self.begin_with(true, Undo::All).await
    }

    async fn begin_with(&self, is_alone: bool, undo: Undo) -> Result<Transaction, Error> {
        // As for reads: transactions that never wait must not keep their thread for as long as a request makes them.
        tokio::task::coop::consume_budget().await;
        let mut held = self.hold().await?;
        if held.writer.group.is_full() || (is_alone && held.writer.group.len() > 0) {
            held = on_thread(move || {
                held.writer.commit().tell();
                Ok(held)
            })
            .await?;
        }
        held.begin(undo, self.statement_limit).await?;
        Ok(Transaction { held: Some(held), is_alone, statement_limit: self.statement_limit })
    }

    async fn hold(&self) -> Result<Held, Error> {
        let writer = match self.writer.clone().try_lock_owned() {
            Ok(writer) => writer,
            Err(_) => self
                .waiting
                .raised_while(tokio::time::timeout(
                    ACQUIRE_LIMIT.min(self.statement_limit),
                    self.writer.clone().lock_owned(),
                ))
                .await
                .map_err(|elapsed| Error::Unavailable(elapsed.into()))?,
        };
        Ok(Held { writer, undo: Undo::Nothing })
    }

    pub fn waiting(&self) -> usize {
        usize::try_from(self.waiting.get()).unwrap_or(0)
    }

    /// A machine may be so busy that a test's group gets too old.
    #[cfg(test)]
    pub async fn allow_age(&self, age_max: Duration) {
        self.writer.lock().await.group.allow_age(age_max);
    }

    #[cfg(test)]
    pub async fn with_connection(&self, work: impl FnOnce(&Connection)) {
        work(self.writer.lock().await.open().unwrap());
    }

    pub async fn close(&self) {
        let mut writer = self.writer.clone().lock_owned().await;
        let closed = on_thread(move || {
            writer.commit().tell();
            writer.is_closed = true;
            if let Some(connection) = writer.connection.take() {
                connection.execute_batch("PRAGMA analysis_limit = 400; PRAGMA optimize")?;
            }
            Ok(())
        });
        if let Err(error) = closed.await {
            tracing::warn!(%error, "the database was not optimised");
        }
    }
}

impl Transaction {
    pub async fn query<T: Record>(&mut self, sql: Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        self.run(move |connection| query(connection, sql.sqlite_text(), &args, rows_max)).await
    }

    pub async fn execute(&mut self, sql: Sql, args: Vec<Arg>) -> Result<u64, Error> {
        if !self.is_alone && sql.sqlite_text().starts_with("PRAGMA defer_foreign_keys") {
            let fault =
                "foreign keys can be deferred only by a transaction that is alone, or a group would fail for it";
            return Err(Error::Backend(fault.into()));
        }
        self.run(move |connection| execute(connection, sql.sqlite_text(), &args)).await
    }

    async fn run<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, Error> {
        let limit = Limit::after(self.statement_limit);
        if !self.is_alone {
            let held = self.held.as_mut().ok_or_else(rolled_back)?;
            return held.run(&limit, work).map_err(|failure| failure.into_error(self.statement_limit));
        }
        let mut held = self.held.take().ok_or_else(rolled_back)?;
        let _given_up = limit.give_up_on_drop();
        let (held, result) = on_thread(move || {
            let result = held.run(&limit, work);
            Ok((held, result))
        })
        .await?;
        self.held = Some(held);
        result.map_err(|failure| failure.into_error(self.statement_limit))
    }

    /// Returns when the transaction is on the disk and its effects have run, which they do even if nobody waits for it.
    pub async fn commit(self, effects: Vec<Effect>) -> Result<(), Error> {
        let mut held = self.held.ok_or_else(rolled_back)?;
        held.end()?;
        let group = &mut held.writer.group;
        let result = group.add(effects);
        if self.is_alone || group.is_full() {
            tokio::task::spawn_blocking(move || held.commit());
        } else if group.len() == 1 {
            let (number, writer) = (group.number(), OwnedMutexGuard::mutex(&held.writer).clone());
            drop(held);
            tokio::task::spawn_blocking(move || {
                let writer = writer.blocking_lock_owned();
                // Unless the group was full, or somebody had to be alone.
                if writer.group.number() == number {
                    Held { writer, undo: Undo::Nothing }.commit();
                }
            });
        } else {
            drop(held);
        }
        match tokio::time::timeout(self.statement_limit, result).await {
            Ok(Ok(result)) => result,
            // The program stops.
            Ok(Err(gone)) => Err(Error::Unavailable(gone.into())),
            Err(elapsed) => Err(Error::Unavailable(elapsed.into())),
        }
    }
}

impl Held {
    async fn begin(&mut self, undo: Undo, patience: Duration) -> Result<(), Error> {
        let until = Instant::now() + patience;
        let mut pause = Duration::from_millis(1);
        loop {
            let connection = self.writer.open()?;
            let (sql, undo) = match undo {
                _ if connection.is_autocommit() => ("BEGIN IMMEDIATE", Undo::All),
                Undo::Statement => ("", Undo::Statement),
                _ => ("SAVEPOINT member", Undo::Savepoint),
            };
            let begun = if sql.is_empty() { Ok(()) } else { command(connection, sql) };
            match begun {
                // Another process is writing. SQLite would wait as well, but not let others have the thread.
                Err(failure) if failure.is_busy() && Instant::now() + pause < until => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(BUSY_PAUSE_MAX);
                }
                Err(failure) => return Err(failure.into_error(patience)),
                Ok(()) => {
                    self.undo = undo;
                    return Ok(());
                }
            }
        }
    }

    fn run<R>(&mut self, limit: &Limit, work: impl FnOnce(&Connection) -> Result<R, Failure>) -> Result<R, Failure> {
        let connection = self.writer.open()?;
        if connection.is_autocommit() {
            return Err(rolled_back().into());
        }
        limit.install(connection)?;
        let result = work(connection);
        if let Err(failure) = &result
            && connection.is_autocommit()
        {
            // A disk that is full or broken, or a write that was stopped: SQLite has rolled back all there was.
            let error = Error::Unavailable(format!("rolled back with another transaction: {failure:?}").into());
            self.undo = Undo::Nothing;
            self.writer.group.settle(&Err(error)).tell();
        }
        result
    }

    /// Ends the transaction, which is then part of what is committed next.
    fn end(&mut self) -> Result<(), Error> {
        let connection = self.writer.open()?;
        if connection.is_autocommit() {
            return Err(rolled_back());
        }
        if self.undo == Undo::Savepoint {
            command(connection, "RELEASE member").map_err(|failure| failure.into_error(Duration::ZERO))?;
        }
        self.undo = Undo::Nothing;
        Ok(())
    }

    /// Waits for the disk.
    fn commit(mut self) {
        let outcomes = self.writer.commit();
        drop(self);
        outcomes.tell();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        match self.undo {
            Undo::Nothing | Undo::Statement => {}
            Undo::All => self.writer.roll_back(&["ROLLBACK"]),
            Undo::Savepoint => self.writer.roll_back(&["ROLLBACK TO member", "RELEASE member"]),
        }
    }
}

impl Writer {
    /// Opens the connection anew if it had to be closed.
    fn open(&mut self) -> Result<&Connection, Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            None if self.is_closed => Err(Error::Unavailable("the database is closed".into())),
            closed => Ok(closed.insert(open_writer(&self.file, Duration::ZERO)?)),
        }
    }

    /// Commits the group and runs its effects.
    fn commit(&mut self) -> Outcomes {
        let outcome = match &self.connection {
            Some(connection) if self.group.len() > 0 => command(connection, "COMMIT"),
            _ => return self.group.settle(&Err(rolled_back())),
        };
        let outcome = outcome.map_err(|failure| failure.into_error(Duration::ZERO));
        if outcome.is_err() {
            self.roll_back(&["ROLLBACK"]);
        }
        self.group.settle(&outcome)
    }

    fn roll_back(&mut self, commands: &[&'static str]) {
        let Some(connection) = &self.connection else { return };
        // After some errors SQLite has done it.
        if connection.is_autocommit() {
            return;
        }
        if let Err(failure) = commands.iter().try_for_each(|sql| command(connection, sql)) {
            // Closing it rolls everything back.
            tracing::error!(?failure, "a rollback failed");
            self.connection = None;
            self.group.settle(&Err(rolled_back())).tell();
        }
    }
}

fn rolled_back() -> Error {
    Error::Unavailable("the transaction was rolled back".into())
}
