//! What waits in the queues and runs, for operators.

use tokio::sync::Mutex;

use super::jobs::JobState;
use crate::db::{Db, Error, Record, Sql, args};

/// Maximum number of rows that are counted in a queue: those beyond it change nothing about what is to be done.
const COUNTED_MAX: i64 = 100_000;
/// For how long a count holds, so that nobody loads the database by asking often.
const KEPT_MS: i64 = 5000;

/// Of one kind and state.
#[derive(Clone, Debug, Record)]
pub struct Backlog {
    /// The table.
    pub queue: String,
    pub kind: String,
    pub state: JobState,
    pub number: i64,
    /// Since when the oldest that is queued may be begun.
    pub due_at: Option<i64>,
}

/// Counts once for all who ask within a few seconds.
#[derive(Debug, Default)]
pub struct Backlogs(Mutex<Option<(i64, Vec<Backlog>)>>);

impl Backlogs {
    pub async fn read(&self, db: &Db, now: i64) -> Result<Vec<Backlog>, Error> {
        let mut kept = self.0.lock().await;
        if let Some((at, backlogs)) = &*kept
            && (*at..*at + KEPT_MS).contains(&now)
        {
            return Ok(backlogs.clone());
        }
        let backlogs = count(db).await?;
        *kept = Some((now, backlogs.clone()));
        Ok(backlogs)
    }
}

/// Reads the partial indexes of what is open.
async fn count(db: &Db) -> Result<Vec<Backlog>, Error> {
    let open = Sql::from("WHERE state IN ('queued', 'running') LIMIT CAST($1 AS BIGINT)) AS open GROUP BY kind, state");
    let number = "kind, state, COUNT(*) AS number, MIN(CASE WHEN state = 'queued' THEN run_after END) AS due_at
         FROM (SELECT kind, state, run_after FROM";
    let sql = Sql::from("SELECT 'jobs' AS queue,").then(number).then("jobs").then(open.clone());
    let sql = sql.then("UNION ALL SELECT 'tasks' AS queue,").then(number).then("tasks").then(open);
    db.all(sql, args![COUNTED_MAX]).await
}
