//! Checks the owner's quota and the disk space for uploads.
//!
//! Of its owner's quota an upload reserves its whole length when it begins. The disk is everybody's, so an upload
//! reserves it as its bytes come: as much as has come, but no more than is missing. An upload that could not be finished
//! is refused at its beginning, and whoever wants to keep disk space from others has to send as much.

use std::time::Duration;

use crate::app::App;
use crate::db;
use crate::db::{Arg, Db, Record, Sql, Tx, args};
use crate::error::{Error, readable};
use crate::id::{UploadId, UserId};

/// Time limit for a video that arrives in one request.
pub const VIDEO_LIMIT: Duration = Duration::from_hours(24);

/// Maximum number of a user's unfinished uploads.
pub const OPEN_MAX: i64 = 1000;
/// Divides the free disk into what unfinished uploads of one user may reserve before another begins.
const SHARE_OF_ONE_USER: u64 = 4;

/// Locks the user's row, so that of two uploads that begin at once only one gets the last of the quota.
pub async fn lock_owner(tx: &mut Tx, owner: UserId) -> Result<bool, db::Error> {
    tx.exists(Sql::from("FROM users WHERE id = $1").for_update(), args![owner]).await
}

/// Bytes and unfinished uploads of a user. Only what was uploaded counts, not what the server makes of it.
#[derive(Record)]
pub struct Usage {
    videos: i64,
    uploads: i64,
    /// Bytes of the disk for what is missing.
    reserved: i64,
    open: i64,
}

const USAGE: &str = "SELECT CAST((SELECT COALESCE(SUM(m.bytes), 0)
                      FROM videos v JOIN media m ON m.name = COALESCE(v.original, v.film)
                      WHERE v.owner_id = $1) AS BIGINT) AS videos,
        CAST(COALESCE(SUM(COALESCE(u.length, u.received)), 0) AS BIGINT) AS uploads,
        CAST(COALESCE(SUM(CASE WHEN u.length - u.received < u.received THEN u.length - u.received
                               WHEN u.length IS NOT NULL THEN u.received END), 0) AS BIGINT) AS reserved,
        CAST(COUNT(*) AS BIGINT) AS open
    FROM uploads u WHERE u.owner_id = $1 AND u.video_id IS NULL AND u.state IN ('uploading', 'complete')";

impl Usage {
    pub async fn read(db: &Db, owner: UserId) -> Result<Self, db::Error> {
        db.one(USAGE, args![owner]).await
    }

    pub async fn read_in(tx: &mut Tx, owner: UserId) -> Result<Self, db::Error> {
        tx.one(USAGE, args![owner]).await
    }

    /// Checks that an upload of this length may begin.
    ///
    /// # Errors
    /// 409 when there are too many unfinished uploads, 413 when the quota is too small.
    pub fn check(&self, app: &App, length: u64) -> Result<(), Error> {
        if self.open >= OPEN_MAX {
            let message = format!("You have {OPEN_MAX} unfinished uploads. Finish or cancel some of them first.");
            return Err(Error::conflict(message));
        }
        self.check_quota(app, length)
    }

    /// Checks that the unfinished uploads leave others enough of the disk.
    ///
    /// # Errors
    /// 409 when they do not.
    pub fn check_share(&self, app: &App) -> Result<(), Error> {
        let (own, free) = (u64::try_from(self.reserved).unwrap_or(0), app.storage.objects.free_bytes()?);
        if own > free / SHARE_OF_ONE_USER {
            let own = readable(own);
            return Err(Error::conflict(format!(
                "Your unfinished uploads already reserve {own}, the most per user. Finish or cancel some of them first."
            )));
        }
        Ok(())
    }

    /// Checks that `more` bytes fit into the quota.
    ///
    /// # Errors
    /// 413 when they do not.
    pub fn check_quota(&self, app: &App, more: u64) -> Result<(), Error> {
        let Some(quota) = app.config.user_quota else { return Ok(()) };
        let used = u64::try_from(self.videos.saturating_add(self.uploads)).unwrap_or(0);
        if used.saturating_add(more) > quota {
            let (quota, used) = (readable(quota), readable(used));
            return Err(Error::too_large(format!(
                "Quota exceeded: your videos and uploads use {used} of {quota}. Delete some first."
            )));
        }
        Ok(())
    }
}

const RESERVED: &str = "SELECT CAST(COALESCE(SUM(CASE WHEN length - received < received THEN length - received
                                                   ELSE received END), 0) AS BIGINT)
    FROM uploads WHERE state = 'uploading' AND length IS NOT NULL";

/// Checks that the disk has space for an upload of this length beside those that have begun.
///
/// # Errors
/// 503 when it has not.
pub async fn check_disk(app: &App, length: u64) -> Result<(), Error> {
    check_space(app, Sql::from(RESERVED), args![], length).await
}

/// Checks that the disk has space for `more` bytes of an upload beside those that began before it. So of two that cannot
/// both be finished, the older one is.
///
/// # Errors
/// 503 when it has not.
pub async fn check_disk_for(app: &App, upload: UploadId, more: u64) -> Result<(), Error> {
    check_space(app, Sql::from(RESERVED).then("AND id < $1"), args![upload], more).await
}

async fn check_space(app: &App, sql: Sql, args: Vec<Arg>, bytes: u64) -> Result<(), Error> {
    let (reserved,): (i64,) = app.db.one(sql, args).await?;
    let reserved = u64::try_from(reserved).unwrap_or(0);
    app.storage.objects.check_space(reserved.saturating_add(bytes), app.config.free_bytes_min)
}
