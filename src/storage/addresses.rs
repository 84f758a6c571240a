//! Addresses of objects in a bucket, which players read without this server.

use std::collections::HashMap;
use std::time::Duration;

use super::objects::Store;
use super::{Access, MediaName, ObjectKind, Objects};
use crate::error::Error;

/// Signed addresses live no longer than S3 allows.
const LIFETIME_MAX: Duration = Duration::from_hours(7 * 24);

impl Objects {
    /// Returns where somebody reads an object for a while. `presented` is its type and its disposition, where those
    /// are not the stored ones. `None` if it is read through this server.
    pub async fn address(
        &self,
        name: &MediaName,
        kind: ObjectKind,
        access: &Access,
        lifetime: Duration,
        presented: Option<(&str, &str)>,
    ) -> Result<Option<String>, Error> {
        let Store::Bucket(bucket, _) = &self.store else { return Ok(None) };
        // What is small, or shown by pages that let nobody else in, is not worth a detour.
        if !matches!(kind, ObjectKind::Video | ObjectKind::Rendition) {
            return Ok(None);
        }
        let lifetime = lifetime.clamp(Duration::from_secs(1), LIFETIME_MAX);
        bucket.address(&name.path(kind), access.is_public(), lifetime, presented).await
    }

    /// Returns where somebody reads the files of a stream for a while; empty if that is through this server.
    pub async fn stream_addresses(
        &self,
        files: impl Iterator<Item = &str>,
        access: &Access,
        lifetime: Duration,
    ) -> Result<HashMap<String, String>, Error> {
        let mut addresses = HashMap::new();
        for file in files {
            let address = self.address(&file.parse()?, ObjectKind::Rendition, access, lifetime, None).await?;
            addresses.extend(address.map(|address| (file.to_owned(), address)));
        }
        Ok(addresses)
    }

    /// Returns the origins that players read from, beside this server's.
    pub fn origins(&self) -> &[String] {
        match &self.store {
            Store::Folder(_) => &[],
            Store::Bucket(bucket, _) => bucket.origins(),
        }
    }
}
