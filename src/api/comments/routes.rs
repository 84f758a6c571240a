//! Listing, writing, changing and deleting comments.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, CommentRow};
use crate::api::users::UserSummary;
use crate::api::videos;
use crate::app::App;
use crate::clock::Time;
use crate::db::retry;
use crate::error::{Error, OrNotFound};
use crate::http::aliased::LikesCount;
use crate::http::body::{Body, NonBlank, PathParam, Text, at_most};
use crate::http::openapi;
use crate::http::paging::{Page, PageQuery, PageRequest};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{CommentId, UserId, VideoId};
use crate::storage::MediaUrls;

const CONTENT_CHARS_MAX: usize = 10_000;

const NOT_FOUND: &str = "Comment not found";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(update, delete))
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Comment {
    #[serde(rename = "_id")]
    id: CommentId,
    #[schema(example = "The part about the pot is my favourite.")]
    content: String,
    video: VideoId,
    owner: UserSummary,
    #[serde(flatten)]
    likes_count: LikesCount,
    /// Whether the caller likes it.
    is_liked: bool,
    created_at: Time,
    updated_at: Time,
}

impl CommentRow {
    fn comment(self, urls: &MediaUrls) -> Comment {
        Comment {
            id: self.id,
            content: self.content,
            video: self.video_id,
            owner: self.owner.summary(urls),
            likes_count: self.likes_count.into(),
            is_liked: self.is_liked,
            created_at: Time(self.created_at),
            updated_at: Time(self.updated_at),
        }
    }
}

/// Text of a comment.
#[derive(Deserialize, ToSchema)]
struct CommentBody {
    #[schema(value_type = String, example = "The part about the pot is my favourite.", max_length = 10000)]
    content: Option<Text>,
}

impl CommentBody {
    fn checked(&self) -> Result<&str, Error> {
        let content = self.content.non_blank().ok_or_else(|| Error::field("content", "content is required"))?;
        at_most("content", content, CONTENT_CHARS_MAX)?;
        Ok(content)
    }
}

/// List a video's comments
#[utoipa::path(
    get,
    path = "/api/v1/comments/{videoId}",
    tag = "comments",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path), PageQuery),
    responses((status = 200, body = Envelope<Page<Comment>>, description = "Newest first"), openapi::NotFound)
)]
async fn list(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(video): PathParam<VideoId>,
    page: PageRequest,
) -> Result<Reply<Page<Comment>>, Error> {
    let keyset = page.keyset()?;
    let viewer: Option<UserId> = viewer.map(|viewer| viewer.id);
    let total = store::total(&app.db, video, viewer).await?.or_not_found(videos::NOT_FOUND)?;
    let rows = store::list(&app.db, video, viewer, keyset).await?;
    let position = |row: &CommentRow| (row.created_at, row.id);
    Ok(page.reply(rows, total, position, |row| row.comment(&app.urls), "Comments fetched successfully"))
}

/// Comment on a video
#[utoipa::path(
    post,
    path = "/api/v1/comments/{videoId}",
    tag = "comments",
    security(("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    request_body = CommentBody,
    responses((status = 201, body = Envelope<Comment>, description = "The new comment"), openapi::NotFound)
)]
async fn create(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(video): PathParam<VideoId>,
    Body(body): Body<CommentBody>,
) -> Result<Reply<Comment>, Error> {
    let content = body.checked()?;
    let id = CommentId::new(&app.clock);
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let inserted = store::insert(&mut tx, id, video, viewer.id, content, app.clock.now_ms()).await?;
        inserted.or_not_found(videos::NOT_FOUND)?;
        let row = store::one(&mut tx, id, viewer.id).await?;
        tx.commit().await?;
        Ok(Reply::created(row.comment(&app.urls), "Comment added successfully"))
    })
    .await
}

/// Update a comment
#[utoipa::path(
    patch,
    path = "/api/v1/comments/c/{commentId}",
    tag = "comments",
    security(("bearer" = []), ("cookie" = [])),
    params(("commentId" = CommentId, Path)),
    request_body = CommentBody,
    responses(
        (status = 200, body = Envelope<Comment>, description = "The comment"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn update(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<CommentId>,
    Body(body): Body<CommentBody>,
) -> Result<Reply<Comment>, Error> {
    let content = body.checked()?;
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let place = store::place(&mut tx, id, viewer.id).await?.or_not_found(NOT_FOUND)?;
        if place.owner_id != viewer.id {
            return Err(Error::forbidden("Only the author of a comment may change it"));
        }
        store::update(&mut tx, id, content, app.clock.now_ms()).await?;
        let row = store::one(&mut tx, id, viewer.id).await?;
        tx.commit().await?;
        Ok(Reply::ok(row.comment(&app.urls), "Comment updated successfully"))
    })
    .await
}

/// Id of the deleted comment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeletedComment {
    comment_id: CommentId,
}

/// Delete a comment
///
/// Authors may delete their comments, and owners of a video any comment on it.
#[utoipa::path(
    delete,
    path = "/api/v1/comments/c/{commentId}",
    tag = "comments",
    security(("bearer" = []), ("cookie" = [])),
    params(("commentId" = CommentId, Path)),
    responses(
        (status = 200, body = Envelope<DeletedComment>, description = "Deleted"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn delete(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<CommentId>,
) -> Result<Reply<DeletedComment>, Error> {
    retry(|| async {
        let mut tx = app.db.begin_alone().await?;
        let place = store::place(&mut tx, id, viewer.id).await?.or_not_found(NOT_FOUND)?;
        if place.owner_id != viewer.id && place.video_owner_id != viewer.id {
            return Err(Error::forbidden("Only the author of a comment or the owner of the video may delete it"));
        }
        store::remove(&mut tx, id, place.video_id).await?;
        tx.commit().await?;
        Ok(Reply::ok(DeletedComment { comment_id: id }, "Comment deleted successfully"))
    })
    .await
}
