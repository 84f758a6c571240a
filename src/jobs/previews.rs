//! Thumbnail candidates, the storyboard, the loudness, and the captions that are in the upload.

use super::context::{JobContext, retryable};
use super::error::JobError;
use crate::db::Tx;
use crate::images::Use;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::streams::Previews;
use crate::{db, streams};
use chaitube_media::{
    Caption, Container, Rendition, Storyboard, VideoLimits, candidates, captions, loudness, probe, storyboard,
};

const NICENESS: i32 = 15;

pub struct PreviewsOutput {
    pub previews: Previews,
    pub objects: Vec<PendingObject>,
}

pub async fn run(context: &JobContext) -> Result<PreviewsOutput, JobError> {
    let (app, tools) = (&context.app, &context.tools);
    let mut objects = Vec::new();
    for candidate in candidates(tools, context.source_path(), &context.source, context.scratch.path()).await? {
        objects.push(app.images.put(Use::Thumbnail, candidate).await?);
    }
    let candidates = objects.iter().map(|object| object.name().to_string()).collect();
    let mut storyboard = match context.stream.as_ref().and_then(|stream| stream.renditions.last()) {
        Some(rendition) => storyboard_of(context, rendition).await?,
        None => None,
    };
    for sprite in storyboard.iter_mut().flat_map(|board| &mut board.sprites) {
        let object = context.scratch.put(app, ObjectKind::Sprite, sprite, "image/jpeg", "jpg").await?;
        *sprite = object.name().to_string();
        objects.push(object);
    }
    // The storyboard was the first half.
    let length_s = context.source.duration_s;
    let mut on_progress = |done_s| context.progress.set(length_s + done_s, 2.0 * length_s);
    let mut hooks = context.hooks(&mut on_progress, NICENESS);
    let loudness = loudness(tools, context.source_path(), &context.source, &mut hooks).await?;
    context.hash_source().await?;
    let mut captions = captions_of(context).await;
    for caption in &mut captions {
        let object = context.scratch.put(app, ObjectKind::Caption, &caption.file, "text/vtt", "vtt").await?;
        caption.file = object.name().to_string();
        objects.push(object);
    }
    Ok(PreviewsOutput { previews: Previews { candidates, storyboard, loudness, captions }, objects })
}

/// Damaged subtitles are no reason to have no previews.
async fn captions_of(context: &JobContext) -> Vec<Caption> {
    let mut ignore = |_| {};
    let mut hooks = context.hooks(&mut ignore, NICENESS);
    let found =
        captions(&context.tools, context.source_path(), &context.source, context.scratch.path(), &mut hooks).await;
    found.unwrap_or_else(|error| {
        tracing::info!(%error, "the subtitles of an upload could not be extracted");
        Vec::new()
    })
}

/// Takes the rendition that decodes quickest.
async fn storyboard_of(context: &JobContext, rendition: &Rendition) -> Result<Option<Storyboard>, JobError> {
    let name: MediaName = rendition.track.file.parse()?;
    let input = context.scratch.link(&context.app, ObjectKind::Rendition, &name).await?;
    let info = probe(&context.tools, &input, Container::Mp4, &VideoLimits::none()).await.map_err(retryable)?;
    let gap_s_max = rendition.track.key_frame_gap_s();
    let mut on_progress = |done_s| context.progress.set(done_s, 2.0 * context.source.duration_s);
    let mut hooks = context.hooks(&mut on_progress, NICENESS);
    Ok(storyboard(&context.tools, &input, &info, gap_s_max, context.scratch.path(), &mut hooks).await?)
}

pub async fn commit(
    tx: &mut Tx,
    context: &JobContext,
    claim: &Claim,
    output: &PreviewsOutput,
) -> Result<(), db::Error> {
    streams::replace_previews(tx, &context.app.storage, claim.video, &output.previews).await
}
