//! The context of a running job: the probed source of its video and a scratch folder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::error::JobError;
use super::scratch::Scratch;
use crate::app::App;
use crate::queue::Claim;
use crate::storage::{LocalCopy, MediaName, ObjectKind, PendingObject};
use crate::streams;
use chaitube_media::{
    Container, MediaError, MediaInfo, ProgressHooks, Stream, Timeline, Tools, VideoLimits, probe, read_timeline, remux,
};

const SCRATCH_BYTES_MIN: u64 = 64 << 20;

/// In percent, shared with the task that renews the job's lease.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicI64>);

impl Progress {
    pub fn percent(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Stays below 100, because the output has yet to be stored.
    #[expect(clippy::cast_possible_truncation, reason = "casts from floats saturate, and the result is bounded")]
    pub fn set(&self, done_s: f64, all_s: f64) {
        let percent = (done_s / all_s.max(0.001) * 100.0) as i64;
        self.0.store(percent.clamp(0, 99), Ordering::Relaxed);
    }
}

pub struct JobContext {
    pub app: App,
    pub tools: Tools,
    pub scratch: Scratch,
    pub progress: Progress,
    source_name: MediaName,
    source_file: LocalCopy,
    pub source: MediaInfo,
    pub stream: Option<Stream>,
    /// An earlier job has made a file that is shown in place of the upload.
    pub has_replacement: bool,
    scratch_bytes_max: u64,
}

impl JobContext {
    /// Fails with [`JobError::Lost`] when the video is gone.
    pub async fn open(app: &App, claim: &Claim, progress: Progress) -> Result<Self, JobError> {
        let tools = app.tools.clone().ok_or_else(MediaError::missing_tools)?;
        let input = streams::job_input(&app.db, claim.video).await?.ok_or(JobError::Lost)?;
        let name: MediaName = input.source.parse()?;
        let source_file = app.storage.objects.local_copy(&name.path(ObjectKind::Video)).await?;
        let scratch_bytes_max = scratch_bytes_max(app)?;
        let scratch = Scratch::open(app, claim)?;
        let source = match input.media_info() {
            Some(info) => info,
            None => probe_source(&tools, source_file.path()).await?,
        };
        Ok(Self {
            app: app.clone(),
            tools,
            scratch,
            progress,
            source_name: name,
            source_file,
            source,
            stream: input.stream()?,
            has_replacement: input.has_replacement,
            scratch_bytes_max,
        })
    }

    pub fn source_path(&self) -> &Path {
        self.source_file.path()
    }

    /// Keeps the hash of the source, which no request has read as a whole.
    pub async fn hash_source(&self) -> Result<(), JobError> {
        Ok(self.app.storage.hash_once(&self.source_name, self.source_path()).await?)
    }

    pub async fn timeline(&self) -> Result<Option<Timeline>, JobError> {
        let stall_timeout = self.app.setup.stall_timeout;
        read_timeline(&self.tools, self.source_path(), &self.source, stall_timeout).await.map_err(retryable)
    }

    pub fn hooks<'w>(&self, on_progress: &'w mut (dyn FnMut(f64) + Send), niceness: i32) -> ProgressHooks<'w> {
        let mut hooks = ProgressHooks::new(on_progress);
        hooks.stall_timeout = self.app.setup.stall_timeout;
        hooks.scratch_bytes_max = self.scratch_bytes_max;
        hooks.niceness = niceness;
        hooks
    }

    /// Stores a stream, whose files are in the scratch folder, as one file for plain players.
    pub async fn store_video_file(&self, stream: &Stream, niceness: i32) -> Result<PendingObject, JobError> {
        // Remuxing copies; that is too quick for progress.
        let mut ignore = |_| {};
        let file = remux(&self.tools, stream, self.scratch.path(), &mut self.hooks(&mut ignore, niceness)).await?;
        self.scratch.put(&self.app, ObjectKind::Video, file, Container::Mp4.mime(), Container::Mp4.extension()).await
    }

    /// Stores the files that are not stored yet, and renames the tracks to the stored names.
    pub async fn store_tracks(&self, stream: &mut Stream) -> Result<Vec<PendingObject>, JobError> {
        let mut objects = Vec::new();
        let video = stream.renditions.iter_mut().map(|rendition| (&mut rendition.track, "video/mp4"));
        let audio = stream.audio.iter_mut().map(|audio| (&mut audio.track, "audio/mp4"));
        for (track, mime) in video.chain(audio) {
            if track.file.parse::<MediaName>().is_ok() {
                continue;
            }
            let object = self.scratch.put(&self.app, ObjectKind::Rendition, &track.file, mime, "mp4").await?;
            track.file = object.name().to_string();
            objects.push(object);
        }
        Ok(objects)
    }
}

/// For a source that was uploaded where there was no ffmpeg, or to an older version.
async fn probe_source(tools: &Tools, path: &Path) -> Result<MediaInfo, JobError> {
    let container = Container::of_file(path).await?;
    probe(tools, path, container, &VideoLimits::none()).await.map_err(retryable)
}

/// Retries a refusal: the media was accepted or made before.
pub fn retryable(error: MediaError) -> JobError {
    match error {
        MediaError::Refused(reason) => JobError::Retry(reason),
        other => other.into(),
    }
}

fn scratch_bytes_max(app: &App) -> Result<u64, JobError> {
    let free = app.storage.objects.work_folder().free_bytes()?.saturating_sub(app.config.free_bytes_min);
    let share = free / u64::from(app.config.workers.max(1));
    if share < SCRATCH_BYTES_MIN {
        return Err(JobError::Retry("The server has too little free space to process this video.".to_owned()));
    }
    Ok(share.min(app.setup.scratch_bytes_max))
}
