//! `POST /videos`: from an upload to a video.

use std::path::Path;

use axum::extract::{Request, State};
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::{Status, VideoRaw, VideoRow};
use super::{check_lengths, store};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, FieldError};
use crate::id::VideoId;
use crate::input::{Flag, Given, Text};
use crate::media::{Container, Film, FilmLimits, HEAD_BYTES, MediaError, frame, probe};
use crate::pictures::{self, Use, media_error};
use crate::reply::{Envelope, Reply};
use crate::store::{Belongs, Draft, Kind};
use crate::upload::{FilePart, TempFile, receive};

/// Where in a film its thumbnail is taken: past the titles, before the end.
const THUMBNAIL_AT: f64 = 0.25;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VideoDraft {
    title: Option<Text>,
    description: Option<Text>,
    is_published: Option<Flag>,
}

/// A film and what to say about it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the multipart body that `receive` reads")]
struct VideoForm {
    #[schema(example = "How tea is made", max_length = 200)]
    title: String,
    #[schema(example = "From the leaf to the cup.", max_length = 10000)]
    description: String,
    /// False keeps it to yourself for now.
    #[schema(default = true)]
    is_published: Option<bool>,
    /// MP4, MOV, WebM or Matroska.
    #[schema(value_type = String, format = Binary)]
    video_file: Vec<u8>,
    /// PNG, JPEG, WebP or GIF; without one, a picture out of the film is taken.
    #[schema(value_type = Option<String>, format = Binary)]
    thumbnail: Option<Vec<u8>>,
}

/// Publish a video
#[utoipa::path(
    post,
    path = "/api/v1/videos",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content = VideoForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Envelope<VideoRaw>, description = "The new video"))
)]
async fn create(State(app): State<App>, viewer: Viewer, request: Request) -> Result<Reply<VideoRaw>, Error> {
    let parts = [
        FilePart { name: "videoFile", bytes_max: app.config.video_bytes_max },
        FilePart { name: "thumbnail", bytes_max: app.config.image_bytes_max },
    ];
    let mut received = receive::<VideoDraft>(&app, request, &parts).await?;
    let (film, thumbnail) = (received.take("videoFile"), received.take("thumbnail"));
    let (title, description) = received.draft.checked()?;
    let film = film.ok_or_else(|| Error::field("videoFile", "Video file is required"))?;

    let turn = app.probing.acquire().await.map_err(Error::internal)?;
    let facts = examine(&app, &film).await?;
    let thumbnail = match thumbnail {
        Some(thumbnail) => pictures::store(&app, Use::Thumbnail, "thumbnail", thumbnail).await?,
        None => take_thumbnail(&app, &film, &facts).await?,
    };
    drop(turn);
    let container = facts.container;
    let film = app.media.put(Kind::Film, film, container.mime(), container.extension()).await?;

    let now = app.clock.now_ms();
    let row = VideoRow {
        id: VideoId::new(&app.clock),
        owner_id: viewer.id,
        title,
        description,
        film: film.name().to_string(),
        thumbnail: thumbnail.name().to_string(),
        duration_s: facts.duration_s,
        width: facts.width.into(),
        height: facts.height.into(),
        status: Status::Ready.as_str().to_owned(),
        is_published: received.draft.is_published.is_none_or(|flag| flag.0),
        views: 0,
        likes_count: 0,
        comments_count: 0,
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.db.begin().await?;
    store::insert(&mut tx, &row).await?;
    film.keep(&mut tx, Belongs::Video(row.id)).await?;
    thumbnail.keep(&mut tx, Belongs::Video(row.id)).await?;
    tx.commit().await?;
    film.settled();
    thumbnail.settled();
    Ok(Reply::created(row.raw(&app.links), "Video published successfully"))
}

impl VideoDraft {
    fn checked(&self) -> Result<(String, String), Error> {
        let (title, description) = (self.title.given(), self.description.given());
        let (Some(title), Some(description)) = (title, description) else {
            let fault = |field: &str| FieldError { field: field.to_owned(), message: format!("{field} is required") };
            let faults = [title.is_none().then(|| fault("title")), description.is_none().then(|| fault("description"))];
            return Err(Error::Invalid(
                "Title and description are required".into(),
                faults.into_iter().flatten().collect(),
            ));
        };
        check_lengths(Some(title), Some(description))?;
        Ok((title.to_owned(), description.to_owned()))
    }
}

/// Finds out what an upload is: its kind by its first bytes, whatever it is called, and the rest by ffprobe.
async fn examine(app: &App, file: &TempFile) -> Result<Film, Error> {
    let head = read_head(file.path()).await?;
    let container = Container::sniff(&head).filter(|container| is_accepted(*container)).ok_or_else(|| {
        Error::field("videoFile", "The video file is not a film this server takes: send MP4, MOV, WebM or Matroska")
    })?;
    let tools = app.tools.as_ref().ok_or_else(|| media_error(MediaError::missing_tools()))?;
    let film = probe(tools, file.path(), container, &FilmLimits::default()).await.map_err(|error| match error {
        MediaError::Refused(reason) => Error::field("videoFile", reason),
        other => media_error(other),
    })?;
    if film.video.is_none() {
        return Err(Error::field("videoFile", "The video file has no picture, only sound"));
    }
    Ok(film)
}

/// The kinds that browsers play as they are.
const fn is_accepted(container: Container) -> bool {
    matches!(container, Container::Mp4 | Container::Mov | Container::WebM | Container::Matroska)
}

async fn read_head(path: &Path) -> Result<Vec<u8>, Error> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    tokio::fs::File::open(path).await?.take(HEAD_BYTES as u64).read_to_end(&mut head).await?;
    Ok(head)
}

async fn take_thumbnail(app: &App, file: &TempFile, film: &Film) -> Result<Draft, Error> {
    let tools = app.tools.as_ref().ok_or_else(|| media_error(MediaError::missing_tools()))?;
    let at_s = film.duration_s * THUMBNAIL_AT;
    // A folder of its own, gone when this request is: films are looked at side by side.
    let scratch = tempfile::tempdir_in(app.media.objects.incoming())?;
    let picture = frame(tools, file.path(), film, at_s, scratch.path()).await.map_err(media_error)?;
    pictures::put(app, Use::Thumbnail, picture).await
}
