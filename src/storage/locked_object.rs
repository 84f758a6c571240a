//! Objects that grow, and that no other process writes to.

use std::fs::{File, TryLockError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::leases::Lease;
use super::objects::Store;
use super::{Growing, MediaName, Storage, locked};
use crate::error::Error;

/// How often a process tries to lock a file that another process writes to.
const PERIOD: Duration = Duration::from_millis(100);
const TRIES: usize = 50;

/// An upload's object that no other process writes to.
pub struct LockedObject {
    growing: Growing,
    /// In a folder the file itself is locked.
    lease: Option<Lease>,
}

impl Storage {
    /// Opens an upload's object and keeps other processes from writing to it. `None` when it is gone, 423 when another
    /// process does not let go of it in time.
    pub async fn lock_object(&self, name: &MediaName) -> Result<Option<LockedObject>, Error> {
        let lease = match &self.objects.store {
            Store::Folder(_) => None,
            Store::Bucket(..) => match Lease::take(&self.db, &self.clock, name).await? {
                Some(lease) => Some(lease),
                None => return Ok(None),
            },
        };
        let Some(growing) = self.open_growing(name).await? else { return Ok(None) };
        if lease.is_none() {
            lock_file(growing.file()).await?;
        }
        Ok(Some(LockedObject { growing, lease }))
    }
}

impl LockedObject {
    pub const fn growing(&self) -> &Growing {
        &self.growing
    }

    /// Is cancelled when another process should go on.
    pub fn overtaken(&self) -> CancellationToken {
        self.lease.as_ref().map_or_else(CancellationToken::new, |lease| lease.ended().clone())
    }

    /// 423 when another process may write to it by now.
    pub fn check_held(&self) -> Result<(), Error> {
        if self.lease.as_ref().is_some_and(Lease::is_lost) { Err(locked()) } else { Ok(()) }
    }

    /// Lets others write at once.
    pub async fn release(self) {
        if let Some(lease) = self.lease {
            lease.release().await;
        }
    }
}

async fn lock_file(file: &File) -> Result<(), Error> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PERIOD).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(locked())
}
