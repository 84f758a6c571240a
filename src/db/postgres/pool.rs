//! The pool of connections. What was interrupted on one ends before somebody else gets it.

use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult};
use scopeguard::ScopeGuard;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::primary::{Found, Primary, Refusal, is_broken};
use crate::db::Error;
use crate::db::engine::{ACQUIRE_LIMIT, PoolState};

/// Connections that were lent longer ago are tested first: every test is a round trip.
const UNTESTED_MAX: Duration = Duration::from_secs(1);
/// A server that does not answer the test in this time is gone.
const TEST_LIMIT: Duration = Duration::from_secs(2);
/// The server's memory for a connection grows, and a balancer in front of servers moves only new ones.
const AGE_MAX: Duration = Duration::from_mins(30);
/// Shorter than what balancers and routers give a connection before they forget it and tell nobody.
const IDLE_MAX: Duration = Duration::from_mins(3);
/// Between two attempts to connect to a server that is just starting or being replaced.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Pool(managed::Pool<Manager>);

/// A lent connection. Unless it is given back by [`give_back`], what still goes on there is ended first.
pub(super) type Lease = ScopeGuard<Object<Manager>, fn(Object<Manager>)>;

pub(super) struct Manager(Primary);

pub(super) struct Connection {
    pub session: PgConnection,
    generation: u64,
    is_lost: bool,
}

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server did not even end it at its own limit.
    Silent(Duration),
    Statement(sqlx::Error),
    /// Its result is wrong.
    Result(Error),
}

impl Pool {
    pub fn new(hosts: Vec<PgConnectOptions>, connections_max: u32) -> Result<Self, Error> {
        let pool = managed::Pool::builder(Manager(Primary::new(hosts)))
            .max_size(connections_max.try_into().unwrap_or(usize::MAX))
            .queue_mode(QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .wait_timeout(Some(ACQUIRE_LIMIT))
            .create_timeout(Some(ACQUIRE_LIMIT))
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
            PoolError::Backend(refusal) => refusal.into(),
            other => Error::Unavailable(other.into()),
        })
    }

    pub fn state(&self) -> PoolState {
        let status = self.0.status();
        PoolState {
            connections_max: status.max_size,
            connections: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
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
    type Type = Connection;
    type Error = Refusal;

    async fn create(&self) -> Result<Connection, Refusal> {
        let until = Instant::now() + ACQUIRE_LIMIT - RETRY_PAUSE;
        loop {
            match self.0.connect().await {
                Err(refusal) if refusal.passes() && Instant::now() < until => tokio::time::sleep(RETRY_PAUSE).await,
                Err(refusal) => return Err(refusal),
                Ok(Found { connection, generation }) => {
                    return Ok(Connection { session: connection, generation, is_lost: false });
                }
            }
        }
    }

    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<Refusal> {
        if metrics.age() > AGE_MAX || metrics.last_used() > IDLE_MAX {
            return Err(RecycleError::message("it is old"));
        }
        if connection.generation != self.0.generation() {
            return Err(RecycleError::message("it is to a server that is gone"));
        }
        if metrics.last_used() > UNTESTED_MAX {
            let tested = tokio::time::timeout(TEST_LIMIT, Box::pin(connection.session.ping())).await;
            if !matches!(tested, Ok(Ok(()))) {
                self.0.lose(connection.generation);
                return Err(RecycleError::message("it is broken"));
            }
        }
        Ok(())
    }
}

impl Connection {
    /// Notes that the server is gone, if that is why a statement failed.
    pub fn note<T>(&mut self, done: Result<T, Failure>) -> Result<T, Error> {
        done.map_err(|failure| {
            self.is_lost |= match &failure {
                Failure::Silent(_) => true,
                Failure::Statement(error) => is_broken(error),
                Failure::Result(_) => false,
            };
            failure.into()
        })
    }

    pub fn is_lost(&self) -> bool {
        self.is_lost
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
    if connection.is_lost {
        return give_up(connection);
    }
    // Without a runtime the program is ending.
    let Ok(runtime) = Handle::try_current() else { return drop(Object::take(connection)) };
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends within its limit, and what it leaves ends with its connection"
    )]
    runtime.spawn(async move {
        let end = async {
            match open {
                Open::Statement => connection.session.ping().await,
                Open::Transaction => roll_back(&mut connection.session).await,
            }
        };
        match tokio::time::timeout(ACQUIRE_LIMIT, end).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if is_broken(&error) => give_up(connection),
            _ => drop(Object::take(connection)),
        }
    });
}

/// Closes a connection whose server is gone, and all the idle ones to it: each would fail somebody's request.
fn give_up(connection: Object<Manager>) {
    let (pool, generation) = (Object::pool(&connection), connection.generation);
    drop(Object::take(connection));
    if let Some(pool) = pool {
        pool.manager().0.lose(generation);
        pool.retain(|idle, _| idle.generation > generation);
    }
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

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Silent(limit) => Self::Unavailable(format!("a statement took longer than {limit:?}").into()),
            Failure::Statement(error) => error.into(),
            Failure::Result(error) => error,
        }
    }
}
