//! What damaged objects are to people, and what is made anew of the uploads.

use super::examination::Examination;
use super::named::{Named, Part, UserMedia, VideoMedia};
use super::report::{Finding, FindingKind, Outcome};
use crate::error::Error;
use crate::id::VideoId;
use crate::queue::{self, JobKind, JobState};
use crate::storage::{ObjectRow, ObjectState};
use crate::streams;

impl Part {
    /// Says what is missed without it.
    pub const fn loss(self, has_stream: bool) -> &'static str {
        match self {
            Self::Source if has_stream => "The video plays, but its upload cannot be downloaded or processed again",
            Self::Source => "The video cannot be played: its owner has to upload it again",
            Self::Shown => "The video cannot be played as one file",
            Self::Stream => "The video stops playing in some qualities, or in all",
            Self::Thumbnail => "The video has no thumbnail: its owner can choose or upload another",
            Self::Previews => "Previews, captions or proposed thumbnails are missing",
            Self::Avatar => "The channel has no avatar: its owner can upload another",
            Self::Cover => "The channel has no cover: its owner can upload another",
        }
    }

    /// Returns what makes it anew of the upload.
    const fn remedy(self) -> Option<JobKind> {
        match self {
            Self::Stream | Self::Shown => Some(JobKind::Watchable),
            Self::Previews => Some(JobKind::Previews),
            Self::Source | Self::Thumbnail | Self::Avatar | Self::Cover => None,
        }
    }
}

/// Reports an object that is damaged, and has it made anew if that can be.
pub async fn report_damage(
    examination: &mut Examination<'_>,
    row: &ObjectRow,
    kind: FindingKind,
    detail: &str,
) -> Result<(), Error> {
    let db = &examination.app.db;
    let mut named: Option<Named> = None;
    let mut has_stream = false;
    if let Some(video) = row.video_id
        && let Some(video) = VideoMedia::find(db, video).await?
    {
        has_stream = video.has_stream();
        named = video.named()?.into_iter().find(|named| named.name == row.name);
    } else if let Some(user) = row.user_id
        && let Some(user) = UserMedia::find(db, user).await?
    {
        named = user.named().into_iter().find(|named| named.name == row.name);
    }
    let Some(named) = named else {
        // What nothing refers to is a finding of its own.
        return Ok(());
    };
    let loss = named.part.loss(has_stream);
    let outcome = make_anew(examination, row.video_id, named.part).await?;
    let finding = Finding::new(kind, &row.name, format!("{detail}. {loss}"), outcome);
    examination.found(finding.of(row.video_id, row.user_id));
    Ok(())
}

/// Has a part of a video made anew.
pub async fn make_anew(examination: &Examination<'_>, video: Option<VideoId>, part: Part) -> Result<Outcome, Error> {
    match (video, part.remedy()) {
        (Some(video), Some(kind)) => process_again(examination, video, kind).await,
        _ => Ok(Outcome::Unrepairable),
    }
}

/// Queues a job again, if its upload is whole.
pub async fn process_again(examination: &Examination<'_>, id: VideoId, kind: JobKind) -> Result<Outcome, Error> {
    let app = examination.app;
    let Some(video) = VideoMedia::find(&app.db, id).await? else { return Ok(Outcome::Repaired) };
    if !is_whole(examination, video.source()).await? {
        return Ok(Outcome::Unrepairable);
    }
    let mut tx = app.db.begin().await?;
    if !streams::lock(&mut tx, id).await? {
        return Ok(Outcome::Repaired);
    }
    let jobs = queue::of_video(&mut tx, id).await?;
    if jobs.iter().any(|job| matches!(job.state, JobState::Queued | JobState::Running)) {
        return Ok(Outcome::Underway);
    }
    if !examination.options.repair {
        return Ok(Outcome::Repairable);
    }
    queue::enqueue(&mut tx, &app.queue, &app.clock, kind, id, video.owner_id).await?;
    if kind.is_vital() {
        streams::mark_processing(&mut tx, id, app.clock.now_ms()).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Underway)
}

/// Says whether an object is there, as far as anybody has looked.
async fn is_whole(examination: &Examination<'_>, name: &str) -> Result<bool, Error> {
    if examination.damaged.contains(name) {
        return Ok(false);
    }
    let storage = &examination.app.storage;
    let Some(row) = storage.row(name).await?.filter(|row| row.state == ObjectState::Live && storage.is_here(row))
    else {
        return Ok(false);
    };
    let Some(key) = storage.key_of(&row) else { return Ok(false) };
    let stored = storage.objects.length(&key).await?;
    Ok(stored.and_then(|bytes| i64::try_from(bytes).ok()) == Some(row.bytes))
}
