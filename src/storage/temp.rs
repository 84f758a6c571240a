//! Temporary files on their way into the storage.

use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt;

use super::Objects;
use crate::error::Error;

/// Removed when dropped, unless it was moved away.
pub struct TempFile(PathBuf);

impl TempFile {
    pub async fn create(objects: &Objects) -> Result<(Self, tokio::fs::File), Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        let path = objects.incoming().join(hex::encode(random));
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        Ok((Self(path), file))
    }

    pub const fn adopt(path: PathBuf) -> Self {
        Self(path)
    }

    pub async fn write(objects: &Objects, content: &[u8]) -> Result<Self, Error> {
        let (temp, mut file) = Self::create(objects).await?;
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
