//! The database: a façade over SQLite and PostgreSQL, and the only place that knows sqlx.
//!
//! Statements are SQL that both engines understand, beside the feature they belong to. `optional` and `one` take the
//! first row. What belongs together happens in a [`Tx`], which rolls back unless it is committed.

mod args;
mod connect;
mod error;
mod migrate;
mod sql;
mod text_enum;

use std::future::Future;
use std::time::Duration;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use self::args::Arg;
pub use self::connect::Options;
pub use self::error::Error;
pub use self::sql::{Observer, Sql};
pub(crate) use self::text_enum::text_enum;
pub use crate::args;
pub use sqlx::FromRow;

pub trait Record:
    for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin
{
}

impl<T> Record for T where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
        + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
        + Send
        + Unpin
{
}

#[derive(Clone)]
pub struct Db {
    engine: Engine,
    statement_limit: Duration,
    observer: Option<Observer>,
}

#[derive(Clone)]
enum Engine {
    /// SQLite allows one writer at a time, so writes queue for the only connection of `write`.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// Rolls back when dropped without [`Tx::commit`], and discards its effects.
pub struct Tx {
    connection: TxConnection,
    statement_limit: Duration,
    after_commit: Vec<Effect>,
}

type Effect = Box<dyn FnOnce() + Send>;

enum TxConnection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

async fn limited<T>(limit: Duration, statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Error> {
    match tokio::time::timeout(limit, statement).await {
        Ok(result) => result.map_err(Error::from),
        Err(_) => Err(Error::Unavailable(format!("a statement took longer than {limit:?}").into())),
    }
}

macro_rules! fetch {
    ($self:ident, $sql:ident, $args:ident, $method:ident) => {{
        let sql = $sql.into();
        $self.observe(&sql, &$args);
        limited($self.statement_limit, async {
            match &$self.engine {
                Engine::Sqlite { read, .. } => {
                    sqlx::query_as_with(sql.sqlite(), args::bind::<Sqlite>($args)?).$method(read).await
                }
                Engine::Postgres(pool) => {
                    sqlx::query_as_with(sql.postgres(), args::bind::<Postgres>($args)?).$method(pool).await
                }
            }
        })
        .await
    }};
}

macro_rules! fetch_tx {
    ($self:ident, $sql:ident, $args:ident, $method:ident) => {{
        let sql: Sql = $sql.into();
        limited($self.statement_limit, async {
            match &mut $self.connection {
                TxConnection::Sqlite(tx) => {
                    sqlx::query_as_with(sql.sqlite(), args::bind::<Sqlite>($args)?).$method(&mut **tx).await
                }
                TxConnection::Postgres(tx) => {
                    sqlx::query_as_with(sql.postgres(), args::bind::<Postgres>($args)?).$method(&mut **tx).await
                }
            }
        })
        .await
    }};
}

impl Db {
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot be reached in time, else [`Error::Backend`].
    pub async fn all<T: Record>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>, Error> {
        fetch!(self, sql, args, fetch_all)
    }

    /// # Errors
    /// As [`Db::all`].
    pub async fn optional<T: Record>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>, Error> {
        fetch!(self, sql, args, fetch_optional)
    }

    /// # Errors
    /// [`Error::NotFound`] without a row, else as [`Db::all`].
    pub async fn one<T: Record>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<T, Error> {
        fetch!(self, sql, args, fetch_one)
    }

    /// Takes a query from its `FROM` on.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn exists(&self, rows: impl Into<Sql>, args: Vec<Arg>) -> Result<bool, Error> {
        Ok(self.optional::<(i64,)>(Sql::exists(rows), args).await?.is_some())
    }

    /// Returns the number of changed rows.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it breaks a unique or foreign key, else as [`Db::all`].
    pub async fn execute(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, Error> {
        let sql = sql.into();
        limited(self.statement_limit, async {
            match &self.engine {
                Engine::Sqlite { write, .. } => {
                    let query = sqlx::query_with(sql.sqlite(), args::bind::<Sqlite>(args)?);
                    Ok(query.execute(write).await?.rows_affected())
                }
                Engine::Postgres(pool) => {
                    let query = sqlx::query_with(sql.postgres(), args::bind::<Postgres>(args)?);
                    Ok(query.execute(pool).await?.rows_affected())
                }
            }
        })
        .await
    }

    /// # Errors
    /// As [`Db::execute`].
    pub async fn run(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<(), Error> {
        self.execute(sql, args).await?;
        Ok(())
    }

    /// `IMMEDIATE` on SQLite: a deferred one that has read fails at its first write if somebody else wrote in between.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let connection = limited(self.statement_limit, async {
            Ok(match &self.engine {
                Engine::Sqlite { write, .. } => TxConnection::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
                Engine::Postgres(pool) => TxConnection::Postgres(pool.begin().await?),
            })
        })
        .await?;
        Ok(Tx { connection, statement_limit: self.statement_limit, after_commit: Vec::new() })
    }

    /// # Errors
    /// As [`Db::all`].
    pub async fn ping(&self) -> Result<(), Error> {
        self.exists("", args![]).await?;
        Ok(())
    }

    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    #[must_use]
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// Shows `observer` every reading statement: tests look at the query plans.
    #[must_use]
    pub fn observed(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    fn observe(&self, sql: &Sql, args: &[Arg]) {
        if let Some(observer) = &self.observer {
            observer(sql, args);
        }
    }
}

impl Tx {
    /// Takes a writing statement, too.
    pub async fn all<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>, Error> {
        fetch_tx!(self, sql, args, fetch_all)
    }

    pub async fn optional<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>, Error> {
        fetch_tx!(self, sql, args, fetch_optional)
    }

    pub async fn one<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<T, Error> {
        fetch_tx!(self, sql, args, fetch_one)
    }

    pub async fn exists(&mut self, rows: impl Into<Sql>, args: Vec<Arg>) -> Result<bool, Error> {
        Ok(self.optional::<(i64,)>(Sql::exists(rows), args).await?.is_some())
    }

    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64, Error> {
        let sql = sql.into();
        limited(self.statement_limit, async {
            match &mut self.connection {
                TxConnection::Sqlite(tx) => {
                    let query = sqlx::query_with(sql.sqlite(), args::bind::<Sqlite>(args)?);
                    Ok(query.execute(&mut **tx).await?.rows_affected())
                }
                TxConnection::Postgres(tx) => {
                    let query = sqlx::query_with(sql.postgres(), args::bind::<Postgres>(args)?);
                    Ok(query.execute(&mut **tx).await?.rows_affected())
                }
            }
        })
        .await
    }

    pub async fn run(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<(), Error> {
        self.execute(sql, args).await?;
        Ok(())
    }

    /// Makes later statements fail with [`Error::Deadlock`] rather than wait longer for rows. SQLite's never wait.
    pub async fn wait_at_most(&mut self, limit: Duration) -> Result<(), Error> {
        if let TxConnection::Postgres(_) = self.connection {
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
        let Self { connection, statement_limit, after_commit } = self;
        limited(statement_limit, async {
            match connection {
                TxConnection::Sqlite(tx) => tx.commit().await,
                TxConnection::Postgres(tx) => tx.commit().await,
            }
        })
        .await?;
        // Nothing is awaited from here on: a request that is dropped cannot lose an effect of what it has committed.
        for effect in after_commit {
            effect();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    async fn open(folder: &std::path::Path) -> Db {
        let url = format!("sqlite://{}", folder.join("test.db").display());
        let (statement_limit, wait_limit) = (Duration::from_secs(10), Duration::ZERO);
        Db::open(&Options { url, connections_max: 1, statement_limit, wait_limit }).await.unwrap()
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

        let mut tx = db.begin().await.unwrap();
        tx.execute("PRAGMA defer_foreign_keys = on", args![]).await.unwrap();
        let sql = "INSERT INTO video_search (video_id, text) VALUES ($1, '')";
        tx.execute(sql, args![vec![0_u8; 12]]).await.unwrap();
        tx.after_commit(effect("of a commit that failed"));
        assert!(tx.commit().await.is_err());

        assert!(seen.try_recv().is_err());
    }
}
