//! The `jobs` table: queueing, claiming, and what becomes of a claim.

use std::time::Duration;

use super::{ATTEMPTS_MAX, Jobs, LEASE};
use crate::clock::{Clock, millis};
use crate::db::{Db, Error, FromRow, Sql, Tx, args};
use crate::id::{JobId, NodeId, UserId, VideoId};

/// The first pause before another attempt; each further one is four times as long.
const PAUSE: Duration = Duration::from_secs(5);

/// What there is to do. Whatever is watched sooner goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// The first playable stream.
    Watchable,
    /// All sizes of it.
    Ladder,
    /// Pictures to choose from and to seek by, and the loudness.
    Previews,
}

impl JobKind {
    pub const ALL: [Self; 3] = [Self::Watchable, Self::Ladder, Self::Previews];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Watchable => "watchable",
            Self::Ladder => "ladder",
            Self::Previews => "previews",
        }
    }

    const fn priority(self) -> i64 {
        match self {
            Self::Watchable => 10,
            Self::Ladder => 20,
            Self::Previews => 30,
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether a video without it counts as failed.
    #[must_use]
    pub const fn is_vital(self) -> bool {
        !matches!(self, Self::Previews)
    }
}

/// A job somebody has begun.
#[derive(Clone, Debug)]
pub struct Claim {
    pub id: JobId,
    pub kind: JobKind,
    pub video: VideoId,
    pub owner: UserId,
    pub attempts: i64,
    pub fence: i64,
}

#[derive(FromRow)]
struct ClaimRow {
    id: JobId,
    kind: String,
    video_id: VideoId,
    owner_id: UserId,
    attempts: i64,
    fence: i64,
}

/// Queues work on a video, unless it is queued or running already; what ended before is begun anew.
///
/// Its turn is the number of the owner's unfinished jobs of the kind: one user's hundred uploads and another's one
/// are then worked on in turns.
///
/// # Errors
/// As any statement.
pub async fn enqueue(
    tx: &mut Tx,
    jobs: &Jobs,
    clock: &Clock,
    kind: JobKind,
    video: VideoId,
    owner: UserId,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO jobs (id, kind, video_id, owner_id, priority, turn, state, run_after, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5,
                 (SELECT COUNT(*) FROM jobs j WHERE j.owner_id = $4 AND j.kind = $2
                  AND j.state IN ('queued', 'running')),
                 'queued', $6, $6, $6)
         ON CONFLICT (video_id, kind) DO UPDATE SET state = 'queued', turn = excluded.turn, attempts = 0,
             run_after = excluded.run_after, progress = 0, reason = NULL, created_at = excluded.created_at,
             updated_at = excluded.updated_at
         WHERE jobs.state NOT IN ('queued', 'running')",
        args![JobId::new(clock), kind.as_str(), video, owner, kind.priority(), clock.now_ms()],
    )
    .await?;
    jobs.changed_after_commit(tx);
    Ok(())
}

/// Which jobs may be begun at `$1`: those that wait, and those whose worker has not been heard of.
const DUE: &str = "state IN ('queued', 'running')
    AND ((state = 'queued' AND run_after <= $1) OR (state = 'running' AND lease_until <= $1))";

/// Claims the next job, if there is one.
pub async fn claim(db: &Db, now: i64, worker: &str) -> Result<Option<Claim>, Error> {
    // Looking needs no write transaction, and most looks find nothing.
    if !db.exists(Sql::from("FROM jobs WHERE").then(DUE).then("LIMIT 1"), args![now]).await? {
        return Ok(None);
    }
    let sql = Sql::from(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, lease_until = $2,
             worker = $3, progress = 0, begun_at = $1, updated_at = $1
         WHERE id = (SELECT id FROM jobs WHERE",
    )
    .then(DUE)
    .then("ORDER BY priority, turn, created_at, id LIMIT 1")
    .then(Sql::pair("", "FOR UPDATE SKIP LOCKED"))
    .then(") RETURNING id, kind, video_id, owner_id, attempts, fence");
    let mut tx = db.begin().await?;
    let row: Option<ClaimRow> = tx.optional(sql, args![now, now + millis(LEASE), worker]).await?;
    tx.commit().await?;
    Ok(row.and_then(|row| {
        Some(Claim {
            id: row.id,
            kind: JobKind::parse(&row.kind)?,
            video: row.video_id,
            owner: row.owner_id,
            attempts: row.attempts,
            fence: row.fence,
        })
    }))
}

/// Keeps the claim for another lease and tells how far the work is; false when the claim is lost.
pub async fn renew(db: &Db, claim: &Claim, now: i64, percent: i64) -> Result<bool, Error> {
    let renewed = db
        .execute(
            "UPDATE jobs SET lease_until = $3, progress = $4, updated_at = $5
             WHERE id = $1 AND fence = $2 AND state = 'running'",
            args![claim.id, claim.fence, now + millis(LEASE), percent, now],
        )
        .await?;
    Ok(renewed == 1)
}

/// Ends a claim in the transaction that stores its result; false when the claim is lost, and nothing may be stored.
pub async fn finish(tx: &mut Tx, claim: &Claim, now: i64) -> Result<bool, Error> {
    let finished = tx
        .execute(
            "UPDATE jobs SET state = 'done', progress = 100, reason = NULL, updated_at = $3
             WHERE id = $1 AND fence = $2 AND state = 'running'",
            args![claim.id, claim.fence, now],
        )
        .await?;
    Ok(finished == 1)
}

/// Ends a claim for good, with a reason for the owner; false when the claim is lost.
pub async fn fail(tx: &mut Tx, claim: &Claim, now: i64, reason: &str) -> Result<bool, Error> {
    let failed = tx
        .execute(
            "UPDATE jobs SET state = 'failed', reason = $4, updated_at = $3
             WHERE id = $1 AND fence = $2 AND state = 'running'",
            args![claim.id, claim.fence, now, reason],
        )
        .await?;
    Ok(failed == 1)
}

/// Puts a claim back to be tried again after a pause that grows; false when the claim is lost.
pub async fn retry(db: &Db, claim: &Claim, now: i64, reason: &str) -> Result<bool, Error> {
    let exponent = u32::try_from(claim.attempts.clamp(1, ATTEMPTS_MAX) - 1).unwrap_or(0);
    let pause = millis(PAUSE * 4_u32.pow(exponent));
    db.execute(
        "UPDATE jobs SET state = 'queued', run_after = $3, reason = $4, updated_at = $5
         WHERE id = $1 AND fence = $2 AND state = 'running'",
        args![claim.id, claim.fence, now + pause, reason, now],
    )
    .await
    .map(|rows| rows == 1)
}

/// Puts a claim back as if nobody had begun it: the worker is asked to stop, which is not the job's fault. False when
/// the claim is lost.
pub async fn give_back(db: &Db, claim: &Claim, now: i64) -> Result<bool, Error> {
    db.execute(
        "UPDATE jobs SET state = 'queued', run_after = $3, attempts = attempts - 1, progress = 0, updated_at = $3
         WHERE id = $1 AND fence = $2 AND state = 'running'",
        args![claim.id, claim.fence, now],
    )
    .await
    .map(|rows| rows == 1)
}

/// Puts back what a node's workers were busy with when they died, without waiting for the leases; says how many jobs
/// that were. Only for a process that knows that the node has no other. The attempts count: the job may be what killed
/// them.
///
/// # Errors
/// As any statement.
pub async fn take_back(db: &Db, node: &NodeId, now: i64) -> Result<u64, Error> {
    db.execute(
        "UPDATE jobs SET state = 'queued', run_after = $2, progress = 0, updated_at = $2
         WHERE state = 'running' AND worker LIKE $1",
        args![format!("{node} %"), now],
    )
    .await
}

/// A job as its video's owner sees it.
#[derive(FromRow)]
pub struct JobRow {
    pub kind: String,
    pub state: String,
    pub progress: i64,
    pub reason: Option<String>,
    /// When its worker began it, and when it was last heard of, in milliseconds.
    pub begun_at: i64,
    pub updated_at: i64,
}

pub async fn of_video(tx: &mut Tx, video: VideoId) -> Result<Vec<JobRow>, Error> {
    let sql =
        "SELECT kind, state, progress, reason, begun_at, updated_at FROM jobs WHERE video_id = $1 ORDER BY priority";
    tx.all(sql, args![video]).await
}

/// Whether every kind of work on a video has been done.
pub async fn is_all_done(tx: &mut Tx, video: VideoId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM jobs WHERE video_id = $1 AND state = 'done'";
    let (done,): (i64,) = tx.one(sql, args![video]).await?;
    Ok(usize::try_from(done) == Ok(JobKind::ALL.len()))
}

/// Ends a video's unfinished jobs; says how many there were.
pub async fn cancel(tx: &mut Tx, jobs: &Jobs, video: VideoId, now: i64) -> Result<u64, Error> {
    let cancelled = tx
        .execute(
            "UPDATE jobs SET state = 'cancelled', reason = NULL, updated_at = $2
             WHERE video_id = $1 AND state IN ('queued', 'running')",
            args![video, now],
        )
        .await?;
    jobs.changed_after_commit(tx);
    Ok(cancelled)
}
