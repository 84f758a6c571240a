//! The node's own folder: for files on their way into the storage, and for work on them.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::id::NodeId;

/// Nodes may share a disk, so each has a folder in this one.
const INCOMING: &str = "incoming";

#[derive(Clone)]
pub struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Opens it below `root`. In a storage folder, storing a file is a rename.
    pub fn open(root: &Path, node: NodeId) -> std::io::Result<Self> {
        let folder = root.join(INCOMING).join(node.to_string());
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Only for the process that owns the folder.
    pub fn clear(&self) -> std::io::Result<usize> {
        let mut removed = 0;
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            let path = entry.path();
            match if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) } {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// Returns what nodes that share the disk have not touched since `before`.
    pub fn untouched_since(&self, before: i64) -> std::io::Result<Vec<PathBuf>> {
        let Some(nodes) = self.0.parent() else { return Ok(Vec::new()) };
        let mut old = Vec::new();
        for node in std::fs::read_dir(nodes)? {
            let node = node?;
            if node.file_type()?.is_dir() {
                old.extend(entries(&node.path())?.into_iter().filter(|path| is_untouched(path, before)));
            }
        }
        Ok(old)
    }

    /// Returns the free space of the disk it is on.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        let status = rustix::fs::statvfs(&self.0)?;
        Ok(status.f_bavail.saturating_mul(status.f_frsize))
    }

    /// 503 when the disk has no space for so many bytes beside the reserve.
    pub fn check_space(&self, bytes: u64, reserve: u64) -> Result<(), Error> {
        let free = self.free_bytes()?;
        if free < bytes.saturating_add(reserve) {
            tracing::error!(free, needed = bytes, "upload refused: not enough disk space");
            return Err(storage_full());
        }
        Ok(())
    }
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// False when it is gone by now.
fn is_untouched(path: &Path, before: i64) -> bool {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    let touched = metadata.mtime().saturating_mul(1000);
    touched < before
        && (!metadata.is_dir() || entries(path).is_ok_and(|inner| inner.iter().all(|path| is_untouched(path, before))))
}

/// 503 when the disk is full.
pub fn write_error(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            tracing::error!(%error, "the media disk is full");
            storage_full()
        }
        _ => error.into(),
    }
}

fn storage_full() -> Error {
    Error::Busy("The server has too little disk space for this upload. Its operator must free some.".into())
}
