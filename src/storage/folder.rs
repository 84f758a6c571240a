//! A local folder, behind the `object_store` crate.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetResultPayload, ListResult, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::open_files::OpenFiles;
use super::work_folder::write_error;
use super::{ObjectKind, open_private};
use crate::error::Error;

const LAYOUT_FILE: &str = "layout";
/// Objects are stored under their names without extension.
const LAYOUT: &str = "2";

/// A write that succeeded is on the disk.
#[derive(Clone)]
pub struct Folder {
    store: Arc<LocalFileSystem>,
    root: PathBuf,
    open_files: Arc<OpenFiles>,
}

impl Folder {
    pub fn open(root: &Path) -> std::io::Result<Self> {
        open_private(root)?;
        let root = root.canonicalize()?;
        migrate_layout(&root)?;
        let store = LocalFileSystem::new_with_prefix(&root).map_err(std::io::Error::other)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), root, open_files: Arc::default() })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes a file below the root.
    pub async fn take_in(&self, file: &Path, to: &ObjectPath) -> Result<(), Error> {
        let below = file.strip_prefix(&self.root).map_err(Error::internal)?;
        let from: ObjectPath = below.iter().filter_map(|part| part.to_str()).collect();
        self.store.rename(&from, &stored_path(to)).await.map_err(Error::internal)
    }

    pub fn file_path(&self, path: &ObjectPath) -> Result<PathBuf, Error> {
        self.store.path_to_filesystem(&stored_path(path)).map_err(Error::internal)
    }

    /// For reading at positions: the file is shared, and its own position with it.
    pub async fn shared_file(&self, path: &ObjectPath) -> Result<Arc<File>, Error> {
        if let Some(file) = self.open_files.get(path) {
            return Ok(file);
        }
        let file = Arc::new(self.open_file(path).await?);
        self.open_files.keep(path, &file);
        Ok(file)
    }

    /// Closes files that another process may have deleted.
    pub fn close_old_files(&self) {
        self.open_files.close_old();
    }

    async fn open_file(&self, path: &ObjectPath) -> Result<File, Error> {
        let object = match self.store.get(&stored_path(path)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(Error::not_found("Media not found")),
            result => result.map_err(Error::internal)?,
        };
        match object.payload {
            GetResultPayload::File(file, _) => Ok(file),
            GetResultPayload::Stream(_) => Err(Error::internal("a local object is not a file")),
        }
    }

    pub async fn create(&self, path: &ObjectPath) -> Result<(), Error> {
        let path = self.file_path(path)?;
        let made = tokio::task::spawn_blocking(move || {
            let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
            std::fs::create_dir_all(folder)?;
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.sync_all()?;
            // The folder's entry has to survive a power cut, too.
            File::open(folder)?.sync_all()
        });
        made.await.map_err(Error::internal)?.map_err(write_error)
    }

    /// For an object that is still being written; `None` when it is not there.
    pub async fn open_to_write(&self, path: &ObjectPath) -> Result<Option<File>, Error> {
        let path = self.file_path(path)?;
        match tokio::fs::OpenOptions::new().read(true).write(true).open(path).await {
            Ok(file) => Ok(Some(file.into_std().await)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lists a folder, and not what is in its folders.
    pub async fn list_level(&self, folder: &ObjectPath) -> Result<ListResult, Error> {
        self.store.list_with_delimiter(Some(folder)).await.map_err(Error::internal)
    }

    /// Lists everything in a folder.
    pub fn list(&self, folder: &ObjectPath) -> BoxStream<'static, Result<ObjectMeta, Error>> {
        self.store.list(Some(folder)).map_err(Error::internal).boxed()
    }

    /// 404 when there is no such object.
    pub async fn length(&self, path: &ObjectPath) -> Result<u64, Error> {
        match tokio::fs::metadata(self.file_path(path)?).await {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::not_found("Media not found")),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn delete(&self, path: &ObjectPath) -> Result<(), Error> {
        let deleted = self.store.delete(&stored_path(path)).await;
        self.open_files.close(path);
        match deleted {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

/// In a folder no object has an extension.
pub(super) fn stored_path(path: &ObjectPath) -> ObjectPath {
    let text = path.as_ref();
    ObjectPath::from(text.split_once('.').map_or(text, |(before, _)| before))
}

/// Idempotent, also beside another process.
fn migrate_layout(root: &Path) -> std::io::Result<()> {
    let marker = root.join(LAYOUT_FILE);
    if std::fs::read_to_string(&marker).is_ok_and(|layout| layout == LAYOUT) {
        return Ok(());
    }
    for kind in ObjectKind::ALL {
        for folder in entries(&root.join(kind.as_str()))? {
            for object in entries(&folder)? {
                match std::fs::rename(&object, object.with_extension("")) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
    }
    std::fs::write(marker, LAYOUT)
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_folder_of_the_first_layout_is_migrated() {
        // The temporary folder itself is as open as its maker's umask says.
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("media");
        super::super::create_private(&root).unwrap();
        let name: crate::storage::MediaName = "0f0e0d0c0b0a09080706050403020100.mp4".parse().unwrap();
        let before = root.join("film/0f").join(name.as_str());
        std::fs::create_dir_all(before.parent().unwrap()).unwrap();
        std::fs::write(&before, "bytes").unwrap();
        for _ in 0..2 {
            let folder = Folder::open(&root).unwrap();
            let path = folder.file_path(&name.path(ObjectKind::Video)).unwrap();
            assert_eq!(std::fs::read_to_string(path).unwrap(), "bytes");
            assert!(!before.exists());
        }
    }
}
