//! Files on their way into the store.

use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt;

use super::Objects;
use crate::error::Error;

/// A file that is removed when it is dropped, unless it has been moved away by then.
pub struct TempFile(PathBuf);

impl TempFile {
    /// A new, empty file in the store's folder for what comes in.
    ///
    /// # Errors
    /// When the file system refuses.
    pub async fn create(objects: &Objects) -> Result<(Self, tokio::fs::File), Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        let path = objects.incoming().join(hex::encode(random));
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        Ok((Self(path), file))
    }

    /// A file that is there already, below the store's folder for what comes in; from now on it is removed like one of
    /// our own.
    #[must_use]
    pub const fn adopt(path: PathBuf) -> Self {
        Self(path)
    }

    /// A file with this content, which has reached the disk.
    ///
    /// # Errors
    /// When the file system refuses.
    pub async fn write(objects: &Objects, content: &[u8]) -> Result<Self, Error> {
        let (temp, mut file) = Self::create(objects).await?;
        file.write_all(content).await?;
        file.sync_all().await?;
        Ok(temp)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
