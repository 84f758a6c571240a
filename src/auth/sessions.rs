//! Sessions: one row for every device somebody is logged in on.

use std::sync::Arc;
use std::time::Duration;

use super::tokens::{Refresh, Tokens};
use crate::clock::{Clock, millis};
use crate::db;
use crate::db::{Db, Record, Tx, args, retry};
use crate::error::Error;
use crate::id::{SessionId, UserId};

/// Enough for people to recognise a session.
const USER_AGENT_CHARS_MAX: usize = 300;

/// Time between two checks of whether a session has ended, for requests that run for long.
const END_PERIOD: Duration = Duration::from_secs(1);

pub struct Sessions {
    db: Db,
    clock: Clock,
    tokens: Arc<Tokens>,
    /// How long a used refresh token still yields the same successor.
    grace: Duration,
}

#[derive(Record)]
pub struct SessionRow {
    pub id: SessionId,
    pub user_agent: String,
    pub address: String,
    pub created_at: i64,
    pub rotated_at: i64,
    pub expires_at: i64,
}

#[derive(Record)]
struct Hashes {
    refresh_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    rotated_at: i64,
}

/// What reusing a token after the grace period does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// It may be stolen.
    EndsSession,
    /// The request has another token besides.
    Pardoned,
}

pub struct Device {
    pub user_agent: String,
    pub address: String,
}

pub struct NewSession {
    pub id: SessionId,
    pub refresh: Refresh,
}

pub struct Rotated {
    pub refresh: Refresh,
    /// When it was issued: parallel refreshes get the very same token.
    pub issued_ms: i64,
}

impl Sessions {
    pub fn new(db: Db, clock: Clock, tokens: Arc<Tokens>, grace: Duration) -> Self {
        Self { db, clock, tokens, grace }
    }

    pub async fn is_alive(&self, user: UserId, session: SessionId) -> Result<bool, db::Error> {
        let rows = "FROM sessions WHERE id = $1 AND user_id = $2 AND expires_at > $3";
        self.db.exists(rows, args![session, user, self.clock.now_ms()]).await
    }

    /// Waits until a session has ended, on whichever node that was. Returns the 401 for what it has begun.
    pub async fn ended(&self, user: UserId, session: SessionId) -> Error {
        loop {
            tokio::time::sleep(END_PERIOD).await;
            // While the database is away nobody can tell.
            if matches!(self.is_alive(user, session).await, Ok(false)) {
                return Error::unauthorized("The session has ended. Log in and try again.");
            }
        }
    }

    pub async fn open(&self, tx: &mut Tx, user: UserId, device: &Device) -> Result<NewSession, Error> {
        let id = SessionId::new(&self.clock);
        let refresh = Tokens::first_refresh(user, id)?;
        let now = self.clock.now_ms();
        let user_agent: String = device.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect();
        tx.run(
            "INSERT INTO sessions (id, user_id, refresh_hash, user_agent, address, created_at, rotated_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
            args![id, user, refresh.hash(), user_agent, &device.address, now, self.expiry(now)],
        )
        .await?;
        Ok(NewSession { id, refresh })
    }

    /// Uses a refresh token up; 401 when the session is gone or the token was used too long ago. One that was used
    /// before comes from a parallel request of the same client, which gets the same successor, or it is stolen. Nobody
    /// can tell the thief from the owner, so the session ends for both.
    pub async fn rotate(&self, used: &Refresh, reuse: Reuse) -> Result<Rotated, Error> {
        retry(|| self.try_rotate(used, reuse)).await
    }

    async fn try_rotate(&self, used: &Refresh, reuse: Reuse) -> Result<Rotated, Error> {
        let refused = || Error::unauthorized("Refresh token is expired or used");
        let now = self.clock.now_ms();
        let successor = self.tokens.successor(used);
        let mut tx = self.db.begin().await?;
        let rotated = tx
            .execute(
                "UPDATE sessions SET previous_hash = refresh_hash, refresh_hash = $1, rotated_at = $2, expires_at = $3
                 WHERE id = $4 AND user_id = $5 AND refresh_hash = $6 AND expires_at > $2",
                args![successor.hash(), now, self.expiry(now), used.session, used.user, used.hash()],
            )
            .await?;
        if rotated == 1 {
            tx.commit().await?;
            return Ok(Rotated { refresh: successor, issued_ms: now });
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
            && now - hashes.rotated_at <= millis(self.grace);
        if is_parallel {
            return Ok(Rotated { refresh: successor, issued_ms: hashes.rotated_at });
        }
        if reuse == Reuse::Pardoned {
            return Err(refused());
        }
        tx.execute("DELETE FROM sessions WHERE id = $1", args![used.session]).await?;
        tx.commit().await?;
        tracing::warn!(session = %used.session, user = %used.user, "refresh token reused: session ended");
        Err(refused())
    }

    pub async fn list(&self, user: UserId) -> Result<Vec<SessionRow>, db::Error> {
        let sql = "SELECT id, user_agent, address, created_at, rotated_at, expires_at FROM sessions
                   WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 1000";
        self.db.all(sql, args![user, self.clock.now_ms()]).await
    }

    pub async fn end(&self, user: UserId, session: SessionId) -> Result<bool, db::Error> {
        let sql = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";
        Ok(self.db.execute(sql, args![session, user]).await? > 0)
    }

    pub async fn prune(&self) -> Result<u64, db::Error> {
        self.db.execute_alone("DELETE FROM sessions WHERE expires_at <= $1", args![self.clock.now_ms()]).await
    }

    fn expiry(&self, now: i64) -> i64 {
        now + millis(self.tokens.refresh_expiry())
    }
}

pub async fn end_others(tx: &mut Tx, user: UserId, kept: SessionId) -> Result<(), db::Error> {
    tx.run("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", args![user, kept]).await
}
