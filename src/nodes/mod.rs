//! The processes that share a PostgreSQL database: which are alive, their common signing keys, and what they tell each
//! other. On SQLite there is one node, and all its processes share a data folder.

mod relay;
mod secrets;

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub use self::relay::relay;
pub use self::secrets::{DifferingSecrets, load_secrets};
use crate::clock::{Clock, millis};
use crate::config::Secrets;
use crate::db::{Db, Error, args};
use crate::queue::WorkerId;

const HEARTBEAT: Duration = Duration::from_secs(5);
/// A process that was silent for so long is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// Rows of processes that ended without a word are kept for so long.
const MEMORY: Duration = Duration::from_hours(1);

pub struct Nodes {
    db: Db,
    clock: Clock,
    me: WorkerId,
    secrets: Vec<u8>,
    started_ms: i64,
    /// That serve HTTP, with this one.
    live: AtomicU32,
}

impl Nodes {
    pub fn new(db: Db, clock: Clock, me: WorkerId, secrets: &Secrets) -> Self {
        let started_ms = clock.now_ms();
        Self { db, clock, me, secrets: secrets.digest(), started_ms, live: AtomicU32::new(1) }
    }

    /// Returns how many processes serve HTTP, as of the last heartbeat.
    pub fn live(&self) -> NonZeroU32 {
        NonZeroU32::new(self.live.load(Ordering::Relaxed)).unwrap_or(NonZeroU32::MIN)
    }

    /// Says that this process is there.
    ///
    /// # Errors
    /// [`DifferingSecrets`] when a live node of another data folder has other signing keys.
    pub async fn join(&self) -> Result<(), DifferingSecrets> {
        if !self.db.is_shared() {
            return Ok(());
        }
        // Before it is seen, for otherwise a node with the right keys would not start now, either.
        self.compare_secrets().await?;
        self.beat(false).await?;
        let compared = self.compare_secrets().await;
        if compared.is_err() {
            self.leave().await?;
        }
        compared
    }

    async fn compare_secrets(&self) -> Result<(), DifferingSecrets> {
        let rows = "FROM nodes WHERE seen_at > $1 AND node <> $2 AND secrets <> $3";
        let differs = self.db.exists(rows, args![self.silent_since(), self.me.node, self.secrets.clone()]).await?;
        if differs { Err(DifferingSecrets::Nodes) } else { Ok(()) }
    }

    /// Keeps saying that this process is there, for as long as it is polled.
    pub async fn stay(&self, serves: bool) {
        if !self.db.is_shared() {
            return;
        }
        loop {
            if let Err(error) = self.beat(serves).await {
                tracing::warn!(%error, "other nodes do not learn that this one is there; will retry");
            }
            tokio::time::sleep(HEARTBEAT).await;
        }
    }

    /// Says that this process ends.
    pub async fn leave(&self) -> Result<(), Error> {
        if !self.db.is_shared() {
            return Ok(());
        }
        let sql = "DELETE FROM nodes WHERE (node = $1 AND pid = $2) OR seen_at < $3";
        let forgotten = self.clock.now_ms() - millis(MEMORY);
        self.db.run(sql, args![self.me.node, i64::from(self.me.pid), forgotten]).await
    }

    /// Says that this process is there, and learns which others are.
    ///
    /// # Errors
    /// As any statement.
    pub async fn beat(&self, serves: bool) -> Result<(), Error> {
        let sql = "INSERT INTO nodes (node, pid, serves, version, secrets, started_at, seen_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   ON CONFLICT (node, pid) DO UPDATE SET serves = excluded.serves, version = excluded.version,
                       secrets = excluded.secrets, started_at = excluded.started_at, seen_at = excluded.seen_at";
        let (node, pid, version) = (self.me.node, i64::from(self.me.pid), env!("CARGO_PKG_VERSION"));
        let now = self.clock.now_ms();
        self.db.run(sql, args![node, pid, serves, version, self.secrets.clone(), self.started_ms, now]).await?;
        let sql = "SELECT COUNT(*) FROM nodes WHERE serves AND seen_at > $1";
        let (live,): (i64,) = self.db.one(sql, args![self.silent_since()]).await?;
        self.live.store(u32::try_from(live).unwrap_or(u32::MAX), Ordering::Relaxed);
        Ok(())
    }

    fn silent_since(&self) -> i64 {
        self.clock.now_ms() - millis(SILENCE_MAX)
    }
}
