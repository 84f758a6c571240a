//! Locks on uploads: one request at a time writes to an upload, and the newest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::id::UploadId;

/// How long a request waits for the previous one to save what it has.
const WAIT: Duration = Duration::from_secs(10);
/// How long a request waits for another to examine the upload.
const LONG_WAIT: Duration = Duration::from_mins(15);

/// Holds among the requests of this process.
pub struct UploadLocks {
    uploads: Mutex<HashMap<UploadId, Queue>>,
    /// Preempts every lock and refuses new ones. Clients resume their uploads after the restart.
    stopping: CancellationToken,
}

struct Queue {
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Tells the newest request, which writes or waits, that a newer one has come.
    preempt: CancellationToken,
    requests: usize,
}

pub struct UploadLock {
    locks: Arc<UploadLocks>,
    upload: UploadId,
    preempt: CancellationToken,
    writing: Option<OwnedMutexGuard<()>>,
}

impl UploadLocks {
    pub fn new(stopping: CancellationToken) -> Self {
        Self { uploads: Mutex::default(), stopping }
    }

    /// Preempts the holder: a client that lost its connection comes back before the server has noticed. 423 when the
    /// holder does not let go in time or a newer request comes, 503 when the server is stopping.
    pub async fn acquire(self: &Arc<Self>, upload: UploadId) -> Result<UploadLock, Error> {
        let (lock, writing) = self.enqueue(upload, true);
        Self::obtain(lock, writing, WAIT).await
    }

    /// Does not preempt the holder: for work that must not be done twice. 423 when others have the lock for very long,
    /// 503 when the server is stopping.
    pub async fn wait(self: &Arc<Self>, upload: UploadId) -> Result<UploadLock, Error> {
        let (lock, writing) = self.enqueue(upload, false);
        Self::obtain(lock, writing, LONG_WAIT).await
    }

    async fn obtain(
        mut lock: UploadLock,
        writing: Arc<tokio::sync::Mutex<()>>,
        limit: Duration,
    ) -> Result<UploadLock, Error> {
        let writing = tokio::select! {
            // A preempted request gives up even if the lock comes free at that moment: the newer request is next.
            biased;
            error = lock.preempted() => return Err(error),
            writing = tokio::time::timeout(limit, writing.lock_owned()) => writing.map_err(|_| locked())?,
        };
        lock.writing = Some(writing);
        Ok(lock)
    }

    fn enqueue(self: &Arc<Self>, upload: UploadId, preempts: bool) -> (UploadLock, Arc<tokio::sync::Mutex<()>>) {
        let preempt = self.stopping.child_token();
        let mut uploads = self.lock();
        let queue = uploads.entry(upload).or_insert_with(|| Queue {
            writing: Arc::default(),
            preempt: CancellationToken::new(),
            requests: 0,
        });
        queue.requests += 1;
        if preempts {
            std::mem::replace(&mut queue.preempt, preempt.clone()).cancel();
        }
        let writing = Arc::clone(&queue.writing);
        drop(uploads);
        (UploadLock { locks: Arc::clone(self), upload, preempt, writing: None }, writing)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UploadId, Queue>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UploadLock {
    pub async fn preempted(&self) -> Error {
        self.preempt.cancelled().await;
        if self.locks.stopping.is_cancelled() {
            Error::Busy("The server is restarting. Resume the upload in a moment.".into())
        } else {
            locked()
        }
    }
}

impl Drop for UploadLock {
    fn drop(&mut self) {
        let mut uploads = self.locks.lock();
        self.writing = None;
        let Some(queue) = uploads.get_mut(&self.upload) else { return };
        queue.requests -= 1;
        if queue.requests == 0 {
            uploads.remove(&self.upload);
        }
    }
}

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
    async fn the_newest_request_gets_the_lock_and_nothing_is_left_of_those_before() {
        let locks = Arc::new(UploadLocks::new(CancellationToken::new()));
        let upload = UploadId::new(&Clock::System);
        let first = locks.acquire(upload).await.unwrap();
        let (second, third, ()) = tokio::join!(locks.acquire(upload), locks.acquire(upload), async {
            assert!(is_locked::<()>(&Err(first.preempted().await)));
            drop(first);
        });
        assert!(is_locked(&second), "one that waits gives way to a newer one");
        let third = third.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(20), third.preempted()).await.is_err());
        drop(third);
        assert!(locks.lock().is_empty());
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing() {
        let locks = Arc::new(UploadLocks::new(CancellationToken::new()));
        let upload = UploadId::new(&Clock::System);
        let first = locks.acquire(upload).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(20), locks.acquire(upload)).await.is_err());
        drop(first);
        assert!(locks.lock().is_empty());
    }

    #[tokio::test]
    async fn a_server_that_stops_ends_all_waits() {
        let locks = Arc::new(UploadLocks::new(CancellationToken::new()));
        let lock = locks.acquire(UploadId::new(&Clock::System)).await.unwrap();
        locks.stopping.cancel();
        assert!(matches!(lock.preempted().await, Error::Busy(_)));
        let next = locks.acquire(UploadId::new(&Clock::System)).await;
        assert!(matches!(next, Err(Error::Busy(_))));
    }
}
