//! Temporary files on their way into the storage.

use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt;

use super::WorkFolder;
use crate::error::Error;

/// Removed when dropped, unless it was moved away.
pub struct TempFile(PathBuf);

impl TempFile {
    pub async fn create(folder: &WorkFolder) -> Result<(Self, tokio::fs::File), Error> {
        let temp = Self::name(folder)?;
        let mut options = tokio::fs::OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(&temp.0).await?;
        Ok((temp, file))
    }

    /// Names a file that somebody else is going to make.
    pub fn name(folder: &WorkFolder) -> Result<Self, Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        Ok(Self(folder.path().join(hex::encode(random))))
    }

    pub const fn adopt(path: PathBuf) -> Self {
        Self(path)
    }

    pub async fn write(folder: &WorkFolder, content: &[u8]) -> Result<Self, Error> {
        let (temp, mut file) = Self::create(folder).await?;
        file.write_all(content).await?;
        file.sync_all().await?;
        Ok(temp)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
