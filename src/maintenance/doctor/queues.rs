//! Jobs and tasks that nobody works on, or that failed at every attempt.

use std::time::Duration;

use super::examination::Examination;
use super::remedies;
use super::report::{Finding, FindingKind, Outcome};
use crate::clock::millis;
use crate::db::{Record, args};
use crate::error::Error;
use crate::id::{JobId, TaskId, VideoId};
use crate::queue::tasks::{TaskClaim, revive};
use crate::queue::{ATTEMPTS_MAX, Claim, JobKind, JobState, requeue_dead};
use crate::tasks;

const PAGE: i64 = 1000;
/// A worker renews its lease every few seconds, and an idle one claims what has run out.
const CLAIM_AGE: Duration = Duration::from_mins(5);
/// For so long what is due waits for a worker.
const WAIT_LIMIT: Duration = Duration::from_mins(15);

#[derive(Record)]
struct JobRow {
    id: JobId,
    kind: String,
    video_id: VideoId,
    state: JobState,
    attempts: i64,
    run_after: i64,
    lease_until: i64,
    reason: Option<String>,
}

#[derive(Record)]
struct TaskRow {
    id: TaskId,
    kind: String,
    key: String,
    state: JobState,
    run_after: i64,
    lease_until: Option<i64>,
    reason: Option<String>,
}

/// Who waits, and whether anybody works.
#[derive(Default)]
struct Load {
    waiting: u64,
    is_worked_on: bool,
}

pub async fn check(examination: &mut Examination<'_>) -> Result<(), Error> {
    jobs(examination).await?;
    tasks(examination).await?;
    index(examination).await
}

async fn jobs(examination: &mut Examination<'_>) -> Result<(), Error> {
    let (mut load, mut suspicions) = (Load::default(), Vec::new());
    let mut after = JobId::from_bytes([0; 12]);
    loop {
        let sql = "SELECT id, kind, video_id, state, attempts, run_after, lease_until, reason FROM jobs
                   WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)";
        let page: Vec<JobRow> = examination.app.db.all(sql, args![after, PAGE]).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        examination.report.checked.jobs += page.len() as u64;
        for job in page {
            if load.is_stuck(examination, job.state, job.run_after, job.lease_until)
                || (job.state == JobState::Failed && job.attempts >= ATTEMPTS_MAX)
            {
                examination.suspect(&mut suspicions, job);
            }
        }
        examination.tell("jobs", examination.report.checked.jobs);
    }
    examination.pause(&suspicions).await;
    for job in suspicions {
        if job.state == JobState::Failed {
            failed_job(examination, job).await?;
        } else {
            dead_job(examination, job).await?;
        }
    }
    load.report(examination, "jobs");
    Ok(())
}

async fn dead_job(examination: &mut Examination<'_>, job: JobRow) -> Result<(), Error> {
    let app = examination.app;
    let (now, before) = (examination.now(), examination.now() - millis(CLAIM_AGE));
    let rows = "FROM jobs WHERE id = $1 AND state = 'running' AND lease_until < $2";
    if !app.db.exists(rows, args![job.id, before]).await? {
        return Ok(());
    }
    let repair = async { Ok(requeue_dead::<Claim>(&app.db, job.id, before, now).await?) };
    let outcome = examination.repaired(repair).await?;
    let finding = Finding::new(FindingKind::DeadClaim, job.id.to_string(), job.kind, outcome);
    examination.found(finding.of(Some(job.video_id), None));
    Ok(())
}

async fn failed_job(examination: &mut Examination<'_>, job: JobRow) -> Result<(), Error> {
    let app = examination.app;
    if !app.db.exists("FROM jobs WHERE id = $1 AND state = 'failed'", args![job.id]).await? {
        return Ok(());
    }
    let kind = JobKind::ALL.into_iter().find(|kind| kind.as_str() == job.kind);
    let outcome = match kind {
        Some(kind) => remedies::process_again(examination, job.video_id, kind).await?,
        None => Outcome::Unrepairable,
    };
    let detail = format!("{}: {}", job.kind, job.reason.unwrap_or_default());
    let finding = Finding::new(FindingKind::FailedJob, job.id.to_string(), detail, outcome);
    examination.found(finding.of(Some(job.video_id), None));
    Ok(())
}

async fn tasks(examination: &mut Examination<'_>) -> Result<(), Error> {
    let (mut load, mut suspicions) = (Load::default(), Vec::new());
    let mut after = TaskId::from_bytes([0; 12]);
    loop {
        let sql = "SELECT id, kind, key, state, run_after, lease_until, reason FROM tasks
                   WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)";
        let page: Vec<TaskRow> = examination.app.db.all(sql, args![after, PAGE]).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        examination.report.checked.tasks += page.len() as u64;
        for task in page {
            let lease_until = task.lease_until.unwrap_or(0);
            if load.is_stuck(examination, task.state, task.run_after, lease_until) || task.state == JobState::Failed {
                examination.suspect(&mut suspicions, task);
            }
        }
        examination.tell("tasks", examination.report.checked.tasks);
    }
    examination.pause(&suspicions).await;
    for task in suspicions {
        stuck_task(examination, task).await?;
    }
    load.report(examination, "tasks");
    Ok(())
}

async fn stuck_task(examination: &mut Examination<'_>, task: TaskRow) -> Result<(), Error> {
    let db = &examination.app.db;
    let (now, before) = (examination.now(), examination.now() - millis(CLAIM_AGE));
    let rows = "FROM tasks WHERE id = $1 AND (state = 'failed' OR (state = 'running' AND lease_until < $2))";
    if !db.exists(rows, args![task.id, before]).await? {
        return Ok(());
    }
    let (kind, outcome) = if task.state == JobState::Failed {
        let repair = async { Ok(revive(db, task.id, now).await?) };
        (FindingKind::FailedTask, examination.repaired(repair).await?)
    } else {
        let repair = async { Ok(requeue_dead::<TaskClaim>(db, task.id, before, now).await?) };
        (FindingKind::DeadClaim, examination.repaired(repair).await?)
    };
    let detail = format!("{} of {}: {}", task.kind, task.key, task.reason.unwrap_or_default());
    examination.found(Finding::new(kind, task.id.to_string(), detail, outcome));
    Ok(())
}

async fn index(examination: &mut Examination<'_>) -> Result<(), Error> {
    let app = examination.app;
    if !tasks::is_given_up(&app.db).await? {
        return Ok(());
    }
    examination.pause(&[()]).await;
    if !tasks::is_given_up(&app.db).await? {
        return Ok(());
    }
    let outcome = if examination.options.repair {
        tasks::enter_rebuild(app).await?;
        Outcome::Underway
    } else {
        Outcome::Repairable
    };
    let detail = "it was begun, and nobody goes on with it; the one before is searched";
    examination.found(Finding::new(FindingKind::UnfinishedIndex, "search", detail, outcome));
    Ok(())
}

impl Load {
    /// Says whether a row of a queue has lost its worker.
    fn is_stuck(&mut self, examination: &Examination<'_>, state: JobState, run_after: i64, lease_until: i64) -> bool {
        let now = examination.now();
        match state {
            JobState::Running => {
                self.is_worked_on |= lease_until > now;
                lease_until < now - millis(CLAIM_AGE)
            }
            JobState::Queued => {
                // Triggers do not know the time.
                self.waiting += u64::from(run_after > 0 && run_after < now - millis(WAIT_LIMIT));
                false
            }
            JobState::Done | JobState::Failed | JobState::Cancelled => false,
        }
    }

    /// While the site is stopped, everything waits.
    fn report(&self, examination: &mut Examination<'_>, queue: &str) {
        if examination.options.site_runs && self.waiting > 0 && !self.is_worked_on {
            let detail = format!("{} wait for more than {} minutes", self.waiting, WAIT_LIMIT.as_secs() / 60);
            examination.found(Finding::new(FindingKind::NoWorker, queue, detail, Outcome::Unrepairable));
        }
    }
}
