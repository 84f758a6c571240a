//! The PostgreSQL engine: a pool of connections, and a transaction on one of them.

mod channel;
mod hosts;
mod pool;
mod primary;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::{Arguments as _, ConnectOptions as _, Connection as _, Executor, PgConnection, Row as _};

pub use self::channel::Channel;
use self::pool::{Failure, Lease, Pool, give_back};
use self::primary::Primary;
use super::engine::PoolState;
use super::record::{Layout, Source};
use super::{Arg, Error, Record, Sql, migrate, retry};

/// All there are: one that is not cached costs a round trip more.
const STATEMENTS_MAX: usize = 1000;
/// Time that a server has beyond the limit of a statement to end it. One that does not is gone.
const SILENCE_MAX: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
    statement_limit: Duration,
    /// For what has to stay on one connection, which some poolers do not allow.
    direct: Arc<Primary>,
}

/// Rolls back on drop.
pub(super) struct Transaction {
    lease: Lease,
    statement_limit: Duration,
}

impl Postgres {
    /// `direct` is the database itself, where `url` is that of a pooler.
    pub async fn open(url: &str, direct: &str, connections_max: u32, statement_limit: Duration) -> Result<Self, Error> {
        let hosts: Vec<_> = hosts::parse(url)?.into_iter().map(session).collect();
        let direct = Arc::new(Primary::new(hosts::parse(direct)?.into_iter().map(session).collect()));
        // Migrations may take as long as they need, so they run on a connection without the statement limit. Their lock
        // is that of a session.
        let mut connection = direct.connect().await?.connection;
        migrate::postgres(&mut connection).await?;
        connection.close().await?;
        let hosts = hosts.into_iter().map(|host| limited_session(host, statement_limit)).collect();
        Ok(Self { pool: Pool::new(hosts, connections_max)?, statement_limit, direct })
    }

    pub async fn join_channel(&self) -> Result<Channel, Error> {
        Channel::join(self.direct.locate().await?).await
    }

    pub async fn query<T: Record>(&self, sql: &Sql, args: Vec<Arg>, rows_max: usize) -> Result<Vec<T>, Error> {
        retry(|| self.try_query(sql, &args, rows_max)).await
    }

    async fn try_query<T: Record>(&self, sql: &Sql, args: &[Arg], rows_max: usize) -> Result<Vec<T>, Error> {
        let mut lease = self.pool.lend().await?;
        let done = limited(self.statement_limit, query(&mut lease.session, sql, args, rows_max)).await;
        let rows = lease.note(done)?;
        give_back(lease);
        Ok(rows)
    }

    pub async fn execute(&self, sql: &Sql, args: Vec<Arg>) -> Result<u64, Error> {
        retry(|| self.try_execute(sql, &args)).await
    }

    async fn try_execute(&self, sql: &Sql, args: &[Arg]) -> Result<u64, Error> {
        let mut lease = self.pool.lend().await?;
        let done = limited(self.statement_limit, execute(&mut lease.session, sql, args)).await;
        let changed = lease.note(done)?;
        give_back(lease);
        Ok(changed)
    }

    pub async fn begin(&self) -> Result<Transaction, Error> {
        let mut lease = self.pool.lend_for_transaction().await?;
        if let Err(error) = self.begin_on(&mut lease).await {
            if !lease.is_lost() {
                return Err(error);
            }
            // It broke unnoticed. All idle ones like it are thrown away with it, so the next is new.
            drop(lease);
            lease = self.pool.lend_for_transaction().await?;
            self.begin_on(&mut lease).await?;
        }
        Ok(Transaction { lease, statement_limit: self.statement_limit })
    }

    async fn begin_on(&self, lease: &mut Lease) -> Result<(), Error> {
        let begun = limited(self.statement_limit, simple(&mut lease.session, "BEGIN")).await;
        lease.note(begun)
    }

    pub fn pool_state(&self) -> PoolState {
        self.pool.state()
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
        let done = limited(self.statement_limit, query(&mut self.lease.session, sql, &args, rows_max)).await;
        self.lease.note(done)
    }

    pub async fn execute(&mut self, sql: &Sql, args: Vec<Arg>) -> Result<u64, Error> {
        let done = limited(self.statement_limit, execute(&mut self.lease.session, sql, &args)).await;
        self.lease.note(done)
    }

    pub async fn commit(mut self) -> Result<(), Error> {
        let done = limited(self.statement_limit, simple(&mut self.lease.session, "COMMIT")).await;
        self.lease.note(done)?;
        give_back(self.lease);
        Ok(())
    }
}

/// Gives a host the settings of every session.
fn session(host: PgConnectOptions) -> PgConnectOptions {
    let host = host.application_name("chaitube").statement_cache_capacity(STATEMENTS_MAX).disable_statement_logging();
    host.options([
        // Routers on the way do not forget the connection, and the server soon sees that this process is gone.
        ("tcp_keepalives_idle", "60"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
    ])
}

/// Adds those of a session that serves requests.
fn limited_session(host: PgConnectOptions, statement_limit: Duration) -> PgConnectOptions {
    let limit_ms = statement_limit.as_millis().to_string();
    host.options([
        ("statement_timeout", limit_ms.as_str()),
        ("idle_in_transaction_session_timeout", limit_ms.as_str()),
        // Every statement is short: to compile one takes many times as long as to run it.
        ("jit", "off"),
    ])
}

async fn limited<T>(limit: Duration, statement: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(limit + SILENCE_MAX, statement).await.map_err(|_| Failure::Silent(limit))?
}

async fn query<T: Record>(
    connection: &mut PgConnection,
    sql: &Sql,
    args: &[Arg],
    rows_max: usize,
) -> Result<Vec<T>, Failure> {
    let query = sqlx::query_with(sql.postgres(), bind(args)?);
    let rows: Vec<PgRow> = if rows_max == 1 {
        query.fetch_optional(connection).await?.into_iter().collect()
    } else {
        query.fetch_all(connection).await?
    };
    read(&rows).map_err(Failure::Result)
}

fn read<T: Record>(rows: &[PgRow]) -> Result<Vec<T>, Error> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let layout = Layout::of::<T>(|| first.columns().iter().map(sqlx::Column::name).collect())?;
    rows.iter().map(|row| layout.read(Source::Postgres(row))).collect()
}

async fn execute(connection: &mut PgConnection, sql: &Sql, args: &[Arg]) -> Result<u64, Failure> {
    Ok(sqlx::query_with(sql.postgres(), bind(args)?).execute(connection).await?.rows_affected())
}

/// Sends a statement that needs no preparing.
async fn simple(connection: &mut PgConnection, sql: &'static str) -> Result<(), Failure> {
    connection.execute(sql).await?;
    Ok(())
}

fn bind(args: &[Arg]) -> Result<PgArguments, Failure> {
    let mut arguments = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Float(value) => arguments.add(value),
            Arg::Bool(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value.as_deref()),
            Arg::Bytes(value) => arguments.add(value.as_deref()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
