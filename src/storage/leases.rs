//! Leases on objects that grow in a bucket: one process writes at a time, on whichever node.
//!
//! A later process asks the holder to give way, since a client comes back before its old connection is noticed to be
//! lost. A holder that has died loses its lease after a while.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{MediaName, locked};
use crate::clock::{Clock, millis};
use crate::db;
use crate::db::{Db, args};
use crate::error::Error;

const LEASE: Duration = Duration::from_secs(10);
/// Also how soon a holder gives way.
const RENEWAL: Duration = Duration::from_secs(2);
const PERIOD: Duration = Duration::from_millis(100);
/// Longer than a lease. A holder that gives way stores what it has first.
const WAIT: Duration = Duration::from_secs(12);
const HOLDER_BYTES: usize = 16;

/// Ends with a release, or some time after it is dropped.
pub struct Lease {
    claim: Claim,
    /// The holder should stop: somebody else wants the lease, or has it.
    ended: CancellationToken,
    lost: CancellationToken,
    renewing: JoinHandle<()>,
    _stop: DropGuard,
}

#[derive(Clone)]
struct Claim {
    db: Db,
    clock: Clock,
    name: MediaName,
    holder: Vec<u8>,
}

impl Lease {
    /// `None` when the object is gone, 423 when its holder does not give way in time.
    pub async fn take(db: &Db, clock: &Clock, name: &MediaName) -> Result<Option<Self>, Error> {
        let mut holder = vec![0; HOLDER_BYTES];
        getrandom::fill(&mut holder).map_err(Error::internal)?;
        let claim = Claim { db: db.clone(), clock: clock.clone(), name: name.clone(), holder };
        let begun = Instant::now();
        loop {
            match claim.take().await {
                Ok(true) => break,
                Err(db::Error::Conflict(_)) => return Ok(None),
                Ok(false) if begun.elapsed() > WAIT => return Err(locked()),
                taken => taken?,
            };
            claim.want().await?;
            sleep(PERIOD).await;
        }
        let [ended, lost, stop] = [(); 3].map(|()| CancellationToken::new());
        let renewing = claim.clone().renew(ended.clone(), lost.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "it ends with the lease")]
        let renewing = tokio::spawn(renewing);
        Ok(Some(Self { claim, ended, lost, renewing, _stop: stop.drop_guard() }))
    }

    /// Is cancelled when the holder should stop.
    pub const fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Says whether somebody else may have the lease.
    pub fn is_lost(&self) -> bool {
        self.lost.is_cancelled()
    }

    pub async fn release(self) {
        self.renewing.abort();
        // If it fails, the lease runs out.
        let _ = self.claim.release().await;
    }
}

impl Claim {
    /// False when another holder's lease has not run out.
    async fn take(&self) -> Result<bool, db::Error> {
        let now = self.clock.now_ms();
        let taken = self.db.execute(
            "INSERT INTO media_leases (media, holder, lease_until) VALUES ($1, $2, $3)
             ON CONFLICT (media) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until,
                 is_wanted = FALSE
             WHERE media_leases.lease_until <= $4",
            args![self.name.as_str(), self.holder.clone(), now + millis(LEASE), now],
        );
        Ok(taken.await? == 1)
    }

    async fn want(&self) -> Result<(), db::Error> {
        let sql = "UPDATE media_leases SET is_wanted = TRUE WHERE media = $1 AND NOT is_wanted";
        self.db.run(sql, args![self.name.as_str()]).await
    }

    async fn release(&self) -> Result<(), db::Error> {
        let sql = "DELETE FROM media_leases WHERE media = $1 AND holder = $2";
        self.db.run(sql, args![self.name.as_str(), self.holder.clone()]).await
    }

    /// Goes on while the holder gives way. An outage of the database does not end the lease before its time.
    async fn renew(self, ended: CancellationToken, lost: CancellationToken, stop: CancellationToken) {
        let mut renewed_at = Instant::now();
        while stop.run_until_cancelled(sleep(RENEWAL)).await.is_some() {
            match self.extend().await {
                Ok(Some(is_wanted)) => {
                    renewed_at = Instant::now();
                    if is_wanted {
                        ended.cancel();
                    }
                }
                Err(_) if renewed_at.elapsed() < LEASE => {}
                Ok(None) | Err(_) => {
                    lost.cancel();
                    return ended.cancel();
                }
            }
        }
        let _ = self.release().await;
    }

    /// Says whether somebody else wants the lease; `None` when it is lost.
    async fn extend(&self) -> Result<Option<bool>, db::Error> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE media_leases SET lease_until = $3 WHERE media = $1 AND holder = $2 RETURNING is_wanted";
        let until = self.clock.now_ms() + millis(LEASE);
        let row: Option<(bool,)> = tx.optional(sql, args![self.name.as_str(), self.holder.clone(), until]).await?;
        tx.commit().await?;
        Ok(row.map(|(is_wanted,)| is_wanted))
    }
}
