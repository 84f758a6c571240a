//! People and their channels: registering, one's own account, everybody's public profile, leaving.

mod account;
mod leave;
mod register;
mod store;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::store::{
    Account, ChannelRow, Count, account, change_count, channel as channel_row, find_account, has_hash, replace_hash,
};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Time;
use crate::error::{Error, OrNotFound};
use crate::history;
use crate::id::{UserId, VideoId};
use crate::input::At;
use crate::openapi;
use crate::reply::{Envelope, Reply};
use crate::store::Links;

const FULL_NAME_CHARS_MAX: usize = 100;
const USERNAME_CHARS_MAX: usize = 50;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(register::routes())
        .merge(account::routes())
        .merge(leave::routes())
        .routes(routes!(current_user))
        .routes(routes!(channel))
}

/// What an account may do beyond what is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    /// The one that was made first.
    Admin,
}

impl Role {
    fn parse(text: &str) -> Self {
        if text == "admin" { Self::Admin } else { Self::User }
    }
}

/// One's own account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SelfUser {
    #[serde(rename = "_id")]
    pub id: UserId,
    #[schema(example = "hitesh")]
    pub username: String,
    #[schema(example = "hitesh@example.org")]
    pub email: String,
    #[schema(example = "Hitesh Choudhary")]
    pub full_name: String,
    pub avatar: String,
    /// `""` when there is none.
    pub cover_image: String,
    pub role: Role,
    /// The last thousand videos watched, latest first.
    pub watch_history: Vec<VideoId>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Somebody, in a few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnerMini {
    #[serde(rename = "_id")]
    pub id: UserId,
    #[schema(example = "hitesh")]
    pub username: String,
    #[schema(example = "Hitesh Choudhary")]
    pub full_name: String,
    pub avatar: String,
}

/// The columns of [`OwnerMini`], as every list that shows owners selects them.
#[derive(Clone, Debug, crate::db::FromRow)]
pub struct OwnerRow {
    pub owner_id: UserId,
    pub owner_username: String,
    pub owner_full_name: String,
    pub owner_avatar: String,
}

impl OwnerRow {
    #[must_use]
    pub fn mini(self, links: &Links) -> OwnerMini {
        OwnerMini {
            id: self.owner_id,
            username: self.owner_username,
            full_name: self.owner_full_name,
            avatar: links.user_media(Some(&self.owner_avatar)),
        }
    }
}

/// A channel, as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Channel {
    #[serde(rename = "_id")]
    id: UserId,
    full_name: String,
    username: String,
    /// Only on one's own channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    avatar: String,
    cover_image: String,
    subscribers_count: i64,
    channels_subscribed_to_count: i64,
    /// How many videos it shows to the caller.
    videos_count: i64,
    /// Whether the caller subscribes to it.
    is_subscribed: bool,
    created_at: Time,
}

/// One's own account, as an answer.
///
/// # Errors
/// 401 when the account is gone.
pub async fn self_user(app: &App, id: UserId) -> Result<SelfUser, Error> {
    let account = store::account(&app.db, id).await?;
    let account = account.ok_or_else(|| Error::unauthorized("Invalid Access Token"))?;
    Ok(SelfUser {
        id,
        username: account.username,
        email: account.email,
        full_name: account.full_name,
        avatar: app.links.user_media(Some(&account.avatar)),
        cover_image: app.links.user_media(account.cover.as_deref()),
        role: Role::parse(&account.role),
        watch_history: history::latest_ids(&app.db, id).await?,
        created_at: Time(account.created_at),
        updated_at: Time(account.updated_at),
    })
}

/// Get one's own account
#[utoipa::path(
    get,
    path = "/api/v1/users/current-user",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<SelfUser>, description = "One's own account"))
)]
async fn current_user(State(app): State<App>, viewer: Viewer) -> Result<Reply<SelfUser>, Error> {
    Ok(Reply::ok(self_user(&app, viewer.id).await?, "User fetched successfully"))
}

/// Get a channel
#[utoipa::path(
    get,
    path = "/api/v1/users/c/{username}",
    tag = "users",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("username" = String, Path, example = "hitesh")),
    responses((status = 200, body = Envelope<Channel>, description = "The channel"), openapi::NotFound)
)]
async fn channel(
    State(app): State<App>,
    viewer: Option<Viewer>,
    At(username): At<String>,
) -> Result<Reply<Channel>, Error> {
    let viewer = viewer.map(|viewer| viewer.id);
    let username = username.trim().to_lowercase();
    // PostgreSQL cannot even be asked about a name with NUL in it.
    let username = Some(username).filter(|name| !name.contains('\0')).or_not_found("channel does not exists")?;
    let row = store::channel(&app.db, &username, viewer).await?.or_not_found("channel does not exists")?;
    let is_own = viewer == Some(row.id);
    let channel = Channel {
        id: row.id,
        full_name: row.full_name,
        username: row.username,
        email: is_own.then_some(row.email),
        avatar: app.links.user_media(Some(&row.avatar)),
        cover_image: app.links.user_media(row.cover.as_deref()),
        subscribers_count: row.subscribers_count,
        channels_subscribed_to_count: row.subscriptions_count,
        videos_count: if is_own { row.videos_count } else { row.published_videos_count },
        is_subscribed: row.is_subscribed,
        created_at: Time(row.created_at),
    };
    Ok(Reply::ok(channel, "User channel fetched successfully"))
}
