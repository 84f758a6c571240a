//! The bytes of objects: in a folder or in a bucket. Nothing outside of this room knows in which.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::stream::BoxStream;
use object_store::path::Path as ObjectPath;

use super::bucket::{Bucket, PART_BYTES};
use super::failures::{Failures, Operation};
use super::folder::Folder;
use super::local_copies::LocalCopies;
use super::open_private;
use super::temp::TempFile;
use super::work_folder::WorkFolder;
use crate::config::{Config, MediaStore};
use crate::error::Error;
use crate::id::NodeId;
use crate::metrics::Exposition;

/// Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    pub(super) store: Store,
    work: WorkFolder,
    failures: Failures,
}

#[derive(Clone)]
pub(super) enum Store {
    Folder(Folder),
    Bucket(Bucket, Arc<LocalCopies>),
}

/// The bytes of an object, for a response.
pub enum Content {
    /// Shared: it is read at positions.
    File(Arc<File>),
    /// The range that was asked for.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

/// An object as a local file, for as long as this is kept.
pub struct LocalCopy {
    path: PathBuf,
    _link: Option<TempFile>,
}

impl LocalCopy {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Objects {
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(config: &Config, node: NodeId) -> Result<Self, String> {
        let failures = Failures::default();
        let failed = |folder: &Path, cause: io::Error| format!("the folder {}: {cause}", folder.display());
        match &config.media_store {
            MediaStore::Folder(root) => {
                let folder = Folder::open(root).map_err(|cause| failed(root, cause))?;
                let work = WorkFolder::open(folder.root(), node).map_err(|cause| failed(root, cause))?;
                Ok(Self { store: Store::Folder(folder), work, failures })
            }
            MediaStore::Bucket(settings) => {
                let root = &config.cache_dir;
                open_private(root).map_err(|cause| failed(root, cause))?;
                let root = &root.canonicalize().map_err(|cause| failed(root, cause))?;
                let work = WorkFolder::open(root, node).map_err(|cause| failed(root, cause))?;
                let copies = LocalCopies::open(root, config.cache_bytes_max, config.free_bytes_min);
                let copies = Arc::new(copies.map_err(|cause| failed(root, cause))?);
                let bucket = Bucket::open(settings, failures.clone()).await?;
                Ok(Self { store: Store::Bucket(bucket, copies), work, failures })
            }
        }
    }

    /// Returns the folder for files that are not objects yet.
    pub fn incoming(&self) -> &Path {
        self.work.path()
    }

    pub fn work_folder(&self) -> &WorkFolder {
        &self.work
    }

    /// Returns the column `store` of what is stored now.
    pub(super) const fn store_name(&self) -> &'static str {
        match &self.store {
            Store::Folder(_) => "local",
            Store::Bucket(..) => "s3",
        }
    }

    /// Reads a range into memory. Of an object that ends before it, less is read.
    pub async fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Bytes, Error> {
        let folder = match &self.store {
            Store::Bucket(bucket, _) => return bucket.read(path, range).await,
            Store::Folder(folder) => folder,
        };
        let read = async {
            let file = folder.shared_file(path).await?;
            let end = range.end.min(file.metadata()?.len());
            Ok(read_range(&file, range.start, end.saturating_sub(range.start)).await?.into())
        };
        self.counted(Operation::Read, read.await)
    }

    /// 404 when there is no such object.
    pub async fn content(&self, path: &ObjectPath, range: Range<u64>) -> Result<Content, Error> {
        match &self.store {
            Store::Folder(folder) => self.counted(Operation::Read, folder.shared_file(path).await).map(Content::File),
            Store::Bucket(bucket, _) => bucket.stream(path, range).await.map(Content::Stream),
        }
    }

    /// Gives a program the object as a file. From a bucket it is fetched once for all who want it.
    pub async fn local_copy(&self, path: &ObjectPath) -> Result<LocalCopy, Error> {
        match &self.store {
            Store::Folder(folder) => Ok(LocalCopy { path: folder.file_path(path)?, _link: None }),
            Store::Bucket(bucket, copies) => {
                let link = TempFile::name(&self.work)?;
                copies.link(bucket, &self.work, path, link.path()).await?;
                Ok(LocalCopy { path: link.path().to_owned(), _link: Some(link) })
            }
        }
    }

    pub async fn delete(&self, path: &ObjectPath) -> Result<(), Error> {
        match &self.store {
            Store::Folder(folder) => self.counted(Operation::Delete, folder.delete(path).await),
            Store::Bucket(bucket, copies) => {
                copies.forget(path);
                bucket.delete(path).await
            }
        }
    }

    /// Counts an error of reading or writing an object's file.
    pub fn counted<T>(&self, operation: Operation, result: Result<T, Error>) -> Result<T, Error> {
        self.failures.counted(operation, result)
    }

    pub fn expose_failures(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        self.failures.expose(exposition)
    }

    /// Closes files that another process may have deleted.
    pub fn close_old_files(&self) {
        if let Store::Folder(folder) = &self.store {
            folder.close_old_files();
        }
    }

    /// Returns how much more can be stored. A bucket is taken for endless.
    pub fn free_bytes(&self) -> io::Result<u64> {
        match &self.store {
            Store::Folder(_) => self.work.free_bytes(),
            Store::Bucket(..) => Ok(u64::MAX),
        }
    }

    /// 503 when so much cannot be stored. On its way to a bucket only two parts of an upload are on the disk.
    pub fn check_space(&self, bytes: u64, reserve: u64) -> Result<(), Error> {
        match &self.store {
            Store::Folder(_) => self.work.check_space(bytes, reserve),
            Store::Bucket(..) => self.work.check_space(bytes.min(2 * PART_BYTES), reserve),
        }
    }
}

/// Reads bytes of a file, all of which have to be there.
pub(super) async fn read_range(file: &Arc<File>, at: u64, bytes: u64) -> Result<Vec<u8>, Error> {
    let file = Arc::clone(file);
    let length = usize::try_from(bytes).map_err(Error::internal)?;
    let read = tokio::task::spawn_blocking(move || {
        let mut part = vec![0; length];
        file.read_exact_at(&mut part, at).map(|()| part)
    });
    Ok(read.await.map_err(Error::internal)??)
}
