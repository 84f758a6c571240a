//! What uploads may need: the owner's quota, and the disk.

use crate::app::App;
use crate::db;
use crate::db::{FromRow, Sql, Tx, args};
use crate::error::{Error, readable};
use crate::id::UserId;

/// How many unfinished uploads a user may have.
pub const OPEN_MAX: i64 = 1000;
/// What of the free disk all unfinished uploads of one user may reserve; a single upload may have all of it.
const SHARE_OF_ONE_USER: u64 = 4;

/// Has uploads begin one after the other, so that two cannot both have the last of a quota or of the disk. SQLite's
/// write transactions do so by themselves; the number is nobody else's.
///
/// # Errors
/// As any statement.
pub async fn one_at_a_time(tx: &mut Tx) -> Result<(), db::Error> {
    let sql = Sql::pair("SELECT ''", "SELECT CAST(pg_advisory_xact_lock(4120875) AS TEXT)");
    tx.one::<(String,)>(sql, args![]).await.map(|_| ())
}

/// Whether an upload of this length may begin.
///
/// # Errors
/// 409 when the owner has too many unfinished ones or those need too much of the disk, 413 when it is more than is left
/// of the owner's quota, 503 when the disk has no room.
pub async fn check(tx: &mut Tx, app: &App, owner: UserId, length: Option<u64>) -> Result<(), Error> {
    let length = length.unwrap_or(0);
    let used = used(tx, owner).await?;
    if used.open >= OPEN_MAX {
        let message = format!("You have {OPEN_MAX} unfinished uploads. Finish or cancel some of them first.");
        return Err(Error::conflict(message));
    }
    used.within_quota(app, length)?;
    let needed = reserved(tx).await?.saturating_add(length);
    app.storage.objects.check_space(needed, app.config.free_bytes_min)?;
    let (own, free) = (u64::try_from(used.reserved).unwrap_or(0), app.storage.objects.free_bytes()?);
    if own > 0 && own.saturating_add(length) > free / SHARE_OF_ONE_USER {
        let own = readable(own);
        return Err(Error::conflict(format!(
            "Your unfinished uploads already reserve {own}, the most per user. Finish or cancel some of them first."
        )));
    }
    Ok(())
}

/// What a user's films, as they were uploaded, and unfinished uploads come to. What the server makes of them is its
/// own affair.
#[derive(FromRow)]
struct Used {
    films: i64,
    uploads: i64,
    /// Bytes that are still to come.
    reserved: i64,
    open: i64,
}

async fn used(tx: &mut Tx, owner: UserId) -> Result<Used, Error> {
    let used = tx
        .one(
            "SELECT CAST((SELECT COALESCE(SUM(m.bytes), 0)
                          FROM videos v JOIN media m ON m.name = COALESCE(v.original, v.film)
                          WHERE v.owner_id = $1) AS BIGINT) AS films,
                    CAST(COALESCE(SUM(COALESCE(u.length, u.received)), 0) AS BIGINT) AS uploads,
                    CAST(COALESCE(SUM(COALESCE(u.length, u.received) - u.received), 0) AS BIGINT) AS reserved,
                    CAST(COUNT(*) AS BIGINT) AS open
             FROM uploads u WHERE u.owner_id = $1 AND u.video_id IS NULL AND u.state IN ('uploading', 'complete')",
            args![owner],
        )
        .await?;
    Ok(used)
}

/// Whether a user's uploads, one of which has grown beyond what was known of it, are still within the quota.
///
/// # Errors
/// 413 when they are not.
pub async fn check_quota(tx: &mut Tx, app: &App, owner: UserId) -> Result<(), Error> {
    used(tx, owner).await?.within_quota(app, 0)
}

impl Used {
    fn within_quota(&self, app: &App, more: u64) -> Result<(), Error> {
        let Some(quota) = app.config.user_quota else { return Ok(()) };
        let used = u64::try_from(self.films.saturating_add(self.uploads)).unwrap_or(0);
        if used.saturating_add(more) > quota {
            let (quota, used) = (readable(quota), readable(used));
            return Err(Error::too_large(format!(
                "Quota exceeded: your videos and uploads use {used} of {quota}. Delete some first."
            )));
        }
        Ok(())
    }
}

/// How many bytes are still to come for all the uploads there are.
async fn reserved(tx: &mut Tx) -> Result<u64, Error> {
    let sql = "SELECT CAST(COALESCE(SUM(length - received), 0) AS BIGINT) FROM uploads
               WHERE state = 'uploading' AND length IS NOT NULL";
    let (bytes,): (i64,) = tx.one(sql, args![]).await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
