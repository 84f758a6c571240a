//! Objects that grow: what an upload has brought so far.
//!
//! In a folder the object is there from the first byte, and bytes count once they are synced. A bucket takes parts of 16
//! MiB that never change, and nothing else that could be added to. So bytes are collected in a file of the node until
//! they are a part. What a request leaves that is shorter is stored as a *piece*, an object of its own, which any node
//! can make a part of later.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use rustix::fs::{FallocateFlags, fallocate};
use tokio::sync::Mutex;

use super::bucket::{Bucket, PART_BYTES};
use super::failures::Operation;
use super::ledger::UNKNOWN_MIME;
use super::objects::{Store, read_range};
use super::parts::{self, PartRow};
use super::{MediaName, ObjectKind, PendingObject, Storage, TempFile};
use crate::db::{Tx, args};
use crate::error::Error;
use chaitube_media::{Container, HEAD_BYTES};

/// In a folder a checkpoint is made after so many bytes.
const CHECKPOINT_BYTES: u64 = 16 * 1024 * 1024;
/// With so many pieces the next one replaces them all.
const PIECES_MAX: usize = 32;

/// Clones write to the same object.
#[derive(Clone)]
pub struct Growing {
    /// Where new bytes are written.
    file: Arc<File>,
    /// Of the file's first byte in the object.
    base: u64,
    stored_to: u64,
    parts: Option<Arc<Parts>>,
}

/// An object in a bucket.
struct Parts {
    storage: Storage,
    bucket: Bucket,
    name: MediaName,
    path: ObjectPath,
    _file: TempFile,
    sent: Mutex<Sent>,
}

/// The parts and pieces that are stored.
struct Sent {
    multipart: Option<String>,
    tags: Vec<String>,
    parts_to: u64,
    /// Pieces behind the last part.
    pieces: Vec<Piece>,
    to: u64,
}

struct Piece {
    name: MediaName,
    at: u64,
    bytes: u64,
    /// Its bytes are in the file, too.
    is_read: bool,
}

/// Bytes that are stored, and what has to be recorded before they count.
pub struct Saved {
    to: u64,
    change: Option<Change>,
}

#[derive(Default)]
struct Change {
    /// Rows from here on are replaced.
    from: u64,
    rows: Vec<PartRow>,
    piece: Option<PendingObject>,
    replaced: Vec<MediaName>,
    is_complete: bool,
}

impl Storage {
    /// Opens an object to go on with it; `None` when it is gone.
    pub(super) async fn open_growing(&self, name: &MediaName) -> Result<Option<Growing>, Error> {
        let path = name.path(ObjectKind::Video);
        let bucket = match &self.objects.store {
            Store::Folder(folder) => {
                let opened = self.objects.counted(Operation::Write, folder.open_to_write(&path).await);
                let Some(file) = opened? else { return Ok(None) };
                let stored_to = file.metadata()?.len();
                return Ok(Some(Growing { file: Arc::new(file), base: 0, stored_to, parts: None }));
            }
            Store::Bucket(bucket, _) => bucket.clone(),
        };
        let sql = "SELECT multipart FROM media WHERE name = $1 AND state IN ('pending', 'growing')";
        let row: Option<(Option<String>,)> = self.db.optional(sql, args![name.as_str()]).await?;
        let Some((multipart,)) = row else { return Ok(None) };
        let sent = Sent::of(multipart, parts::list(&self.db, name).await?)?;
        let (temp, file) = TempFile::create(self.objects.work_folder()).await?;
        let (base, stored_to) = (sent.parts_to, sent.to);
        let parts =
            Parts { storage: self.clone(), bucket, name: name.clone(), path, _file: temp, sent: Mutex::new(sent) };
        let file = Arc::new(file.into_std().await);
        Ok(Some(Growing { file, base, stored_to, parts: Some(Arc::new(parts)) }))
    }
}

impl Growing {
    /// Returns the file that new bytes are written to.
    pub const fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Returns what that file's first byte is of the object.
    pub const fn base(&self) -> u64 {
        self.base
    }

    const fn position(&self, offset: u64) -> u64 {
        offset - self.base
    }

    /// Returns how much was stored when it was opened.
    pub const fn stored_to(&self) -> u64 {
        self.stored_to
    }

    /// Returns up to where bytes should be saved when so much is saved and so much is written; `None` if none yet.
    pub const fn due(&self, saved_to: u64, end: u64) -> Option<u64> {
        if self.parts.is_none() {
            return if end >= saved_to + CHECKPOINT_BYTES { Some(end) } else { None };
        }
        let parts_to = end - end % PART_BYTES;
        if parts_to > saved_to { Some(parts_to) } else { None }
    }

    /// Reads the first bytes, all of which were written.
    pub async fn read_head(&self) -> Result<Vec<u8>, Error> {
        if let Some(parts) = &self.parts {
            parts.read_pieces(&mut *parts.sent.lock().await, self).await?;
        }
        read_range(&self.file, 0, HEAD_BYTES as u64).await
    }

    /// Stores what was written up to here. `is_end` makes the object of it, which nothing can be added to.
    pub async fn save(&self, to: u64, is_end: bool) -> Result<Saved, Error> {
        if let Some(parts) = &self.parts {
            return parts.save(self, to, is_end).await;
        }
        let file = Arc::clone(&self.file);
        let synced = tokio::task::spawn_blocking(move || file.sync_data());
        synced.await.map_err(Error::internal)?.map_err(super::write_error)?;
        Ok(Saved { to, change: None })
    }

    /// Deletes an object that nothing knows of any more, after its end could not be recorded.
    pub async fn forget(&self) -> Result<(), Error> {
        let Some(parts) = &self.parts else { return Ok(()) };
        parts.bucket.delete(&parts.path).await
    }

    /// Gives the disk back what is in the bucket. Where the file system cannot, the file's end does.
    fn free(&self, at: u64, bytes: u64) {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        let _ = fallocate(&self.file, flags, self.position(at), bytes);
    }
}

impl Saved {
    pub const fn to(&self) -> u64 {
        self.to
    }

    /// Belongs in the transaction that makes the bytes count; not found when the object has ended meanwhile.
    pub async fn record(&self, tx: &mut Tx, storage: &Storage, name: &MediaName) -> Result<(), Error> {
        let Some(change) = &self.change else { return Ok(()) };
        let sql = "UPDATE media SET multipart = CASE WHEN $2 THEN NULL ELSE multipart END
                   WHERE name = $1 AND state IN ('pending', 'growing')";
        if tx.execute(sql, args![name.as_str(), change.is_complete]).await? == 0 {
            return Err(Error::not_found("Upload not found"));
        }
        let from = if change.is_complete { 0 } else { i64::try_from(change.from).map_err(Error::internal)? };
        parts::delete_from(tx, name, from).await?;
        if !change.is_complete {
            for row in &change.rows {
                parts::insert(tx, name, row).await?;
            }
        }
        if let Some(piece) = &change.piece {
            piece.attach_to_upload(tx).await?;
            piece.keep_after_commit(tx);
        }
        for piece in &change.replaced {
            storage.delete(tx, piece.as_str()).await?;
        }
        Ok(())
    }
}

impl Sent {
    fn of(multipart: Option<String>, rows: Vec<PartRow>) -> Result<Self, Error> {
        let mut sent = Self { multipart, tags: Vec::new(), parts_to: 0, pieces: Vec::new(), to: 0 };
        for row in rows {
            let bytes = u64::try_from(row.bytes).map_err(Error::internal)?;
            match (row.tag, row.piece) {
                (Some(tag), _) => {
                    sent.tags.push(tag);
                    sent.parts_to += bytes;
                }
                (None, Some(name)) => {
                    sent.pieces.push(Piece { name: name.parse()?, at: sent.to, bytes, is_read: false });
                }
                (None, None) => return Err(Error::internal("a part of an upload has neither a tag nor an object")),
            }
            sent.to += bytes;
        }
        Ok(sent)
    }
}

impl Parts {
    async fn save(&self, object: &Growing, to: u64, is_end: bool) -> Result<Saved, Error> {
        let mut sent = self.sent.lock().await;
        let mut change = Change { from: sent.to, is_complete: is_end, ..Change::default() };
        while to - sent.parts_to >= PART_BYTES || (is_end && sent.parts_to < to) {
            self.read_pieces(&mut sent, object).await?;
            let (at, bytes) = (sent.parts_to, PART_BYTES.min(to - sent.parts_to));
            let _pass = self.bucket.enter().await?;
            let part = read_range(&object.file, object.position(at), bytes).await?;
            if is_end && bytes == to && sent.multipart.is_none() {
                let mime = mime(&part);
                self.bucket.put(&self.path, part, mime).await?;
            } else {
                let tag = self.send_part(&mut sent, part).await?;
                change.rows.push(row(at, bytes, Some(tag), None)?);
            }
            change.from = change.from.min(at);
            change.replaced.extend(sent.pieces.drain(..).map(|piece| piece.name));
            sent.parts_to += bytes;
            sent.to = sent.to.max(sent.parts_to);
            object.free(at, bytes);
        }
        if is_end {
            if let Some(id) = &sent.multipart {
                self.bucket.complete(&self.path, id, sent.tags.clone(), to).await?;
            }
        } else if to > sent.to {
            self.save_piece(&mut sent, object, to, &mut change).await?;
        }
        Ok(Saved { to, change: Some(change) })
    }

    async fn send_part(&self, sent: &mut Sent, part: Vec<u8>) -> Result<String, Error> {
        let id = match &sent.multipart {
            Some(id) => id.clone(),
            None => self.storage.begin_multipart(&self.bucket, &self.name, &self.path, mime(&part)).await?,
        };
        let tag = match self.bucket.put_part(&self.path, &id, sent.tags.len(), part).await {
            Ok(tag) => tag,
            // An earlier request completed the object and could not record it any more.
            Err(_) if self.bucket.length(&self.path).await.is_ok() => String::new(),
            Err(error) => return Err(self.bucket.failed(Operation::Write)(error)),
        };
        sent.multipart = Some(id);
        sent.tags.push(tag.clone());
        Ok(tag)
    }

    async fn save_piece(&self, sent: &mut Sent, object: &Growing, to: u64, change: &mut Change) -> Result<(), Error> {
        let mut at = sent.to;
        if sent.pieces.len() >= PIECES_MAX {
            self.read_pieces(sent, object).await?;
            at = sent.parts_to;
            change.from = at;
            change.replaced.extend(sent.pieces.drain(..).map(|piece| piece.name));
        }
        let bytes = to - at;
        let _pass = self.bucket.enter().await?;
        let content = read_range(&object.file, object.position(at), bytes).await?;
        let piece = self.storage.put_piece(&self.bucket, content).await?;
        change.rows.push(row(at, bytes, None, Some(piece.name().to_string()))?);
        sent.pieces.push(Piece { name: piece.name().clone(), at, bytes, is_read: true });
        sent.to = to;
        change.piece = Some(piece);
        Ok(())
    }

    /// Reads the pieces into the file, where they lack before the bytes that have come.
    async fn read_pieces(&self, sent: &mut Sent, object: &Growing) -> Result<(), Error> {
        for piece in sent.pieces.iter_mut().filter(|piece| !piece.is_read) {
            let _pass = self.bucket.enter().await?;
            let bytes = self.bucket.read(&piece.name.path(ObjectKind::Piece), 0..piece.bytes).await?;
            if bytes.len() as u64 != piece.bytes {
                return Err(Error::internal(format!("piece {} of an upload has another length", piece.name)));
            }
            let (file, at) = (Arc::clone(&object.file), object.position(piece.at));
            let written = tokio::task::spawn_blocking(move || file.write_all_at(&bytes, at));
            written.await.map_err(Error::internal)?.map_err(super::write_error)?;
            piece.is_read = true;
        }
        Ok(())
    }
}

fn row(at: u64, bytes: u64, tag: Option<String>, piece: Option<String>) -> Result<PartRow, Error> {
    let number = |number| i64::try_from(number).map_err(Error::internal);
    Ok(PartRow { start: number(at)?, bytes: number(bytes)?, tag, piece })
}

/// Returns the type of an object by its first bytes. Only who reads the bucket past this server sees it.
fn mime(bytes: &[u8]) -> &'static str {
    Container::recognise(&bytes[..bytes.len().min(HEAD_BYTES)]).map_or(UNKNOWN_MIME, Container::mime)
}
