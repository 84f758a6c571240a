//! Changes a video, publishes or hides it, deletes it.

use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::{NOT_FOUND, Video, VideoRow, check_lengths};
use super::store;
use super::tags::{self, Tags};
use crate::api::uploads::form::{FilePart, Form, receive};
use crate::app::App;
use crate::db::{Db, Tx, retry};
use crate::error::{Error, OrNotFound};
use crate::http::body::{NonBlank, PathParam, Text};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId};
use crate::images::Thumbnail;
use crate::storage::{Owner, Storage};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(update, delete)).routes(routes!(toggle_publish))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateVideo {
    title: Option<Text>,
    description: Option<Text>,
    tags: Option<Tags>,
    thumbnail_candidate: Option<Choice>,
}

/// Fields to change; at least one is required.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body that `receive` reads")]
struct UpdateVideoForm {
    #[schema(example = "How tea is really made", max_length = 200)]
    title: Option<String>,
    #[schema(example = "From the leaf to the cup.", max_length = 10000)]
    description: Option<String>,
    /// In place of all tags before; an empty list removes them. In forms a text with commas between the tags.
    #[schema(example = json!(["tea", "how to"]), max_items = 20)]
    tags: Option<Vec<String>>,
    /// Multipart only. PNG, JPEG, WebP or GIF with at most 50 million pixels.
    #[schema(value_type = Option<String>, format = Binary)]
    thumbnail: Option<Vec<u8>>,
    /// Index in `thumbnailCandidates` of the new thumbnail.
    #[schema(example = 1, minimum = 0, maximum = 2)]
    thumbnail_candidate: Option<u8>,
}

/// A whole number: a JSON number, or its text in a form.
#[derive(Clone, Copy)]
struct Choice(usize);

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Number(number) => number.as_u64(),
            serde_json::Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.map(Self).ok_or_else(|| serde::de::Error::custom("must be a whole number"))
    }
}

impl Form for UpdateVideo {
    fn check(&self) -> Result<(), Error> {
        self.checked().map(drop)
    }
}

impl UpdateVideo {
    /// A field that is sent but blank is an error, not a request to keep the value.
    fn checked(&self) -> Result<(Option<&str>, Option<&str>), Error> {
        for (field, sent) in [("title", &self.title), ("description", &self.description)] {
            if sent.is_some() && sent.non_blank().is_none() {
                return Err(Error::field(field, format!("{field} must not be blank")));
            }
        }
        let (title, description) = (self.title.non_blank(), self.description.non_blank());
        check_lengths(title, description)?;
        Ok((title, description))
    }
}

/// Update a video
#[utoipa::path(
    patch,
    path = "/api/v1/videos/{videoId}",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    request_body(content(
        (UpdateVideoForm = "application/json"),
        (UpdateVideoForm = "application/x-www-form-urlencoded"),
        (UpdateVideoForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, body = Envelope<Video>, description = "The video"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn update(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    PathParam(id): PathParam<VideoId>,
    request: Request,
) -> Result<Reply<Video>, Error> {
    let parts = [FilePart::image("thumbnail", &app)];
    let mut received = receive::<UpdateVideo>(&app, request, &parts).await?;
    let thumbnail = received.take("thumbnail");
    let (title, description) = received.fields.checked()?;
    let choice = received.fields.thumbnail_candidate;
    let tags = received.fields.tags.as_ref();
    if title.is_none() && description.is_none() && tags.is_none() && thumbnail.is_none() && choice.is_none() {
        return Err(Error::invalid("Send a title, a description, tags or a thumbnail"));
    }
    // Nothing is stored for a request that is refused anyway.
    if thumbnail.is_some() && choice.is_some() {
        return Err(Error::field("thumbnailCandidate", "Send either thumbnail or thumbnailCandidate, not both"));
    }
    let before = find_own_video(&app.db, id, viewer.id).await?;
    let (thumbnail, uploaded) = match thumbnail {
        Some(thumbnail) => {
            let Thumbnail { object, placeholder } = app.images.store_thumbnail(address, "thumbnail", thumbnail).await?;
            let name = object.name().to_string();
            (Some(object), Some((name, placeholder)))
        }
        None => (None, None),
    };
    let chosen = match choice {
        Some(choice) => Some(chosen(&app, &before, choice.0).await?),
        None => None,
    };
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let mut row = own_video(&mut tx, id, viewer.id).await?;
        row.title = title.map_or(row.title, str::to_owned);
        row.description = description.map_or(row.description, str::to_owned);
        row.tags = tags.map_or(row.tags, Tags::json);
        row.updated_at = app.clock.now_ms();
        if let Some(pending) = &thumbnail {
            pending.attach(&mut tx, Owner::Video(id)).await?;
        }
        if chosen.as_ref().is_some_and(|(name, _)| !row.candidates().contains(name)) {
            return Err(Error::conflict("The thumbnail candidates have changed; choose again"));
        }
        if let Some((name, placeholder)) = uploaded.as_ref().or(chosen.as_ref()) {
            replace_thumbnail(&mut tx, &app.storage, &mut row, name, placeholder).await?;
        }
        store::update(&mut tx, &row).await?;
        if title.is_some() || description.is_some() {
            store::index_text(&mut tx, id, &row.title, &row.description).await?;
        }
        if tags.is_some() {
            tags::store(&mut tx, id, row.tags.as_deref(), row.is_published).await?;
        }
        tx.commit().await?;
        Ok(Reply::ok(row.video(&app.urls), "Video updated successfully"))
    })
    .await
}

/// Returns the candidate with this number, and its placeholder.
async fn chosen(app: &App, row: &VideoRow, number: usize) -> Result<(String, String), Error> {
    let name = row.candidates().into_iter().nth(number).ok_or_else(|| {
        Error::field("thumbnailCandidate", "No such thumbnail candidate: choose one of the video's thumbnailCandidates")
    })?;
    let placeholder = app.images.placeholder(&name.parse()?).await?;
    Ok((name, placeholder))
}

/// Replaces the thumbnail. Deletes the one before unless it is a candidate.
async fn replace_thumbnail(
    tx: &mut Tx,
    storage: &Storage,
    row: &mut VideoRow,
    name: &str,
    placeholder: &str,
) -> Result<(), Error> {
    let before = std::mem::replace(&mut row.thumbnail, name.to_owned());
    row.placeholder = Some(placeholder.to_owned());
    if before == row.thumbnail || row.candidates().contains(&before) {
        return Ok(());
    }
    Ok(storage.delete(tx, &before).await?)
}

/// Id of the deleted video.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeletedVideo {
    video_id: VideoId,
}

/// Delete a video
///
/// Deletes its comments, likes, playlist entries, history entries and media.
#[utoipa::path(
    delete,
    path = "/api/v1/videos/{videoId}",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<DeletedVideo>, description = "Deleted"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn delete(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<DeletedVideo>, Error> {
    retry(|| async {
        let mut tx = app.db.begin_alone().await?;
        own_video(&mut tx, id, viewer.id).await?;
        store::remove(&mut tx, &app.storage, id).await?;
        tx.commit().await?;
        Ok(Reply::ok(DeletedVideo { video_id: id }, "Video deleted successfully"))
    })
    .await
}

/// Publish or hide a video
#[utoipa::path(
    patch,
    path = "/api/v1/videos/toggle/publish/{videoId}",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    responses(
        (status = 200, body = Envelope<Video>, description = "The video, with its new `isPublished`"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn toggle_publish(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
) -> Result<Reply<Video>, Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let mut row = own_video(&mut tx, id, viewer.id).await?;
        row.is_published = !row.is_published;
        row.updated_at = app.clock.now_ms();
        store::update(&mut tx, &row).await?;
        let by = if row.is_published { 1 } else { -1 };
        tags::count(&mut tx, id, by).await?;
        store::count_published(&mut tx, viewer.id, row.is_short, by).await?;
        tx.commit().await?;
        let message = if row.is_published { "Video published" } else { "Video hidden" };
        Ok(Reply::ok(row.video(&app.urls), message))
    })
    .await
}

/// Like [`own_video`], without a lock.
pub async fn find_own_video(db: &Db, id: VideoId, viewer: UserId) -> Result<VideoRow, Error> {
    owned(store::find(db, id, viewer).await?, viewer)
}

/// Returns the video, locked, if it is the viewer's: 404 when they may not even see it, 403 when it is somebody else's.
pub async fn own_video(tx: &mut Tx, id: VideoId, viewer: UserId) -> Result<VideoRow, Error> {
    owned(store::lock_row(tx, id, viewer).await?, viewer)
}

fn owned(video: Option<VideoRow>, viewer: UserId) -> Result<VideoRow, Error> {
    let video = video.or_not_found(NOT_FOUND)?;
    if video.owner_id == viewer { Ok(video) } else { Err(Error::forbidden("Only the owner of a video may do that")) }
}
