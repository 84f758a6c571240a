//! Statements about the `jobs` table.

use std::time::Duration;

use super::lease::{Claimed, LEASE, WorkerId};
use super::{Change, QueueSignal};
use crate::clock::{Clock, millis};
use crate::db::{Arg, Db, Error, Record, Sql, Tx, args, retry, text_enum};
use crate::id::{JobId, UserId, VideoId};

/// An owner who was served longer ago counts as one who never was.
const TURN_MEMORY: Duration = Duration::from_hours(24);

text_enum! {
    /// A step of the work on a video. `watchable` makes the first playable stream, `ladder` all sizes of it, `previews`
    /// thumbnail candidates and seek previews, and measures the loudness.
    pub enum JobKind {
        Watchable = "watchable",
        Ladder = "ladder",
        Previews = "previews",
    }
}

text_enum! {
    /// State of a job.
    pub enum JobState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl JobKind {
    /// The lowest goes first.
    const fn priority(self) -> i64 {
        match self {
            Self::Watchable => 10,
            Self::Ladder => 20,
            Self::Previews => 30,
        }
    }

    /// A video fails with such a job.
    #[must_use]
    pub const fn is_vital(self) -> bool {
        !matches!(self, Self::Previews)
    }
}

#[derive(Clone, Debug, Record)]
pub struct Claim {
    pub id: JobId,
    pub kind: JobKind,
    #[record(rename = "video_id")]
    pub video: VideoId,
    #[record(rename = "owner_id")]
    pub owner: UserId,
    pub attempts: i64,
    /// Grows with each claim, so that statements of an earlier one have no effect.
    pub fence: i64,
}

impl Claimed for Claim {
    const TABLE: &'static str = "jobs";

    fn id(&self) -> Arg {
        self.id.into()
    }

    fn fence(&self) -> i64 {
        self.fence
    }

    fn attempts(&self) -> i64 {
        self.attempts
    }
}

/// Queues a job unless it is queued or running already; one that has ended starts anew.
pub async fn enqueue(
    tx: &mut Tx,
    signal: &QueueSignal,
    clock: &Clock,
    kind: JobKind,
    video: VideoId,
    owner: UserId,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO jobs (id, kind, video_id, owner_id, priority, state, run_after, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $6, $6)
         ON CONFLICT (video_id, kind) DO UPDATE SET state = 'queued', attempts = 0, run_after = excluded.run_after,
             progress = 0, reason = NULL, created_at = excluded.created_at, updated_at = excluded.updated_at
         WHERE jobs.state NOT IN ('queued', 'running')",
        args![JobId::new(clock), kind, video, owner, kind.priority(), clock.now_ms()],
    )
    .await?;
    signal.notify_after_commit(tx, Change::Jobs(video));
    Ok(())
}

/// Queued jobs, and running ones whose lease has run out. Kinds of a newer version are left to its workers.
const DUE: &str = "kind IN ('watchable', 'ladder', 'previews') AND state IN ('queued', 'running')
    AND ((state = 'queued' AND run_after <= $1) OR (state = 'running' AND lease_until <= $1))";

/// Owners take turns: the one who was served longest ago goes first, whatever the kind of the job. So nobody waits
/// behind another's hundred uploads. Among the jobs of one owner, and of owners who were never served, kind and age
/// decide.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim(db: &Db, now: i64, worker: WorkerId) -> Result<Option<Claim>, Error> {
    // Most calls find nothing, and need no write transaction to see that.
    if !db.exists(Sql::from("FROM jobs WHERE").then(DUE).then("LIMIT 1"), args![now]).await? {
        return Ok(None);
    }
    let sql = Sql::from(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, lease_until = $2,
             node = $3, pid = $4, progress = 0, begun_at = $1, updated_at = $1
         WHERE id = (SELECT id FROM jobs WHERE",
    )
    .then(DUE)
    .then(
        "ORDER BY COALESCE((SELECT served_at FROM queue_turns WHERE queue_turns.owner_id = jobs.owner_id), 0),
             priority, created_at, id LIMIT 1",
    )
    .then(Sql::pair("", "FOR UPDATE SKIP LOCKED"))
    .then(") RETURNING id, kind, video_id, owner_id, attempts, fence");
    retry(|| async {
        let mut tx = db.begin().await?;
        let claim: Option<Claim> =
            tx.optional(sql.clone(), args![now, now + millis(LEASE), worker.node, i64::from(worker.pid)]).await?;
        if let Some(claim) = &claim {
            record_turn(&mut tx, claim.owner, now).await?;
        }
        tx.commit().await?;
        Ok(claim)
    })
    .await
}

/// Outlives the job, so that deleting a video does not move its owner forward.
async fn record_turn(tx: &mut Tx, owner: UserId, now: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM queue_turns WHERE served_at < $1", args![now - millis(TURN_MEMORY)]).await?;
    tx.execute(
        "INSERT INTO queue_turns (owner_id, served_at) VALUES ($1, $2)
         ON CONFLICT (owner_id) DO UPDATE SET served_at = excluded.served_at",
        args![owner, now],
    )
    .await?;
    Ok(())
}

/// Belongs in the transaction that stores the result; false when the claim is lost, and the result with it.
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

#[derive(Record)]
pub struct JobRow {
    pub kind: JobKind,
    pub state: JobState,
    pub progress: i64,
    pub reason: Option<String>,
    /// In milliseconds.
    pub begun_at: i64,
    pub updated_at: i64,
}

pub async fn of_video(tx: &mut Tx, video: VideoId) -> Result<Vec<JobRow>, Error> {
    let sql =
        "SELECT kind, state, progress, reason, begun_at, updated_at FROM jobs WHERE video_id = $1 ORDER BY priority";
    tx.all(sql, args![video]).await
}

pub async fn is_all_done(tx: &mut Tx, video: VideoId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM jobs WHERE video_id = $1 AND state = 'done'";
    let (done,): (i64,) = tx.one(sql, args![video]).await?;
    Ok(usize::try_from(done) == Ok(JobKind::ALL.len()))
}

pub async fn cancel(tx: &mut Tx, signal: &QueueSignal, video: VideoId, now: i64) -> Result<u64, Error> {
    let cancelled = tx
        .execute(
            "UPDATE jobs SET state = 'cancelled', reason = NULL, updated_at = $2
             WHERE video_id = $1 AND state IN ('queued', 'running')",
            args![video, now],
        )
        .await?;
    signal.notify_after_commit(tx, Change::Jobs(video));
    Ok(cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_job_can_be_claimed() {
        for kind in JobKind::ALL {
            assert!(DUE.contains(&format!("'{}'", kind.as_str())), "{kind:?}");
        }
    }
}
