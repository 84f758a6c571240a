//! Receiving bytes: a piece of a resumable upload, or a film that comes whole in a form.

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;

use super::form::{DRAIN_BYTES_MAX, DRAIN_LIMIT};
use super::store;
use super::store::{CompleteUpload, UploadRow, UploadState};
use super::tus::Checksum;
use super::writer::Writer;
use crate::app::App;
use crate::error::Error;
use crate::id::{UploadId, UserId};
use crate::storage::PendingObject;
use crate::storage::UploadLock;

/// Adds a piece to an upload that stands at `offset`, and says how it stands then. What has come before a connection
/// is lost counts, unless the piece has a checksum.
///
/// # Errors
/// 404 and 410 when there is no such upload, 409 when it does not stand there, 423 when it cannot be had, 413 when the
/// piece is too long, 400 when it is not a film or the piece breaks off, 460 when the checksum does not fit.
pub async fn piece(
    app: &App,
    owner: UserId,
    id: UploadId,
    offset: u64,
    body: Body,
    checksum: Option<Checksum>,
) -> Result<UploadRow, Error> {
    let app = app.clone();
    // With a task of its own what has come is noted even when the request is dropped with its connection.
    let received = async move {
        let mut body = body.into_data_stream();
        let received = receive(&app, owner, id, offset, &mut body, checksum).await;
        if received.is_err() {
            // A client that is cut off while it sends does not get to see the answer.
            let _ = tokio::time::timeout(DRAIN_LIMIT, drain(&mut body)).await;
        }
        received
    };
    #[expect(clippy::disallowed_methods, reason = "it ends with its body, and a server that stops ends every lock")]
    tokio::spawn(received).await.map_err(Error::internal)?
}

async fn receive(
    app: &App,
    owner: UserId,
    id: UploadId,
    offset: u64,
    body: &mut BodyDataStream,
    mut checksum: Option<Checksum>,
) -> Result<UploadRow, Error> {
    let lock = app.uploads.acquire(id).await?;
    let upload = store::find(&app.db, owner, id).await?;
    upload.check_alive()?;
    if upload.received() != offset {
        return Err(Error::conflict(format!("Offset mismatch: expected {}, got {offset}", upload.received)));
    }
    if upload.state == UploadState::Complete {
        return Ok(upload);
    }
    let mut writer = Writer::open(app, upload).await?;
    let pumped = pump(app, &mut writer, body, &mut checksum, &lock).await;
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
    writer: &mut Writer,
    body: &mut BodyDataStream,
    checksum: &mut Option<Checksum>,
    lock: &UploadLock,
) -> Result<(), Error> {
    loop {
        let next = tokio::select! {
            error = lock.preempted() => return Err(error),
            next = tokio::time::timeout(app.config.upload_idle_timeout, body.next()) => next,
        };
        match next {
            Ok(Some(Ok(bytes))) => {
                if let Some(checksum) = checksum {
                    checksum.update(&bytes);
                }
                writer.write(&bytes, checksum.is_none()).await?;
            }
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => return Err(Error::invalid("The connection was lost before the chunk was complete")),
            // Clients try again after this, once their network is back; after a 4xx they would not.
            Err(_) => return Err(Error::Busy("The upload stalled. Get the offset with HEAD, then resume.".into())),
        }
    }
}

async fn drain(body: &mut BodyDataStream) {
    let mut left = DRAIN_BYTES_MAX;
    while let Some(Ok(bytes)) = body.next().await {
        match left.checked_sub(bytes.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// A film that comes in a form. It ends with its request: unless a video is made of it, it is removed.
pub struct FormVideo {
    writer: Writer,
    pending: PendingObject,
}

impl FormVideo {
    /// Begins it; `length` is at least what it will have, if that is known.
    ///
    /// # Errors
    /// As for every upload: 413 and 503.
    pub async fn begin(app: &App, owner: UserId, length: Option<u64>) -> Result<Self, Error> {
        let (upload, pending) = store::begin(app, owner, length, "", false).await?;
        Ok(Self { writer: Writer::open(app, upload).await?, pending })
    }

    /// Takes what comes next.
    ///
    /// # Errors
    /// 400 when it is not a film, 413 when it is too long or the quota is full, 503 when the disk is full.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write(bytes, true).await
    }

    /// Puts the last of it on the disk; gives what a video can be made of.
    ///
    /// # Errors
    /// As [`FormVideo::write`].
    pub async fn finish(self) -> Result<CompleteUpload, Error> {
        let upload = self.writer.finish_all().await?;
        let object = upload.object()?;
        Ok(CompleteUpload { id: upload.id, object, bytes: upload.received, pending: Some(self.pending) })
    }
}
