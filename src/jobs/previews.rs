//! Thumbnail candidates, the storyboard, and the loudness.

use super::JobError;
use super::context::{JobContext, retryable};
use crate::db::Tx;
use crate::images::Use;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::streams::Previews;
use crate::{db, streams};
use chaitube_media::loudness::loudness;
use chaitube_media::pictures::candidates;
use chaitube_media::storyboard::{Storyboard, storyboard};
use chaitube_media::stream::Rung;
use chaitube_media::{Container, FilmLimits, probe};

const NICENESS: i32 = 15;

pub struct PreviewsOutput {
    pub previews: Previews,
    pub objects: Vec<PendingObject>,
}

pub async fn run(context: &JobContext) -> Result<PreviewsOutput, JobError> {
    let (app, tools) = (&context.app, &context.tools);
    let mut objects = Vec::new();
    for candidate in candidates(tools, &context.source_path, &context.source, context.scratch.path()).await? {
        objects.push(app.images.put(Use::Thumbnail, candidate.picture).await?);
    }
    let candidates = objects.iter().map(|object| object.name().to_string()).collect();
    let mut storyboard = match context.stream.as_ref().and_then(|stream| stream.rungs.last()) {
        Some(rung) => storyboard_of(context, rung).await?,
        None => None,
    };
    for sprite in storyboard.iter_mut().flat_map(|board| &mut board.sheets) {
        let object = context.scratch.put(app, ObjectKind::Sprite, sprite, "image/jpeg", "jpg").await?;
        *sprite = object.name().to_string();
        objects.push(object);
    }
    // The storyboard was the first half.
    let length_s = context.source.duration_s;
    let mut on_progress = |done_s| context.progress.set(length_s + done_s, 2.0 * length_s);
    let mut watch = context.watch(&mut on_progress, NICENESS);
    let loudness = loudness(tools, &context.source_path, &context.source, &mut watch).await?;
    Ok(PreviewsOutput { previews: Previews { candidates, storyboard, loudness }, objects })
}

/// Makes the storyboard from the rendition that decodes quickest.
async fn storyboard_of(context: &JobContext, rung: &Rung) -> Result<Option<Storyboard>, JobError> {
    let name: MediaName = rung.track.file.parse()?;
    let input = context.scratch.link(&context.app, ObjectKind::Rendition, &name).await?;
    let info = probe(&context.tools, &input, Container::Mp4, &FilmLimits::none()).await.map_err(retryable)?;
    let gap_s_max = rung.track.key_frames().iter().map(|frame| frame.ticks).max().map_or(0.0, |ticks| {
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        f64::from(ticks) / f64::from(rung.track.timescale.max(1))
    });
    let mut on_progress = |done_s| context.progress.set(done_s, 2.0 * context.source.duration_s);
    let mut watch = context.watch(&mut on_progress, NICENESS);
    Ok(storyboard(&context.tools, &input, &info, gap_s_max, context.scratch.path(), &mut watch).await?)
}

pub async fn commit(
    tx: &mut Tx,
    context: &JobContext,
    claim: &Claim,
    output: &PreviewsOutput,
) -> Result<(), db::Error> {
    streams::replace_previews(tx, &context.app.storage, claim.video, &output.previews).await
}
