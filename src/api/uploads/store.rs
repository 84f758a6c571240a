//! The `uploads` table.

use axum::http::StatusCode;

use super::quota;
use super::quota::{OPEN_MAX, Usage};
use crate::app::App;
use crate::clock::millis;
use crate::db;
use crate::db::{Db, Record, Sql, Tx, args, retry, text_enum};
use crate::error::{Error, OrNotFound, readable};
use crate::id::{NodeId, UploadId, UserId, VideoId};
use crate::storage::locked;
use crate::storage::{ContentType, MediaName, ObjectKind, PendingObject, Saved, Storage, keep_grown};

/// A form's upload ends with its request. After a crash nobody can resume it.
const FORM_EXPIRY: std::time::Duration = std::time::Duration::from_hours(1);
/// How long an ended upload is remembered, for clients that come back.
const MEMORY: std::time::Duration = std::time::Duration::from_hours(7 * 24);

pub const NOT_FOUND: &str = "Upload not found";

text_enum! {
    /// State of an upload.
    pub enum UploadState {
        Uploading = "uploading",
        Complete = "complete",
        Expired = "expired",
        Cancelled = "cancelled",
    }
}

/// An upload.
#[derive(Clone, Debug, Record)]
pub struct UploadRow {
    pub id: UploadId,
    pub media: Option<String>,
    pub video_id: Option<VideoId>,
    pub state: UploadState,
    pub length: Option<i64>,
    pub received: i64,
    pub metadata: String,
    pub refusal: Option<String>,
    pub resumable: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub expires_at: i64,
}

const COLUMNS: &str = "id, media, video_id, state, length, received, metadata, refusal, resumable,
    created_at, updated_at, expires_at";

impl UploadRow {
    /// Returns its final size in bytes, if known.
    pub fn length(&self) -> Option<u64> {
        self.length.and_then(|length| u64::try_from(length).ok())
    }

    /// Returns the number of bytes that are safely stored.
    pub fn received(&self) -> u64 {
        u64::try_from(self.received).unwrap_or(0)
    }

    /// Returns the name of its object.
    ///
    /// # Errors
    /// 410 when the upload has ended and it is gone.
    pub fn object(&self) -> Result<MediaName, Error> {
        self.media.as_deref().ok_or_else(|| self.gone())?.parse()
    }

    /// Checks that the upload has not ended without a video.
    ///
    /// # Errors
    /// 410 when it has.
    pub fn check_alive(&self) -> Result<(), Error> {
        if self.media.is_some() || self.video_id.is_some() { Ok(()) } else { Err(self.gone()) }
    }

    /// Returns the error for an upload that has ended without a video.
    pub fn gone(&self) -> Error {
        let why = match (self.state, &self.refusal) {
            (UploadState::Expired, _) => "it expired. Start a new one.",
            (_, Some(refusal)) => refusal,
            (_, None) => "it was cancelled. Start a new one.",
        };
        Error::other(StatusCode::GONE, format!("This upload is gone: {why}"))
    }

    /// When the upload expires unless it continues.
    fn expiry(&self, app: &App, now: i64) -> i64 {
        now + millis(if self.resumable { app.config.upload_expiry } else { FORM_EXPIRY })
    }
}

/// An upload with all its bytes, of which no video has been made.
pub struct CompleteUpload {
    pub id: UploadId,
    pub object: MediaName,
    pub bytes: i64,
    /// Removes the object of a form's upload unless a video is made of it.
    pub pending: Option<PendingObject>,
}

/// A complete upload, or what has been made of it.
pub enum Source {
    /// An upload of which a video can be made.
    Upload(CompleteUpload),
    /// The video published from it.
    Video(VideoId),
}

/// Begins an upload and reserves its length of the owner's quota. Dropping the pending object ends the upload.
///
/// # Errors
/// 413 when it is larger than a video may be or than what is left of the owner's quota, 409 when the owner has too many
/// unfinished ones, 503 when the disk has too little space.
pub async fn begin(
    app: &App,
    owner: UserId,
    length: Option<u64>,
    metadata: &str,
    resumable: bool,
) -> Result<(UploadRow, PendingObject), Error> {
    let most = app.config.video_limits.bytes_max;
    if length.is_some_and(|length| length > most) {
        return Err(Error::too_large(format!("The video is larger than the limit of {}", readable(most))));
    }
    let needed = length.unwrap_or(0);
    // A refusal costs no object. What decides is asked again below.
    let usage = Usage::read(&app.db, owner).await?;
    usage.check(app, needed)?;
    quota::check_disk(app, needed).await?;
    usage.check_share(app)?;
    let pending = app.storage.begin(ObjectKind::Video).await?;
    let row = retry(|| async {
        let mut tx = app.db.begin().await?;
        if !quota::lock_owner(&mut tx, owner).await? {
            return Err(Error::unauthorized("Invalid Access Token"));
        }
        let usage = Usage::read_in(&mut tx, owner).await?;
        usage.check(app, needed)?;
        usage.check_share(app)?;
        let now = app.clock.now_ms();
        let mut row = UploadRow {
            id: UploadId::new(&app.clock),
            media: Some(pending.name().to_string()),
            video_id: None,
            state: UploadState::Uploading,
            length: length.and_then(|length| i64::try_from(length).ok()),
            received: 0,
            metadata: metadata.to_owned(),
            refusal: None,
            resumable,
            created_at: now,
            updated_at: now,
            expires_at: now,
        };
        row.expires_at = row.expiry(app, now);
        pending.attach_to_upload(&mut tx).await?;
        tx.execute(
        "INSERT INTO uploads (id, owner_id, media, state, resumable, length, metadata, created_at, updated_at, expires_at)
         VALUES ($1, $2, $3, 'uploading', $4, $5, $6, $7, $7, $8)",
        args![row.id, owner, row.media.clone(), resumable, row.length, metadata, now, row.expires_at],
    )
    .await?;
        tx.commit().await?;
        Ok(row)
    });
    Ok((row.await?, pending))
}

/// A user's upload.
///
/// # Errors
/// 404 when there is none with this id, or it is somebody else's.
pub async fn find(db: &Db, owner: UserId, id: UploadId) -> Result<UploadRow, Error> {
    let sql = Sql::from("SELECT").then(COLUMNS).then("FROM uploads WHERE id = $1 AND owner_id = $2");
    db.optional(sql, args![id, owner]).await?.or_not_found(NOT_FOUND)
}

/// A user's uploads that no video has been made of yet, the newest first.
pub async fn list_open(db: &Db, owner: UserId) -> Result<Vec<UploadRow>, db::Error> {
    let sql = Sql::from("SELECT").then(COLUMNS).then(
        "FROM uploads WHERE owner_id = $1 AND video_id IS NULL AND resumable AND state IN ('uploading', 'complete')
         ORDER BY created_at DESC, id DESC LIMIT CAST($2 AS BIGINT)",
    );
    db.all(sql, args![owner, OPEN_MAX]).await
}

/// Records that bytes are stored. With its last byte a resumable upload is complete.
///
/// # Errors
/// 410 when the upload has ended meanwhile, 423 when somebody else has written to it, 413 when the quota is full.
pub async fn advance(app: &App, upload: &UploadRow, saved: Saved) -> Result<UploadRow, Error> {
    let now = app.clock.now_ms();
    let expires_at = upload.expiry(app, now);
    let sql = Sql::from(
        "UPDATE uploads SET received = $1, updated_at = $2, expires_at = $3,
             state = CASE WHEN resumable AND length = $1 THEN 'complete' ELSE state END
         WHERE id = $4 AND received = $5 AND state = 'uploading' RETURNING owner_id,",
    )
    .then(COLUMNS);
    let received = i64::try_from(saved.to()).map_err(Error::internal)?;
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let args = args![received, now, expires_at, upload.id, upload.received];
        let Some(Owned { owner_id, row }) = tx.optional(sql.clone(), args).await? else {
            drop(tx);
            check_unchanged(&app.db, upload).await?;
            return Err(locked());
        };
        saved.record(&mut tx, &app.storage, &row.object()?).await?;
        if row.length.is_none() {
            Usage::read_in(&mut tx, owner_id).await?.check_quota(app, 0)?;
        }
        tx.commit().await?;
        Ok(row)
    })
    .await
}

#[derive(Record)]
struct Owned {
    owner_id: UserId,
    #[record(flatten)]
    row: UploadRow,
}

/// Checks that nobody else has changed the upload.
///
/// # Errors
/// 410 when it has ended meanwhile, 423 when somebody else has written to it.
pub async fn check_unchanged(db: &Db, upload: &UploadRow) -> Result<(), Error> {
    let sql = Sql::from("SELECT").then(COLUMNS).then("FROM uploads WHERE id = $1");
    let now: Option<UploadRow> = db.optional(sql, args![upload.id]).await?;
    let now = now.or_not_found(NOT_FOUND)?;
    now.object()?;
    if now.state == upload.state && now.received == upload.received { Ok(()) } else { Err(locked()) }
}

/// Says whether an upload is gone, and no video was made of it.
pub async fn is_ended(db: &Db, id: UploadId) -> Result<bool, db::Error> {
    let sql = "FROM uploads u LEFT JOIN media m ON m.name = u.media
               WHERE u.id = $1 AND (u.video_id IS NOT NULL OR m.state <> 'doomed')";
    Ok(!db.exists(sql, args![id]).await?)
}

/// Completes a form's upload, whose length nobody knew for sure.
pub async fn finish(app: &App, upload: &UploadRow) -> Result<UploadRow, Error> {
    let sql = Sql::from(
        "UPDATE uploads SET state = 'complete', length = received, updated_at = $1
         WHERE id = $2 AND received = $3 AND state = 'uploading' RETURNING",
    )
    .then(COLUMNS);
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let row = tx.optional(sql.clone(), args![app.clock.now_ms(), upload.id, upload.received]).await?;
        tx.commit().await?;
        row.ok_or_else(|| upload.gone())
    })
    .await
}

/// Ends an upload that no video has been made of, and deletes its object; false when there is no such upload any more.
/// `refusal` says why it was not accepted.
pub async fn end(app: &App, id: UploadId, state: UploadState, refusal: Option<&str>) -> Result<bool, Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let sql = Sql::from("SELECT media FROM uploads WHERE id = $1 AND video_id IS NULL AND media IS NOT NULL")
            .for_update();
        let Some((media,)) = tx.optional::<(String,)>(sql, args![id]).await? else { return Ok(false) };
        let sql = "UPDATE uploads SET state = $1, media = NULL, refusal = $2, updated_at = $3 WHERE id = $4";
        tx.execute(sql, args![state, refusal, app.clock.now_ms(), id]).await?;
        app.storage.delete(&mut tx, &media).await?;
        tx.commit().await?;
        Ok(true)
    })
    .await
}

/// Ends the uploads that have been left alone for too long, and forgets those that ended long ago.
///
/// # Errors
/// When the database or the file system fails.
pub async fn expire(app: &App) -> Result<usize, Error> {
    let now = app.clock.now_ms();
    let sql = "SELECT id FROM uploads WHERE expires_at <= $1 AND video_id IS NULL AND media IS NOT NULL LIMIT 500";
    let mut expired = 0;
    loop {
        let due: Vec<(UploadId,)> = app.db.all(sql, args![now]).await?;
        if due.is_empty() {
            break;
        }
        for (id,) in due {
            expired += usize::from(end(app, id, UploadState::Expired, None).await?);
        }
    }
    let forgotten = "DELETE FROM uploads WHERE expires_at <= $1 AND video_id IS NULL AND media IS NULL";
    app.db.execute_alone(forgotten, args![now - millis(MEMORY)]).await?;
    Ok(expired)
}

/// Marks the objects of unfinished forms of this node as deleted: nobody can resume those.
pub async fn delete_abandoned_forms(db: &Db, node: NodeId) -> Result<(), db::Error> {
    db.run(
        "UPDATE media SET state = 'doomed' WHERE node = $1 AND state = 'growing'
         AND name IN (SELECT media FROM uploads WHERE NOT resumable AND video_id IS NULL)",
        args![node],
    )
    .await
}

/// Deletes the objects of a user's uploads.
pub async fn delete_of_user(tx: &mut Tx, storage: &Storage, user: UserId) -> Result<(), db::Error> {
    let sql = "SELECT media FROM uploads WHERE owner_id = $1 AND media IS NOT NULL AND video_id IS NULL";
    for (name,) in tx.all::<(String,)>(sql, args![user]).await? {
        storage.delete(tx, &name).await?;
    }
    Ok(())
}

/// Returns the complete upload, or the video that was made of it.
///
/// # Errors
/// 404 when the user has no such upload, 410 when it has ended, 409 when bytes are still missing.
pub async fn complete(app: &App, owner: UserId, id: UploadId) -> Result<Source, Error> {
    let upload = find(&app.db, owner, id).await?;
    if let Some(video) = upload.video_id {
        return Ok(Source::Video(video));
    }
    let object = upload.object()?;
    if upload.state != UploadState::Complete {
        let (received, length) = (readable(upload.received()), readable(upload.length().unwrap_or(0)));
        return Err(Error::conflict(format!("The upload is incomplete: {received} of {length} received")));
    }
    Ok(Source::Upload(CompleteUpload { id, object, bytes: upload.received, pending: None }))
}

/// Gives the upload's object to a video, in the transaction that creates the video; false when the upload has been used
/// or has ended meanwhile.
pub async fn consume(
    tx: &mut Tx,
    upload: &CompleteUpload,
    video: VideoId,
    content_type: &ContentType,
) -> Result<bool, db::Error> {
    let used = tx
        .execute(
            "UPDATE uploads SET video_id = $1, media = NULL WHERE id = $2 AND state = 'complete' AND video_id IS NULL",
            args![video, upload.id],
        )
        .await?;
    if used == 0 {
        return Ok(false);
    }
    keep_grown(tx, &upload.object, video, upload.bytes, content_type).await?;
    if let Some(pending) = &upload.pending {
        pending.keep_after_commit(tx);
    }
    Ok(true)
}
