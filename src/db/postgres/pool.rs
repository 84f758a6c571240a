//! The pool of connections. What was interrupted on one ends before somebody else gets it.

use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult};
use scopeguard::ScopeGuard;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use tokio::runtime::Handle;

use crate::db::Error;
use crate::db::engine::ACQUIRE_LIMIT;

/// Connections that were lent longer ago are tested first: every test is a round trip.
const UNTESTED_MAX: Duration = Duration::from_secs(1);
/// The server's memory for a connection grows, and a balancer in front of servers moves only new ones.
const AGE_MAX: Duration = Duration::from_mins(30);
const IDLE_MAX: Duration = Duration::from_mins(10);
/// Between two attempts to connect to a server that is just starting or being replaced.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Pool(managed::Pool<Manager>);

/// A lent connection. Unless it is given back by [`give_back`], what still goes on there is ended first.
pub(super) type Lease = ScopeGuard<Object<Manager>, fn(Object<Manager>)>;

pub(super) struct Manager {
    options: PgConnectOptions,
}

impl Pool {
    pub fn new(options: PgConnectOptions, connections_max: u32) -> Result<Self, Error> {
        let pool = managed::Pool::builder(Manager { options })
            .max_size(connections_max.try_into().unwrap_or(usize::MAX))
            .queue_mode(QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .wait_timeout(Some(ACQUIRE_LIMIT))
            .create_timeout(Some(ACQUIRE_LIMIT))
            .recycle_timeout(Some(ACQUIRE_LIMIT))
            .build()
            .map_err(|error| Error::Backend(error.into()))?;
        Ok(Self(pool))
    }

    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn lend(&self) -> Result<Lease, Error> {
        Ok(scopeguard::guard(self.get().await?, |connection| settle(connection, Open::Statement)))
    }

    /// Lends a connection for a transaction, to be begun.
    ///
    /// # Errors
    /// As [`Self::lend`].
    pub async fn lend_for_transaction(&self) -> Result<Lease, Error> {
        Ok(scopeguard::guard(self.get().await?, |connection| settle(connection, Open::Transaction)))
    }

    async fn get(&self) -> Result<Object<Manager>, Error> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            other => Error::Unavailable(other.into()),
        })
    }

    /// Closes connections that nobody has needed for long.
    pub fn close_idle(&self) {
        self.0.retain(|_, metrics| metrics.last_used() < IDLE_MAX);
    }

    /// Closes the idle connections; the others close as they are given back.
    pub fn close(&self) {
        self.0.close();
    }
}

impl managed::Manager for Manager {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        loop {
            // Boxed: connecting is rare, and its future is large.
            match Box::pin(PgConnection::connect_with(&self.options)).await {
                Err(error) if passes(&error) => tokio::time::sleep(RETRY_PAUSE).await,
                result => return result,
            }
        }
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > AGE_MAX {
            return Err(RecycleError::message("it is old"));
        }
        if metrics.last_used() > UNTESTED_MAX {
            Box::pin(connection.ping()).await?;
        }
        Ok(())
    }
}

/// Gives a connection back on which everything has succeeded and no transaction is open.
pub(super) fn give_back(lease: Lease) {
    drop(ScopeGuard::into_inner(lease));
}

#[derive(Clone, Copy)]
enum Open {
    Statement,
    Transaction,
}

/// Ends what is open, in the background. A connection on which that fails or takes too long is closed.
fn settle(mut connection: Object<Manager>, open: Open) {
    // Without a runtime the program is ending.
    let Ok(runtime) = Handle::try_current() else { return drop(Object::take(connection)) };
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends within its limit, and what it leaves ends with its connection"
    )]
    runtime.spawn(async move {
        let end = async {
            match open {
                Open::Statement => connection.ping().await,
                Open::Transaction => roll_back(&mut connection).await,
            }
        };
        let ended = tokio::time::timeout(ACQUIRE_LIMIT, end).await;
        if !matches!(ended, Ok(Ok(()))) {
            drop(Object::take(connection));
        }
    });
}

async fn roll_back(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // A commit that nobody waited for leaves nothing to roll back, and trying to would leave a warning in both logs.
    // Asked by a simple query, both times are the same outside of a transaction.
    let row = connection.fetch_one("SELECT transaction_timestamp() <> statement_timestamp()").await;
    if row.and_then(|row| row.try_get(0)).is_ok_and(|is_open: bool| !is_open) {
        return Ok(());
    }
    connection.execute("ROLLBACK").await.map(drop)
}

/// Returns whether another attempt to connect may succeed soon.
fn passes(error: &sqlx::Error) -> bool {
    use std::io::ErrorKind;
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
        ),
        // It starts, or has no room just now.
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}
