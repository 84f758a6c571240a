//! Receives bytes: a chunk of a resumable upload, or a whole video in a form.

use std::pin::pin;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;

use super::quota::VIDEO_LIMIT;
use super::store;
use super::store::{CompleteUpload, UploadRow, UploadState};
use super::tus::Checksum;
use super::writer::Writer;
use crate::app::App;
use crate::error::Error;
use crate::http::time_limit::{Pace, TooSlow};
use crate::http::viewer::Viewer;
use crate::id::UserId;
use crate::storage::{PendingObject, UploadLock, locked};

/// Appends a chunk at `offset`, and returns the upload as it is then. What arrives before a connection is lost counts,
/// unless the chunk has a checksum. `upload` may be out of date: it is read again under the locks.
///
/// # Errors
/// 404 and 410 when there is no such upload, 409 when `offset` does not match, 423 when somebody else writes to it, 413
/// when the chunk is too long, 400 when it is no video or the connection breaks, 460 when the checksum does not match.
pub async fn append_chunk(
    app: &App,
    viewer: Viewer,
    upload: UploadRow,
    offset: u64,
    body: Body,
    checksum: Option<Checksum>,
) -> Result<UploadRow, Error> {
    let app = app.clone();
    // In a task of its own, so that a checkpoint is made even when the request is dropped with its connection.
    let received = async move { receive(&app, viewer, upload, offset, body.into_data_stream(), checksum).await };
    #[expect(clippy::disallowed_methods, reason = "it ends with its body, and a server that stops ends every lock")]
    tokio::spawn(received).await.map_err(Error::internal)?
}

async fn receive(
    app: &App,
    viewer: Viewer,
    upload: UploadRow,
    offset: u64,
    mut body: BodyDataStream,
    mut checksum: Option<Checksum>,
) -> Result<UploadRow, Error> {
    let lock = app.uploads.acquire(upload.id).await?;
    let object =
        if upload.state == UploadState::Uploading { app.storage.lock_object(&upload.object()?).await? } else { None };
    let upload = store::find(&app.db, viewer.id, upload.id).await?;
    upload.check_alive()?;
    if upload.received() != offset {
        return Err(Error::conflict(format!("Offset mismatch: expected {}, got {offset}", upload.received)));
    }
    if upload.state == UploadState::Complete {
        return Ok(upload);
    }
    let object = object.ok_or_else(|| upload.gone())?;
    let mut writer = Writer::open(app, upload, object)?;
    let pumped = pump(app, viewer, &mut writer, &mut body, &mut checksum, &lock).await;
    match (pumped, checksum) {
        (Err(error), None) if !writer.is_broken() => writer.finish().await.and(Err(error)),
        (Err(error), _) => Err(error),
        (Ok(()), Some(checksum)) => {
            checksum.verify()?;
            writer.finish().await
        }
        (Ok(()), None) => writer.finish().await,
    }
}

async fn pump(
    app: &App,
    viewer: Viewer,
    writer: &mut Writer,
    body: &mut BodyDataStream,
    checksum: &mut Option<Checksum>,
    lock: &UploadLock,
) -> Result<(), Error> {
    let mut session_end = pin!(app.sessions.ended(viewer.id, viewer.session));
    let overtaken = writer.overtaken();
    let mut pace = Pace::new(app.config.upload_idle_timeout, VIDEO_LIMIT);
    loop {
        let next = tokio::select! {
            error = lock.preempted() => return Err(error),
            () = overtaken.cancelled() => return Err(locked()),
            error = &mut session_end => return Err(error),
            next = pace.wait(body.next()) => next,
        };
        match next {
            Ok(Some(Ok(bytes))) => {
                pace.count(bytes.len());
                if let Some(checksum) = checksum {
                    checksum.update(&bytes);
                }
                writer.write(&bytes, checksum.is_none()).await?;
            }
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => return Err(Error::invalid("The connection was lost before the chunk was complete")),
            // Clients retry after a 503 once their network is back. After a 4xx they would not.
            Err(TooSlow) => {
                return Err(Error::Busy("The upload stalled. Get the offset with HEAD, then resume.".into()));
            }
        }
    }
}

/// An upload in a form. It is removed with its request unless a video is made of it.
pub struct FormVideo {
    writer: Writer,
    pending: PendingObject,
}

impl FormVideo {
    /// Begins the upload. `length` is an upper bound, if known.
    pub async fn begin(app: &App, owner: UserId, length: Option<u64>) -> Result<Self, Error> {
        let (upload, pending) = store::begin(app, owner, length, "", false).await?;
        let object = app.storage.lock_object(&upload.object()?).await?.ok_or_else(|| upload.gone())?;
        Ok(Self { writer: Writer::open(app, upload, object)?, pending })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// 400 when it is no video, 413 when it is too long or the quota is full, 503 when the disk is full.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write(bytes, true).await
    }

    /// Makes the last checkpoint and completes the upload.
    pub async fn finish(self) -> Result<CompleteUpload, Error> {
        let upload = self.writer.finish_all().await?;
        let object = upload.object()?;
        Ok(CompleteUpload { id: upload.id, object, bytes: upload.received, pending: Some(self.pending) })
    }
}
