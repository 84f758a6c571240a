//! Listing, writing, changing and deleting tweets.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, TweetRow};
use crate::api::users::UserSummary;
use crate::app::App;
use crate::clock::Time;
use crate::db::{Tx, retry};
use crate::error::{Error, OrNotFound};
use crate::http::aliased::LikesCount;
use crate::http::body::{Body, NonBlank, PathParam, Text, at_most};
use crate::http::openapi;
use crate::http::paging::{ArrayRequest, PageQuery};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{TweetId, UserId};
use crate::storage::MediaUrls;

const CONTENT_CHARS_MAX: usize = 5_000;

const NOT_FOUND: &str = "Tweet not found";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, all))
        .routes(routes!(list))
        .routes(routes!(feed))
        .routes(routes!(update, delete))
}

/// A short post.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tweet {
    #[serde(rename = "_id")]
    id: TweetId,
    #[schema(example = "New video on Friday!")]
    content: String,
    owner: UserSummary,
    #[serde(flatten)]
    likes_count: LikesCount,
    /// Whether the caller likes it.
    is_liked: bool,
    created_at: Time,
    updated_at: Time,
}

impl TweetRow {
    fn position(&self) -> (i64, TweetId) {
        (self.created_at, self.id)
    }

    pub fn tweet(self, urls: &MediaUrls) -> Tweet {
        Tweet {
            id: self.id,
            content: self.content,
            owner: self.owner.summary(urls),
            likes_count: self.likes_count.into(),
            is_liked: self.is_liked,
            created_at: Time(self.created_at),
            updated_at: Time(self.updated_at),
        }
    }
}

/// Text of a tweet.
#[derive(Deserialize, ToSchema)]
struct TweetBody {
    #[schema(value_type = String, example = "New video on Friday!", max_length = 5000)]
    content: Option<Text>,
}

impl TweetBody {
    fn checked(&self) -> Result<&str, Error> {
        let content = self.content.non_blank().ok_or_else(|| Error::field("content", "content is required"))?;
        at_most("content", content, CONTENT_CHARS_MAX)?;
        Ok(content)
    }
}

/// Post a tweet
#[utoipa::path(
    post,
    path = "/api/v1/tweets",
    tag = "tweets",
    security(("bearer" = []), ("cookie" = [])),
    request_body = TweetBody,
    responses((status = 201, body = Envelope<Tweet>, description = "The new tweet"))
)]
async fn create(State(app): State<App>, viewer: Viewer, Body(body): Body<TweetBody>) -> Result<Reply<Tweet>, Error> {
    let content = body.checked()?;
    let id = TweetId::new(&app.clock);
    retry(|| async {
        let mut tx = app.db.begin().await?;
        store::insert(&mut tx, id, viewer.id, content, app.clock.now_ms()).await?;
        let row = store::one(&mut tx, id, viewer.id).await?;
        tx.commit().await?;
        Ok(Reply::created(row.tweet(&app.urls), "Tweet created successfully"))
    })
    .await
}

/// List all tweets
#[utoipa::path(
    get,
    path = "/api/v1/tweets",
    tag = "tweets",
    security((), ("bearer" = []), ("cookie" = [])),
    params(PageQuery),
    responses((status = 200, body = Envelope<Vec<Tweet>>, description = "Newest first"))
)]
async fn all(State(app): State<App>, viewer: Option<Viewer>, page: ArrayRequest) -> Result<Reply<Vec<Tweet>>, Error> {
    let rows = store::all(&app.db, viewer.map(|viewer| viewer.id), page.keyset()?).await?;
    let total = store::count_all(&app.db).await?;
    Ok(page.reply(rows, total, TweetRow::position, |row| row.tweet(&app.urls), "Tweets fetched successfully"))
}

/// List a user's tweets
#[utoipa::path(
    get,
    path = "/api/v1/tweets/user/{userId}",
    tag = "tweets",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("userId" = UserId, Path), PageQuery),
    responses((status = 200, body = Envelope<Vec<Tweet>>, description = "Newest first"), openapi::NotFound)
)]
async fn list(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(owner): PathParam<UserId>,
    page: ArrayRequest,
) -> Result<Reply<Vec<Tweet>>, Error> {
    let keyset = page.keyset()?;
    let total = store::total(&app.db, owner).await?.or_not_found("User not found")?;
    let rows = store::list(&app.db, owner, viewer.map(|viewer| viewer.id), keyset).await?;
    Ok(page.reply(rows, total, TweetRow::position, |row| row.tweet(&app.urls), "Tweets fetched successfully"))
}

/// List tweets of the caller and of subscribed channels
#[utoipa::path(
    get,
    path = "/api/v1/tweets/feed",
    tag = "tweets",
    security(("bearer" = []), ("cookie" = [])),
    params(PageQuery),
    responses((status = 200, body = Envelope<Vec<Tweet>>, description = "Newest first"))
)]
async fn feed(State(app): State<App>, viewer: Viewer, page: ArrayRequest) -> Result<Reply<Vec<Tweet>>, Error> {
    let rows = store::feed(&app.db, viewer.id, page.keyset()?).await?;
    let total = store::feed_total(&app.db, viewer.id).await?;
    Ok(page.reply(rows, total, TweetRow::position, |row| row.tweet(&app.urls), "Tweets fetched successfully"))
}

/// Update a tweet
#[utoipa::path(
    patch,
    path = "/api/v1/tweets/{tweetId}",
    tag = "tweets",
    security(("bearer" = []), ("cookie" = [])),
    params(("tweetId" = TweetId, Path)),
    request_body = TweetBody,
    responses((status = 200, body = Envelope<Tweet>, description = "The tweet"), openapi::Forbidden, openapi::NotFound)
)]
async fn update(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<TweetId>,
    Body(body): Body<TweetBody>,
) -> Result<Reply<Tweet>, Error> {
    let content = body.checked()?;
    retry(|| async {
        let mut tx = app.db.begin().await?;
        check_owner(&mut tx, id, viewer).await?;
        store::update(&mut tx, id, content, app.clock.now_ms()).await?;
        let row = store::one(&mut tx, id, viewer.id).await?;
        tx.commit().await?;
        Ok(Reply::ok(row.tweet(&app.urls), "Tweet updated successfully"))
    })
    .await
}

/// Id of the deleted tweet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeletedTweet {
    tweet_id: TweetId,
}

/// Delete a tweet
#[utoipa::path(
    delete,
    path = "/api/v1/tweets/{tweetId}",
    tag = "tweets",
    security(("bearer" = []), ("cookie" = [])),
    params(("tweetId" = TweetId, Path)),
    responses(
        (status = 200, body = Envelope<DeletedTweet>, description = "Deleted"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn delete(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<TweetId>,
) -> Result<Reply<DeletedTweet>, Error> {
    retry(|| async {
        let mut tx = app.db.begin_alone().await?;
        check_owner(&mut tx, id, viewer).await?;
        store::remove(&mut tx, id, viewer.id).await?;
        tx.commit().await?;
        Ok(Reply::ok(DeletedTweet { tweet_id: id }, "Tweet deleted successfully"))
    })
    .await
}

async fn check_owner(tx: &mut Tx, id: TweetId, viewer: Viewer) -> Result<(), Error> {
    let owner = store::owner(tx, id).await?.or_not_found(NOT_FOUND)?;
    if owner == viewer.id { Ok(()) } else { Err(Error::forbidden("Only the author of a tweet may do that")) }
}
