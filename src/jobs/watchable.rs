//! The first playable stream: the film as it is where players can take it, else one middle size.

use super::JobError;
use super::context::Work;
use crate::db::Tx;
use crate::queue::{Claim, JobKind, enqueue};
use crate::storage::{MediaName, PendingObject};
use crate::{db, streams};
use chaitube_media::MediaError;
use chaitube_media::ladder::make;
use chaitube_media::plan::{Plan, Way, Wishes};
use chaitube_media::remux::plays_as_it_is;
use chaitube_media::stream::Stream;
use chaitube_media::validate::validate;

const NICENESS: i32 = 5;

/// What the job gives: a stream that plays, and where the upload does not play by itself, a film that does.
pub struct Made {
    pub stream: Stream,
    pub film: Option<MediaName>,
    pub drafts: Vec<PendingObject>,
}

pub async fn run(work: &Work) -> Result<Made, JobError> {
    let timeline = work.timeline().await?;
    let wishes = Wishes::default();
    let plan = Plan::new(&work.film, timeline.as_ref(), &wishes);
    let copies = plan.first.rungs.iter().any(|rung| rung.way == Way::Copy);
    let mut stream = match first(work, &plan).await {
        Err(MediaError::Refused(cause) | MediaError::Failed(cause)) if copies => {
            tracing::info!(%cause, "the source cannot be copied; encoding it");
            first(work, &Plan::without_copy(&work.film, timeline.as_ref(), &wishes)).await?
        }
        made => made?,
    };
    let film = if plays_as_it_is(&work.film) { None } else { Some(work.store_film(&stream, NICENESS).await?) };
    let name = film.as_ref().map(|film| film.name().clone());
    let mut drafts = work.store_tracks(&mut stream).await?;
    drafts.extend(film);
    Ok(Made { stream, film: name, drafts })
}

async fn first(work: &Work, plan: &Plan) -> Result<Stream, MediaError> {
    let mut tell = |done_s| work.progress.set(done_s, plan.duration_s);
    let mut watch = work.watch(&mut tell, NICENESS);
    let scratch = work.scratch.path();
    let stream = make(&work.tools, &work.input, &work.film, &plan.first, plan.duration_s, scratch, &mut watch).await?;
    validate(&work.tools, &work.film, &stream, scratch, &[]).await?;
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
