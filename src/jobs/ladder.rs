//! The full bitrate ladder, added to the first playable stream.

use super::context::JobContext;
use super::error::JobError;
use crate::config::Originals;
use crate::db;
use crate::db::Tx;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::streams::{self, VideoStatus};
use chaitube_media::{Batch, MediaError, Plan, Stream, transcode, validate};

const NICENESS: i32 = 10;

pub struct LadderOutput {
    pub stream: Stream,
    /// The file of the best size, where that is better than the file that is shown, or the upload is not kept.
    pub video_file: Option<MediaName>,
    pub objects: Vec<PendingObject>,
}

pub async fn run(context: &JobContext) -> Result<LadderOutput, JobError> {
    let first = context.stream.clone().ok_or(JobError::Lost)?;
    let timeline = context.timeline().await?;
    let copied = first.renditions.iter().any(|rendition| rendition.copied);
    let encoded = || Plan::without_copy(&context.source, timeline.as_ref());
    // The first job may have found that a copy does not play, so what it made tells which plan holds.
    let plan = if copied { Plan::new(&context.source, timeline.as_ref()) } else { encoded() };
    for name in first.files() {
        context.scratch.link(&context.app, ObjectKind::Rendition, &name.parse()?).await?;
    }
    let validated: Vec<String> = first.files().map(str::to_owned).collect();
    let shown = first.renditions.first().map(|rendition| rendition.track.file.clone());
    let mut stream = match complete(context, &plan, first, &validated).await {
        Err(MediaError::Refused(cause) | MediaError::Failed(cause)) if copied => {
            tracing::info!(%cause, "the renditions do not fit the existing stream; encoding all of them");
            let plan = encoded();
            let first = batch(context, &plan, &plan.first).await?;
            complete(context, &plan, first, &[]).await?
        }
        stream => stream?,
    };
    let is_better = stream.renditions.first().map(|rendition| &rendition.track.file) != shown.as_ref();
    let needs_file =
        if context.has_replacement { is_better } else { context.app.config.originals == Originals::Dropped };
    let replacement = if needs_file { Some(context.store_video_file(&stream, NICENESS).await?) } else { None };
    let video_file = replacement.as_ref().map(|object| object.name().clone());
    let mut objects = context.store_tracks(&mut stream).await?;
    objects.extend(replacement);
    Ok(LadderOutput { stream, video_file, objects })
}

async fn complete(
    context: &JobContext,
    plan: &Plan,
    first: Stream,
    validated: &[String],
) -> Result<Stream, MediaError> {
    if plan.rest.is_empty() {
        return Ok(first);
    }
    let rest = batch(context, plan, &plan.rest).await?;
    let mut stream = if plan.keeps_first { first.merged(rest)? } else { Stream { audio: first.audio, ..rest } };
    stream.thin_out();
    validate(&context.tools, &context.source, &stream, context.scratch.path(), validated).await?;
    Ok(stream)
}

async fn batch(context: &JobContext, plan: &Plan, batch: &Batch) -> Result<Stream, MediaError> {
    let mut on_progress = |done_s| context.progress.set(done_s, plan.duration_s);
    let mut hooks = context.hooks(&mut on_progress, NICENESS);
    transcode(
        &context.tools,
        context.source_path(),
        &context.source,
        batch,
        plan.duration_s,
        context.scratch.path(),
        &mut hooks,
    )
    .await
}

pub async fn commit(tx: &mut Tx, context: &JobContext, claim: &Claim, output: &LadderOutput) -> Result<(), db::Error> {
    let now = context.app.clock.now_ms();
    streams::replace_stream(tx, claim.video, &output.stream, VideoStatus::Ready, now).await?;
    match &output.video_file {
        Some(name) => streams::replace_video_file(tx, claim.video, name, now).await,
        None => Ok(()),
    }
}
