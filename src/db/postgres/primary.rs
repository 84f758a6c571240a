//! Finding the server that may be written to, and finding it again after a failover.

use std::cmp::Reverse;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use tokio::time::{Instant, timeout, timeout_at};

use crate::db::Error;
use crate::db::engine::ACQUIRE_LIMIT;

/// For each of several hosts: one that is gone must not keep the others waiting for long.
const HOST_LIMIT: Duration = Duration::from_secs(2);
/// Maximum time after the answer of the first primary in which others may say that they are it, too.
const GRACE: Duration = Duration::from_millis(300);

/// The hosts of one database.
pub struct Primary {
    hosts: Vec<PgConnectOptions>,
    state: Mutex<State>,
    /// Held by whoever asks all hosts.
    search: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy)]
struct State {
    /// Grows with each loss of the primary. Connections of an earlier generation are of no use.
    generation: u64,
    /// The host that was the primary last.
    last: usize,
    is_known: bool,
}

/// A connection that may be written to.
pub struct Found {
    pub connection: PgConnection,
    pub generation: u64,
}

/// Why a host was of no use.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("it is a standby, which cannot be written to")]
    Standby,
    #[error("it has not answered in time")]
    Silent,
    #[error(transparent)]
    Failed(#[from] sqlx::Error),
}

impl Primary {
    pub fn new(hosts: Vec<PgConnectOptions>) -> Self {
        let state = Mutex::new(State { generation: 0, last: 0, is_known: false });
        Self { hosts, state, search: tokio::sync::Mutex::new(()) }
    }

    /// Connects to the primary: to the one that is known, or to whichever host is it now.
    pub async fn connect(&self) -> Result<Found, Refusal> {
        if let [only] = self.hosts.as_slice() {
            let generation = self.generation();
            return Ok(Found { connection: connect_to_primary(only, ACQUIRE_LIMIT).await?, generation });
        }
        if let Some(result) = self.connect_to_known().await {
            return result;
        }
        let _search = self.search.lock().await;
        // Somebody else may have found it meanwhile.
        match self.connect_to_known().await {
            Some(result) => result,
            None => self.find().await,
        }
    }

    /// Returns what to connect to for the primary.
    pub async fn locate(&self) -> Result<PgConnectOptions, Refusal> {
        if self.hosts.len() > 1 {
            // Also when one is known: it may be a standby by now.
            self.connect().await?;
        }
        self.hosts.get(self.state().last).cloned().ok_or(Refusal::Silent)
    }

    /// Returns `None` when the primary is not known, or no longer there.
    async fn connect_to_known(&self) -> Option<Result<Found, Refusal>> {
        let State { generation, last, is_known } = self.state();
        let host = self.hosts.get(last).filter(|_| is_known)?;
        match connect_to_primary(host, HOST_LIMIT).await {
            Ok(connection) => Some(Ok(Found { connection, generation })),
            Err(refusal) if refusal.may_be_failover() => {
                self.change(|state| state.is_known &= state.generation != generation);
                None
            }
            Err(refusal) => Some(Err(refusal)),
        }
    }

    /// Asks all hosts at once, and takes the primary with the highest timeline: for a while after a failover the former
    /// one may not know that it is none any more.
    async fn find(&self) -> Result<Found, Refusal> {
        let last = self.state().last;
        let order = (0..self.hosts.len()).map(|number| (last + number) % self.hosts.len());
        let mut asked: FuturesUnordered<_> = order.map(|host| self.ask(host)).collect();
        let (mut primaries, mut refusals, mut until) = (Vec::new(), Vec::new(), None);
        loop {
            let answer = match until {
                None => asked.next().await,
                Some(until) => timeout_at(until, asked.next()).await.ok().flatten(),
            };
            match answer {
                Some(Ok(primary)) => {
                    primaries.push(primary);
                    until.get_or_insert_with(|| Instant::now() + GRACE);
                }
                Some(Err(refusal)) => refusals.push(refusal),
                None => break,
            }
        }
        let best = primaries.into_iter().max_by(|one, other| one.rank(last).cmp(&other.rank(last)));
        let Some(Candidate { host, connection, .. }) = best else { return Err(most_hopeful(refusals)) };
        let generation = self.change(|state| {
            state.generation += u64::from(state.last != host);
            (state.last, state.is_known) = (host, true);
        });
        if host != last {
            let (name, port) = (self.hosts[host].get_host(), self.hosts[host].get_port());
            tracing::info!(host = name, port, "found the primary of the database");
        }
        Ok(Found { connection, generation })
    }

    async fn ask(&self, host: usize) -> Result<Candidate, Refusal> {
        let mut connection = connect_to_primary(&self.hosts[host], HOST_LIMIT).await?;
        let timeline = within(HOST_LIMIT, timeline(&mut connection)).await?;
        Ok(Candidate { host, connection, timeline })
    }

    /// Gives up all connections of a generation, and the primary they were to; a later one is not concerned.
    pub fn lose(&self, generation: u64) {
        self.change(|state| {
            if state.generation == generation {
                tracing::warn!("the database server was lost; its connections are closed");
                state.generation += 1;
                state.is_known = false;
            }
        });
    }

    pub fn generation(&self) -> u64 {
        self.state().generation
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the generation that it is then.
    fn change(&self, change: impl FnOnce(&mut State)) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        state.generation
    }
}

struct Candidate {
    host: usize,
    connection: PgConnection,
    timeline: String,
}

impl Candidate {
    /// Among equals the last primary goes first, then the one named first.
    fn rank(&self, last: usize) -> (&str, bool, Reverse<usize>) {
        (&self.timeline, self.host == last, Reverse(self.host))
    }
}

async fn connect_to_primary(host: &PgConnectOptions, limit: Duration) -> Result<PgConnection, Refusal> {
    within(limit, async {
        // Boxed: connecting is rare, and its future is large.
        let mut connection = Box::pin(PgConnection::connect_with(host)).await?;
        let row = connection.fetch_one("SHOW transaction_read_only").await?;
        if row.try_get::<&str, _>(0)? == "on" { Err(Refusal::Standby) } else { Ok(connection) }
    })
    .await
}

/// Returns the timeline, in digits that sort by themselves; nothing on an engine that has none.
async fn timeline(connection: &mut PgConnection) -> Result<String, Refusal> {
    let sql = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
    match connection.fetch_one(sql).await {
        Ok(row) => Ok(row.try_get(0)?),
        Err(sqlx::Error::Database(_)) => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    timeout(limit, work).await.map_err(|_| Refusal::Silent)?
}

/// Returns the refusal that most likely passes.
fn most_hopeful(refusals: Vec<Refusal>) -> Refusal {
    refusals.into_iter().max_by_key(Refusal::passes).unwrap_or(Refusal::Silent)
}

impl Refusal {
    /// Returns whether another attempt to connect may succeed soon.
    pub fn passes(&self) -> bool {
        use std::io::ErrorKind;
        match self {
            Self::Standby | Self::Silent => true,
            Self::Failed(sqlx::Error::Io(error)) => matches!(
                error.kind(),
                ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
            ),
            // It starts or stops, or has no room just now.
            Self::Failed(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("57P01" | "57P02" | "57P03" | "53300"))
            }
            Self::Failed(_) => false,
        }
    }

    /// Returns whether another host may be the primary now.
    fn may_be_failover(&self) -> bool {
        match self {
            Self::Standby | Self::Silent => true,
            Self::Failed(error) => is_broken(error),
        }
    }
}

/// Returns whether an error means that the connection is of no use any more, and most likely none to the same server.
pub fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // Read-only, because it has become a standby; shut down; crashed; starting.
        sqlx::Error::Database(error) => {
            matches!(error.code().as_deref(), Some("25006" | "57P01" | "57P02" | "57P03"))
        }
        _ => false,
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(error) => error.into(),
            other => Self::Unavailable(other.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_ends_one_generation_however_many_connections_tell_of_it() {
        let primary = Primary::new(vec![PgConnectOptions::new_without_pgpass()]);
        let generation = primary.generation();
        primary.lose(generation);
        primary.lose(generation);
        assert_eq!(primary.generation(), generation + 1);
    }

    #[test]
    fn what_may_pass_is_told_rather_than_what_does_not() {
        let refused = || Refusal::Failed(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into());
        let wrong = || Refusal::Failed(sqlx::Error::Configuration("wrong".into()));
        for refusals in [vec![wrong(), refused()], vec![refused(), wrong()], vec![wrong(), Refusal::Standby]] {
            assert!(most_hopeful(refusals).passes());
        }
        assert!(!most_hopeful(vec![wrong()]).passes());
    }
}
