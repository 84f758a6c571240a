//! Running jobs: claiming one after the other, keeping the lease while they run, and writing down how they end.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::context::{Progress, Work};
use super::{JobError, POLL, RENEWAL, ladder, previews, watchable};
use crate::app::App;
use crate::config::Originals;
use crate::queue::{self, ATTEMPTS_MAX, LEASE};
use crate::queue::{Claim, JobKind};
use crate::storage::{Owner, PendingObject};
use crate::{db, streams};

/// What a job's work gives, to be written down.
enum Made {
    Watchable(watchable::Made),
    Ladder(ladder::Made),
    Previews(previews::Made),
}

/// How work on a claim ended.
enum End {
    Made(Box<Work>, Box<Made>),
    Broke(JobError),
    Stopped,
}

/// Works on the queue, on so many jobs at once, until `stop`. Jobs that run then are given back.
pub async fn work(app: App, workers: u32, stop: CancellationToken) {
    let mut slots = JoinSet::new();
    for _ in 0..workers {
        slots.spawn(slot(app.clone(), stop.clone()));
    }
    while slots.join_next().await.is_some() {}
}

async fn slot(app: App, stop: CancellationToken) {
    let mut changes = app.queue.subscribe();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        match queue::claim(&app.db, app.clock.now_ms(), app.worker).await {
            Ok(Some(claim)) => run(&app, &claim, &stop).await,
            Ok(None) => {
                tokio::select! {
                    _ = changes.changed() => {}
                    () = sleep(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "failed to read the queue; will retry");
                tokio::select! {
                    () = sleep(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
}

/// Works, in the caller's own task, on whatever may be begun now, until there is nothing more; says how many jobs
/// that were.
///
/// # Errors
/// When the queue cannot be read.
pub async fn work_off(app: &App) -> Result<u64, db::Error> {
    let mut count = 0;
    while work_one(app).await? {
        count += 1;
    }
    Ok(count)
}

/// Works on the next job that may be begun now; false when there is none.
///
/// # Errors
/// When the queue cannot be read.
pub async fn work_one(app: &App) -> Result<bool, db::Error> {
    let Some(claim) = queue::claim(&app.db, app.clock.now_ms(), app.worker).await? else { return Ok(false) };
    run(app, &claim, &CancellationToken::new()).await;
    Ok(true)
}

/// Runs one claimed job to whatever end it has.
async fn run(app: &App, claim: &Claim, stop: &CancellationToken) {
    let begun = Instant::now();
    let kind = claim.kind.as_str();
    tracing::debug!(job = %claim.id, kind, video = %claim.video, attempt = claim.attempts, "job started");
    let end = if claim.attempts > ATTEMPTS_MAX {
        // Its workers died of it, without a word.
        End::Broke(JobError::Fail("The server crashed repeatedly while processing this video.".to_owned()))
    } else {
        carry_out(app, claim, stop).await
    };
    let outcome = match end {
        End::Made(work, made) => conclude(app, claim, &work, *made).await,
        End::Broke(error) => Err(error),
        End::Stopped => {
            tracing::info!(job = %claim.id, kind, "job released");
            report(claim, queue::release(&app.db, claim, app.clock.now_ms()).await);
            return;
        }
    };
    match outcome {
        Ok(()) => {
            let seconds = begun.elapsed().as_secs_f64();
            tracing::info!(job = %claim.id, kind, video = %claim.video, seconds, "job finished");
        }
        Err(JobError::Retry(reason)) if claim.attempts < ATTEMPTS_MAX => {
            tracing::warn!(job = %claim.id, kind, %reason, attempt = claim.attempts, "job attempt failed");
            report(claim, queue::retry(&app.db, claim, app.clock.now_ms(), &reason).await);
        }
        Err(JobError::Retry(reason) | JobError::Fail(reason)) => {
            tracing::warn!(job = %claim.id, kind, video = %claim.video, %reason, "job failed");
            report(claim, give_up(app, claim, &reason).await);
        }
        Err(JobError::Lost) => tracing::info!(job = %claim.id, kind, "job lease lost"),
    }
    app.queue.notify();
}

/// What cannot be written down now is found by whoever takes the job over when its lease has run out.
fn report(claim: &Claim, written: Result<bool, db::Error>) {
    match written {
        Ok(true) => {}
        Ok(false) => tracing::info!(job = %claim.id, kind = claim.kind.as_str(), "job lease lost"),
        Err(error) => tracing::warn!(%error, "failed to record the end of a job"),
    }
}

/// Works while the lease can be kept. Giving up ends the tools that run, with their process groups.
async fn carry_out(app: &App, claim: &Claim, stop: &CancellationToken) -> End {
    let progress = Progress::default();
    // A task of its own, so that a panic ends one job and not the worker.
    let mut task = JoinSet::new();
    task.spawn(attempt(app.clone(), claim.clone(), progress.clone()));
    let end = tokio::select! {
        joined = task.join_next() => match joined {
            Some(Ok(Ok((work, made)))) => End::Made(work, Box::new(made)),
            Some(Ok(Err(error))) => End::Broke(error),
            _ => End::Broke(JobError::Retry("The server crashed while processing this video.".to_owned())),
        },
        () = hold(app, claim, &progress) => End::Broke(JobError::Lost),
        () = stop.cancelled() => End::Stopped,
    };
    task.shutdown().await;
    end
}

async fn attempt(app: App, claim: Claim, progress: Progress) -> Result<(Box<Work>, Made), JobError> {
    let work = Box::new(Work::open(&app, &claim, progress).await?);
    let made = match claim.kind {
        JobKind::Watchable => Made::Watchable(watchable::run(&work).await?),
        JobKind::Ladder => Made::Ladder(ladder::run(&work).await?),
        JobKind::Previews => Made::Previews(previews::run(&work).await?),
    };
    Ok((work, made))
}

/// Renews the lease, and comes back only when it is lost.
async fn hold(app: &App, claim: &Claim, progress: &Progress) {
    let mut changes = app.queue.subscribe();
    let mut kept_at = Instant::now();
    loop {
        tokio::select! {
            () = sleep(RENEWAL) => {}
            // Perhaps this very job was cancelled.
            _ = changes.changed() => sleep(Duration::from_millis(50)).await,
        }
        match queue::renew(&app.db, claim, app.clock.now_ms(), progress.percent()).await {
            Ok(true) => kept_at = Instant::now(),
            // The database may be away for a moment; the lease holds all the same.
            Err(_) if kept_at.elapsed() < LEASE => {}
            Ok(false) | Err(_) => return,
        }
    }
}

/// Stores what was made, all in one transaction, unless the claim has been lost.
async fn conclude(app: &App, claim: &Claim, work: &Work, made: Made) -> Result<(), JobError> {
    let mut tx = app.db.begin().await?;
    // The video first, as whoever deletes it does: two transactions that lock in one order cannot block each other.
    if !streams::lock(&mut tx, claim.video).await? || !queue::finish(&mut tx, claim, app.clock.now_ms()).await? {
        return Err(JobError::Lost);
    }
    match &made {
        Made::Watchable(made) => watchable::keep(&mut tx, work, claim, made).await?,
        Made::Ladder(made) => ladder::keep(&mut tx, work, claim, made).await?,
        Made::Previews(made) => previews::keep(&mut tx, work, claim, made).await?,
    }
    if app.config.originals == Originals::Dropped && queue::is_all_done(&mut tx, claim.video).await? {
        streams::drop_original(&mut tx, claim.video, app.clock.now_ms()).await?;
    }
    for draft in made.drafts() {
        draft.attach(&mut tx, Owner::Video(claim.video)).await?;
    }
    Ok(tx.commit().await?)
}

impl Made {
    fn drafts(self) -> Vec<PendingObject> {
        match self {
            Self::Watchable(made) => made.drafts,
            Self::Ladder(made) => made.drafts,
            Self::Previews(made) => made.drafts,
        }
    }
}

/// Ends a job for good, and its video with it if it cannot do without; false when the claim is lost.
async fn give_up(app: &App, claim: &Claim, reason: &str) -> Result<bool, db::Error> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    if !streams::lock(&mut tx, claim.video).await? || !queue::fail(&mut tx, claim, now, reason).await? {
        return Ok(false);
    }
    if claim.kind.is_vital() {
        streams::mark_failed(&mut tx, claim.video, reason, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}
