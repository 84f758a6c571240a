//! `/api/v1/uploads`: resumable uploads by tus 1.0, and their owner's view of them.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, map_response};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::append::append_chunk;
use super::quota::VIDEO_LIMIT;
use super::store::{UploadRow, UploadState};
use super::tus::{Checksum, Metadata};
use super::{store, tus};
use crate::app::App;
use crate::clock::{Time, http_date};
use crate::error::Error;
use crate::http::body::{PathParam, media_type};
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::time_limit::Deadline;
use crate::http::viewer::Viewer;
use crate::id::{UploadId, VideoId};

const PATH: &str = "/api/v1/uploads";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create, options)).routes(routes!(read, append, cancel)).layer(
        map_response(async |mut response: Response| {
            response.headers_mut().insert(tus::TUS_RESUMABLE, tus::VERSION);
            response
        }),
    )
}

/// A resumable upload.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Upload {
    #[serde(rename = "_id")]
    id: UploadId,
    state: UploadState,
    /// Total size in bytes.
    #[schema(example = 104_857_600)]
    length: Option<i64>,
    /// Bytes received and stored: the offset to resume at.
    #[schema(example = 16_777_216)]
    offset: i64,
    /// File name given by the client.
    #[schema(example = "tea.mp4")]
    file_name: Option<String>,
    /// Media type given by the client.
    #[schema(example = "video/mp4")]
    file_type: Option<String>,
    /// The video published from it.
    video_id: Option<VideoId>,
    created_at: Time,
    updated_at: Time,
    /// When the upload expires unless it continues.
    expires_at: Time,
}

impl From<UploadRow> for Upload {
    fn from(row: UploadRow) -> Self {
        let Metadata { file_name, file_type } = Metadata::read(&row.metadata).unwrap_or_default();
        Self {
            id: row.id,
            state: row.state,
            length: row.length,
            offset: row.received,
            file_name,
            file_type,
            video_id: row.video_id,
            created_at: Time(row.created_at),
            updated_at: Time(row.updated_at),
            expires_at: Time(row.expires_at),
        }
    }
}

/// List the caller's unfinished uploads
///
/// Includes complete uploads that are not published yet. Newest first.
#[utoipa::path(
    get,
    path = "/api/v1/uploads",
    tag = "uploads",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<Vec<Upload>>, description = "The uploads"))
)]
async fn list(State(app): State<App>, viewer: Viewer) -> Result<Reply<Vec<Upload>>, Error> {
    let uploads = store::list_open(&app.db, viewer.id).await?;
    Ok(Reply::ok(uploads.into_iter().map(Upload::from).collect(), "Uploads fetched successfully"))
}

/// Create a resumable upload
///
/// Implements `creation` of tus 1.0 and, with an `application/offset+octet-stream` body, `creation-with-upload`. Send
/// the chunks to the URL in `Location`. When the upload is complete, publish it with `POST /api/v1/videos` and
/// `uploadId`, the last segment of that URL.
#[utoipa::path(
    post,
    path = "/api/v1/uploads",
    tag = "uploads",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("Tus-Resumable" = String, Header, example = "1.0.0"),
        ("Upload-Length" = u64, Header, description = "Bytes"),
        ("Upload-Metadata" = Option<String>, Header, description = "`filename` and `filetype`, with values in base64"),
        ("Upload-Checksum" = Option<String>, Header, description = "Hash of the body: `sha1` or `sha256`, and base64"),
    ),
    responses(
        (status = 201, body = Envelope<Upload>, description = "Created; `Location` and `Upload-Expires` are set"),
        openapi::TooLarge,
        openapi::PreconditionFailed,
        openapi::ChecksumMismatch,
        openapi::Locked,
        openapi::Gone,
    )
)]
async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Extension(deadline): Extension<Deadline>,
    request: Request,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    tus::check_version(&head.headers)?;
    let length = tus::length(&head.headers)?;
    let checksum = Checksum::read(&head.headers)?;
    let metadata = tus::metadata(&head.headers)?;
    let (mut upload, pending) = store::begin(&app, viewer.id, Some(length), metadata, true).await?;
    if media_type(&head.headers) == tus::CHUNK_TYPE {
        deadline.set(VIDEO_LIMIT + app.config.request_timeout);
        // When that fails, nobody gets to know the upload's address: it goes with its pending.
        upload = append_chunk(&app, viewer, upload, 0, body, checksum).await?;
    }
    pending.keep();
    let location = HeaderValue::try_from(format!("{PATH}/{}", upload.id)).map_err(Error::internal)?;
    let headers = state_headers(&upload)?;
    let reply = Reply::created(Upload::from(upload), "Upload begun").header(header::LOCATION, location);
    Ok((headers, reply).into_response())
}

/// Get the state of an upload
///
/// Tus clients send `HEAD` and resume at `Upload-Offset`.
#[utoipa::path(
    get,
    path = "/api/v1/uploads/{uploadId}",
    tag = "uploads",
    security(("bearer" = []), ("cookie" = [])),
    params(("uploadId" = UploadId, Path)),
    responses(
        (status = 200, body = Envelope<Upload>, description = "The upload"),
        openapi::NotFound,
        openapi::Gone,
    )
)]
async fn read(State(app): State<App>, viewer: Viewer, PathParam(id): PathParam<UploadId>) -> Result<Response, Error> {
    let upload = store::find(&app.db, viewer.id, id).await?;
    upload.check_alive()?;
    let headers = state_headers(&upload)?;
    Ok((headers, Reply::ok(Upload::from(upload), "Upload fetched successfully")).into_response())
}

/// Send a chunk of an upload
///
/// Implements `PATCH` of tus 1.0. If the connection is lost, the received bytes count unless the chunk has a checksum.
#[utoipa::path(
    patch,
    path = "/api/v1/uploads/{uploadId}",
    tag = "uploads",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("uploadId" = UploadId, Path),
        ("Tus-Resumable" = String, Header, example = "1.0.0"),
        ("Upload-Offset" = u64, Header, description = "Offset of the chunk; must equal the upload's offset"),
        ("Upload-Checksum" = Option<String>, Header, description = "Hash of the body: `sha1` or `sha256`, and base64"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Received; `Upload-Offset` and `Upload-Expires` are set"),
        openapi::NotFound,
        openapi::Conflict,
        openapi::Gone,
        openapi::PreconditionFailed,
        openapi::UnsupportedMediaType,
        openapi::Locked,
        openapi::ChecksumMismatch,
    )
)]
async fn append(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<UploadId>,
    Extension(deadline): Extension<Deadline>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let upload = store::find(&app.db, viewer.id, id).await?;
    tus::check_version(&headers)?;
    if media_type(&headers) != tus::CHUNK_TYPE {
        let message = format!("Content-Type must be {}", tus::CHUNK_TYPE);
        return Err(Error::other(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let offset = tus::offset(&headers)?;
    let checksum = Checksum::read(&headers)?;
    deadline.set(VIDEO_LIMIT + app.config.request_timeout);
    let upload = append_chunk(&app, viewer, upload, offset, body, checksum).await?;
    Ok((StatusCode::NO_CONTENT, state_headers(&upload)?).into_response())
}

/// Cancel an upload
///
/// Implements `termination` of tus 1.0. Deletes the received bytes.
#[utoipa::path(
    delete,
    path = "/api/v1/uploads/{uploadId}",
    tag = "uploads",
    security(("bearer" = []), ("cookie" = [])),
    params(("uploadId" = UploadId, Path), ("Tus-Resumable" = String, Header, example = "1.0.0")),
    responses(
        (status = 204, description = "Cancelled"),
        openapi::NotFound,
        openapi::Gone,
        openapi::PreconditionFailed,
        openapi::Locked,
    )
)]
async fn cancel(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<UploadId>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let upload = store::find(&app.db, viewer.id, id).await?;
    tus::check_version(&headers)?;
    upload.check_alive()?;
    let _lock = app.uploads.acquire(id).await?;
    if store::end(&app, id, UploadState::Cancelled, None).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    store::find(&app.db, viewer.id, id).await?.check_alive()?;
    Err(Error::conflict("This upload has been published as a video. Delete the video instead."))
}

/// Get the tus capabilities
///
/// Returns the supported tus versions and extensions and the maximum size in headers.
#[utoipa::path(
    options,
    path = "/api/v1/uploads",
    tag = "uploads",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension`, `Tus-Max-Size`, `Tus-Checksum-Algorithm`"))
)]
async fn options(State(app): State<App>) -> Response {
    limits(&app)
}

fn limits(app: &App) -> Response {
    let headers = [
        (tus::TUS_RESUMABLE, tus::VERSION),
        (tus::TUS_VERSION, tus::VERSION),
        (tus::TUS_EXTENSION, tus::EXTENSIONS),
        (tus::TUS_MAX_SIZE, HeaderValue::from(app.config.video_limits.bytes_max)),
        (tus::TUS_CHECKSUM_ALGORITHM, tus::ALGORITHMS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Routes `OPTIONS` on uploads around the CORS layer, which takes every `OPTIONS` for a preflight.
pub async fn capabilities(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_asked = request.method() == Method::OPTIONS
        && !request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && request.uri().path().strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_asked { limits(&app) } else { next.run(request).await }
}

/// Lets clients that can send nothing but `GET` and `POST` say in a header what they mean, as tus has it.
pub fn meant_method(mut request: Request) -> Request {
    const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
    if request.method() == Method::POST && request.uri().path().starts_with(PATH) {
        let meant = request.headers().get(OVERRIDE).map(HeaderValue::as_bytes);
        let meant = [Method::PATCH, Method::DELETE, Method::HEAD]
            .into_iter()
            .find(|method| meant == Some(method.as_str().as_bytes()));
        if let Some(meant) = meant {
            *request.method_mut() = meant;
        }
    }
    request
}

fn state_headers(upload: &UploadRow) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(tus::UPLOAD_OFFSET, HeaderValue::from(upload.received));
    if let Some(length) = upload.length {
        headers.insert(tus::UPLOAD_LENGTH, HeaderValue::from(length));
    }
    if !upload.metadata.is_empty() {
        let metadata = HeaderValue::try_from(&upload.metadata).map_err(Error::internal)?;
        headers.insert(tus::UPLOAD_METADATA, metadata);
    }
    if upload.video_id.is_none() {
        let expires = HeaderValue::try_from(http_date(upload.expires_at)).map_err(Error::internal)?;
        headers.insert(tus::UPLOAD_EXPIRES, expires);
    }
    Ok(headers)
}
