//! The PostgreSQL engine: a pool of connections, and a transaction on one of them.

mod channel;
mod pool;

use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::{Arguments as _, ConnectOptions as _, Connection as _, Executor, PgConnection, Row as _};

pub use self::channel::Channel;
use self::pool::{Lease, Pool, give_back};
use super::record::{Layout, Source};
use super::{Arg, Error, Record, Sql, migrate};

/// All there are: one that is not cached costs a round trip more.
const STATEMENTS_MAX: usize = 1000;

#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
    statement_limit: Duration,
    /// For what has to stay on one connection, which some poolers do not allow.
    direct: Arc<PgConnectOptions>,
}

/// Rolls back on drop.
pub(super) struct Transaction {
    lease: Lease,
    statement_limit: Duration,
}

impl Postgres {
    /// `direct` is the database itself, where `url` is that of a pooler.
    pub async fn open(url: &str, direct: &str, connections_max: u32, statement_limit: Duration) -> Result<Self, Error> {
        let connect = connect_options(url)?;
        let direct = Arc::new(connect_options(direct)?);
        // Migrations may take as long as they need, so they run on a connection without the statement limit.
        let mut connection = PgConnection::connect_with(&connect).await?;
        migrate::postgres(&mut connection).await?;
        connection.close().await?;

        let limit_ms = statement_limit.as_millis().to_string();
        let options = connect.options([
            ("statement_timeout", limit_ms.as_str()),
            ("idle_in_transaction_session_timeout", limit_ms.as_str()),
            // Every statement is short: to compile one takes many times as long as to run it.
            ("jit", "off"),
        ]);
        Ok(Self { pool: Pool::new(options, connections_max)?, statement_limit, direct })
    }

    pub async fn join_channel(&self) -> Result<Channel, Error> {
        Channel::join(PgConnectOptions::clone(&self.direct)).await
    }

    pub async fn query<T: Record>(&self, sql: &Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        let mut lease = self.pool.lend().await?;
        let rows = limited(self.statement_limit, query(&mut **lease, sql, args, rows_max)).await?;
        give_back(lease);
        Ok(rows)
    }

    pub async fn execute(&self, sql: &Sql, args: Vec<Arg>) -> Result<u64, Error> {
        let mut lease = self.pool.lend().await?;
        let changed = limited(self.statement_limit, execute(&mut **lease, sql, args)).await?;
        give_back(lease);
        Ok(changed)
    }

    pub async fn begin(&self) -> Result<Transaction, Error> {
        let mut lease = self.pool.lend_for_transaction().await?;
        limited(self.statement_limit, simple(&mut lease, "BEGIN")).await?;
        Ok(Transaction { lease, statement_limit: self.statement_limit })
    }

    pub fn close_idle(&self) {
        self.pool.close_idle();
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

impl Transaction {
    pub async fn query<T: Record>(&mut self, sql: &Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        limited(self.statement_limit, query(&mut **self.lease, sql, args, rows_max)).await
    }

    pub async fn execute(&mut self, sql: &Sql, args: Vec<Arg>) -> Result<u64, Error> {
        limited(self.statement_limit, execute(&mut **self.lease, sql, args)).await
    }

    pub async fn commit(mut self) -> Result<(), Error> {
        limited(self.statement_limit, simple(&mut self.lease, "COMMIT")).await?;
        give_back(self.lease);
        Ok(())
    }
}

fn connect_options(url: &str) -> Result<PgConnectOptions, Error> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("chaitube")
        .statement_cache_capacity(STATEMENTS_MAX)
        .disable_statement_logging())
}

async fn limited<T>(limit: Duration, statement: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let too_long = |_| Error::Unavailable(format!("a statement took longer than {limit:?}").into());
    tokio::time::timeout(limit, statement).await.map_err(too_long)?
}

async fn query<'c, T: Record>(
    connection: impl Executor<'c, Database = sqlx::Postgres>,
    sql: &Sql,
    args: Vec<Arg>,
    rows_max: usize,
) -> Result<Vec<T>, Error> {
    let query = sqlx::query_with(sql.postgres(), bind(args)?);
    let rows: Vec<PgRow> = if rows_max == 1 {
        query.fetch_optional(connection).await?.into_iter().collect()
    } else {
        query.fetch_all(connection).await?
    };
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let layout = Layout::of::<T>(|| first.columns().iter().map(sqlx::Column::name).collect())?;
    rows.iter().map(|row| layout.read(Source::Postgres(row))).collect()
}

async fn execute<'c>(
    connection: impl Executor<'c, Database = sqlx::Postgres>,
    sql: &Sql,
    args: Vec<Arg>,
) -> Result<u64, Error> {
    Ok(sqlx::query_with(sql.postgres(), bind(args)?).execute(connection).await?.rows_affected())
}

/// Sends a statement that needs no preparing.
async fn simple(connection: &mut PgConnection, sql: &'static str) -> Result<(), Error> {
    connection.execute(sql).await?;
    Ok(())
}

fn bind(args: Vec<Arg>) -> Result<PgArguments, Error> {
    let mut arguments = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Float(value) => arguments.add(value),
            Arg::Bool(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
