//! Local copies of objects in a bucket, for programs that read files.
//!
//! The folder is shared by the processes of a node. Who uses a copy has a link to it, so that any process may remove the
//! copy itself; its space is free when the last link is gone.

use std::collections::HashMap;
use std::fs::{File, FileTimes};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use futures_util::StreamExt;
use object_store::path::Path as ObjectPath;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::bucket::{Bucket, unreachable_store};
use super::temp::TempFile;
use super::work_folder::{WorkFolder, write_error};
use crate::error::Error;

const COPIES: &str = "copies";
const BUFFER_BYTES: usize = 256 * 1024;

pub struct LocalCopies {
    folder: PathBuf,
    bytes_max: u64,
    free_bytes_min: u64,
    /// A lock for each copy that is being fetched: one request fetches it for all.
    fetching: Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>,
}

struct Copy {
    path: PathBuf,
    bytes: u64,
    used_at: SystemTime,
}

impl LocalCopies {
    pub fn open(root: &Path, bytes_max: u64, free_bytes_min: u64) -> io::Result<Self> {
        let folder = root.join(COPIES);
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, bytes_max, free_bytes_min, fetching: Mutex::default() })
    }

    /// Links an object's copy to `link`, and makes the copy first if there is none.
    pub async fn link(&self, bucket: &Bucket, work: &WorkFolder, path: &ObjectPath, link: &Path) -> Result<(), Error> {
        let copy = self.path(path);
        if use_copy(&copy, link)? {
            return Ok(());
        }
        let turn = Arc::clone(self.lock().entry(copy.clone()).or_default());
        let fetched = async {
            let _turn = turn.lock().await;
            if !use_copy(&copy, link)? {
                self.fetch(bucket, work, path, &copy, link).await?;
            }
            Ok(())
        };
        let fetched = fetched.await;
        drop(turn);
        self.lock().retain(|_, turn| Arc::strong_count(turn) > 1);
        fetched
    }

    async fn fetch(
        &self,
        bucket: &Bucket,
        work: &WorkFolder,
        path: &ObjectPath,
        copy: &Path,
        link: &Path,
    ) -> Result<(), Error> {
        let bytes = bucket.length(path).await?;
        let is_kept = bytes <= self.bytes_max;
        if is_kept {
            self.make_room(bytes)?;
        }
        work.check_space(bytes, self.free_bytes_min)?;
        let (temp, file) = TempFile::create(work).await?;
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let mut content = bucket.stream(path, 0..bytes).await?;
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(|error| {
                tracing::warn!(%path, %error, "an object could not be fetched from the media storage");
                unreachable_store()
            })?;
            file.write_all(&piece).await.map_err(write_error)?;
        }
        file.flush().await.map_err(write_error)?;
        std::fs::hard_link(temp.path(), link)?;
        if is_kept {
            // A power cut must leave no copy that is shorter.
            file.get_ref().sync_all().await?;
            std::fs::rename(temp.path(), copy)?;
        }
        Ok(())
    }

    /// Removes the copies that nobody has used for the longest time.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        let mut copies = self.list()?;
        copies.sort_by_key(|copy| copy.used_at);
        let mut total: u64 = copies.iter().map(|copy| copy.bytes).sum();
        for copy in copies {
            if total.saturating_add(bytes) <= self.bytes_max {
                break;
            }
            remove(&copy.path)?;
            total -= copy.bytes;
        }
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<Copy>> {
        let mut copies = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another process may have removed it meanwhile.
            let Ok(metadata) = entry.metadata() else { continue };
            copies.push(Copy { path: entry.path(), bytes: metadata.len(), used_at: metadata.modified()? });
        }
        Ok(copies)
    }

    /// Removes the copy of an object that is deleted. Other nodes keep theirs until they need the room.
    pub fn forget(&self, path: &ObjectPath) {
        if let Err(error) = remove(&self.path(path)) {
            tracing::warn!(%path, %error, "failed to remove the local copy of an object");
        }
    }

    fn path(&self, path: &ObjectPath) -> PathBuf {
        self.folder.join(path.filename().unwrap_or_default())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>> {
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Links a copy and notes that it was used; false when there is none.
fn use_copy(copy: &Path, link: &Path) -> io::Result<bool> {
    match std::fs::hard_link(copy, link) {
        Ok(()) => {
            // A file's times are the file system's own: it decides which copy is the oldest.
            #[expect(clippy::disallowed_methods, reason = "compared with times of files only")]
            let now = SystemTime::now();
            File::options().write(true).open(link)?.set_times(FileTimes::new().set_modified(now))?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
