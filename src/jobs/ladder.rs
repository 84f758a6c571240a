//! The whole ladder: every size a player may want, added to the first one.

use super::JobError;
use super::context::Work;
use crate::config::Originals;
use crate::db::Tx;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::{db, streams};
use chaitube_media::{Batch, MediaError, Plan, Stream, transcode, validate};

const NICENESS: i32 = 10;

/// What the job gives: the finished stream, and where its best size is better than the film that is shown, or the
/// upload is not to stay, a film of that.
pub struct Made {
    pub stream: Stream,
    pub film: Option<MediaName>,
    pub drafts: Vec<PendingObject>,
}

pub async fn run(work: &Work) -> Result<Made, JobError> {
    let first = work.stream.clone().ok_or(JobError::Lost)?;
    let timeline = work.timeline().await?;
    let copied = first.renditions.iter().any(|rendition| rendition.copied);
    let encoded = || Plan::without_copy(&work.info, timeline.as_ref());
    // The first job may have found that a copy does not play, so what it made tells which plan holds.
    let plan = if copied { Plan::new(&work.info, timeline.as_ref()) } else { encoded() };
    for name in first.files() {
        work.scratch.bring(&work.app, ObjectKind::Rendition, &name.parse()?).await?;
    }
    // They were looked at before they were stored.
    let passed: Vec<String> = first.files().map(str::to_owned).collect();
    let shown = first.renditions.first().map(|rendition| rendition.track.file.clone());
    let mut stream = match completed(work, &plan, first, &passed).await {
        Err(MediaError::Refused(cause) | MediaError::Failed(cause)) if copied => {
            tracing::info!(%cause, "the renditions do not fit the existing stream; encoding all of them");
            let plan = encoded();
            let first = batch(work, &plan, &plan.first).await?;
            completed(work, &plan, first, &[]).await?
        }
        made => made?,
    };
    let is_better = stream.renditions.first().map(|rendition| &rendition.track.file) != shown.as_ref();
    let wants_film = if work.has_made_film { is_better } else { work.app.config.originals == Originals::Dropped };
    let film = if wants_film { Some(work.store_film(&stream, NICENESS).await?) } else { None };
    let name = film.as_ref().map(|film| film.name().clone());
    let mut drafts = work.store_tracks(&mut stream).await?;
    drafts.extend(film);
    Ok(Made { stream, film: name, drafts })
}

/// The first batch's stream with the rest of the plan added, without what is not worth its bytes, and looked over.
async fn completed(work: &Work, plan: &Plan, first: Stream, passed: &[String]) -> Result<Stream, MediaError> {
    if plan.rest.is_empty() {
        return Ok(first);
    }
    let rest = batch(work, plan, &plan.rest).await?;
    let mut stream = if plan.keeps_first { first.merged(rest)? } else { Stream { audio: first.audio, ..rest } };
    stream.thin_out();
    validate(&work.tools, &work.info, &stream, work.scratch.path(), passed).await?;
    Ok(stream)
}

async fn batch(work: &Work, plan: &Plan, batch: &Batch) -> Result<Stream, MediaError> {
    let mut tell = |done_s| work.progress.set(done_s, plan.duration_s);
    let mut hooks = work.hooks(&mut tell, NICENESS);
    transcode(&work.tools, &work.input, &work.info, batch, plan.duration_s, work.scratch.path(), &mut hooks).await
}

/// Stores the stream; with it the video is ready.
pub async fn keep(tx: &mut Tx, work: &Work, claim: &Claim, made: &Made) -> Result<(), db::Error> {
    let now = work.app.clock.now_ms();
    streams::replace(tx, claim.video, &made.stream, true, now).await?;
    match &made.film {
        Some(film) => streams::replace_film(tx, claim.video, film, now).await,
        None => Ok(()),
    }
}
