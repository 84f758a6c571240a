//! Whose turn it is to write to an upload: one request at a time, and the newest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::id::UploadId;

/// How long a request waits for the one before to write down what it has.
const WAIT: Duration = Duration::from_secs(10);
/// How long a request waits for another to look at the film.
const PATIENCE: Duration = Duration::from_mins(15);

/// The requests of this process that write to uploads, or wait for that.
pub struct UploadLocks {
    uploads: Mutex<HashMap<UploadId, Queue>>,
    /// Ends every turn, and lets no more be taken: clients go on with their uploads when the server is there again.
    stopping: CancellationToken,
}

struct Queue {
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Asks the newest request, which writes or waits, to make room for a newer one.
    give_way: CancellationToken,
    requests: usize,
}

/// The right to write to an upload, until it is dropped.
pub struct UploadLock {
    turns: Arc<UploadLocks>,
    upload: UploadId,
    give_way: CancellationToken,
    writing: Option<OwnedMutexGuard<()>>,
}

impl UploadLocks {
    /// Nobody's turn yet.
    #[must_use]
    pub fn new(stopping: CancellationToken) -> Self {
        Self { uploads: Mutex::default(), stopping }
    }

    /// Takes the turn from whoever has it: a client that lost its connection comes back before the server has noticed.
    ///
    /// # Errors
    /// 423 when the other one does not let go in time or a newer request comes, 503 when the server is stopping.
    pub async fn take(self: &Arc<Self>, upload: UploadId) -> Result<UploadLock, Error> {
        let (turn, writing) = self.queue_up(upload, true);
        Self::have(turn, writing, WAIT).await
    }

    /// Waits for the turn and asks nobody to make room: for work on an upload that is not to be done twice.
    ///
    /// # Errors
    /// 423 when others have the turn for very long, 503 when the server is stopping.
    pub async fn wait(self: &Arc<Self>, upload: UploadId) -> Result<UploadLock, Error> {
        let (turn, writing) = self.queue_up(upload, false);
        Self::have(turn, writing, PATIENCE).await
    }

    async fn have(
        mut turn: UploadLock,
        writing: Arc<tokio::sync::Mutex<()>>,
        limit: Duration,
    ) -> Result<UploadLock, Error> {
        let writing = tokio::select! {
            // Who has been asked to make room does so even when the lock comes free at that moment: it is the newer
            // one's.
            biased;
            error = turn.ended() => return Err(error),
            writing = tokio::time::timeout(limit, writing.lock_owned()) => writing.map_err(|_| locked())?,
        };
        turn.writing = Some(writing);
        Ok(turn)
    }

    fn queue_up(self: &Arc<Self>, upload: UploadId, is_pressing: bool) -> (UploadLock, Arc<tokio::sync::Mutex<()>>) {
        let give_way = self.stopping.child_token();
        let mut uploads = self.lock();
        let queue = uploads.entry(upload).or_insert_with(|| Queue {
            writing: Arc::default(),
            give_way: CancellationToken::new(),
            requests: 0,
        });
        queue.requests += 1;
        if is_pressing {
            std::mem::replace(&mut queue.give_way, give_way.clone()).cancel();
        }
        let writing = Arc::clone(&queue.writing);
        drop(uploads);
        (UploadLock { turns: Arc::clone(self), upload, give_way, writing: None }, writing)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UploadId, Queue>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UploadLock {
    /// Done when somebody else is to write, or nobody.
    pub async fn ended(&self) -> Error {
        self.give_way.cancelled().await;
        if self.turns.stopping.is_cancelled() {
            Error::Busy("The server is restarting. Resume the upload in a moment.".into())
        } else {
            locked()
        }
    }
}

impl Drop for UploadLock {
    fn drop(&mut self) {
        let mut uploads = self.turns.lock();
        self.writing = None;
        let Some(queue) = uploads.get_mut(&self.upload) else { return };
        queue.requests -= 1;
        if queue.requests == 0 {
            uploads.remove(&self.upload);
        }
    }
}

/// For an upload that another request is writing to.
pub fn locked() -> Error {
    Error::other(
        StatusCode::LOCKED,
        "Another request is writing to this upload. Get the offset with HEAD, then resume.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn is_locked<T>(result: &Result<T, Error>) -> bool {
        matches!(result, Err(Error::Other(StatusCode::LOCKED, ..)))
    }

    #[tokio::test]
    async fn the_newest_request_gets_the_turn_and_nothing_is_left_of_those_before() {
        let turns = Arc::new(UploadLocks::new(CancellationToken::new()));
        let upload = UploadId::new(&Clock::System);
        let first = turns.take(upload).await.unwrap();
        let (second, third, ()) = tokio::join!(turns.take(upload), turns.take(upload), async {
            assert!(is_locked::<()>(&Err(first.ended().await)));
            drop(first);
        });
        assert!(is_locked(&second), "one that waits gives way to a newer one");
        let third = third.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(20), third.ended()).await.is_err());
        drop(third);
        assert!(turns.lock().is_empty());
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing() {
        let turns = Arc::new(UploadLocks::new(CancellationToken::new()));
        let upload = UploadId::new(&Clock::System);
        let first = turns.take(upload).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(20), turns.take(upload)).await.is_err());
        drop(first);
        assert!(turns.lock().is_empty());
    }

    #[tokio::test]
    async fn a_server_that_stops_ends_all_turns() {
        let turns = Arc::new(UploadLocks::new(CancellationToken::new()));
        let turn = turns.take(UploadId::new(&Clock::System)).await.unwrap();
        turns.stopping.cancel();
        assert!(matches!(turn.ended().await, Error::Busy(_)));
        let next = turns.take(UploadId::new(&Clock::System)).await;
        assert!(matches!(next, Err(Error::Busy(_))));
    }
}
