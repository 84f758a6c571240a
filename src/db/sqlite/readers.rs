//! The connections that read.
//!
//! A read begins on the task's own thread. After [`BRIEF`] it is given up and repeated on a thread that may block, with
//! the whole statement limit: a read can be repeated, and a long one must not keep other tasks from their thread.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::file::{on_thread, open_connection};
use super::statement::{Failure, Limit, query};
use crate::db::engine::{ACQUIRE_LIMIT, PoolState};
use crate::db::{Arg, Error, Record, Sql};
use crate::metrics::Gauge;

/// More do not help once every core has one.
const READERS: u32 = 8;
/// How long a read may take on the task's own thread.
const BRIEF: Duration = Duration::from_millis(2);

pub(super) struct Readers {
    file: PathBuf,
    /// The one used last is on top, for its cache is warm.
    idle: Mutex<Vec<Connection>>,
    /// Whoever came first reads first.
    permits: Arc<Semaphore>,
    waiting: Gauge,
    statement_limit: Duration,
}

/// A connection on loan.
struct Reader {
    connection: Option<Connection>,
    home: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub fn new(file: PathBuf, statement_limit: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(READERS as usize));
        Self { file, idle: Mutex::default(), permits, waiting: Gauge::default(), statement_limit }
    }

    pub async fn query<T: Record>(
        self: &Arc<Self>,
        sql: Sql,
        args: Vec<Arg>,
        rows_max: usize,
    ) -> Result<Vec<T>, Error> {
        // Reads that never wait would otherwise keep their thread from other tasks for as long as a request makes them.
        tokio::task::coop::consume_budget().await;
        let mut reader = self.acquire().await?;
        let limit = self.statement_limit.min(BRIEF);
        match reader.query(&sql, &args, rows_max, &Limit::after(limit)) {
            Err(failure) if failure.is_interrupted() || failure.is_busy() => {}
            result => return result.map_err(|failure| failure.into_error(limit)),
        }
        let limit = Limit::after(self.statement_limit);
        let _given_up = limit.give_up_on_drop();
        on_thread(move || reader.query_patiently(&sql, &args, rows_max, &limit)).await
    }

    async fn acquire(self: &Arc<Self>) -> Result<Reader, Error> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self
                .waiting
                .raised_while(tokio::time::timeout(ACQUIRE_LIMIT, self.permits.clone().acquire_owned()))
                .await
                .map_err(|elapsed| Error::Unavailable(elapsed.into()))?
                .map_err(|closed| Error::Unavailable(closed.into()))?,
        };
        Ok(Reader { connection: self.idle().pop(), home: self.clone(), _permit: permit })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> PoolState {
        let idle = self.idle().len();
        let connections_max = READERS as usize;
        let lent = connections_max.saturating_sub(self.permits.available_permits());
        let waiting = usize::try_from(self.waiting.get()).unwrap_or(0);
        PoolState { connections_max, connections: idle + lent, idle, waiting }
    }

    /// Waits for the reads that have begun.
    pub async fn close(&self) {
        let all = self.permits.acquire_many(READERS).await;
        self.permits.close();
        self.idle().clear();
        drop(all);
    }
}

impl Reader {
    fn query<T: Record>(&mut self, sql: &Sql, args: &[Arg], rows_max: usize, limit: &Limit) -> Result<Vec<T>, Failure> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            closed => closed.insert(open_connection(&self.home.file, OpenFlags::SQLITE_OPEN_READ_ONLY)?),
        };
        limit.install(connection)?;
        query(connection, sql.sqlite_text(), args, rows_max)
    }

    /// Waits for another process that is recovering or closing the file, too.
    fn query_patiently<T: Record>(
        &mut self,
        sql: &Sql,
        args: &[Arg],
        rows_max: usize,
        limit: &Limit,
    ) -> Result<Vec<T>, Error> {
        let patience = self.home.statement_limit;
        if let Some(connection) = &self.connection {
            connection.busy_timeout(patience)?;
        }
        let result = self.query(sql, args, rows_max, limit);
        if let Some(connection) = &self.connection {
            connection.busy_timeout(Duration::ZERO)?;
        }
        result.map_err(|failure| failure.into_error(patience))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.home.idle().extend(self.connection.take());
    }
}
