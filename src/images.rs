//! Images: checks, resizes and stores what people send, without its metadata.

use crate::error::Error;
use crate::gate::Gate;
use crate::storage::{MediaName, ObjectKind, PendingObject, Storage, TempFile};
use chaitube_media::{Bounds, Image, MediaError, dimensions, placeholder as blurhash, reencode};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Avatar,
    Cover,
    Thumbnail,
}

impl Use {
    const fn bounds(self) -> Bounds {
        match self {
            Self::Avatar => Bounds { width: 512, height: 512 },
            Self::Cover => Bounds { width: 2560, height: 1440 },
            Self::Thumbnail => Bounds { width: 1280, height: 720 },
        }
    }

    const fn kind(self) -> ObjectKind {
        match self {
            Self::Avatar => ObjectKind::Avatar,
            Self::Cover => ObjectKind::Cover,
            Self::Thumbnail => ObjectKind::Thumbnail,
        }
    }
}

/// Comes with the few characters that are shown until it has loaded.
pub struct Thumbnail {
    pub object: PendingObject,
    pub placeholder: String,
}

/// Works on a few images at a time: each may need hundreds of MiB for a moment.
pub struct Images {
    storage: Storage,
    decoding: Gate,
}

impl Images {
    pub fn new(storage: Storage, decoding: Gate) -> Self {
        Self { storage, decoding }
    }

    /// 400 about `field` when it is no image of an accepted type, or has too many pixels.
    pub async fn store(&self, purpose: Use, field: &str, file: TempFile) -> Result<PendingObject, Error> {
        let image = self.read(purpose, field, file).await?;
        self.put(purpose, image).await
    }

    pub async fn store_thumbnail(&self, field: &str, file: TempFile) -> Result<Thumbnail, Error> {
        let image = self.read(Use::Thumbnail, field, file).await?;
        self.put_thumbnail(image).await
    }

    async fn read(&self, purpose: Use, field: &str, file: TempFile) -> Result<Image, Error> {
        let bounds = purpose.bounds();
        let _permit = self.decoding.enter().await?;
        // Uploaded images are limited to a few MiB, so this one may come into memory.
        let bytes = tokio::fs::read(file.path()).await?;
        let image = tokio::task::spawn_blocking(move || reencode(&bytes, bounds)).await.map_err(Error::internal)?;
        image.map_err(|error| match error {
            MediaError::Refused(reason) => Error::field(field, reason),
            other => media_error(other),
        })
    }

    pub async fn put(&self, purpose: Use, image: Image) -> Result<PendingObject, Error> {
        let (mime, extension) = (image.format.mime(), image.format.extension());
        let file = TempFile::write(&self.storage.objects, &image.bytes).await?;
        self.storage.put(purpose.kind(), file, mime, extension).await
    }

    pub async fn put_thumbnail(&self, image: Image) -> Result<Thumbnail, Error> {
        let permit = self.decoding.enter().await?;
        let drawn = tokio::task::spawn_blocking(move || blurhash(&image.bytes).map(|placeholder| (image, placeholder)));
        let (image, placeholder) = drawn.await.map_err(Error::internal)?.map_err(media_error)?;
        drop(permit);
        Ok(Thumbnail { object: self.put(Use::Thumbnail, image).await?, placeholder })
    }

    pub async fn placeholder(&self, thumbnail: &MediaName) -> Result<String, Error> {
        let path = self.storage.objects.local_path(&thumbnail.path(ObjectKind::Thumbnail))?;
        let _permit = self.decoding.enter().await?;
        let bytes = tokio::fs::read(path).await?;
        let drawn = tokio::task::spawn_blocking(move || blurhash(&bytes));
        drawn.await.map_err(Error::internal)?.map_err(media_error)
    }

    /// In pixels. Reads only the first bytes.
    pub async fn thumbnail_size(&self, thumbnail: &str) -> Option<(u32, u32)> {
        let name: MediaName = thumbnail.parse().ok()?;
        let file = self.storage.objects.open_file(&name.path(ObjectKind::Thumbnail)).await.ok()?;
        tokio::task::spawn_blocking(move || dimensions(file)).await.ok()?
    }
}

pub fn media_error(error: MediaError) -> Error {
    match error {
        MediaError::Refused(reason) => Error::invalid(reason),
        MediaError::Failed(cause) => Error::internal(cause),
        MediaError::Missing(what) => Error::Busy(what.into()),
    }
}
