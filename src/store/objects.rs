//! The bytes: a local folder behind the `object_store` crate.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetResultPayload, ObjectStoreExt};

use crate::error::Error;
use crate::id::NodeId;
use crate::upload::TempFile;

/// The folder uploads are received in, inside the store: taking one in is then a rename. Each node has its own in it.
const INCOMING: &str = "incoming";

/// A store for objects. What it says it has written is on the disk.
#[derive(Clone)]
pub struct Objects {
    store: Arc<LocalFileSystem>,
    root: PathBuf,
    node: NodeId,
}

impl Objects {
    /// Opens the store in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(root: &Path, node: NodeId) -> std::io::Result<Self> {
        std::fs::create_dir_all(root.join(INCOMING).join(node.to_string()))?;
        let root = root.canonicalize()?;
        let store = LocalFileSystem::new_with_prefix(&root).map_err(std::io::Error::other)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), root, node })
    }

    /// Where this node receives uploads.
    #[must_use]
    pub fn incoming(&self) -> PathBuf {
        self.root.join(INCOMING).join(self.node.to_string())
    }

    /// Moves a file of the incoming folder to its place.
    ///
    /// # Errors
    /// When the file system refuses.
    pub async fn take_in(&self, file: &TempFile, to: &ObjectPath) -> Result<(), Error> {
        let from = ObjectPath::from_iter([INCOMING, &self.node.to_string(), file.file_name()]);
        self.store.rename(&from, to).await.map_err(Error::internal)
    }

    /// Opens an object for reading.
    ///
    /// # Errors
    /// 404 when there is none.
    pub async fn open_file(&self, path: &ObjectPath) -> Result<File, Error> {
        let object = match self.store.get(path).await {
            Err(object_store::Error::NotFound { .. }) => return Err(Error::not_found("Media not found")),
            result => result.map_err(Error::internal)?,
        };
        match object.payload {
            GetResultPayload::File(file, _) => Ok(file),
            GetResultPayload::Stream(_) => Err(Error::internal("a local object is not a file")),
        }
    }

    /// Removes an object; one that is not there is as good as removed.
    ///
    /// # Errors
    /// When the file system refuses.
    pub async fn delete(&self, path: &ObjectPath) -> Result<(), Error> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Removes whatever uploads an earlier process did not finish. Only for the process that owns the folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn clear_incoming(&self) -> std::io::Result<usize> {
        let mut removed = 0;
        for entry in std::fs::read_dir(self.incoming())? {
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

    /// How many bytes the file system has left for us.
    ///
    /// # Errors
    /// When it will not tell.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        let status = rustix::fs::statvfs(&self.root)?;
        Ok(status.f_bavail.saturating_mul(status.f_frsize))
    }
}
