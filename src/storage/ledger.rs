//! The `media` table and the states of its objects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::bucket::Bucket;
use super::failures::Operation;
use super::hashes::hash_file;
use super::objects::Store;
use super::{Cleanup, MediaName, ObjectKind, Objects, TempFile};
use crate::clock::{Clock, millis};
use crate::db;
use crate::db::{Db, Record, Tx, args};
use crate::error::Error;
use crate::id::{NodeId, UserId, VideoId};

/// Until the content is known.
pub(super) const UNKNOWN_MIME: &str = "application/octet-stream";
const UNKNOWN_EXTENSION: &str = "part";
/// The age at which another node's pending or deleted object goes: longer than storing any takes.
pub(super) const FOREIGN_AGE_MIN: Duration = Duration::from_hours(24);
const SWEEP_BATCH: i64 = 500;
/// How long readers keep what was replaced: long enough to finish a break, short enough for the disk.
const GRACE: Duration = Duration::from_mins(15);

/// A video's media is shown and hidden with the video; a user's is public.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    Video(VideoId),
    User(UserId),
}

impl Owner {
    pub const fn ids(self) -> (Option<VideoId>, Option<UserId>) {
        match self {
            Self::Video(video) => (Some(video), None),
            Self::User(user) => (None, Some(user)),
        }
    }
}

#[derive(Clone)]
pub struct Storage {
    pub objects: Objects,
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) node: NodeId,
    cleanup: Cleanup,
}

/// Belongs to nothing yet. Dropping it removes the object, unless it was attached in the meantime.
pub struct PendingObject(Arc<Pending>);

struct Pending {
    name: MediaName,
    cleanup: Cleanup,
    is_kept: AtomicBool,
}

#[derive(Record)]
struct Retired {
    name: String,
    video_id: Option<VideoId>,
}

#[derive(Record)]
struct Unfinished {
    name: String,
    created_at: i64,
}

impl Storage {
    pub fn new(objects: Objects, db: Db, clock: Clock, node: NodeId, cleanup: Cleanup) -> Self {
        Self { objects, db, clock, node, cleanup }
    }

    /// Warns of objects in another store than the one that is used: nobody finds them.
    pub async fn check_store(&self) -> Result<(), Error> {
        let store = self.objects.store_name();
        let other: Option<(String,)> =
            self.db.optional("SELECT store FROM media WHERE store <> $1 LIMIT 1", args![store]).await?;
        if let Some((other,)) = other {
            tracing::warn!(store, other, "MEDIA_URL was changed: objects in the other store are not found");
        }
        Ok(())
    }

    pub async fn clean_up(self, mut queue: UnboundedReceiver<MediaName>) {
        while let Some(name) = queue.recv().await {
            self.remove(&[name]).await;
        }
    }

    pub async fn put(
        &self,
        kind: ObjectKind,
        file: TempFile,
        mime: &'static str,
        extension: &'static str,
    ) -> Result<PendingObject, Error> {
        let (hash, bytes) = (hash_file(file.path(), |_| {}).await?, tokio::fs::metadata(file.path()).await?.len());
        let pending = self.enter(kind, mime, extension, bytes, Some(hash)).await?;
        let storage = self.clone();
        // A task of its own: if the request goes away now, the object must not be removed before the file has arrived.
        let moving = async move {
            let path = pending.name().path(kind);
            match &storage.objects.store {
                Store::Folder(folder) => {
                    storage.objects.counted(Operation::Write, folder.take_in(file.path(), &path).await)?;
                }
                Store::Bucket(bucket, _) => storage.send_file(bucket, pending.name(), &path, &file, mime).await?,
            }
            Ok(pending)
        };
        #[expect(clippy::disallowed_methods, reason = "it ends by itself, once the file is in its place")]
        tokio::spawn(moving).await.map_err(Error::internal)?
    }

    /// Creates an empty object to append to.
    pub async fn begin(&self, kind: ObjectKind) -> Result<PendingObject, Error> {
        let pending = self.enter(kind, UNKNOWN_MIME, UNKNOWN_EXTENSION, 0, None).await?;
        if let Store::Folder(folder) = &self.objects.store {
            self.objects.counted(Operation::Write, folder.create(&pending.name().path(kind)).await)?;
        }
        Ok(pending)
    }

    /// Stores bytes of an object that is not complete.
    pub(super) async fn put_piece(&self, bucket: &Bucket, bytes: Vec<u8>) -> Result<PendingObject, Error> {
        let length = bytes.len() as u64;
        let pending = self.enter(ObjectKind::Piece, UNKNOWN_MIME, UNKNOWN_EXTENSION, length, None).await?;
        bucket.put(&pending.name().path(ObjectKind::Piece), bytes, UNKNOWN_MIME).await?;
        Ok(pending)
    }

    async fn enter(
        &self,
        kind: ObjectKind,
        mime: &str,
        extension: &'static str,
        bytes: u64,
        hash: Option<Vec<u8>>,
    ) -> Result<PendingObject, Error> {
        let name = MediaName::new(extension)?;
        let cleanup = self.cleanup.clone();
        let pending = PendingObject(Arc::new(Pending { name, cleanup, is_kept: AtomicBool::new(false) }));
        self.db
            .execute(
                "INSERT INTO media (name, kind, state, node, store, mime, bytes, created_at, sha256)
                 VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, $8)",
                args![
                    pending.name().as_str(),
                    kind.as_str(),
                    self.node,
                    self.objects.store_name(),
                    mime,
                    i64::try_from(bytes).unwrap_or(i64::MAX),
                    self.clock.now_ms(),
                    hash
                ],
            )
            .await?;
        Ok(pending)
    }

    /// Belongs in the transaction that replaces or deletes its owner. The bytes go after the commit, in the background.
    pub async fn delete(&self, tx: &mut Tx, name: &str) -> Result<(), db::Error> {
        if let Some(name) = mark_deleted(tx, name).await? {
            let cleanup = self.cleanup.clone();
            tx.after_commit(move || cleanup.leave(name));
        }
        Ok(())
    }

    /// For objects that nothing refers to: first the bytes, then the rows. What fails is left to a later sweep.
    pub async fn remove(&self, names: &[MediaName]) {
        for name in names {
            if let Err(error) = self.remove_one(name).await {
                tracing::warn!(%name, %error, "failed to delete a media object; will retry");
            }
        }
    }

    pub(super) async fn remove_one(&self, name: &MediaName) -> Result<(), Error> {
        // Claimed first: this waits for a transaction that is attaching the object, which wins. A later one finds the
        // object deleted. Only a claimed object may lose its bytes.
        if !self.claim(name).await? {
            return Ok(());
        }
        let sql = "SELECT kind, multipart FROM media WHERE name = $1";
        let (kind, multipart): (ObjectKind, Option<String>) = self.db.one(sql, args![name.as_str()]).await?;
        let path = name.path(kind);
        if let Store::Bucket(bucket, _) = &self.objects.store {
            self.drop_parts(bucket, name, &path, multipart).await?;
        }
        self.objects.delete(&path).await?;
        self.db.execute("DELETE FROM media WHERE name = $1 AND state = 'doomed'", args![name.as_str()]).await?;
        Ok(())
    }

    /// Claims an object that is not in use. A piece may be: when the outcome of the commit that attached it was not heard.
    async fn claim(&self, name: &MediaName) -> Result<bool, Error> {
        let sql = "UPDATE media SET state = 'doomed' WHERE name = $1 AND state = 'pending'";
        if self.db.execute(sql, args![name.as_str()]).await? == 1 {
            return Ok(true);
        }
        // A statement of its own, for the first may have waited for that commit, and sees what was before it.
        let sql = "UPDATE media SET state = 'doomed' WHERE name = $1 AND state IN ('growing', 'doomed')
                   AND NOT EXISTS (SELECT 1 FROM media_parts p JOIN media whole ON whole.name = p.media
                                   WHERE p.piece = $1 AND whole.state <> 'doomed')";
        Ok(self.db.execute(sql, args![name.as_str()]).await? == 1)
    }

    pub async fn remove_retired(&self) -> Result<usize, Error> {
        let (now, mut removed) = (self.clock.now_ms(), 0);
        loop {
            let rows: Vec<Retired> = self
                .db
                .all(
                    "SELECT name, video_id FROM media WHERE retire_at <= $1 AND state = 'live' ORDER BY retire_at LIMIT CAST($2 AS BIGINT)",
                    args![now, SWEEP_BATCH],
                )
                .await?;
            if rows.is_empty() {
                return Ok(removed);
            }
            for row in rows {
                self.forget_former_stream(row.video_id, now).await?;
                let mut tx = self.db.begin().await?;
                let deleted = mark_deleted(&mut tx, &row.name).await?;
                tx.commit().await?;
                self.remove(deleted.as_slice()).await;
                removed += deleted.iter().count();
            }
        }
    }

    /// Nobody can play it any more, unless it was replaced again in the meantime.
    async fn forget_former_stream(&self, video: Option<VideoId>, now: i64) -> Result<(), Error> {
        let Some(video) = video else { return Ok(()) };
        self.db
            .execute(
                "UPDATE videos SET former_stream = NULL WHERE id = $1 AND former_stream IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM media m WHERE m.video_id = $1 AND m.retire_at > $2)",
                args![video, now],
            )
            .await?;
        Ok(())
    }

    /// Removes pending and deleted objects that crashes left: any node's after a day, and this node's at once if
    /// `alone`, at the start of the only process in its data folder.
    pub async fn sweep(&self, alone: bool) -> Result<usize, Error> {
        let long_ago = self.clock.now_ms() - millis(FOREIGN_AGE_MIN);
        let own_before = if alone { i64::MAX } else { long_ago };
        let (mut after, mut swept) = ((i64::MIN, String::new()), 0);
        loop {
            let rows: Vec<Unfinished> = self
                .db
                .all(
                    "SELECT name, created_at FROM media WHERE state IN ('pending', 'doomed')
                     AND (created_at < $1 OR (node = $2 AND created_at < $3)) AND (created_at, name) > ($4, $5)
                     ORDER BY created_at, name LIMIT CAST($6 AS BIGINT)",
                    args![long_ago, self.node, own_before, after.0, &after.1, SWEEP_BATCH],
                )
                .await?;
            let Some(last) = rows.last() else { return Ok(swept) };
            after = (last.created_at, last.name.clone());
            let names: Vec<MediaName> = rows.iter().filter_map(|row| row.name.parse().ok()).collect();
            self.remove(&names).await;
            swept += names.len();
        }
    }
}

impl PendingObject {
    pub fn name(&self) -> &MediaName {
        &self.0.name
    }

    /// Belongs in the transaction that creates or changes the owner; 503, to be repeated, when it was swept meanwhile.
    pub async fn attach(&self, tx: &mut Tx, owner: Owner) -> Result<(), Error> {
        let (video, user) = owner.ids();
        let attached = tx
            .execute(
                "UPDATE media SET state = 'live', multipart = NULL, video_id = $1, user_id = $2
                 WHERE name = $3 AND state = 'pending'",
                args![video, user, self.name().as_str()],
            )
            .await?;
        check_attached(attached)?;
        self.keep_after_commit(tx);
        Ok(())
    }

    /// Dropping still removes the object: an upload that its client never heard of goes with its request.
    pub async fn attach_to_upload(&self, tx: &mut Tx) -> Result<(), Error> {
        let sql = "UPDATE media SET state = 'growing' WHERE name = $1 AND state = 'pending'";
        check_attached(tx.execute(sql, args![self.name().as_str()]).await?)
    }

    pub fn keep_after_commit(&self, tx: &mut Tx) {
        // The transaction holds the object, too: while its outcome is unknown nobody removes it.
        let held = Self(Arc::clone(&self.0));
        tx.after_commit(move || held.keep());
    }

    /// From now on whatever it is attached to decides about it.
    pub fn keep(self) {
        self.0.is_kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !*self.is_kept.get_mut() {
            self.cleanup.leave(self.name.clone());
        }
    }
}

fn check_attached(rows: u64) -> Result<(), Error> {
    if rows == 1 { Ok(()) } else { Err(Error::Busy("The upload took too long. Send it again.".into())) }
}

#[derive(Clone, Debug)]
pub struct ContentType {
    pub mime: &'static str,
    pub extension: &'static str,
    /// From probing, as JSON, so that workers need not probe again.
    pub media_info: Option<String>,
}

/// Gives a complete upload its video and its new name; not found when it is not growing any more.
pub async fn keep_grown(
    tx: &mut Tx,
    name: &MediaName,
    video: VideoId,
    bytes: i64,
    content_type: &ContentType,
) -> Result<MediaName, db::Error> {
    let known = name.with_extension(content_type.extension);
    let kept = tx
        .execute(
            "UPDATE media SET name = $1, mime = $2, bytes = $3, video_id = $4, facts = $6, state = 'live'
             WHERE name = $5 AND state = 'growing'",
            args![known.as_str(), content_type.mime, bytes, video, name.as_str(), content_type.media_info.clone()],
        )
        .await?;
    if kept == 1 { Ok(known) } else { Err(db::Error::NotFound) }
}

/// Readers keep the object for a while, under the same conditions; then [`Storage::remove_retired`] removes it.
pub async fn retire(tx: &mut Tx, name: &str, now: i64) -> Result<(), db::Error> {
    let sql = "UPDATE media SET retire_at = $2 WHERE name = $1 AND state = 'live' AND retire_at IS NULL";
    tx.run(sql, args![name, now + millis(GRACE)]).await
}

/// `None` when it belongs to nothing any more. The caller sees to its removal.
async fn mark_deleted(tx: &mut Tx, name: &str) -> Result<Option<MediaName>, db::Error> {
    let deleted = tx
        .execute(
            "UPDATE media SET state = 'doomed', video_id = NULL, user_id = NULL WHERE name = $1
             AND state IN ('live', 'growing')",
            args![name],
        )
        .await?;
    Ok(if deleted == 1 { name.parse().ok() } else { None })
}
