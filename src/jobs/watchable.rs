//! The first playable stream: the source itself where players support it, else one medium size.

use super::context::JobContext;
use super::error::JobError;
use crate::db;
use crate::db::Tx;
use crate::queue::{Claim, JobKind, enqueue};
use crate::storage::{MediaName, PendingObject};
use crate::streams::{self, VideoStatus};
use chaitube_media::{MediaError, Plan, Stream, plays_in_browsers, transcode, validate};

const NICENESS: i32 = 5;

pub struct WatchableOutput {
    pub stream: Stream,
    /// The file that is shown in place of an upload that browsers cannot play.
    pub video_file: Option<MediaName>,
    pub objects: Vec<PendingObject>,
}

pub async fn run(context: &JobContext) -> Result<WatchableOutput, JobError> {
    let timeline = context.timeline().await?;
    let plan = Plan::new(&context.source, timeline.as_ref());
    let mut stream = match first(context, &plan).await {
        Err(MediaError::Refused(cause) | MediaError::Failed(cause)) if plan.first.copies() => {
            tracing::info!(%cause, "the source cannot be copied; encoding it");
            first(context, &Plan::without_copy(&context.source, timeline.as_ref())).await?
        }
        stream => stream?,
    };
    let replacement = if plays_in_browsers(&context.source) {
        None
    } else {
        Some(context.store_video_file(&stream, NICENESS).await?)
    };
    let video_file = replacement.as_ref().map(|object| object.name().clone());
    let mut objects = context.store_tracks(&mut stream).await?;
    objects.extend(replacement);
    Ok(WatchableOutput { stream, video_file, objects })
}

async fn first(context: &JobContext, plan: &Plan) -> Result<Stream, MediaError> {
    let mut on_progress = |done_s| context.progress.set(done_s, plan.duration_s);
    let mut hooks = context.hooks(&mut on_progress, NICENESS);
    let scratch = context.scratch.path();
    let stream = transcode(
        &context.tools,
        context.source_path(),
        &context.source,
        &plan.first,
        plan.duration_s,
        scratch,
        &mut hooks,
    )
    .await?;
    validate(&context.tools, &context.source, &stream, scratch, &[]).await?;
    Ok(stream)
}

pub async fn commit(
    tx: &mut Tx,
    context: &JobContext,
    claim: &Claim,
    output: &WatchableOutput,
) -> Result<(), db::Error> {
    let now = context.app.clock.now_ms();
    streams::replace_stream(tx, claim.video, &output.stream, VideoStatus::Processing, now).await?;
    if let Some(name) = &output.video_file {
        streams::replace_video_file(tx, claim.video, name, now).await?;
    }
    let app = &context.app;
    for kind in [JobKind::Ladder, JobKind::Previews] {
        enqueue(tx, &app.queue, &app.clock, kind, claim.video, claim.owner).await?;
    }
    Ok(())
}
