//! Limits how much of something happens at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

/// Free again when dropped. It may outlive the request, with a blocking task.
#[derive(Debug)]
pub struct Pass(#[expect(dead_code, reason = "is held until it is dropped")] OwnedSemaphorePermit);

impl Gate {
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// First come, first served.
    pub async fn enter(&self) -> Result<Pass, Error> {
        Arc::clone(&self.0).acquire_owned().await.map(Pass).map_err(Error::internal)
    }

    pub fn try_enter(&self) -> Option<Pass> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(Pass)
    }
}
