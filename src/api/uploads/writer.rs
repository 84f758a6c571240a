//! Writes to an upload's object.

use std::fs::TryLockError;
use std::io::SeekFrom;
use std::time::{Duration, Instant};

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};

use super::store::{UploadRow, UploadState};
use super::{quota, store};
use crate::api::videos::{VIDEO_FILE, recognise};
use crate::app::App;
use crate::error::{Error, readable};
use crate::storage::locked;
use crate::storage::{ObjectKind, write_error};
use chaitube_media::HEAD_BYTES;

/// A checkpoint is made after so many bytes, and after this time.
const CHECKPOINT_BYTES: u64 = 16 * 1024 * 1024;
const CHECKPOINT_PERIOD: Duration = Duration::from_secs(10);
/// Less than this is not worth a checkpoint of its own before its request ends.
const CHECKPOINT_BYTES_MIN: u64 = 64 * 1024;
/// Bytes that are buffered before a write. There may be hundreds of uploads at a time.
const BUFFER_BYTES: usize = 256 * 1024;
/// How often a process tries to lock an object that another process writes to.
const LOCK_PERIOD: Duration = Duration::from_millis(100);
const LOCK_TRIES: usize = 50;

/// Appends to an upload.
pub struct Writer {
    app: App,
    upload: UploadRow,
    file: BufWriter<File>,
    /// Bytes written to the object. Those beyond the row's `received` do not count yet.
    written: u64,
    checkpoint_at: Instant,
    checked_at: u64,
    /// A write failed. What the object holds beyond the row's `received` is undefined then, and a second `fsync` would
    /// not report the error again.
    is_broken: bool,
}

impl Writer {
    /// Continues an upload at its row's `received`. The row has to be read after `object` was locked.
    pub async fn open(app: &App, upload: UploadRow, object: LockedObject) -> Result<Self, Error> {
        let LockedObject(mut file) = object;
        file.set_max_buf_size(BUFFER_BYTES);
        let written = upload.received();
        if file.metadata().await?.len() < written {
            return Err(Error::internal(format!("the object of upload {} is shorter than its row says", upload.id)));
        }
        file.seek(SeekFrom::Start(written)).await?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let (checkpoint_at, checked_at) = (Instant::now(), written);
        Ok(Self { app: app.clone(), upload, file, written, checkpoint_at, checked_at, is_broken: false })
    }

    /// Returns how many bytes may still be written.
    pub fn bytes_left(&self) -> u64 {
        self.upload.length().unwrap_or(self.app.config.video_limits.bytes_max).saturating_sub(self.written)
    }

    /// Appends bytes. Unless `is_checked`, none of them count before their checksum is verified, so no checkpoint is
    /// made.
    ///
    /// # Errors
    /// 413 when it exceeds the announced length, 503 when the disk is full, and as [`Writer::checkpoint`].
    pub async fn write(&mut self, bytes: &[u8], is_checked: bool) -> Result<(), Error> {
        if bytes.len() as u64 > self.bytes_left() {
            let most = self.upload.length().unwrap_or(self.app.config.video_limits.bytes_max);
            return Err(Error::too_large(format!("The upload is larger than the limit of {}", readable(most))));
        }
        let written = self.file.write_all(bytes).await;
        self.broken_by(written)?;
        self.written += bytes.len() as u64;
        let new = self.written - self.upload.received();
        let is_due = new >= CHECKPOINT_BYTES
            || (new >= CHECKPOINT_BYTES_MIN && self.checkpoint_at.elapsed() >= CHECKPOINT_PERIOD);
        if is_checked && is_due {
            self.checkpoint().await?;
        }
        if self.written >= self.checked_at + CHECKPOINT_BYTES {
            self.checked_at = self.written;
            quota::check_disk_for(&self.app, self.upload.id, CHECKPOINT_BYTES).await?;
            store::check_unchanged(&self.app.db, &self.upload).await?;
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
    async fn check_head(&mut self) -> Result<(), Error> {
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0)).await?;
        let mut head = vec![0; HEAD_BYTES];
        file.read_exact(&mut head).await?;
        file.seek(SeekFrom::Start(self.written)).await?;
        if let Err(error) = recognise(&head, VIDEO_FILE) {
            store::end(&self.app, self.upload.id, UploadState::Cancelled, Some(&error.to_string())).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Syncs what has been written to the disk and makes it count.
    ///
    /// # Errors
    /// 400 when it is no video, 410 when the upload has ended meanwhile, 413 when its owner's quota is full, 503 when
    /// the disk is full.
    pub async fn checkpoint(&mut self) -> Result<(), Error> {
        self.checkpoint_at = Instant::now();
        let before = self.upload.received();
        if self.written == before {
            return Ok(());
        }
        let flushed = self.file.flush().await;
        self.broken_by(flushed)?;
        if before < HEAD_BYTES as u64 && self.written >= HEAD_BYTES as u64 {
            self.check_head().await?;
        }
        let synced = self.file.get_ref().sync_data().await;
        self.broken_by(synced)?;
        self.upload = store::advance(&self.app, &self.upload, self.written).await?;
        Ok(())
    }

    /// Makes a checkpoint and returns the upload's row.
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
            Ok(()) => return Ok(Some(LockedObject(File::from_std(file)))),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PERIOD).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(locked())
}
