//! Decides by its content what an uploaded file is, and whether it is accepted.

use std::net::IpAddr;
use std::path::Path;

use crate::app::App;
use crate::error::Error;
use crate::images::{Thumbnail, media_error};
use crate::storage::{ContentType, TempFile};
use crate::streams::VideoStatus;
use chaitube_media::{
    Container, Image, MediaError, MediaInfo, Tools, blank_thumbnail, mp4_info, read_header, thumbnail, try_decoding,
};

/// The form field of a video file, which errors about one name.
pub const VIDEO_FILE: &str = "videoFile";

/// An upload that is accepted, and what is known about it.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    pub container: Container,
    pub duration_s: f64,
    /// As displayed, in pixels; for audio files, those of the image they are shown with.
    pub width: u32,
    pub height: u32,
    /// `None` where there is no ffmpeg to probe the file.
    media_info: Option<MediaInfo>,
}

/// Finds out what an uploaded file says it is, whatever it is called, and whether it keeps the limits.
///
/// # Errors
/// 400 about `field` for a file that is no video, is damaged or exceeds a limit; 503 for one that may be good, but
/// needs ffmpeg on a server that has none.
pub async fn examine(app: &App, path: &Path, field: &str) -> Result<SourceInfo, Error> {
    let container = Container::of_file(path).await.map_err(|error| about_field(field, error))?;
    let _permit = app.probing.enter().await?;
    let info = match &app.tools {
        Some(tools) => probed(app, tools, path, container).await,
        None => read_index(app, path, container).await,
    };
    info.map_err(|error| about_field(field, error))
}

/// Turns a refusal into an error about the field that the file came in.
fn about_field(field: &str, error: MediaError) -> Error {
    match error {
        MediaError::Refused(reason) => Error::field(field, reason),
        other => media_error(other),
    }
}

/// Recognises the container format by the first bytes of a file.
///
/// # Errors
/// 400 about `field` when it is not accepted.
pub fn recognise(head: &[u8], field: &str) -> Result<Container, Error> {
    Container::recognise(head).map_err(|error| about_field(field, error))
}

async fn probed(app: &App, tools: &Tools, path: &Path, container: Container) -> Result<SourceInfo, MediaError> {
    let info = read_header(tools, path, container, &app.config.video_limits).await?;
    let (width, height) = info.display_size();
    Ok(SourceInfo { container, duration_s: info.duration_s, width, height, media_info: Some(info) })
}

/// Without ffmpeg: only MP4 files that browsers can play.
async fn read_index(app: &App, path: &Path, container: Container) -> Result<SourceInfo, MediaError> {
    let info = mp4_info(path, container, &app.config.video_limits).await?;
    Ok(SourceInfo { container, duration_s: info.duration_s, width: info.width, height: info.height, media_info: None })
}

impl SourceInfo {
    /// What a video of it begins as. Where there is no ffmpeg there is nothing to wait for, unless the work is left to
    /// other processes, which may have one.
    pub fn status(&self, app: &App) -> VideoStatus {
        if self.media_info.is_some() || app.config.workers == 0 { VideoStatus::Processing } else { VideoStatus::Ready }
    }

    /// Returns what the file.s row in `media` records.
    pub fn content_type(&self) -> Result<ContentType, Error> {
        let media_info = self.media_info.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
        Ok(ContentType { mime: self.container.mime(), extension: self.container.extension(), media_info })
    }

    /// Checks that the file can be decoded.
    ///
    /// # Errors
    /// 400 about `field` when nothing in it can be decoded.
    pub async fn try_out(&self, app: &App, path: &Path, field: &str) -> Result<(), Error> {
        let (Some(tools), Some(info)) = (&app.tools, &self.media_info) else { return Ok(()) };
        let _permit = app.probing.enter().await?;
        try_decoding(tools, &[(path, info)]).await.map_err(|error| about_field(field, error))
    }

    /// Stores the thumbnail that was sent with the file. Without one, takes a frame of the video, the cover art of
    /// an audio file, or a blank image.
    ///
    /// # Errors
    /// 400 when what was sent is no image, or no frame of the video can be decoded; 503 when too many images wait.
    pub async fn thumbnail(
        &self,
        app: &App,
        client: IpAddr,
        path: &Path,
        sent: Option<TempFile>,
    ) -> Result<Thumbnail, Error> {
        if let Some(sent) = sent {
            return app.images.store_thumbnail(client, "thumbnail", sent).await;
        }
        let image = match (&app.tools, &self.media_info) {
            (Some(tools), Some(info)) => {
                let _permit = app.probing.enter().await?;
                take_thumbnail(app, tools, path, info).await?
            }
            _ => tokio::task::spawn_blocking(blank_thumbnail).await.map_err(Error::internal)?.map_err(media_error)?,
        };
        app.images.put_thumbnail(image).await
    }
}

async fn take_thumbnail(app: &App, tools: &Tools, path: &Path, info: &MediaInfo) -> Result<Image, Error> {
    // Each request needs a scratch folder of its own.
    let scratch = tempfile::tempdir_in(app.storage.objects.incoming())?;
    thumbnail(tools, path, info, scratch.path()).await.map_err(media_error)
}
