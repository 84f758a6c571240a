//! `POST /videos`: from an upload to a video.

use std::net::IpAddr;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::intake::{SourceInfo, VIDEO_FILE, examine};
use super::shape::{NOT_FOUND, Video, VideoRow, check_lengths};
use super::shorts::is_short;
use super::store;
use super::tags::Tags;
use crate::api::uploads;
use crate::api::uploads::form::{FilePart, Form, receive};
use crate::api::uploads::{CompleteUpload, Source};
use crate::app::App;
use crate::db::retry;
use crate::error::{Error, FieldError, OrNotFound};
use crate::http::body::{Flag, NonBlank, Text};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::time_limit::Deadline;
use crate::http::viewer::Viewer;
use crate::id::{InvalidId, UploadId, UserId, VideoId};
use crate::images::Thumbnail;
use crate::queue;
use crate::ranks::starting_hot;
use crate::storage::{ContentType, ObjectKind, Owner, PendingObject, TempFile};
use crate::streams::VideoStatus;

/// Time limit for waiting for a complete upload and examining it, which may mean reading all of it.
const EXAMINATION_LIMIT: Duration = Duration::from_hours(1);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateVideo {
    title: Option<Text>,
    description: Option<Text>,
    is_published: Option<Flag>,
    tags: Option<Tags>,
    upload_id: Option<Text>,
}

/// A video file with its title and description.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the multipart body that `receive` reads")]
struct CreateVideoForm {
    #[schema(example = "How tea is made", max_length = 200)]
    title: String,
    #[schema(example = "From the leaf to the cup.", max_length = 10000)]
    description: String,
    /// False keeps the video private.
    #[schema(default = true)]
    is_published: Option<bool>,
    /// At most 20 of 50 characters each: with commas between them, or a JSON array.
    #[schema(example = "tea, how to")]
    tags: Option<String>,
    /// A video (MP4, MOV, 3GP, WebM, Matroska, AVI, MPEG, MPEG-TS, FLV, Ogg, ASF/WMV) or audio file (M4A, MP3, WAV,
    /// FLAC, AAC, Ogg), recognised by its content. Either this or `uploadId` is required.
    #[schema(value_type = Option<String>, format = Binary)]
    video_file: Option<Vec<u8>>,
    /// A complete upload of the caller, instead of `videoFile`.
    #[schema(value_type = Option<String>, example = "65a53f2e8c1b4a0012ab34cd")]
    upload_id: Option<UploadId>,
    /// PNG, JPEG, WebP or GIF with at most 50 million pixels. Defaults to a frame of the
    /// video, or the cover art of an audio file.
    #[schema(value_type = Option<String>, format = Binary)]
    thumbnail: Option<Vec<u8>>,
}

/// Title and description for a complete upload.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the JSON body that `receive` reads")]
struct VideoOfUpload {
    #[schema(example = "How tea is made", max_length = 200)]
    title: String,
    #[schema(example = "From the leaf to the cup.", max_length = 10000)]
    description: String,
    /// False keeps the video private.
    #[schema(default = true)]
    is_published: Option<bool>,
    /// At most 20 of 50 characters each.
    #[schema(example = json!(["tea", "how to"]), max_items = 20)]
    tags: Option<Vec<String>>,
    /// A complete upload of the caller.
    #[schema(value_type = String, example = "65a53f2e8c1b4a0012ab34cd")]
    upload_id: UploadId,
}

/// Publish a video
///
/// Videos that browsers can play are watchable at once, others after the first processing step. `status` tells whether
/// the adaptive stream is ready. Audio becomes a video of its cover art. An upload becomes exactly one video: repeated
/// requests return the same one.
#[utoipa::path(
    post,
    path = "/api/v1/videos",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content(
        (CreateVideoForm = "multipart/form-data"),
        (VideoOfUpload = "application/json"),
    )),
    responses(
        (status = 201, body = Envelope<Video>, description = "The new video"),
        (status = 200, body = Envelope<Video>, description = "The video published earlier from this upload"),
        openapi::NotFound,
        openapi::Conflict,
        openapi::Gone,
    )
)]
async fn create(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    Extension(deadline): Extension<Deadline>,
    request: Request,
) -> Result<Reply<Video>, Error> {
    let parts = [FilePart::video(VIDEO_FILE, &app, viewer.id), FilePart::image("thumbnail", &app)];
    let mut received = tokio::select! {
        received = receive::<CreateVideo>(&app, request, &parts) => received?,
        error = app.sessions.ended(viewer.id, viewer.session) => return Err(error),
    };
    deadline.set(EXAMINATION_LIMIT);
    let (video, thumbnail) = (received.take_video(), received.take("thumbnail"));
    let (title, description) = received.fields.checked()?;
    let (upload, _lock) = match (video, received.fields.upload()?) {
        (Some(_), Some(_)) => return Err(Error::field("uploadId", "Send either videoFile or uploadId, not both")),
        (Some(upload), None) => (upload, None),
        (None, Some(id)) => {
            // Of two requests at once, the second finds the video of the first.
            let lock = app.uploads.wait(id).await?;
            match uploads::complete(&app, viewer.id, id).await? {
                Source::Upload(upload) => (upload, Some(lock)),
                Source::Video(video) => return published_before(&app, viewer.id, video).await,
            }
        }
        (None, None) => return Err(Error::field(VIDEO_FILE, "Video file is required")),
    };
    let (info, Thumbnail { object: thumbnail, placeholder }) =
        examine_upload(&app, address, &upload, thumbnail).await?;
    let content_type = info.content_type()?;

    let now = app.clock.now_ms();
    let row = VideoRow {
        id: VideoId::new(&app.clock),
        owner_id: viewer.id,
        title,
        description,
        video_file: upload.object.with_extension(content_type.extension).to_string(),
        thumbnail: thumbnail.name().to_string(),
        duration_s: info.duration_s,
        width: info.width.into(),
        height: info.height.into(),
        status: info.status(&app),
        failure: None,
        placeholder: Some(placeholder),
        loudness: None,
        candidates: None,
        has_storyboard: false,
        has_stream: false,
        tags: received.fields.tags.as_ref().and_then(Tags::json),
        is_published: received.fields.is_published.is_none_or(|flag| flag.0),
        is_short: is_short(info.width, info.height, info.duration_s),
        views: 0,
        likes_count: 0,
        comments_count: 0,
        hot: starting_hot(now),
        trending: 0,
        created_at: now,
        updated_at: now,
    };
    if !retry(|| insert(&app, &row, &upload, &content_type, &thumbnail)).await? {
        return match uploads::complete(&app, viewer.id, upload.id).await? {
            Source::Video(video) => published_before(&app, viewer.id, video).await,
            Source::Upload(_) => Err(Error::conflict("The upload is in use. Try again.")),
        };
    }
    Ok(Reply::created(row.video(&app.urls), "Video published successfully"))
}

/// Stores a video, and queues its processing; false when its upload was used meanwhile.
async fn insert(
    app: &App,
    row: &VideoRow,
    upload: &CompleteUpload,
    content_type: &ContentType,
    thumbnail: &PendingObject,
) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    store::insert(&mut tx, row).await?;
    if !uploads::consume(&mut tx, upload, row.id, content_type).await? {
        return Ok(false);
    }
    thumbnail.attach(&mut tx, Owner::Video(row.id)).await?;
    if row.status == VideoStatus::Processing {
        queue::enqueue(&mut tx, &app.queue, &app.clock, queue::JobKind::Watchable, row.id, row.owner_id).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Examines an upload and makes its thumbnail. Ends an upload that is no video: asking again would not make it one.
async fn examine_upload(
    app: &App,
    client: IpAddr,
    upload: &CompleteUpload,
    thumbnail: Option<TempFile>,
) -> Result<(SourceInfo, Thumbnail), Error> {
    let file = app.storage.objects.local_copy(&upload.object.path(ObjectKind::Video)).await?;
    let path = file.path();
    let examined = async {
        let info = examine(app, path, VIDEO_FILE).await?;
        // At the same time, since somebody waits. That the file cannot be decoded is reported first.
        let (tried, thumbnail) =
            tokio::join!(info.try_out(app, path, VIDEO_FILE), info.thumbnail(app, client, path, thumbnail));
        tried.map(|()| (info, thumbnail))
    };
    match examined.await {
        Ok((info, thumbnail)) => Ok((info, thumbnail?)),
        Err(Error::Invalid(refusal, errors)) => {
            uploads::end(app, upload.id, uploads::UploadState::Cancelled, Some(&refusal)).await?;
            Err(Error::Invalid(refusal, errors))
        }
        Err(error) => Err(error),
    }
}

/// Responds to a repeated request, say because the first response was lost.
async fn published_before(app: &App, viewer: UserId, video: VideoId) -> Result<Reply<Video>, Error> {
    let row = store::find(&app.db, video, viewer).await?.or_not_found(NOT_FOUND)?;
    Ok(Reply::ok(row.video(&app.urls), "Video published before"))
}

impl Form for CreateVideo {
    fn check(&self) -> Result<(), Error> {
        self.check_texts(false)?;
        self.upload().map(drop)
    }
}

impl CreateVideo {
    /// Checks the title and the description: both, or what was sent of them.
    fn check_texts(&self, all: bool) -> Result<(), Error> {
        let errors: Vec<FieldError> = [("title", &self.title), ("description", &self.description)]
            .into_iter()
            .filter(|(_, text)| text.non_blank().is_none() && (all || text.is_some()))
            .map(|(field, _)| FieldError { field: field.to_owned(), message: format!("{field} is required") })
            .collect();
        if !errors.is_empty() {
            return Err(Error::Invalid("Title and description are required".into(), errors));
        }
        check_lengths(self.title.non_blank(), self.description.non_blank())
    }

    fn checked(&self) -> Result<(String, String), Error> {
        self.check_texts(true)?;
        let text = |text: &Option<Text>| text.non_blank().unwrap_or_default().to_owned();
        Ok((text(&self.title), text(&self.description)))
    }

    fn upload(&self) -> Result<Option<UploadId>, Error> {
        let id = self.upload_id.non_blank().map(str::parse).transpose();
        id.map_err(|error: InvalidId| Error::field("uploadId", error.to_string()))
    }
}
