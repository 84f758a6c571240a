//! Claims tasks, keeps their leases while they run, and records how they end.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::lease::{Progress, keep_leases};
use super::{index, ranks, reindex};
use crate::app::App;
use crate::clock::millis;
use crate::db;
use crate::db::retry;
use crate::error::Error;
use crate::metrics::Outcome;
use crate::queue::tasks::{self, TaskClaim, TaskKind};
use crate::queue::{self, ATTEMPTS_MAX};

/// How often an idle worker looks for tasks: triggers and other processes enter them without a signal.
const POLL: Duration = Duration::from_millis(500);

/// Runs tasks, one kind at a time, until `stop`, which releases those that are running.
pub async fn work(app: App, stop: CancellationToken) {
    if let Err(error) = ranks::enter(&app).await {
        tracing::warn!(%error, "failed to enter the periodic tasks");
    }
    let mut changes = app.queue.subscribe();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        match tasks::claim(&app.db, app.clock.now_ms(), app.worker).await {
            Ok(claims) if !claims.is_empty() => {
                run(&app, claims, &stop).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "failed to read the tasks; will retry"),
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Runs tasks in the caller's task until none is due; returns their number.
///
/// # Errors
/// When the tasks cannot be read.
pub async fn run_due(app: &App) -> Result<usize, db::Error> {
    let mut count = 0;
    loop {
        let claims = tasks::claim(&app.db, app.clock.now_ms(), app.worker).await?;
        if claims.is_empty() {
            return Ok(count);
        }
        count += claims.len();
        run(app, claims, &CancellationToken::new()).await;
    }
}

enum End {
    /// Periodic tasks run again after a while.
    Done(Option<Duration>),
    Failed(String),
    Lost,
    Stopped,
}

/// Runs claims of one kind, and records how they end.
async fn run(app: &App, claims: Vec<TaskClaim>, stop: &CancellationToken) {
    let begun = Instant::now();
    let kind = claims.first().map_or("", |claim| claim.kind.as_str());
    let count = claims.len();
    // A task that has killed its workers would take others with it.
    let (worn, claims): (Vec<_>, Vec<_>) = claims.into_iter().partition(|claim| claim.attempts > ATTEMPTS_MAX);
    for claim in &worn {
        let end = End::Failed("The server crashed repeatedly during this task.".to_owned());
        record(app, claim, &end, begun.elapsed()).await;
    }
    let claims = Arc::new(claims);
    let end = execute(app, &claims, stop).await;
    let took = begun.elapsed();
    for claim in claims.iter() {
        record(app, claim, &end, took).await;
    }
    let seconds = took.as_secs_f64();
    tracing::debug!(kind, count, seconds, "tasks ended");
}

async fn execute(app: &App, claims: &Arc<Vec<TaskClaim>>, stop: &CancellationToken) -> End {
    let progress = Progress::default();
    // A task of its own, so that a panic ends this work and not the worker.
    let mut task = JoinSet::new();
    task.spawn(perform(app.clone(), Arc::clone(claims), progress.clone()));
    let end = tokio::select! {
        joined = task.join_next() => match joined {
            Some(Ok(Ok(period))) => End::Done(period),
            Some(Ok(Err(error))) => End::Failed(error.to_string()),
            _ => End::Failed("The server crashed during this task.".to_owned()),
        },
        () = keep_leases(app, claims, &progress) => End::Lost,
        () = stop.cancelled() => End::Stopped,
    };
    task.shutdown().await;
    end
}

/// Returns after what time a periodic task runs again.
async fn perform(app: App, claims: Arc<Vec<TaskClaim>>, progress: Progress) -> Result<Option<Duration>, Error> {
    let Some(first) = claims.first() else { return Ok(None) };
    match first.kind {
        TaskKind::Index => index::run(&app, &claims).await?,
        TaskKind::Reindex => reindex::run(&app, first, &progress).await?,
        TaskKind::Ranks => return Ok(Some(ranks::run(&app).await)),
    }
    Ok(None)
}

/// Records the end of each task by itself: a transaction never holds two rows that others enter in another order.
async fn record(app: &App, claim: &TaskClaim, end: &End, took: Duration) {
    let now = app.clock.now_ms();
    let (outcome, recorded) = match end {
        End::Done(period) => (Outcome::Done, finish(app, claim, now, *period).await),
        End::Failed(reason) if claim.attempts < ATTEMPTS_MAX => {
            tracing::warn!(kind = claim.kind.as_str(), key = claim.key, %reason, "task failed; will retry");
            (Outcome::Retried, queue::retry(&app.db, claim, now, reason).await)
        }
        End::Failed(reason) => {
            tracing::error!(kind = claim.kind.as_str(), key = claim.key, %reason, "task failed");
            (Outcome::Failed, fail(app, claim, now, reason).await)
        }
        End::Stopped => (Outcome::Released, queue::release(&app.db, claim, now).await),
        End::Lost => (Outcome::Lost, Ok(false)),
    };
    app.numbers.tasks.count(claim.kind.as_str(), outcome, took);
    match recorded {
        Ok(true) => {}
        Ok(false) => tracing::info!(kind = claim.kind.as_str(), key = claim.key, "task lease lost"),
        Err(error) => tracing::warn!(%error, "failed to record the end of a task"),
    }
}

async fn finish(app: &App, claim: &TaskClaim, now: i64, period: Option<Duration>) -> Result<bool, db::Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let finished = match period {
            Some(period) => tasks::again(&mut tx, claim, now + millis(period), now).await?,
            None => tasks::finish(&mut tx, claim, now).await?,
        };
        tx.commit().await?;
        Ok(finished)
    })
    .await
}

async fn fail(app: &App, claim: &TaskClaim, now: i64, reason: &str) -> Result<bool, db::Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let failed = queue::fail(&mut tx, claim, now, reason).await?;
        tx.commit().await?;
        Ok(failed)
    })
    .await
}
