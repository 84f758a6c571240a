//! How long somebody may work on a row of a queue, the same for every queue.
//!
//! A claim is a lease that its worker renews. When it runs out, the row goes to another worker, and its grown fence voids
//! what the first one still writes.

use std::time::Duration;

use crate::clock::millis;
use crate::db::{Arg, Db, Error, Sql, Tx, args};
use crate::id::NodeId;

/// A claim that is not renewed for this long goes to another worker.
pub const LEASE: Duration = Duration::from_secs(30);
pub const ATTEMPTS_MAX: i64 = 5;
/// Pause before the second attempt. Each further pause is four times as long.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub struct WorkerId {
    pub node: NodeId,
    pub pid: u32,
}

/// A row of a queue that a worker has claimed.
pub trait Claimed {
    const TABLE: &'static str;

    fn id(&self) -> Arg;
    /// Grows with each claim, so that statements of an earlier one have no effect.
    fn fence(&self) -> i64;
    /// With this one.
    fn attempts(&self) -> i64;
}

fn update<C: Claimed>(values: &'static str) -> Sql {
    let sql = Sql::from("UPDATE").then(C::TABLE).then("SET").then(values);
    sql.then("WHERE id = $1 AND fence = $2 AND state = 'running'")
}

/// False when the claim is lost.
pub async fn renew<C: Claimed>(db: &Db, claim: &C, now: i64, percent: i64) -> Result<bool, Error> {
    let sql = update::<C>("lease_until = $3, progress = $4, updated_at = $5");
    let renewed = db.execute(sql, args![claim.id(), claim.fence(), now + millis(LEASE), percent, now]).await?;
    Ok(renewed == 1)
}

/// Ends the work for good, with the reason; false when the claim is lost.
pub async fn fail<C: Claimed>(tx: &mut Tx, claim: &C, now: i64, reason: &str) -> Result<bool, Error> {
    let sql = update::<C>("state = 'failed', reason = $4, updated_at = $3");
    Ok(tx.execute(sql, args![claim.id(), claim.fence(), now, reason]).await? == 1)
}

/// Lets it be claimed again after a pause; false when the claim is lost.
pub async fn retry<C: Claimed>(db: &Db, claim: &C, now: i64, reason: &str) -> Result<bool, Error> {
    let exponent = u32::try_from(claim.attempts().clamp(1, ATTEMPTS_MAX) - 1).unwrap_or(0);
    let pause = millis(PAUSE * 4_u32.pow(exponent));
    let sql = update::<C>("state = 'queued', run_after = $3, reason = $4, updated_at = $5");
    Ok(db.execute(sql, args![claim.id(), claim.fence(), now + pause, reason, now]).await? == 1)
}

/// Does not count the attempt, because the worker stops; false when the claim is lost.
pub async fn release<C: Claimed>(db: &Db, claim: &C, now: i64) -> Result<bool, Error> {
    let sql = update::<C>("state = 'queued', run_after = $3, attempts = attempts - 1, progress = 0, updated_at = $3");
    Ok(db.execute(sql, args![claim.id(), claim.fence(), now]).await? == 1)
}

/// Lets work be claimed again whose worker has not been heard of since `before`. The attempts count. False when it was
/// heard of meanwhile.
pub async fn requeue_dead<C: Claimed>(db: &Db, id: impl Into<Arg>, before: i64, now: i64) -> Result<bool, Error> {
    let sql = Sql::from("UPDATE").then(C::TABLE).then(
        "SET state = 'queued', run_after = $2, progress = 0, updated_at = $2
         WHERE id = $1 AND state = 'running' AND lease_until < $3",
    );
    Ok(db.execute(sql, args![id.into(), now, before]).await? == 1)
}

/// Does not wait for the leases: only for a process that knows that no other runs on the node. Returns the number of
/// rows. The attempts count: the work may be what killed the worker.
pub async fn requeue_orphaned<C: Claimed>(db: &Db, node: NodeId, now: i64) -> Result<u64, Error> {
    let sql = Sql::from("UPDATE").then(C::TABLE).then(
        "SET state = 'queued', run_after = $2, progress = 0, updated_at = $2 WHERE state = 'running' AND node = $1",
    );
    db.execute(sql, args![node, now]).await
}
