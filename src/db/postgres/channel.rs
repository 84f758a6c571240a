//! Messages between the processes of a database, by `LISTEN` and `NOTIFY`.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use crate::db::Error;

/// Of all nodes of a database.
const NAME: &str = "chaitube";
/// For a server to answer. One that is gone says nothing, and so does one with nothing to say.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// A connection that hears what the other processes send. Messages that are sent while it is lost are lost, too.
pub struct Channel {
    listener: PgListener,
    /// The database's name for this connection.
    own: u32,
}

impl Channel {
    pub(super) async fn join(options: PgConnectOptions) -> Result<Self, Error> {
        // There is no other way to make a listener with options.
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let mut listener = PgListener::connect_with(&pool.connect_lazy_with(options)).await?;
        listener.eager_reconnect(false);
        let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut listener).await?;
        listener.listen(NAME).await?;
        Ok(Self { listener, own: u32::try_from(own).unwrap_or_default() })
    }

    /// Waits for the next message of another process. May be cancelled.
    ///
    /// # Errors
    /// When the connection is lost. It does not come back.
    pub async fn next(&mut self) -> Result<String, Error> {
        loop {
            match self.listener.try_recv().await? {
                Some(message) if message.process_id() == self.own => {}
                Some(message) => return Ok(message.payload().to_owned()),
                None => return Err(Error::Unavailable("the connection was lost".into())),
            }
        }
    }

    /// Sends a message of fewer than 8,000 bytes.
    ///
    /// # Errors
    /// As any statement.
    pub async fn send(&mut self, message: &str) -> Result<(), Error> {
        let sent = sqlx::query("SELECT pg_notify($1, $2)").bind(NAME).bind(message).execute(&mut self.listener);
        answered(sent).await
    }

    /// # Errors
    /// When the server is gone.
    pub async fn test(&mut self) -> Result<(), Error> {
        answered(sqlx::query("SELECT 1").execute(&mut self.listener)).await
    }
}

async fn answered<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<(), Error> {
    let silent = |_| Error::Unavailable("the server does not answer".into());
    tokio::time::timeout(ANSWER_LIMIT, statement).await.map_err(silent)??;
    Ok(())
}
