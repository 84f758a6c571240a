//! The first playable stream: the film as it is where players can take it, else one middle size.

use super::JobError;
use super::context::Work;
use crate::db::Tx;
use crate::queue::{Claim, JobKind, enqueue};
use crate::storage::{MediaName, PendingObject};
use crate::{db, streams};
use chaitube_media::{MediaError, Plan, Stream, plays_in_browsers, transcode, validate};

const NICENESS: i32 = 5;

/// What the job gives: a stream that plays, and where the upload does not play by itself, a film that does.
pub struct Made {
    pub stream: Stream,
    pub film: Option<MediaName>,
    pub drafts: Vec<PendingObject>,
}

pub async fn run(work: &Work) -> Result<Made, JobError> {
    let timeline = work.timeline().await?;
    let plan = Plan::new(&work.info, timeline.as_ref());
    let mut stream = match first(work, &plan).await {
        Err(MediaError::Refused(cause) | MediaError::Failed(cause)) if plan.first.copies() => {
            tracing::info!(%cause, "the source cannot be copied; encoding it");
            first(work, &Plan::without_copy(&work.info, timeline.as_ref())).await?
        }
        made => made?,
    };
    let film = if plays_in_browsers(&work.info) { None } else { Some(work.store_film(&stream, NICENESS).await?) };
    let name = film.as_ref().map(|film| film.name().clone());
    let mut drafts = work.store_tracks(&mut stream).await?;
    drafts.extend(film);
    Ok(Made { stream, film: name, drafts })
}

async fn first(work: &Work, plan: &Plan) -> Result<Stream, MediaError> {
    let mut tell = |done_s| work.progress.set(done_s, plan.duration_s);
    let mut hooks = work.hooks(&mut tell, NICENESS);
    let scratch = work.scratch.path();
    let stream =
        transcode(&work.tools, &work.input, &work.info, &plan.first, plan.duration_s, scratch, &mut hooks).await?;
    validate(&work.tools, &work.info, &stream, scratch, &[]).await?;
    Ok(stream)
}

/// Stores the stream, and queues the work that makes it better.
pub async fn keep(tx: &mut Tx, work: &Work, claim: &Claim, made: &Made) -> Result<(), db::Error> {
    let now = work.app.clock.now_ms();
    streams::replace(tx, claim.video, &made.stream, false, now).await?;
    if let Some(film) = &made.film {
        streams::replace_film(tx, claim.video, film, now).await?;
    }
    let app = &work.app;
    for kind in [JobKind::Ladder, JobKind::Previews] {
        enqueue(tx, &app.queue, &app.clock, kind, claim.video, claim.owner).await?;
    }
    Ok(())
}
