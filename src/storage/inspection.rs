//! Comparing what the ledger says with what is stored, for `chaitube doctor`.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ListResult, ObjectMeta};

use super::hashes::hash_file;
use super::objects::Store;
use super::{MediaName, ObjectKind, Objects, Owner, Storage, hashes, parts};
use crate::clock::millis;
use crate::db::{self, Record, Sql, Tx, args, text_enum};
use crate::error::Error;
use crate::id::{UserId, VideoId};

/// How old something has to be before nobody can be about to enter it.
pub const SAFE_AGE: std::time::Duration = super::ledger::FOREIGN_AGE_MIN;
/// Rows that are read at once.
const PAGE: i64 = 1000;

text_enum! {
    /// State of an object.
    pub enum ObjectState {
        Pending = "pending",
        Growing = "growing",
        Live = "live",
        Doomed = "doomed",
    }
}

/// A row of the ledger, as it is.
#[derive(Clone, Debug, Record)]
pub struct ObjectRow {
    pub name: String,
    kind: String,
    pub state: ObjectState,
    store: String,
    pub video_id: Option<VideoId>,
    pub user_id: Option<UserId>,
    pub bytes: i64,
    pub sha256: Option<Vec<u8>>,
    pub created_at: i64,
    pub retire_at: Option<i64>,
}

const COLUMNS: &str = "SELECT name, kind, state, store, video_id, user_id, bytes, sha256, created_at, retire_at";

/// Objects that are looked for to tell whether the store is the right one.
const SAMPLE: i64 = 100;
/// So many may be missing from it without a doubt about the store.
const SAMPLE_MISSING_MAX: usize = 10;

/// An object in the store, whoever knows of it.
#[derive(Clone, Debug)]
pub struct StoredObject {
    pub key: ObjectPath,
    pub bytes: u64,
    pub modified_at: i64,
}

/// What the folder of a kind has.
pub struct Shelves {
    /// Folders of objects.
    pub folders: Vec<ObjectPath>,
    /// What lies beside them, where nothing should.
    pub beside: Vec<StoredObject>,
}

impl ObjectRow {
    pub fn kind(&self) -> Option<ObjectKind> {
        ObjectKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind)
    }

    /// Says whether somebody reads it, and goes on to.
    pub fn is_in_use(&self) -> bool {
        self.state == ObjectState::Live && self.retire_at.is_none()
    }

    /// Says whether it is complete and belongs to nobody.
    pub fn is_unclaimed(&self) -> bool {
        self.state != ObjectState::Growing && self.video_id.is_none() && self.user_id.is_none()
    }
}

impl Storage {
    /// Says whether the row's object is in the store that is used.
    pub fn is_here(&self, row: &ObjectRow) -> bool {
        row.store == self.objects.store_name()
    }

    /// Says whether the store has what the database says. Another folder or bucket has next to nothing of it, and neither
    /// has a disk that is not mounted.
    pub async fn has_its_objects(&self) -> Result<bool, Error> {
        let sql = Sql::from(COLUMNS).then(
            "FROM media WHERE state = 'live' AND retire_at IS NULL AND store = $1 ORDER BY name LIMIT CAST($2 AS BIGINT)",
        );
        let rows: Vec<ObjectRow> = self.db.all(sql, args![self.objects.store_name(), SAMPLE]).await?;
        let mut missing = 0;
        for key in rows.iter().filter_map(|row| self.key_of(row)) {
            missing += usize::from(self.objects.length(&key).await?.is_none());
        }
        Ok(missing <= SAMPLE_MISSING_MAX || 2 * missing <= rows.len())
    }

    /// Returns where the row's object is; `None` if its name or kind is none of ours.
    pub fn key_of(&self, row: &ObjectRow) -> Option<ObjectPath> {
        let name: MediaName = row.name.parse().ok()?;
        Some(self.objects.key(&name, row.kind()?))
    }

    /// Keeps the hash of an object of which `file` is a copy, unless it has one.
    pub async fn hash_once(&self, name: &MediaName, file: &Path) -> Result<(), Error> {
        let rows = "FROM media WHERE name = $1 AND sha256 IS NULL";
        if self.db.exists(rows, args![name.as_str()]).await? {
            let hash = hash_file(file, |_| {}).await?;
            self.keep_hash(name.as_str(), hash).await?;
        }
        Ok(())
    }

    /// Keeps the hash of an object unless it has one.
    pub async fn keep_hash(&self, name: &str, hash: Vec<u8>) -> Result<(), db::Error> {
        let sql = "UPDATE media SET sha256 = $2 WHERE name = $1 AND sha256 IS NULL AND state = 'live'";
        self.db.run(sql, args![name, hash]).await
    }

    /// Returns the next rows by name, and those only that come before `below`.
    pub async fn rows_after(&self, after: &str, below: &str) -> Result<Vec<ObjectRow>, db::Error> {
        let sql = "FROM media WHERE name > $1 AND name < $2 ORDER BY name LIMIT CAST($3 AS BIGINT)";
        self.db.all(Sql::from(COLUMNS).then(sql), args![after, below, PAGE]).await
    }

    pub async fn row(&self, name: &str) -> Result<Option<ObjectRow>, db::Error> {
        self.db.optional(Sql::from(COLUMNS).then("FROM media WHERE name = $1"), args![name]).await
    }

    /// Says whether a row knows of the object, whatever its extension.
    pub async fn is_recorded(&self, stem: &str) -> Result<bool, db::Error> {
        let sql = "SELECT name FROM media WHERE name > $1 ORDER BY name LIMIT 1";
        let next: Option<(String,)> = self.db.optional(sql, args![stem]).await?;
        Ok(next.is_some_and(|(name,)| name.starts_with(stem)))
    }

    /// Returns the rows of the objects that belong to these owners.
    pub async fn rows_of(&self, first: Owner, last: Owner) -> Result<Vec<ObjectRow>, db::Error> {
        let (rows, args) = match (first, last) {
            (Owner::Video(first), Owner::Video(last)) => {
                ("FROM media WHERE video_id >= $1 AND video_id <= $2", args![first, last])
            }
            (Owner::User(first), Owner::User(last)) => {
                ("FROM media WHERE user_id >= $1 AND user_id <= $2", args![first, last])
            }
            _ => return Ok(Vec::new()),
        };
        self.db.all(Sql::from(COLUMNS).then(rows), args).await
    }

    /// Returns the bytes of all objects that are complete.
    pub async fn bytes(&self) -> Result<u64, db::Error> {
        let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM media WHERE state = 'live'";
        let (bytes,): (i64,) = self.db.one(sql, args![]).await?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// Enters an object whose bytes are there and whose row is not. False when it has a row by now.
    pub async fn record_found(
        &self,
        name: &MediaName,
        kind: ObjectKind,
        mime: &str,
        owner: Owner,
    ) -> Result<bool, Error> {
        let key = self.objects.key(name, kind);
        let Some(bytes) = self.objects.length(&key).await? else { return Ok(false) };
        let hash = self.objects.hash(&key, bytes, |_| {}).await?;
        let (video, user) = owner.ids();
        let bytes = i64::try_from(bytes).map_err(Error::internal)?;
        let sql =
            "INSERT INTO media (name, kind, state, node, store, video_id, user_id, mime, bytes, created_at, sha256)
                   VALUES ($1, $2, 'live', $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (name) DO NOTHING";
        let (store, now) = (self.objects.store_name(), self.clock.now_ms());
        let row = args![name.as_str(), kind, self.node, store, video, user, mime, bytes, now, hash];
        Ok(self.db.execute(sql, row).await? == 1)
    }

    /// Gives an object that belongs to nobody to the owner that names it. False when it has another by now.
    pub async fn reclaim(&self, name: &MediaName, owner: Owner) -> Result<bool, Error> {
        let (video, user) = owner.ids();
        let sql = "UPDATE media SET state = 'live', video_id = $2, user_id = $3, retire_at = NULL
                   WHERE name = $1 AND state <> 'growing' AND video_id IS NULL AND user_id IS NULL";
        Ok(self.db.execute(sql, args![name.as_str(), video, user]).await? == 1)
    }

    /// Says whether anything refers to an object that grows.
    pub async fn is_awaited(&self, name: &str) -> Result<bool, db::Error> {
        let rows = "FROM media m WHERE m.name = $1 AND (EXISTS (SELECT 1 FROM uploads u WHERE u.media = m.name)
                        OR EXISTS (SELECT 1 FROM media_parts p WHERE p.piece = m.name))";
        self.db.exists(rows, args![name]).await
    }

    /// Returns how many bytes from the first on are stored of an object that grows; `None` if it is not there.
    pub async fn grown(&self, name: &MediaName) -> Result<Option<u64>, Error> {
        let whole = self.objects.length(&self.objects.key(name, ObjectKind::Video)).await?;
        if whole.is_some() || matches!(self.objects.store, Store::Folder(_)) {
            return Ok(whole);
        }
        let mut grown = 0;
        for part in parts::list(&self.db, name).await? {
            let bytes = u64::try_from(part.bytes).map_err(Error::internal)?;
            if let Some(piece) = part.piece {
                let key = self.objects.key(&piece.parse()?, ObjectKind::Piece);
                if self.objects.length(&key).await? != Some(bytes) {
                    break;
                }
            }
            grown += bytes;
        }
        Ok(Some(grown))
    }

    /// Marks an object as deleted that nothing refers to. Its bytes go after the commit.
    pub async fn drop_orphan(&self, name: &str) -> Result<(), Error> {
        let mut tx: Tx = self.db.begin().await?;
        self.delete(&mut tx, name).await?;
        tx.commit().await?;
        if let Ok(name) = name.parse() {
            self.remove(&[name]).await;
        }
        Ok(())
    }
}

impl Objects {
    /// Returns where an object is, as the store lists it.
    pub fn key(&self, name: &MediaName, kind: ObjectKind) -> ObjectPath {
        let path = name.path(kind);
        match &self.store {
            Store::Folder(_) => super::folder::stored_path(&path),
            Store::Bucket(..) => path,
        }
    }

    /// Lists the folders of a kind.
    pub async fn shelves(&self, kind: ObjectKind) -> Result<Shelves, Error> {
        let folder = ObjectPath::from(kind.as_str());
        let ListResult { common_prefixes, objects, .. } = match &self.store {
            Store::Folder(store) => store.list_level(&folder).await?,
            Store::Bucket(bucket, _) => bucket.list_level(&folder).await?,
        };
        Ok(Shelves { folders: common_prefixes, beside: objects.into_iter().map(StoredObject::from).collect() })
    }

    /// Lists everything in a folder.
    pub async fn list(&self, folder: &ObjectPath) -> Result<Vec<StoredObject>, Error> {
        let listed = match &self.store {
            Store::Folder(store) => store.list(folder),
            Store::Bucket(bucket, _) => bucket.list(folder),
        };
        listed.map_ok(StoredObject::from).try_collect().await
    }

    /// Returns the name of an object without its extension; `None` if it was not this program that stored it there.
    pub fn stem<'o>(&self, object: &'o StoredObject) -> Option<&'o str> {
        let mut parts = object.key.as_ref().rsplit('/');
        let (file, folder) = (parts.next()?, parts.next()?);
        // In a folder a name with an extension would stand for the object without it.
        let stem = match (file.split_once('.'), &self.store) {
            (Some(_), Store::Folder(_)) => return None,
            (Some((stem, _)), Store::Bucket(..)) => stem,
            (None, _) => file,
        };
        let is_ours = stem.len() == 32 && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_ours && stem.starts_with(folder) && folder.len() == 2).then_some(stem)
    }

    /// Returns the length of an object; `None` if it is not there.
    pub async fn length(&self, key: &ObjectPath) -> Result<Option<u64>, Error> {
        let length = match &self.store {
            Store::Folder(store) => store.length(key).await,
            Store::Bucket(bucket, _) => bucket.length(key).await,
        };
        match length {
            Ok(length) => Ok(Some(length)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads an object as a whole. Tells how many bytes more have been read.
    pub async fn hash(&self, key: &ObjectPath, bytes: u64, tell: impl Fn(u64)) -> Result<Vec<u8>, Error> {
        match &self.store {
            Store::Folder(store) => Ok(hash_file(&store.file_path(key)?, tell).await?),
            Store::Bucket(bucket, _) => hashes::hash_stream(bucket.stream(key, 0..bytes).await?, tell).await,
        }
    }

    /// Returns files and folders of work that nobody has touched since `before`.
    pub fn old_work(&self, before: i64) -> std::io::Result<Vec<PathBuf>> {
        self.work_folder().untouched_since(before)
    }
}

impl StoredObject {
    /// Says whether it has been there for so long that whoever stored it would have entered it.
    pub fn is_old(&self, now: i64) -> bool {
        self.modified_at < now - millis(SAFE_AGE)
    }
}

impl From<ObjectMeta> for StoredObject {
    fn from(object: ObjectMeta) -> Self {
        Self { key: object.location, bytes: object.size, modified_at: object.last_modified.timestamp_millis() }
    }
}
