//! Deletes an account with all its data.

use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::password::check_password;
use crate::api::users::store;
use crate::api::{uploads, videos};
use crate::app::App;
use crate::db::{Error as DbError, Sql, Tx, args};
use crate::error::Error;
use crate::http::body::{Body, NonBlank, Secret};
use crate::http::client_address::ClientAddress;
use crate::http::cookies::without_cookies;
use crate::http::openapi;
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId};
use crate::storage::Storage;

/// Shorter than the second PostgreSQL takes to detect a deadlock, so that the deletion loses it and not a request.
const LOCK_WAIT: Duration = Duration::from_millis(200);
const TRIES_MAX: usize = 25;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(leave))
}

/// The account's password, as confirmation.
#[derive(Deserialize, ToSchema)]
struct DeleteAccount {
    #[schema(value_type = String)]
    password: Option<Secret>,
}

/// Delete the caller's account
///
/// Deletes its videos, comments, tweets, playlists, likes, subscriptions, history and media. Cannot be undone.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    request_body = DeleteAccount,
    responses((status = 200, body = Envelope<Empty>, description = "Deleted"), openapi::TooMany)
)]
async fn leave(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    Body(body): Body<DeleteAccount>,
) -> Result<Reply<Empty>, Error> {
    let password = body.password.non_blank().ok_or_else(|| Error::field("password", "password is required"))?;
    check_password(&app, viewer, address, password, "Invalid password").await?;
    if !remove_account(&app, viewer.id).await? {
        return Err(Error::unauthorized("Invalid Access Token"));
    }
    Ok(without_cookies(&app, Reply::ok(Empty {}, "Account deleted")))
}

/// Deletes the account; false if it is gone already.
///
/// Requests lock video → user, deletion locks user → video. A short lock timeout with retry makes the deletion lose the
/// deadlock; ending the sessions keeps the account from starting new requests.
async fn remove_account(app: &App, user: UserId) -> Result<bool, DbError> {
    for _ in 1..TRIES_MAX {
        match try_remove_account(app, user).await {
            Err(DbError::Deadlock(cause)) => tracing::info!(%cause, %user, "account deletion deadlocked; retrying"),
            result => return result,
        }
        app.db.execute("DELETE FROM sessions WHERE user_id = $1", args![user]).await?;
    }
    try_remove_account(app, user).await
}

async fn try_remove_account(app: &App, user: UserId) -> Result<bool, DbError> {
    let mut tx = app.db.begin().await?;
    tx.wait_at_most(LOCK_WAIT).await?;
    // Keeps concurrent requests of the account from adding rows.
    if store::lock(&mut tx, user).await?.is_none() {
        return Ok(false);
    }
    remove_everything(&mut tx, &app.storage, user).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lock the rows whose counters the deletion changes, so that a concurrent unlike, for example, is not counted twice.
const LOCKS: &[&str] = &[
    "SELECT id FROM videos WHERE id IN (SELECT id FROM videos WHERE owner_id = $1
                                        UNION SELECT video_id FROM video_likes WHERE user_id = $1
                                        UNION SELECT video_id FROM comments WHERE owner_id = $1) ORDER BY id",
    "SELECT id FROM comments WHERE id IN (SELECT comment_id FROM comment_likes WHERE user_id = $1) ORDER BY id",
    "SELECT id FROM tweets WHERE id IN (SELECT tweet_id FROM tweet_likes WHERE user_id = $1) ORDER BY id",
];

/// Subtract the user's rows from the counters of others, then delete them. `$1` is the user.
const TRACES: &[&str] = &[
    // Likes by the user.
    "UPDATE videos SET likes_count = likes_count - 1
     WHERE id IN (SELECT video_id FROM video_likes WHERE user_id = $1)",
    "DELETE FROM video_likes WHERE user_id = $1",
    "UPDATE comments SET likes_count = likes_count - 1
     WHERE id IN (SELECT comment_id FROM comment_likes WHERE user_id = $1)",
    "DELETE FROM comment_likes WHERE user_id = $1",
    "UPDATE tweets SET likes_count = likes_count - 1
     WHERE id IN (SELECT tweet_id FROM tweet_likes WHERE user_id = $1)",
    "DELETE FROM tweet_likes WHERE user_id = $1",
    // Remembered views; view counts stay. The watch history has their videos.
    "DELETE FROM video_views
     WHERE viewer = $1 AND video_id IN (SELECT video_id FROM watch_history WHERE user_id = $1)",
    // Comments; their likes go by cascade.
    "UPDATE videos SET comments_count = comments_count
         - (SELECT COUNT(*) FROM comments c WHERE c.video_id = videos.id AND c.owner_id = $1)
     WHERE id IN (SELECT video_id FROM comments WHERE owner_id = $1)",
    "DELETE FROM comments WHERE owner_id = $1",
    // Subscriptions in both directions.
    "UPDATE users SET subscribers_count = subscribers_count - 1
     WHERE id IN (SELECT channel_id FROM subscriptions WHERE subscriber_id = $1)",
    "UPDATE users SET subscriptions_count = subscriptions_count - 1
     WHERE id IN (SELECT subscriber_id FROM subscriptions WHERE channel_id = $1)",
    "DELETE FROM subscriptions WHERE subscriber_id = $1 OR channel_id = $1",
    // Tweets; their likes go by cascade. Sessions, history and playlists go with the user's row.
    "DELETE FROM tweets WHERE owner_id = $1",
];

async fn remove_everything(tx: &mut Tx, storage: &Storage, user: UserId) -> Result<(), DbError> {
    for statement in LOCKS {
        tx.execute(Sql::from(*statement).for_update(), args![user]).await?;
    }
    uploads::delete_of_user(tx, storage, user).await?;
    let videos: Vec<(VideoId,)> = tx.all("SELECT id FROM videos WHERE owner_id = $1", args![user]).await?;
    for (video,) in videos {
        videos::remove(tx, storage, video).await?;
    }
    for statement in TRACES {
        tx.execute(*statement, args![user]).await?;
    }
    let pictures: Vec<(String,)> = tx.all("SELECT name FROM media WHERE user_id = $1", args![user]).await?;
    for (name,) in pictures {
        storage.delete(tx, &name).await?;
    }
    tx.execute("DELETE FROM users WHERE id = $1", args![user]).await?;
    store::count_out(tx).await
}
