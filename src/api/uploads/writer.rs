//! Writes to an upload's object.

use std::fs::{File, TryLockError};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, spawn_blocking};

use super::appender::Appender;
use super::store::{UploadRow, UploadState};
use super::{quota, store};
use crate::api::videos::{VIDEO_FILE, recognise};
use crate::app::App;
use crate::error::{Error, readable};
use crate::storage::locked;
use crate::storage::{ObjectKind, write_error};
use chaitube_media::HEAD_BYTES;

/// A checkpoint is made after so many bytes, and after this time. No more than twice as many bytes are not on the disk.
const CHECKPOINT_BYTES: u64 = 16 * 1024 * 1024;
const CHECKPOINT_PERIOD: Duration = Duration::from_secs(10);
/// Less than this is not worth a checkpoint of its own before its request ends.
const CHECKPOINT_BYTES_MIN: u64 = 64 * 1024;
/// How often a process tries to lock an object that another process writes to.
const LOCK_PERIOD: Duration = Duration::from_millis(100);
const LOCK_TRIES: usize = 50;

/// Appends to an upload.
pub struct Writer {
    app: App,
    upload: UploadRow,
    /// Its bytes beyond the row's `received` do not count yet.
    file: Appender,
    /// The last checkpoint, which is made while more bytes come.
    checkpoint: Option<JoinHandle<std::io::Result<Result<UploadRow, Error>>>>,
    checkpoint_at: Instant,
    /// Bytes that count with the last checkpoint.
    checkpoint_to: u64,
    checked_at: u64,
    /// A write failed. What the object holds beyond the row's `received` is undefined then, and a second `fsync` would
    /// not report the error again.
    is_broken: bool,
}

impl Writer {
    /// Continues an upload at its row's `received`. The row has to be read after `object` was locked.
    pub fn open(app: &App, upload: UploadRow, object: LockedObject) -> Result<Self, Error> {
        let LockedObject(file) = object;
        let received = upload.received();
        if file.metadata()?.len() < received {
            return Err(Error::internal(format!("the object of upload {} is shorter than its row says", upload.id)));
        }
        Ok(Self {
            app: app.clone(),
            upload,
            file: Appender::new(file, received),
            checkpoint: None,
            checkpoint_at: Instant::now(),
            checkpoint_to: received,
            checked_at: received,
            is_broken: false,
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
        self.broken_by(appended)?;
        if self.checkpoint.as_ref().is_some_and(JoinHandle::is_finished) {
            self.end_checkpoint().await?;
        }
        if self.file.end() >= self.checked_at + CHECKPOINT_BYTES {
            self.checked_at = self.file.end();
            self.end_checkpoint().await?;
            quota::check_disk_for(&self.app, self.upload.id, CHECKPOINT_BYTES).await?;
            store::check_unchanged(&self.app.db, &self.upload).await?;
        }
        let new = self.file.end() - self.checkpoint_to;
        if is_checked && new >= CHECKPOINT_BYTES {
            self.begin_checkpoint().await?;
        } else if is_checked && new >= CHECKPOINT_BYTES_MIN && self.checkpoint_at.elapsed() >= CHECKPOINT_PERIOD {
            self.checkpoint().await?;
        }
        Ok(())
    }

    /// Says whether bytes since the last checkpoint must not count.
    pub const fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn broken_by(&mut self, result: std::io::Result<()>) -> Result<(), Error> {
        self.is_broken |= result.is_err();
        result.map_err(write_error)
    }

    /// Ends an upload whose first bytes are of no video, which would be refused at its end.
    async fn check_head(&self) -> Result<(), Error> {
        let file = Arc::clone(self.file.file());
        let read = spawn_blocking(move || {
            let mut head = vec![0; HEAD_BYTES];
            file.read_exact_at(&mut head, 0).map(|()| head)
        });
        let head = read.await.map_err(Error::internal)??;
        if let Err(error) = recognise(&head, VIDEO_FILE) {
            store::end(&self.app, self.upload.id, UploadState::Cancelled, Some(&error.to_string())).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Begins to sync what has been written to the disk and to make it count. Waits for the checkpoint before.
    async fn begin_checkpoint(&mut self) -> Result<(), Error> {
        self.end_checkpoint().await?;
        let flushed = self.file.flush().await;
        self.broken_by(flushed)?;
        let (before, to) = (self.checkpoint_to, self.file.end());
        if before < HEAD_BYTES as u64 && to >= HEAD_BYTES as u64 {
            self.check_head().await?;
        }
        (self.checkpoint_at, self.checkpoint_to) = (Instant::now(), to);
        let (app, upload, file) = (self.app.clone(), self.upload.clone(), Arc::clone(self.file.file()));
        let made = async move {
            spawn_blocking(move || file.sync_data()).await??;
            Ok(store::advance(&app, &upload, to).await)
        };
        #[expect(clippy::disallowed_methods, reason = "it ends with its fsync, and its request waits for it")]
        let made = tokio::spawn(made);
        self.checkpoint = Some(made);
        Ok(())
    }

    async fn end_checkpoint(&mut self) -> Result<(), Error> {
        let Some(made) = self.checkpoint.take() else { return Ok(()) };
        let advanced = match made.await.map_err(std::io::Error::from) {
            Ok(Ok(advanced)) => advanced,
            Ok(Err(error)) | Err(error) => return self.broken_by(Err(error)),
        };
        self.upload = advanced?;
        Ok(())
    }

    async fn checkpoint(&mut self) -> Result<(), Error> {
        if self.file.end() > self.checkpoint_to {
            self.begin_checkpoint().await?;
        }
        self.end_checkpoint().await
    }

    /// Makes a checkpoint and returns the upload's row.
    ///
    /// # Errors
    /// 400 when it is no video, 410 when the upload has ended meanwhile, 413 when its owner's quota is full, 503 when
    /// the disk is full.
    pub async fn finish(mut self) -> Result<UploadRow, Error> {
        self.checkpoint().await?;
        Ok(self.upload)
    }

    /// Like [`Writer::finish`], for a form's upload, which is complete now however many bytes were announced.
    pub async fn finish_all(mut self) -> Result<UploadRow, Error> {
        self.checkpoint().await?;
        store::finish(&self.app, &self.upload).await
    }
}

/// An upload's object that no other process writes to.
pub struct LockedObject(File);

/// Opens an upload's object and keeps other processes from writing to it. `None` when it is gone.
///
/// # Errors
/// 423 when another process does not let go of it in time.
pub async fn lock_object(app: &App, upload: &UploadRow) -> Result<Option<LockedObject>, Error> {
    let path = upload.object()?.path(ObjectKind::Video);
    let file = match app.storage.objects.open_to_write(&path).await {
        Err(Error::NotFound(_)) => return Ok(None),
        file => file?.into_std().await,
    };
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(LockedObject(file))),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PERIOD).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(locked())
}
