//! Pictures people send: checked, made a sensible size, stripped of what they tell about their maker, stored.

use crate::app::App;
use crate::error::Error;
use crate::media::{Bounds, MediaError, Picture, reencode};
use crate::store::{Draft, Kind};
use crate::upload::TempFile;

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

    const fn kind(self) -> Kind {
        match self {
            Self::Avatar => Kind::Avatar,
            Self::Cover => Kind::Cover,
            Self::Thumbnail => Kind::Thumbnail,
        }
    }
}

/// Stores an uploaded picture.
///
/// # Errors
/// 400 about `field` when it is not a picture of a kind that is accepted, or has too many pixels.
pub async fn store(app: &App, purpose: Use, field: &str, file: TempFile) -> Result<Draft, Error> {
    // Uploads of pictures are limited to a few MiB, so this one may come into memory.
    let bounds = purpose.bounds();
    let _turn = app.decoding.acquire().await.map_err(Error::internal)?;
    let bytes = tokio::fs::read(file.path()).await?;
    let picture = tokio::task::spawn_blocking(move || reencode(&bytes, bounds)).await.map_err(Error::internal)?;
    let picture = picture.map_err(|error| match error {
        MediaError::Refused(reason) => Error::field(field, reason),
        other => media_error(other),
    })?;
    put(app, purpose, picture).await
}

/// Stores a picture that is as it should be.
///
/// # Errors
/// When the database or the store refuses.
pub async fn put(app: &App, purpose: Use, picture: Picture) -> Result<Draft, Error> {
    let (mime, extension) = (picture.mime(), picture.extension());
    let file = TempFile::write(&app.media.objects, &picture.bytes).await?;
    app.media.put(purpose.kind(), file, mime, extension).await
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
