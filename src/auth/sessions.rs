//! Sessions: one row for every device somebody is logged in on.

use crate::app::App;
use crate::clock::{Clock, millis};
use crate::db;
use crate::db::{Db, FromRow, Tx, args};
use crate::error::Error;
use crate::id::{SessionId, UserId};

use super::tokens::{Refresh, Tokens};

/// User agents are kept so that people recognise their sessions; the rest of a long one does not help.
const USER_AGENT_CHARS_MAX: usize = 300;

/// A session as it is listed to its owner.
#[derive(FromRow)]
pub struct SessionRow {
    pub id: SessionId,
    pub user_agent: String,
    pub address: String,
    pub created_at: i64,
    pub rotated_at: i64,
    pub expires_at: i64,
}

#[derive(FromRow)]
struct Hashes {
    refresh_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    rotated_at: i64,
}

/// What a token means that was used up long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// It was stolen, or its thief was here first.
    EndsSession,
    /// Nothing: the request has another token besides.
    Pardoned,
}

/// Where a session was opened.
pub struct Device {
    pub user_agent: String,
    pub address: String,
}

/// Whether the session is the user's and has not ended.
pub async fn is_alive(db: &Db, user: UserId, session: SessionId, now_ms: i64) -> Result<bool, db::Error> {
    let rows = "FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.id = $1 AND s.user_id = $2 AND s.expires_at > $3";
    db.exists(rows, args![session, user, now_ms]).await
}

/// Opens a session and gives its first refresh token.
pub async fn open(tx: &mut Tx, app: &App, user: UserId, device: Device) -> Result<(SessionId, Refresh), Error> {
    let id = SessionId::new(&app.clock);
    let refresh = Tokens::first_refresh(user, id)?;
    let now = app.clock.now_ms();
    let user_agent: String = device.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect();
    tx.execute(
        "INSERT INTO sessions (id, user_id, refresh_hash, user_agent, address, created_at, rotated_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        args![id, user, refresh.hash(), user_agent, device.address, now, now + millis(app.tokens.refresh_expiry())],
    )
    .await?;
    Ok((id, refresh))
}

/// Uses a refresh token up. Gives its successor and the time that one counts from.
///
/// A token used before is either a parallel request of the same client, which gets the same successor, or stolen,
/// which ends the session for the thief and the owner alike: nobody can tell which of them is asking.
///
/// # Errors
/// 401 when the session is gone or the token was used too long ago.
pub async fn rotate(app: &App, used: &Refresh, reuse: Reuse) -> Result<(Refresh, i64), Error> {
    let refused = || Error::unauthorized("Refresh token is expired or used");
    let now = app.clock.now_ms();
    let successor = app.tokens.successor(used);
    let mut tx = app.db.begin().await?;
    let rotated = tx
        .execute(
            "UPDATE sessions SET previous_hash = refresh_hash, refresh_hash = $1, rotated_at = $2, expires_at = $3
             WHERE id = $4 AND user_id = $5 AND refresh_hash = $6 AND expires_at > $2",
            args![
                successor.hash(),
                now,
                now + millis(app.tokens.refresh_expiry()),
                used.session,
                used.user,
                used.hash()
            ],
        )
        .await?;
    if rotated == 1 {
        tx.commit().await?;
        return Ok((successor, now));
    }
    let hashes: Option<Hashes> = tx
        .optional(
            "SELECT refresh_hash, previous_hash, rotated_at FROM sessions WHERE id = $1 AND user_id = $2",
            args![used.session, used.user],
        )
        .await?;
    let hashes = hashes.ok_or_else(refused)?;
    let is_parallel = hashes.previous_hash.as_ref() == Some(&used.hash())
        && hashes.refresh_hash == successor.hash()
        && now - hashes.rotated_at <= millis(app.config.refresh_grace);
    if is_parallel {
        return Ok((successor, hashes.rotated_at));
    }
    if reuse == Reuse::Pardoned {
        return Err(refused());
    }
    tx.execute("DELETE FROM sessions WHERE id = $1", args![used.session]).await?;
    tx.commit().await?;
    tracing::warn!(session = %used.session, user = %used.user, "refresh token reused: session ended");
    Err(refused())
}

/// The user's sessions, newest first.
pub async fn list(db: &Db, user: UserId, now_ms: i64) -> Result<Vec<SessionRow>, db::Error> {
    let sql = "SELECT id, user_agent, address, created_at, rotated_at, expires_at FROM sessions
               WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 1000";
    db.all(sql, args![user, now_ms]).await
}

/// Ends one of the user's sessions; says whether there was such a one.
pub async fn end(db: &Db, user: UserId, session: SessionId) -> Result<bool, db::Error> {
    Ok(db.execute("DELETE FROM sessions WHERE id = $1 AND user_id = $2", args![session, user]).await? > 0)
}

/// Ends all of the user's sessions but one.
///
/// # Errors
/// As any statement.
pub async fn end_others(tx: &mut Tx, user: UserId, kept: SessionId) -> Result<(), db::Error> {
    tx.run("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", args![user, kept]).await
}

/// Removes sessions that have expired.
///
/// # Errors
/// As any statement.
pub async fn prune(db: &Db, clock: &Clock) -> Result<u64, db::Error> {
    db.execute("DELETE FROM sessions WHERE expires_at <= $1", args![clock.now_ms()]).await
}
