//! Images people send: checked, made a sensible size, stripped of what they tell about their maker, stored.

use crate::app::App;
use crate::error::Error;
use crate::storage::{MediaName, ObjectKind, PendingObject, TempFile};
use chaitube_media::{Bounds, Image, MediaError, dimensions, placeholder as blurhash, reencode};

/// What a picture is for, which decides its size.
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

/// A thumbnail in the store, and the few characters that stand for it until it is loaded.
pub struct Thumbnail {
    pub object: PendingObject,
    pub placeholder: String,
}

/// Stores an uploaded picture.
///
/// # Errors
/// 400 about `field` when it is not a picture of a kind that is accepted, or has too many pixels.
pub async fn store(app: &App, purpose: Use, field: &str, file: TempFile) -> Result<PendingObject, Error> {
    let picture = read(app, purpose, field, file).await?;
    put(app, purpose, picture).await
}

/// Stores an uploaded thumbnail.
///
/// # Errors
/// As [`store`].
pub async fn store_thumbnail(app: &App, field: &str, file: TempFile) -> Result<Thumbnail, Error> {
    let picture = read(app, Use::Thumbnail, field, file).await?;
    put_thumbnail(app, picture).await
}

/// Reads an uploaded picture and writes it anew, as its use wants it.
async fn read(app: &App, purpose: Use, field: &str, file: TempFile) -> Result<Image, Error> {
    // Uploads of pictures are limited to a few MiB, so this one may come into memory.
    let bounds = purpose.bounds();
    let _permit = app.decoding.acquire().await.map_err(Error::internal)?;
    let bytes = tokio::fs::read(file.path()).await?;
    let picture = tokio::task::spawn_blocking(move || reencode(&bytes, bounds)).await.map_err(Error::internal)?;
    picture.map_err(|error| match error {
        MediaError::Refused(reason) => Error::field(field, reason),
        other => media_error(other),
    })
}

/// Stores a picture that is as it should be.
///
/// # Errors
/// When the database or the store refuses.
pub async fn put(app: &App, purpose: Use, picture: Image) -> Result<PendingObject, Error> {
    let (mime, extension) = (picture.format.mime(), picture.format.extension());
    let file = TempFile::write(&app.storage.objects, &picture.bytes).await?;
    app.storage.put(purpose.kind(), file, mime, extension).await
}

/// Stores a thumbnail that is as it should be.
///
/// # Errors
/// As [`put`].
pub async fn put_thumbnail(app: &App, picture: Image) -> Result<Thumbnail, Error> {
    let permit = app.decoding.acquire().await.map_err(Error::internal)?;
    let drawn = tokio::task::spawn_blocking(move || blurhash(&picture.bytes).map(|placeholder| (picture, placeholder)));
    let (picture, placeholder) = drawn.await.map_err(Error::internal)?.map_err(media_error)?;
    drop(permit);
    Ok(Thumbnail { object: put(app, Use::Thumbnail, picture).await?, placeholder })
}

/// The few characters that stand for a thumbnail that is in the store already.
///
/// # Errors
/// When the store refuses.
pub async fn placeholder(app: &App, thumbnail: &MediaName) -> Result<String, Error> {
    let path = app.storage.objects.local_path(&thumbnail.path(ObjectKind::Thumbnail))?;
    let _permit = app.decoding.acquire().await.map_err(Error::internal)?;
    let bytes = tokio::fs::read(path).await?;
    let drawn = tokio::task::spawn_blocking(move || blurhash(&bytes));
    drawn.await.map_err(Error::internal)?.map_err(media_error)
}

/// The size of a thumbnail that is in the store, in pixels; only its first bytes are read.
pub async fn thumbnail_size(app: &App, thumbnail: &str) -> Option<(u32, u32)> {
    let name: MediaName = thumbnail.parse().ok()?;
    let file = app.storage.objects.open_file(&name.path(ObjectKind::Thumbnail)).await.ok()?;
    tokio::task::spawn_blocking(move || dimensions(file)).await.ok()?
}

/// What a fault of the media engine is to a client.
#[must_use]
pub fn media_error(error: MediaError) -> Error {
    match error {
        MediaError::Refused(reason) => Error::invalid(reason),
        MediaError::Failed(cause) => Error::internal(cause),
        MediaError::Missing(what) => Error::Busy(what.into()),
    }
}
