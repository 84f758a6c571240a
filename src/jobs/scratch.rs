//! The folder a job works in. It lies inside the storage's incoming folder, so that storing a file is a rename.

use std::path::{Path, PathBuf};

use super::error::JobError;
use crate::app::App;
use crate::queue::Claim;
use crate::storage::{MediaName, ObjectKind, PendingObject, TempFile, create_private};

pub struct Scratch(PathBuf);

impl Scratch {
    /// Removes the folders of earlier claims on the job. Those of other jobs may be in use by another process.
    pub fn open(app: &App, claim: &Claim) -> std::io::Result<Self> {
        let incoming = app.storage.objects.incoming();
        let prefix = format!("job-{}-", claim.id);
        for entry in std::fs::read_dir(incoming)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let path = incoming.join(format!("{prefix}{}", claim.fence));
        create_private(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Links a stored object into the folder, where it stays readable even if the storage removes it meanwhile.
    pub async fn link(&self, app: &App, kind: ObjectKind, name: &MediaName) -> Result<PathBuf, JobError> {
        let from = app.storage.objects.local_copy(&name.path(kind)).await?;
        let to = self.0.join(name.as_str());
        // Not every file system has links.
        if tokio::fs::hard_link(from.path(), &to).await.is_err() {
            tokio::fs::copy(from.path(), &to).await?;
        }
        Ok(to)
    }

    pub async fn put(
        &self,
        app: &App,
        kind: ObjectKind,
        file: &str,
        mime: &'static str,
        extension: &'static str,
    ) -> Result<PendingObject, JobError> {
        let path = self.0.join(file);
        tokio::fs::File::open(&path).await?.sync_all().await?;
        Ok(app.storage.put(kind, TempFile::adopt(path), mime, extension).await?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
