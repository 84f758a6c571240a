//! Pictures to choose a thumbnail from, pictures to seek by, and how loud the film is.

use super::JobError;
use super::context::{Work, passing};
use crate::db::Tx;
use crate::images::Use;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::streams::Previews;
use crate::{db, images, streams};
use chaitube_media::loudness::loudness;
use chaitube_media::pictures::candidates;
use chaitube_media::storyboard::{Storyboard, storyboard};
use chaitube_media::stream::Rung;
use chaitube_media::{Container, FilmLimits, probe};

const NICENESS: i32 = 15;

/// What the job gives.
pub struct Made {
    pub previews: Previews,
    pub drafts: Vec<PendingObject>,
}

pub async fn run(work: &Work) -> Result<Made, JobError> {
    let (app, tools) = (&work.app, &work.tools);
    let mut drafts = Vec::new();
    for candidate in candidates(tools, &work.input, &work.film, work.scratch.path()).await? {
        drafts.push(images::put(app, Use::Thumbnail, candidate.picture).await?);
    }
    let candidates = drafts.iter().map(|draft| draft.name().to_string()).collect();
    let mut board = match work.stream.as_ref().and_then(|stream| stream.rungs.last()) {
        Some(rung) => sheets(work, rung).await?,
        None => None,
    };
    for sheet in board.iter_mut().flat_map(|board| &mut board.sheets) {
        let draft = work.scratch.put(app, ObjectKind::Sprite, sheet, "image/jpeg", "jpg").await?;
        *sheet = draft.name().to_string();
        drafts.push(draft);
    }
    // The sheets were the first half of the way.
    let length_s = work.film.duration_s;
    let mut tell = |done_s| work.progress.set(length_s + done_s, 2.0 * length_s);
    let mut watch = work.watch(&mut tell, NICENESS);
    let loudness = loudness(tools, &work.input, &work.film, &mut watch).await?;
    Ok(Made { previews: Previews { candidates, storyboard: board, loudness }, drafts })
}

/// The sheets of the seek preview, from the rung that is decoded quickest.
async fn sheets(work: &Work, rung: &Rung) -> Result<Option<Storyboard>, JobError> {
    let name: MediaName = rung.track.file.parse()?;
    let input = work.scratch.bring(&work.app, ObjectKind::Rendition, &name).await?;
    let film = probe(&work.tools, &input, Container::Mp4, &FilmLimits::none()).await.map_err(passing)?;
    let gap_s_max = rung.track.key_frames().iter().map(|frame| frame.ticks).max().map_or(0.0, |ticks| {
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        f64::from(ticks) / f64::from(rung.track.timescale.max(1))
    });
    let mut tell = |done_s| work.progress.set(done_s, 2.0 * work.film.duration_s);
    let mut watch = work.watch(&mut tell, NICENESS);
    Ok(storyboard(&work.tools, &input, &film, gap_s_max, work.scratch.path(), &mut watch).await?)
}

pub async fn keep(tx: &mut Tx, work: &Work, claim: &Claim, made: &Made) -> Result<(), db::Error> {
    streams::replace_previews(tx, &work.app.storage, claim.video, &made.previews).await
}
