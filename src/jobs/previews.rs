//! Pictures to choose a thumbnail from, pictures to seek by, and how loud the film is.

use super::JobError;
use super::context::{Work, passing};
use crate::db::Tx;
use crate::images::Use;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::streams::Previews;
use crate::{db, images, streams};
use chaitube_media::{Container, Rendition, Storyboard, VideoLimits, candidates, loudness, probe, storyboard};

const NICENESS: i32 = 15;

/// What the job gives.
pub struct Made {
    pub previews: Previews,
    pub drafts: Vec<PendingObject>,
}

pub async fn run(work: &Work) -> Result<Made, JobError> {
    let (app, tools) = (&work.app, &work.tools);
    let mut drafts = Vec::new();
    for candidate in candidates(tools, &work.input, &work.info, work.scratch.path()).await? {
        drafts.push(images::put(app, Use::Thumbnail, candidate).await?);
    }
    let candidates = drafts.iter().map(|draft| draft.name().to_string()).collect();
    let mut board = match work.stream.as_ref().and_then(|stream| stream.renditions.last()) {
        Some(rendition) => sprites(work, rendition).await?,
        None => None,
    };
    for sprite in board.iter_mut().flat_map(|board| &mut board.sprites) {
        let draft = work.scratch.put(app, ObjectKind::Sprite, sprite, "image/jpeg", "jpg").await?;
        *sprite = draft.name().to_string();
        drafts.push(draft);
    }
    // The sprites were the first half of the work.
    let length_s = work.info.duration_s;
    let mut tell = |done_s| work.progress.set(length_s + done_s, 2.0 * length_s);
    let mut hooks = work.hooks(&mut tell, NICENESS);
    let loudness = loudness(tools, &work.input, &work.info, &mut hooks).await?;
    Ok(Made { previews: Previews { candidates, storyboard: board, loudness }, drafts })
}

/// Makes the sprites of the seek preview from the rendition that is decoded fastest.
async fn sprites(work: &Work, rendition: &Rendition) -> Result<Option<Storyboard>, JobError> {
    let name: MediaName = rendition.track.file.parse()?;
    let input = work.scratch.bring(&work.app, ObjectKind::Rendition, &name).await?;
    let info = probe(&work.tools, &input, Container::Mp4, &VideoLimits::none()).await.map_err(passing)?;
    let gap_s_max = rendition.track.key_frame_gap_s();
    let mut tell = |done_s| work.progress.set(done_s, 2.0 * work.info.duration_s);
    let mut hooks = work.hooks(&mut tell, NICENESS);
    Ok(storyboard(&work.tools, &input, &info, gap_s_max, work.scratch.path(), &mut hooks).await?)
}

pub async fn keep(tx: &mut Tx, work: &Work, claim: &Claim, made: &Made) -> Result<(), db::Error> {
    streams::replace_previews(tx, &work.app.storage, claim.video, &made.previews).await
}
