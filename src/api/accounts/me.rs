//! The caller's account.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::users::Role;
use crate::api::{history, users};
use crate::app::App;
use crate::clock::Time;
use crate::error::Error;
use crate::http::aliased::FullName;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(current_user))
}

/// The caller's account.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentUser {
    #[serde(rename = "_id")]
    pub id: UserId,
    #[schema(example = "hitesh")]
    pub username: String,
    #[schema(example = "hitesh@example.org")]
    pub email: String,
    #[serde(flatten)]
    pub full_name: FullName,
    pub avatar: String,
    /// Empty if there is none.
    pub cover_image: String,
    pub role: Role,
    /// The last 1,000 videos watched, latest first.
    pub watch_history: Vec<VideoId>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Loads an account for its owner.
///
/// # Errors
/// 401 if the account is gone.
pub async fn load_current_user(app: &App, id: UserId) -> Result<CurrentUser, Error> {
    app.views.store_history(id).await?;
    let account = users::account(&app.db, id).await?;
    let account = account.ok_or_else(|| Error::unauthorized("Invalid Access Token"))?;
    Ok(CurrentUser {
        id,
        username: account.username,
        email: account.email,
        full_name: account.full_name.into(),
        avatar: app.urls.user_media(Some(&account.avatar)),
        cover_image: app.urls.user_media(account.cover.as_deref()),
        role: account.role,
        watch_history: history::latest_ids(&app.db, id).await?,
        created_at: Time(account.created_at),
        updated_at: Time(account.updated_at),
    })
}

/// Get the caller's account
#[utoipa::path(
    get,
    path = "/api/v1/users/current-user",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<CurrentUser>, description = "The account"))
)]
async fn current_user(State(app): State<App>, viewer: Viewer) -> Result<Reply<CurrentUser>, Error> {
    Ok(Reply::ok(load_current_user(&app, viewer.id).await?, "User fetched successfully"))
}
