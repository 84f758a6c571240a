//! Claims jobs, keeps their leases while they run, and records how they end.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::context::{JobContext, Progress};
use super::error::JobError;
use super::ladder::{self, LadderOutput};
use super::previews::{self, PreviewsOutput};
use super::watchable::{self, WatchableOutput};
use crate::app::App;
use crate::config::Originals;
use crate::db::retry;
use crate::error::Error;
use crate::metrics::Outcome;
use crate::queue::{self, ATTEMPTS_MAX, Change, Claim, JobKind, LEASE};
use crate::storage::{Owner, PendingObject};
use crate::{db, streams};

/// Also how often progress is reported and a cancellation noticed.
const RENEWAL: Duration = Duration::from_secs(3);
/// Period of an idle worker's look for jobs of other processes that it does not hear.
const POLL: Duration = Duration::from_secs(1);
/// Period of its look for jobs whose pause is over or whose worker is dead.
const POLL_WHEN_HEARD: Duration = Duration::from_secs(5);

enum JobOutput {
    Watchable(WatchableOutput),
    Ladder(LadderOutput),
    Previews(PreviewsOutput),
}

enum End {
    Finished(Box<JobContext>, Box<JobOutput>),
    Failed(JobError),
    Stopped,
}

/// Runs up to `workers` jobs at once until `stop`, which releases those that are running.
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
                    () = sleep(app.queue.poll_period(POLL_WHEN_HEARD, POLL)) => {}
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

/// Runs jobs in the caller's task until none can be claimed; returns their number.
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

/// False when no job can be claimed.
///
/// # Errors
/// When the queue cannot be read.
pub async fn work_one(app: &App) -> Result<bool, db::Error> {
    let Some(claim) = queue::claim(&app.db, app.clock.now_ms(), app.worker).await? else { return Ok(false) };
    run(app, &claim, &CancellationToken::new()).await;
    Ok(true)
}

async fn run(app: &App, claim: &Claim, stop: &CancellationToken) {
    let begun = Instant::now();
    let kind = claim.kind.as_str();
    tracing::debug!(job = %claim.id, kind, video = %claim.video, attempt = claim.attempts, "job started");
    let end = if claim.attempts > ATTEMPTS_MAX {
        // Every worker that ran it died before it could record why.
        End::Failed(JobError::Fail("The server crashed repeatedly while processing this video.".to_owned()))
    } else {
        execute(app, claim, stop).await
    };
    let outcome = match end {
        End::Finished(context, output) => commit(app, claim, &context, *output).await,
        End::Failed(error) => Err(error),
        End::Stopped => {
            tracing::info!(job = %claim.id, kind, "job released");
            app.numbers.jobs.count(kind, Outcome::Released, begun.elapsed());
            report(claim, queue::release(&app.db, claim, app.clock.now_ms()).await);
            return;
        }
    };
    let counted = match outcome {
        Ok(()) => {
            let seconds = begun.elapsed().as_secs_f64();
            tracing::info!(job = %claim.id, kind, video = %claim.video, seconds, "job finished");
            Outcome::Done
        }
        Err(JobError::Retry(reason)) if claim.attempts < ATTEMPTS_MAX => {
            tracing::warn!(job = %claim.id, kind, %reason, attempt = claim.attempts, "job attempt failed");
            report(claim, queue::retry(&app.db, claim, app.clock.now_ms(), &reason).await);
            Outcome::Retried
        }
        Err(JobError::Retry(reason) | JobError::Fail(reason)) => {
            tracing::warn!(job = %claim.id, kind, video = %claim.video, %reason, "job failed");
            report(claim, fail(app, claim, &reason).await);
            Outcome::Failed
        }
        Err(JobError::Lost) => {
            tracing::info!(job = %claim.id, kind, "job lease lost");
            Outcome::Lost
        }
    };
    app.numbers.jobs.count(kind, counted, begun.elapsed());
    app.queue.notify(Change::Jobs(claim.video));
}

fn report(claim: &Claim, written: Result<bool, db::Error>) {
    match written {
        Ok(true) => {}
        Ok(false) => tracing::info!(job = %claim.id, kind = claim.kind.as_str(), "job lease lost"),
        Err(error) => tracing::warn!(%error, "failed to record the end of a job"),
    }
}

/// Dropping the task kills the process groups of its tools.
async fn execute(app: &App, claim: &Claim, stop: &CancellationToken) -> End {
    let progress = Progress::default();
    // A task of its own, so that a panic ends one job and not the worker.
    let mut task = JoinSet::new();
    task.spawn(attempt(app.clone(), claim.clone(), progress.clone()));
    let end = tokio::select! {
        joined = task.join_next() => match joined {
            Some(Ok(Ok((context, output)))) => End::Finished(context, Box::new(output)),
            Some(Ok(Err(error))) => End::Failed(error),
            _ => End::Failed(JobError::Retry("The server crashed while processing this video.".to_owned())),
        },
        () = keep_lease(app, claim, &progress) => End::Failed(JobError::Lost),
        () = stop.cancelled() => End::Stopped,
    };
    task.shutdown().await;
    end
}

async fn attempt(app: App, claim: Claim, progress: Progress) -> Result<(Box<JobContext>, JobOutput), JobError> {
    let context = Box::new(JobContext::open(&app, &claim, progress).await?);
    let output = match claim.kind {
        JobKind::Watchable => JobOutput::Watchable(watchable::run(&context).await?),
        JobKind::Ladder => JobOutput::Ladder(ladder::run(&context).await?),
        JobKind::Previews => JobOutput::Previews(previews::run(&context).await?),
    };
    Ok((context, output))
}

async fn keep_lease(app: &App, claim: &Claim, progress: &Progress) {
    let mut follower = app.queue.follow(claim.video);
    let mut renewed_at = Instant::now();
    let mut reported = 0;
    loop {
        tokio::select! {
            () = sleep(RENEWAL) => {}
            // This job may have been cancelled.
            () = follower.jobs_changed() => sleep(Duration::from_millis(50)).await,
        }
        let percent = progress.percent();
        match queue::renew(&app.db, claim, app.clock.now_ms(), percent).await {
            Ok(true) => {
                renewed_at = Instant::now();
                if percent != reported {
                    reported = percent;
                    app.queue.notify(Change::Progress(claim.video));
                }
            }
            // An outage of the database does not end the lease.
            Err(_) if renewed_at.elapsed() < LEASE => {}
            Ok(false) | Err(_) => return,
        }
    }
}

async fn commit(app: &App, claim: &Claim, context: &JobContext, output: JobOutput) -> Result<(), JobError> {
    let is_claimed = retry(|| try_commit(app, claim, context, &output)).await?;
    if is_claimed { Ok(()) } else { Err(JobError::Lost) }
}

async fn try_commit(app: &App, claim: &Claim, context: &JobContext, output: &JobOutput) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    // The video is locked first, as by its deletion: one order of locks cannot deadlock.
    if !streams::lock(&mut tx, claim.video).await? || !queue::finish(&mut tx, claim, app.clock.now_ms()).await? {
        return Ok(false);
    }
    match output {
        JobOutput::Watchable(output) => watchable::commit(&mut tx, context, claim, output).await?,
        JobOutput::Ladder(output) => ladder::commit(&mut tx, context, claim, output).await?,
        JobOutput::Previews(output) => previews::commit(&mut tx, context, claim, output).await?,
    }
    if app.config.originals == Originals::Dropped && queue::is_all_done(&mut tx, claim.video).await? {
        streams::drop_original(&mut tx, claim.video, app.clock.now_ms()).await?;
    }
    for object in output.objects() {
        object.attach(&mut tx, Owner::Video(claim.video)).await?;
    }
    tx.commit().await?;
    Ok(true)
}

impl JobOutput {
    fn objects(&self) -> &[PendingObject] {
        match self {
            Self::Watchable(output) => &output.objects,
            Self::Ladder(output) => &output.objects,
            Self::Previews(output) => &output.objects,
        }
    }
}

/// The video fails, too, if the job is vital; false when the claim is lost.
async fn fail(app: &App, claim: &Claim, reason: &str) -> Result<bool, db::Error> {
    let now = app.clock.now_ms();
    retry(|| async {
        let mut tx = app.db.begin().await?;
        if !streams::lock(&mut tx, claim.video).await? || !queue::fail(&mut tx, claim, now, reason).await? {
            return Ok(false);
        }
        if claim.kind.is_vital() {
            streams::mark_failed(&mut tx, claim.video, reason, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    })
    .await
}
