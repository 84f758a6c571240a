//! Uploads on their way in: what a file is, told by its content, and whether it is taken.

use std::path::Path;

use crate::app::App;
use crate::error::Error;
use crate::images;
use crate::images::{Thumbnail, media_error};
use crate::storage::{ContentType, TempFile};
use crate::streams::VideoStatus;
use chaitube_media::isobmff::outline;
use chaitube_media::still::{self, plain, still};
use chaitube_media::{Container, Film, MediaError, Picture, Tools, frame, read_header, try_decoding};

/// Where in a film its thumbnail is taken: past the titles, before the end.
const THUMBNAIL_AT: f64 = 0.25;

const UNKNOWN: &str = "Unsupported file type. Send a video or audio file: MP4, MOV, M4A, 3GP, WebM, Matroska, AVI, \
                       MPEG, MPEG-TS, FLV, Ogg, ASF (WMV), MP3, WAV, FLAC or AAC";

/// The field that a film comes in, and that what is wrong with one is told about.
pub const VIDEO_FILE: &str = "videoFile";

/// An upload that is accepted, and what is known about it.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    pub container: Container,
    pub duration_s: f64,
    /// As displayed, in pixels; for sound alone, those of the picture it will be shown with.
    pub width: u32,
    pub height: u32,
    /// What ffprobe says; none when there is no ffmpeg and the film's index has to do.
    film: Option<Film>,
}

/// Finds out what an uploaded file says it is, whatever it is called, and whether it keeps the limits.
///
/// # Errors
/// 400 about `field` for what is no film, is damaged or breaks a limit; 503 for what may be good, but needs ffmpeg on
/// a server that has none.
pub async fn examine(app: &App, path: &Path, field: &str) -> Result<SourceInfo, Error> {
    let container = recognised(Container::of_file(path).await?, field)?;
    let _permit = app.probing.acquire().await.map_err(Error::internal)?;
    let info = match &app.tools {
        Some(tools) => probed(app, tools, path, container).await,
        None => read_index(app, path, container).await,
    };
    info.map_err(|error| about(field, error))
}

/// A film's own faults are told about the field that it came in.
fn about(field: &str, error: MediaError) -> Error {
    match error {
        MediaError::Refused(reason) => Error::field(field, reason),
        other => media_error(other),
    }
}

/// Refuses a file whose content is of no kind that is known.
///
/// # Errors
/// 400 about `field` as said.
pub fn recognised(container: Option<Container>, field: &str) -> Result<Container, Error> {
    container.ok_or_else(|| Error::field(field, UNKNOWN))
}

async fn probed(app: &App, tools: &Tools, path: &Path, container: Container) -> Result<SourceInfo, MediaError> {
    let film = read_header(tools, path, container, &app.config.film_limits).await?;
    let (width, height) = match film.video {
        Some(_) => (film.width, film.height),
        None => (still::WIDTH, still::HEIGHT),
    };
    Ok(SourceInfo { container, duration_s: film.duration_s, width, height, film: Some(film) })
}

/// Without ffmpeg: only films that browsers play as they are.
async fn read_index(app: &App, path: &Path, container: Container) -> Result<SourceInfo, MediaError> {
    if !matches!(container, Container::Mp4 | Container::Mov) {
        return Err(MediaError::missing_tools());
    }
    let outline = outline(path, &app.config.film_limits).await?;
    Ok(SourceInfo {
        container,
        duration_s: outline.duration_s,
        width: outline.width,
        height: outline.height,
        film: None,
    })
}

impl SourceInfo {
    /// What a video of it begins as. Where there is no ffmpeg there is nothing to wait for, unless the work is left to
    /// other processes, which may have one.
    #[must_use]
    pub fn status(&self, app: &App) -> VideoStatus {
        if self.film.is_some() || app.config.workers == 0 { VideoStatus::Processing } else { VideoStatus::Ready }
    }

    /// What the ledger is to know of the file.
    ///
    /// # Errors
    /// None that comes from outside.
    pub fn content_type(&self) -> Result<ContentType, Error> {
        let media_info = self.film.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
        Ok(ContentType { mime: self.container.mime(), extension: self.container.extension(), media_info })
    }

    /// Makes sure that the file holds what it says.
    ///
    /// # Errors
    /// 400 about `field` when nothing in it can be decoded.
    pub async fn try_out(&self, app: &App, path: &Path, field: &str) -> Result<(), Error> {
        let (Some(tools), Some(film)) = (&app.tools, &self.film) else { return Ok(()) };
        let _permit = app.probing.acquire().await.map_err(Error::internal)?;
        try_decoding(tools, &[(path, film)]).await.map_err(|error| about(field, error))
    }

    /// Stores the thumbnail that was sent with the file. Without one a picture of the film is taken, the cover of
    /// sound, or a plain one.
    ///
    /// # Errors
    /// 400 when what was sent is no picture, or the film has none that can be shown; and when the store refuses.
    pub async fn thumbnail(&self, app: &App, path: &Path, sent: Option<TempFile>) -> Result<Thumbnail, Error> {
        if let Some(sent) = sent {
            return images::store_thumbnail(app, "thumbnail", sent).await;
        }
        let picture = match (&app.tools, &self.film) {
            (Some(tools), Some(film)) => {
                let _permit = app.probing.acquire().await.map_err(Error::internal)?;
                taken(app, tools, path, film).await?
            }
            _ => tokio::task::spawn_blocking(plain).await.map_err(Error::internal)?.map_err(media_error)?,
        };
        images::put_thumbnail(app, picture).await
    }
}

async fn taken(app: &App, tools: &Tools, path: &Path, film: &Film) -> Result<Picture, Error> {
    // A folder of its own, gone when this request is: films are looked at side by side.
    let scratch = tempfile::tempdir_in(app.storage.objects.incoming())?;
    let picture = match film.video {
        Some(_) => frame(tools, path, film, film.duration_s * THUMBNAIL_AT, scratch.path()).await,
        None => still(tools, path, film, scratch.path()).await,
    };
    picture.map_err(media_error)
}
