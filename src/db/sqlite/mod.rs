//! The SQLite engine: one file, several readers, one writer.
//!
//! Statements run where they are asked for, on the task's own thread, since handing a short one to another thread costs
//! more than the statement. So nothing here may take long there: a read that does is given up and repeated on a thread
//! that may block ([`readers`]), a commit waits for the disk on one, and so does a transaction that is announced as
//! large ([`writer`]).

mod file;
mod group;
mod readers;
pub(super) mod snapshot;
mod statement;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use self::file::{file_of, on_thread, open_writer};
use self::readers::Readers;
pub(super) use self::writer::Transaction;
use self::writer::Writers;
use super::engine::PoolState;
use super::{Arg, Error, Record, Sql, migrate};

#[derive(Clone)]
pub(super) struct Sqlite {
    readers: Arc<Readers>,
    writers: Writers,
}

impl Sqlite {
    pub async fn open(url: &str, statement_limit: Duration) -> Result<Self, Error> {
        let file = file_of(url)?;
        let opened = file.clone();
        let connection = on_thread(move || {
            let mut connection = open_writer(&opened, statement_limit)?;
            migrate::sqlite(&mut connection, &opened)?;
            connection.busy_timeout(Duration::ZERO)?;
            Ok(connection)
        });
        let connection = connection.await?;
        let readers = Arc::new(Readers::new(file.clone(), statement_limit));
        Ok(Self { readers, writers: Writers::new(file, connection, statement_limit) })
    }

    pub async fn query<T: Record>(&self, sql: Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        self.readers.query(sql, args, rows_max).await
    }

    /// Runs a statement that is a transaction of its own.
    pub async fn execute(&self, sql: Sql, args: Vec<Arg>) -> Result<u64, Error> {
        let mut transaction = self.writers.begin_single().await?;
        let changed = transaction.execute(sql, args).await?;
        transaction.commit(Vec::new()).await?;
        Ok(changed)
    }

    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.writers.begin().await
    }

    pub async fn begin_alone(&self) -> Result<Transaction, Error> {
        self.writers.begin_alone().await
    }

    /// Of the connections that read. Whoever waits for the one that writes counts, too.
    pub fn pool_state(&self) -> PoolState {
        let state = self.readers.state();
        PoolState { waiting: state.waiting + self.writers.waiting(), ..state }
    }

    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

#[cfg(test)]
mod tests;
