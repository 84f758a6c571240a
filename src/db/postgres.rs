//! The PostgreSQL engine: a pool of connections, and a transaction on one of them.

use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{Arguments as _, ConnectOptions as _, Connection as _, Executor, PgPool, Row as _};

use super::engine::ACQUIRE_LIMIT;
use super::record::{Layout, Source};
use super::{Arg, Error, Record, Sql, migrate};

/// Connections idle for longer are pinged first. Sparing the others is worth 15 to 60 per cent of the reads.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
    statement_limit: Duration,
}

/// Rolls back on drop.
pub(super) struct Transaction {
    inner: sqlx::Transaction<'static, sqlx::Postgres>,
    statement_limit: Duration,
}

impl Postgres {
    pub async fn open(url: &str, connections_max: u32, statement_limit: Duration) -> Result<Self, Error> {
        let connect = PgConnectOptions::from_str(url)?.application_name("chaitube").disable_statement_logging();
        // Migrations may take as long as they need, so they run on a connection without the statement limit.
        let mut connection = sqlx::PgConnection::connect_with(&connect).await?;
        migrate::postgres(&mut connection).await?;
        connection.close().await?;

        let limit_ms = statement_limit.as_millis().to_string();
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
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
        Ok(Self { pool, statement_limit })
    }

    pub async fn query<T: Record>(&self, sql: &Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        limited(self.statement_limit, query(&self.pool, sql, args, rows_max)).await
    }

    pub async fn execute(&self, sql: &Sql, args: Vec<Arg>) -> Result<u64, Error> {
        limited(self.statement_limit, execute(&self.pool, sql, args)).await
    }

    pub async fn begin(&self) -> Result<Transaction, Error> {
        let inner = limited(self.statement_limit, async { Ok(self.pool.begin().await?) }).await?;
        Ok(Transaction { inner, statement_limit: self.statement_limit })
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Transaction {
    pub async fn query<T: Record>(&mut self, sql: &Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        limited(self.statement_limit, query(&mut *self.inner, sql, args, rows_max)).await
    }

    pub async fn execute(&mut self, sql: &Sql, args: Vec<Arg>) -> Result<u64, Error> {
        limited(self.statement_limit, execute(&mut *self.inner, sql, args)).await
    }

    pub async fn commit(self) -> Result<(), Error> {
        limited(self.statement_limit, async { Ok(self.inner.commit().await?) }).await
    }
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
