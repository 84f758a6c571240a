//! What every kind of work begins with: the video's film, looked at, and a folder to work in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::JobError;
use super::scratch::Scratch;
use crate::app::App;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject};
use crate::streams;
use chaitube_media::{
    Container, MediaError, MediaInfo, ProgressHooks, Stream, Timeline, Tools, VideoLimits, probe, read_timeline, remux,
};

/// With less room than this nothing is begun.
const ROOM_BYTES_MIN: u64 = 64 << 20;

/// How far a job is, in percent; shared with whoever renews its lease.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicI64>);

impl Progress {
    #[must_use]
    pub fn percent(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// So many seconds of so many are done; never tells that all is done, for storing is still to come.
    #[expect(clippy::cast_possible_truncation, reason = "casts from floats saturate, and the result is bounded")]
    pub fn set(&self, done_s: f64, all_s: f64) {
        let percent = (done_s / all_s.max(0.001) * 100.0) as i64;
        self.0.store(percent.clamp(0, 99), Ordering::Relaxed);
    }
}

/// A job at work.
pub struct Work {
    pub app: App,
    pub tools: Tools,
    pub scratch: Scratch,
    pub progress: Progress,
    pub input: PathBuf,
    pub info: MediaInfo,
    /// What an earlier job has made.
    pub stream: Option<Stream>,
    /// Whether one has made a film that is shown in place of the upload, too.
    pub has_made_film: bool,
    room_bytes: u64,
}

impl Work {
    /// Opens the film of a claimed job.
    ///
    /// # Errors
    /// [`JobError::Lost`] when the video is gone, else why it cannot be worked on.
    pub async fn open(app: &App, claim: &Claim, progress: Progress) -> Result<Self, JobError> {
        let tools = app.tools.clone().ok_or_else(MediaError::missing_tools)?;
        let material = streams::material(&app.db, claim.video).await?.ok_or(JobError::Lost)?;
        let name: MediaName = material.film.parse()?;
        let input = app.storage.objects.local_path(&name.path(ObjectKind::Video))?;
        let room_bytes = room(app)?;
        let scratch = Scratch::open(app, claim)?;
        let info = match material.media_info() {
            Some(info) => info,
            None => look(&tools, &input).await?,
        };
        let (stream, has_made_film) = (material.stream()?, material.has_made_film);
        Ok(Self { app: app.clone(), tools, scratch, progress, input, info, stream, has_made_film, room_bytes })
    }

    /// Where the film's key frames lie.
    ///
    /// # Errors
    /// [`JobError::Retry`] when they cannot be listed.
    pub async fn timeline(&self) -> Result<Option<Timeline>, JobError> {
        read_timeline(&self.tools, &self.input, &self.info, self.app.setup.stall_timeout).await.map_err(passing)
    }

    /// The progress callback and limits of a run of ffmpeg.
    pub fn hooks<'w>(&self, on_progress: &'w mut (dyn FnMut(f64) + Send), niceness: i32) -> ProgressHooks<'w> {
        let mut hooks = ProgressHooks::new(on_progress);
        hooks.stall_timeout = self.app.setup.stall_timeout;
        hooks.scratch_bytes_max = self.room_bytes;
        hooks.niceness = niceness;
        hooks
    }

    /// Makes the one file for plain players, out of a stream whose files are in the scratch folder, and stores it.
    ///
    /// # Errors
    /// When ffmpeg, the database or the file system refuses.
    pub async fn store_film(&self, stream: &Stream, niceness: i32) -> Result<PendingObject, JobError> {
        // It takes as long as copying does, which is next to nothing beside what was before.
        let mut tell = |_| {};
        let file = remux(&self.tools, stream, self.scratch.path(), &mut self.hooks(&mut tell, niceness)).await?;
        self.scratch.put(&self.app, ObjectKind::Video, file, Container::Mp4.mime(), Container::Mp4.extension()).await
    }

    /// Takes the files of a stream into the store and calls them by their names there. Those that are there already
    /// stay as they are.
    ///
    /// # Errors
    /// When the database or the file system refuses.
    pub async fn store_tracks(&self, stream: &mut Stream) -> Result<Vec<PendingObject>, JobError> {
        let mut drafts = Vec::new();
        let videos = stream.renditions.iter_mut().map(|rendition| (&mut rendition.track, "video/mp4"));
        let audio = stream.audio.iter_mut().map(|audio| (&mut audio.track, "audio/mp4"));
        for (track, mime) in videos.chain(audio) {
            if track.file.parse::<MediaName>().is_ok() {
                continue;
            }
            let draft = self.scratch.put(&self.app, ObjectKind::Rendition, &track.file, mime, "mp4").await?;
            track.file = draft.name().to_string();
            drafts.push(draft);
        }
        Ok(drafts)
    }
}

/// Finds out what a film is that came in where there was no ffmpeg, or by way of an older version.
async fn look(tools: &Tools, input: &Path) -> Result<MediaInfo, JobError> {
    let container = Container::of_file(input).await?;
    probe(tools, input, container, &VideoLimits::none()).await.map_err(passing)
}

/// What was taken or made once can be read, so that it cannot be read now is not its own fault, as far as one can tell.
pub fn passing(error: MediaError) -> JobError {
    match error {
        MediaError::Refused(reason) => JobError::Retry(reason),
        other => other.into(),
    }
}

/// What one job may fill: its share of what is free beyond the reserve.
fn room(app: &App) -> Result<u64, JobError> {
    let free = app.storage.objects.free_bytes()?.saturating_sub(app.config.free_bytes_min);
    let room = free / u64::from(app.config.workers.max(1));
    if room < ROOM_BYTES_MIN {
        return Err(JobError::Retry("The server has too little free space to process this video.".to_owned()));
    }
    Ok(room.min(app.setup.scratch_bytes_max))
}
