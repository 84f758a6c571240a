//! Images: checks, resizes and stores what people send, without its metadata.

use std::io::Cursor;
use std::net::IpAddr;

use crate::auth::prefix;
use crate::error::Error;
use crate::gate::{Full, Gate, Place, Places};
use crate::storage::{MediaName, ObjectKind, PendingObject, Storage, TempFile};
use chaitube_media::{Bounds, Image, MediaError, dimensions, placeholder as blurhash, reencode};

/// Images up to this size do not wait for larger ones, which take up to a second and hundreds of MiB each.
const SMALL_PIXELS_MAX: u64 = 2048 * 2048;
/// Images that are decoded at the same time, of the small ones and of the large ones.
const DECODING_MAX: usize = 1;
/// Images that are decoded or wait for it, of the small ones and of the large ones. The last one waits for some seconds.
const QUEUE_MAX: usize = 32;
const QUEUE_PER_ADDRESS_MAX: usize = 8;

/// Stored images are smaller by far.
const STORED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A stored image has no metadata before its size.
const HEAD_BYTES: u64 = 4096;

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

    /// A photo as phones take them. Who registers is unknown, so an avatar may cost the least.
    const fn pixels_max(self) -> u64 {
        match self {
            Self::Avatar => 25_000_000,
            Self::Cover => 32_000_000,
            Self::Thumbnail => 50_000_000,
        }
    }

    fn reencode(self, bytes: &[u8], pixels_max: u64) -> Result<Image, MediaError> {
        reencode(bytes, pixels_max, self.bounds())
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

/// Works on a few images at a time, and lets a few others wait, of which no address has more than its share. Large
/// images have a lane of their own, so that nobody's keep everybody from sending a small one.
pub struct Images {
    storage: Storage,
    /// Where every image is looked at first.
    small: Lane,
    large: Lane,
}

impl Images {
    pub fn new(storage: Storage) -> Self {
        Self { storage, small: Lane::new(), large: Lane::new() }
    }

    /// 400 about `field` when it is no image of an accepted type, or has too many pixels; 503 when too many wait.
    pub async fn store(
        &self,
        client: IpAddr,
        purpose: Use,
        field: &str,
        file: TempFile,
    ) -> Result<PendingObject, Error> {
        let image = self.read(client, purpose, field, file).await?;
        self.put(purpose, image).await
    }

    /// Like [`Images::store`].
    pub async fn store_thumbnail(&self, client: IpAddr, field: &str, file: TempFile) -> Result<Thumbnail, Error> {
        let image = self.read(client, Use::Thumbnail, field, file).await?;
        self.put_thumbnail(image).await
    }

    async fn read(&self, client: IpAddr, purpose: Use, field: &str, file: TempFile) -> Result<Image, Error> {
        let refused = |error| match error {
            MediaError::Refused(reason) => Error::field(field, reason),
            other => media_error(other),
        };
        match self.small.run_for(client, move || Look::at(file, purpose)).await?? {
            Look::Done(image) => image.map_err(refused),
            Look::Large(file) => {
                let work = move || Ok::<_, Error>(purpose.reencode(&std::fs::read(file.path())?, purpose.pixels_max()));
                self.large.run_for(client, work).await??.map_err(refused)
            }
        }
    }

    pub async fn put(&self, purpose: Use, image: Image) -> Result<PendingObject, Error> {
        let (mime, extension) = (image.format.mime(), image.format.extension());
        let file = TempFile::write(self.storage.objects.work_folder(), &image.bytes).await?;
        self.storage.put(purpose.kind(), file, mime, extension).await
    }

    pub async fn put_thumbnail(&self, image: Image) -> Result<Thumbnail, Error> {
        let work = move || blurhash(&image.bytes).map(|placeholder| (image, placeholder));
        let (image, placeholder) = self.small.run(work).await?.map_err(media_error)?;
        Ok(Thumbnail { object: self.put(Use::Thumbnail, image).await?, placeholder })
    }

    pub async fn placeholder(&self, thumbnail: &MediaName) -> Result<String, Error> {
        let path = thumbnail.path(ObjectKind::Thumbnail);
        let bytes = self.storage.objects.read(&path, 0..STORED_BYTES_MAX).await?;
        self.small.run(move || blurhash(&bytes)).await?.map_err(media_error)
    }

    /// In pixels. Reads only the first bytes.
    pub async fn thumbnail_size(&self, thumbnail: &str) -> Option<(u32, u32)> {
        let name: MediaName = thumbnail.parse().ok()?;
        let head = self.storage.objects.read(&name.path(ObjectKind::Thumbnail), 0..HEAD_BYTES).await.ok()?;
        dimensions(Cursor::new(head))
    }
}

/// A file after its turn in the lane of small images.
enum Look {
    Done(Result<Image, MediaError>),
    Large(TempFile),
}

impl Look {
    fn at(file: TempFile, purpose: Use) -> std::io::Result<Self> {
        // Uploaded images are limited to a few MiB, so this one may come into memory.
        let bytes = std::fs::read(file.path())?;
        let pixels = dimensions(Cursor::new(&bytes)).map_or(0, |(width, height)| u64::from(width) * u64::from(height));
        if pixels <= SMALL_PIXELS_MAX {
            // No image gets more memory here than its head says.
            return Ok(Self::Done(purpose.reencode(&bytes, SMALL_PIXELS_MAX)));
        }
        if pixels <= purpose.pixels_max() {
            return Ok(Self::Large(file));
        }
        Ok(Self::Done(purpose.reencode(&bytes, purpose.pixels_max())))
    }
}

/// A queue, and those of it whose turn it is.
struct Lane {
    queue: Places<IpAddr>,
    decoding: Gate,
}

impl Lane {
    fn new() -> Self {
        Self { queue: Places::new(QUEUE_MAX, QUEUE_PER_ADDRESS_MAX), decoding: Gate::new(DECODING_MAX) }
    }

    /// 503 when too many wait.
    async fn run_for<T: Send + 'static>(
        &self,
        client: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = self.place(client)?;
        let work = move || {
            let _place = place;
            work()
        };
        self.run(work).await
    }

    fn place(&self, client: IpAddr) -> Result<Place<IpAddr>, Error> {
        self.queue.take(prefix(client)).map_err(|full| match full {
            Full::Everybody => Error::Busy("The server is busy with images. Try again in a moment.".into()),
            Full::Holder => {
                let message =
                    format!("{QUEUE_PER_ADDRESS_MAX} images from your address are waiting. Try again in a moment.");
                Error::Busy(message.into())
            }
        })
    }

    /// Waits for its turn.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let pass = self.decoding.enter().await?;
        let work = move || {
            // Here, because the work goes on when the request goes away.
            let _pass = pass;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

pub fn media_error(error: MediaError) -> Error {
    match error {
        MediaError::Refused(reason) => Error::invalid(reason),
        MediaError::Failed(cause) => Error::internal(cause),
        MediaError::Missing(what) => Error::Busy(what.into()),
    }
}
