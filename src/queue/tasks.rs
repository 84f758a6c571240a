//! Statements about the `tasks` table: work in the background that is not the processing of a video.
//!
//! A task is named by its kind and key, and there is one of each name. It is entered in the transaction that makes it
//! necessary. One that is entered while it waits is done once; one that is entered while it runs is done once more. A
//! task may run twice, so its work has to be repeatable. When it is done its row is gone.

use std::time::Duration;

use super::jobs::JobState;
use super::lease::{Claimed, LEASE, WorkerId};
use super::{Change, QueueSignal};
use crate::clock::{Clock, millis};
use crate::db::{Arg, Db, Error, Record, Sql, Tx, args, retry, text_enum};
use crate::id::TaskId;

text_enum! {
    /// What a task does.
    pub enum TaskKind {
        Index = "index",
        Reindex = "reindex",
        Ranks = "ranks",
    }
}

impl TaskKind {
    /// Returns how many tasks of the kind are claimed and run together.
    const fn batch(self) -> i64 {
        match self {
            Self::Index => 256,
            Self::Reindex | Self::Ranks => 1,
        }
    }
}

#[derive(Clone, Debug, Record)]
pub struct TaskClaim {
    pub id: TaskId,
    pub kind: TaskKind,
    pub key: String,
    /// What the task has noted about its work, or was given.
    pub payload: Option<String>,
    pub attempts: i64,
    fence: i64,
    /// How often it was entered until it was claimed.
    wanted: i64,
}

impl Claimed for TaskClaim {
    const TABLE: &'static str = "tasks";

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

/// A task as it is entered.
#[derive(Clone, Debug)]
pub struct Task {
    pub kind: TaskKind,
    pub key: String,
    /// Until it may run.
    pub delay: Duration,
}

/// Enters a task. One that waits stays as it is, but for an earlier time; one that has failed starts anew.
pub async fn enter(tx: &mut Tx, signal: &QueueSignal, clock: &Clock, task: &Task) -> Result<(), Error> {
    let now = clock.now_ms();
    tx.execute(
        "INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
         VALUES ($1, $2, $3, 'queued', $4, $5, $5)
         ON CONFLICT (kind, key) DO UPDATE SET
             wanted = tasks.wanted + 1,
             run_after = CASE WHEN tasks.state = 'queued' AND tasks.run_after < excluded.run_after
                              THEN tasks.run_after ELSE excluded.run_after END,
             attempts = CASE WHEN tasks.state = 'failed' THEN 0 ELSE tasks.attempts END,
             state = CASE WHEN tasks.state = 'failed' THEN 'queued' ELSE tasks.state END",
        args![TaskId::new(clock), task.kind, &task.key, now + millis(task.delay), now],
    )
    .await?;
    signal.notify_after_commit(tx, Change::Tasks);
    Ok(())
}

/// Kinds of a newer version are left to its workers.
const DUE: &str = "state IN ('queued', 'running')
    AND ((state = 'queued' AND run_after <= $1) OR (state = 'running' AND lease_until <= $1))";
/// Not the bare column: the tasks are read in the order of the index, until one fits.
const KNOWN: &str = "(kind || '') IN ('index', 'reindex', 'ranks')";
const CLAIMED: &str = "RETURNING id, kind, key, payload, attempts, fence, wanted";

/// Claims the task that is due for the longest time, and others of its kind if those run together.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim(db: &Db, now: i64, worker: WorkerId) -> Result<Vec<TaskClaim>, Error> {
    let next = Sql::from("SELECT kind FROM tasks WHERE").then(KNOWN).then("AND").then(DUE);
    let next: Option<(TaskKind,)> = db.optional(next.then("ORDER BY run_after, id LIMIT 1"), args![now]).await?;
    let Some((kind,)) = next else { return Ok(Vec::new()) };
    let due = Sql::from("(kind || '') = $5 AND").then(DUE).then("ORDER BY run_after, id LIMIT CAST($6 AS BIGINT)");
    claim_where(db, due, now, worker, args![kind, kind.batch()]).await
}

/// Claims one task, if it waits or its lease has run out.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim_one(
    db: &Db,
    now: i64,
    worker: WorkerId,
    kind: TaskKind,
    key: &str,
) -> Result<Option<TaskClaim>, Error> {
    let due = Sql::from("kind = $5 AND key = $6 AND").then(DUE);
    Ok(claim_where(db, due, now, worker, args![kind, key]).await?.pop())
}

async fn claim_where(db: &Db, rows: Sql, now: i64, worker: WorkerId, more: Vec<Arg>) -> Result<Vec<TaskClaim>, Error> {
    let sql = Sql::from(
        "UPDATE tasks SET state = 'running', attempts = attempts + 1, fence = fence + 1, lease_until = $2, node = $3,
             pid = $4, begun_at = $1, updated_at = $1
         WHERE id IN (SELECT id FROM tasks WHERE",
    );
    let sql = sql.then(rows).then(Sql::pair("", "FOR UPDATE SKIP LOCKED")).then(")").then(CLAIMED);
    let mut args = args![now, now + millis(LEASE), worker.node, i64::from(worker.pid)];
    args.extend(more);
    retry(|| async {
        let mut tx = db.begin().await?;
        let claims = tx.all(sql.clone(), args.clone()).await?;
        tx.commit().await?;
        Ok(claims)
    })
    .await
}

/// Ends a task that is done: it is gone, or waits again if it was entered meanwhile. False when the claim is lost.
pub async fn finish(tx: &mut Tx, claim: &TaskClaim, now: i64) -> Result<bool, Error> {
    let sql = "DELETE FROM tasks WHERE id = $1 AND fence = $2 AND state = 'running' AND wanted = $3";
    if tx.execute(sql, args![claim.id, claim.fence, claim.wanted]).await? == 1 {
        return Ok(true);
    }
    again(tx, claim, now, now).await
}

/// Lets a task wait until `run_after` and run once more. False when the claim is lost.
pub async fn again(tx: &mut Tx, claim: &TaskClaim, run_after: i64, now: i64) -> Result<bool, Error> {
    let waiting = tx
        .execute(
            "UPDATE tasks SET state = 'queued', attempts = 0, run_after = $3, progress = 0, payload = NULL,
                 reason = NULL, updated_at = $4
             WHERE id = $1 AND fence = $2 AND state = 'running'",
            args![claim.id, claim.fence, run_after, now],
        )
        .await?;
    Ok(waiting == 1)
}

/// Notes how far a long task has come, so that another worker goes on from there. False when the claim is lost.
pub async fn note(tx: &mut Tx, claim: &TaskClaim, payload: &str) -> Result<bool, Error> {
    let sql = "UPDATE tasks SET payload = $3 WHERE id = $1 AND fence = $2 AND state = 'running'";
    Ok(tx.execute(sql, args![claim.id, claim.fence, payload]).await? == 1)
}

/// Lets a task that has failed begin anew. False when it has meanwhile.
///
/// # Errors
/// When the database cannot be reached.
pub async fn revive(db: &Db, id: TaskId, now: i64) -> Result<bool, Error> {
    let sql = "UPDATE tasks SET state = 'queued', attempts = 0, run_after = $2, reason = NULL, updated_at = $2
               WHERE id = $1 AND state = 'failed'";
    Ok(db.execute(sql, args![id, now]).await? == 1)
}

/// A task that others can look at.
#[derive(Record)]
pub struct TaskRow {
    pub state: JobState,
    /// In percent.
    pub progress: i64,
    pub reason: Option<String>,
}

/// Returns `None` when it is done, or was never entered.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find(db: &Db, kind: TaskKind, key: &str) -> Result<Option<TaskRow>, Error> {
    let sql = "SELECT state, progress, reason FROM tasks WHERE kind = $1 AND key = $2";
    db.optional(sql, args![kind, key]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_task_can_be_claimed() {
        for kind in TaskKind::ALL {
            assert!(KNOWN.contains(&format!("'{}'", kind.as_str())), "{kind:?}");
        }
    }
}
