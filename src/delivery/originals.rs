//! `GET /videos/:id/original`: the upload itself, for whoever sent it.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::media::MediaReader;
use crate::api::videos::{NOT_FOUND, store};
use crate::app::App;
use crate::connections::FileSender;
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::viewer::Viewer;
use crate::id::VideoId;
use crate::storage::{Access, MediaName};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(original))
}

/// Download an original
///
/// Returns the uploaded file to its owner. With `KEEP_ORIGINALS=false` it is deleted after processing. Supports single
/// byte ranges.
#[utoipa::path(
    get,
    path = "/api/v1/videos/{videoId}/original",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("videoId" = VideoId, Path),
        ("range" = Option<String>, Header, description = "`bytes=first-last`"),
    ),
    responses(
        (status = 200, description = "The file, as an attachment", content((Vec<u8> = "application/octet-stream"))),
        (status = 206, description = "The requested range", content((Vec<u8> = "application/octet-stream"))),
        (status = 304, description = "Not modified"),
        (status = 307, description = "With `MEDIA_DELIVERY=redirect`: the file is at `Location`, for some minutes"),
        openapi::Forbidden,
        openapi::NotFound,
        openapi::RangeNotSatisfiable,
    )
)]
async fn original(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
    Extension(sender): Extension<FileSender>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    store::visible(&app.db, id, Some(viewer.id)).await?.or_not_found(NOT_FOUND)?;
    let upload = store::upload(&app.db, id).await?.or_not_found(NOT_FOUND)?;
    let access = Access::allow_owner(upload.owner_id, viewer.id)?;
    let name = upload.original.or_not_found("The original was deleted after processing")?;
    let name: MediaName = name.parse()?;
    // Nothing of what the sender called it: that could be anything.
    let file_name = format!("{id}.{}", name.extension());
    MediaReader::owned(&app, name, access, file_name).await?.respond(&app, &sender, &method, &headers).await
}
