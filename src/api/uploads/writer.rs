//! Writes to an upload's object.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::appender::Appender;
use super::store::{UploadRow, UploadState};
use super::{quota, store};
use crate::api::videos::{VIDEO_FILE, recognise};
use crate::app::App;
use crate::error::{Error, readable};
use crate::storage::{LockedObject, StorageOperation, write_error};
use chaitube_media::HEAD_BYTES;

/// The disk is asked for room for so many more bytes at a time.
const CHECKED_BYTES: u64 = 16 * 1024 * 1024;
/// A checkpoint is made after this time at the latest.
const CHECKPOINT_PERIOD: Duration = Duration::from_secs(10);
/// Less than this is not worth a checkpoint of its own before its request ends.
const CHECKPOINT_BYTES_MIN: u64 = 64 * 1024;

/// Appends to an upload.
pub struct Writer {
    app: App,
    upload: UploadRow,
    object: LockedObject,
    /// Its bytes beyond the row's `received` do not count yet.
    file: Appender,
    /// The last checkpoint, which is made while more bytes come.
    checkpoint: Option<JoinHandle<Result<Result<UploadRow, Error>, Error>>>,
    checkpoint_at: Instant,
    /// Bytes that count with the last checkpoint.
    checkpoint_to: u64,
    checked_at: u64,
    /// A write failed. What the object holds beyond the row's `received` is undefined then, and a second `fsync` would
    /// not report the error again.
    is_broken: bool,
    _running: Running,
}

/// Counts a request that brings bytes, until it is dropped.
struct Running(App);

impl Running {
    fn begin(app: &App) -> Self {
        app.numbers.uploads.running.raise();
        Self(app.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.numbers.uploads.running.lower();
    }
}

impl Writer {
    /// Continues an upload at its row's `received`. The row has to be read after `object` was locked.
    pub fn open(app: &App, upload: UploadRow, object: LockedObject) -> Result<Self, Error> {
        let received = upload.received();
        let growing = object.growing();
        if growing.stored_to() < received {
            return Err(Error::internal(format!("the object of upload {} is shorter than its row says", upload.id)));
        }
        let file = Appender::new(growing.file().clone(), growing.base(), received);
        Ok(Self {
            app: app.clone(),
            upload,
            object,
            file,
            checkpoint: None,
            checkpoint_at: Instant::now(),
            checkpoint_to: received,
            checked_at: received,
            is_broken: false,
            _running: Running::begin(app),
        })
    }

    /// Returns how many bytes may still be written.
    pub fn bytes_left(&self) -> u64 {
        self.upload.length().unwrap_or(self.app.config.video_limits.bytes_max).saturating_sub(self.file.end())
    }

    /// Appends bytes. Unless `is_checked`, none of them count before their checksum is verified, so no checkpoint is
    /// made.
    ///
    /// # Errors
    /// 413 when it exceeds the announced length, 503 when the disk is full, and as [`Writer::finish`].
    pub async fn write(&mut self, bytes: &[u8], is_checked: bool) -> Result<(), Error> {
        if bytes.len() as u64 > self.bytes_left() {
            let most = self.upload.length().unwrap_or(self.app.config.video_limits.bytes_max);
            return Err(Error::too_large(format!("The upload is larger than the limit of {}", readable(most))));
        }
        let appended = self.file.append(bytes).await;
        self.broken_by(self.app.storage.objects.counted(StorageOperation::Write, appended.map_err(write_error)))?;
        self.app.numbers.uploads.bytes.add(bytes.len() as u64);
        if self.checkpoint.as_ref().is_some_and(JoinHandle::is_finished) {
            self.end_checkpoint().await?;
        }
        if self.file.end() >= self.checked_at + CHECKED_BYTES {
            self.checked_at = self.file.end();
            self.end_checkpoint().await?;
            quota::check_disk_for(&self.app, self.upload.id, CHECKED_BYTES).await?;
            store::check_unchanged(&self.app.db, &self.upload).await?;
        }
        if !is_checked {
            return Ok(());
        }
        let new = self.file.end() - self.checkpoint_to;
        if let Some(to) = self.object.growing().due(self.checkpoint_to, self.file.end()) {
            self.begin_checkpoint(to, false).await?;
        } else if new >= CHECKPOINT_BYTES_MIN && self.checkpoint_at.elapsed() >= CHECKPOINT_PERIOD {
            self.checkpoint(false).await?;
        }
        Ok(())
    }

    /// Is cancelled when another process should go on.
    pub fn overtaken(&self) -> CancellationToken {
        self.object.overtaken()
    }

    /// Says whether bytes since the last checkpoint must not count.
    pub const fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn broken_by<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        self.is_broken |= result.is_err();
        result
    }

    /// Ends an upload whose first bytes are of no video, which would be refused at its end.
    async fn check_head(&self) -> Result<(), Error> {
        let head = self.object.growing().read_head().await?;
        if let Err(error) = recognise(&head, VIDEO_FILE) {
            store::end(&self.app, self.upload.id, UploadState::Cancelled, Some(&error.to_string())).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Begins to store what has been written and to make it count. Waits for the checkpoint before. A complete upload is
    /// at its `end`.
    async fn begin_checkpoint(&mut self, to: u64, is_end: bool) -> Result<(), Error> {
        self.end_checkpoint().await?;
        self.object.check_held()?;
        let flushed = self.file.flush().await;
        self.broken_by(self.app.storage.objects.counted(StorageOperation::Write, flushed.map_err(write_error)))?;
        let before = self.checkpoint_to;
        if before < HEAD_BYTES as u64 && to >= HEAD_BYTES as u64 {
            self.check_head().await?;
        }
        (self.checkpoint_at, self.checkpoint_to) = (Instant::now(), to);
        let is_end = is_end || (self.upload.resumable && self.upload.length() == Some(to));
        let (app, upload, object) = (self.app.clone(), self.upload.clone(), self.object.growing().clone());
        let made = async move {
            let saved = match object.save(to, is_end).await {
                Ok(saved) => saved,
                // That it has ended meanwhile is the better reason.
                Err(error) => return store::check_unchanged(&app.db, &upload).await.and(Err(error)),
            };
            let advanced = store::advance(&app, &upload, saved).await;
            if advanced.is_err() && is_end && store::is_ended(&app.db, upload.id).await? {
                object.forget().await?;
            }
            Ok(advanced)
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "it ends when the bytes are stored, and its request waits for it"
        )]
        let made = tokio::spawn(made);
        self.checkpoint = Some(made);
        Ok(())
    }

    async fn end_checkpoint(&mut self) -> Result<(), Error> {
        let Some(made) = self.checkpoint.take() else { return Ok(()) };
        let stored = made.await.map_err(Error::internal).flatten();
        self.upload = self.broken_by(stored)??;
        Ok(())
    }

    async fn checkpoint(&mut self, is_end: bool) -> Result<(), Error> {
        if is_end || self.file.end() > self.checkpoint_to {
            self.begin_checkpoint(self.file.end(), is_end).await?;
        }
        self.end_checkpoint().await
    }

    /// Makes a checkpoint and returns the upload's row.
    ///
    /// # Errors
    /// 400 when it is no video, 410 when the upload has ended meanwhile, 413 when its owner's quota is full, 503 when
    /// the disk is full.
    pub async fn finish(mut self) -> Result<UploadRow, Error> {
        let made = self.checkpoint(false).await;
        self.object.release().await;
        made.map(|()| self.upload)
    }

    /// Like [`Writer::finish`], for a form's upload, which is complete now however many bytes were announced.
    pub async fn finish_all(mut self) -> Result<UploadRow, Error> {
        let made = self.checkpoint(true).await;
        self.object.release().await;
        made?;
        store::finish(&self.app, &self.upload).await
    }
}
