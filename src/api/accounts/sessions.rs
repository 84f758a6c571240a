//! Login, logout, refresh, and the list of sessions.

use std::net::IpAddr;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me;
use super::me::CurrentUser;
use super::password::check_password_length;
use crate::api::users;
use crate::api::users::Account;
use crate::app::App;
use crate::auth::password::Verdict;
use crate::auth::sessions::{Device, NewSession, Reuse, SessionRow};
use crate::auth::tokens::{Claims, TokenError};
use crate::clock::Time;
use crate::db::retry;
use crate::error::{Error, OrNotFound};
use crate::http::body::{Body, NonBlank, PathParam, Secret, Text};
use crate::http::client_address::ClientAddress;
use crate::http::cookies::{REFRESH_COOKIE, cookie, with_cookies, without_cookies};
use crate::http::openapi;
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::SessionId;
use crate::metrics::LoginResult;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(refresh))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
}

/// A user name or an e-mail address, and the password.
#[derive(Deserialize, ToSchema)]
struct LogIn {
    /// User name, or an e-mail address.
    #[schema(value_type = Option<String>, example = "hitesh")]
    username: Option<Text>,
    #[schema(value_type = Option<String>, example = "hitesh@example.org")]
    email: Option<Text>,
    #[schema(value_type = String, example = "correct horse battery staple")]
    password: Option<Secret>,
}

/// The account and its tokens, which are also set as cookies.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LoggedIn {
    user: CurrentUser,
    /// Alias of `user`.
    #[schema(value_type = Object, deprecated, required = false)]
    logged_in_user: CurrentUser,
    access_token: String,
    refresh_token: String,
}

/// Log in
///
/// Creates a session and sets the cookies `accessToken` and `refreshToken`, unless the origin is not trusted with
/// cookies. Other sessions stay valid.
#[utoipa::path(
    post,
    path = "/api/v1/users/login",
    tag = "auth",
    request_body = LogIn,
    responses((status = 200, body = Envelope<LoggedIn>, description = "Logged in"), openapi::NotFound, openapi::Unauthorized, openapi::TooMany)
)]
async fn login(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Body(body): Body<LogIn>,
) -> Result<Reply<LoggedIn>, Error> {
    let result = log_in(&app, address, &headers, body).await;
    app.numbers.logins.count(match &result {
        Ok(_) => LoginResult::Success,
        Err(Error::Unauthorized(_) | Error::NotFound(_)) => LoginResult::Refused,
        Err(Error::TooMany(..)) => LoginResult::Limited,
        Err(Error::Invalid(..)) => LoginResult::Invalid,
        Err(_) => LoginResult::Error,
    });
    result
}

async fn log_in(app: &App, address: IpAddr, headers: &HeaderMap, body: LogIn) -> Result<Reply<LoggedIn>, Error> {
    let username = body.username.non_blank().map(str::to_lowercase);
    let email = body.email.non_blank().map(str::to_lowercase);
    // Forms with one box for both send addresses as user names, which cannot contain an @.
    let (username, email) = match username {
        Some(address) if address.contains('@') => (None, Some(address)),
        username => (username, email),
    };
    if username.is_none() && email.is_none() {
        return Err(Error::invalid("username or email is required"));
    }
    let password = body.password.non_blank().ok_or_else(|| Error::field("password", "password is required"))?;
    check_password_length(password)?;
    app.rate.admit("login", address, None).await?;
    let account = users::find_account(&app.db, username.as_deref(), email.as_deref()).await?;
    // Limits by the account found: it has two names, and the other one may be invented.
    let found = account.as_ref().map(|account| account.id.to_string());
    let account_name = found.as_deref().or(username.as_deref()).or(email.as_deref()).unwrap_or_default();
    let limit_headers = app.rate.admit_account("login", account_name).await?;
    let stored = account.as_ref().map(|account| account.password_hash.clone());
    let verdict = app.hasher.verify(password.to_owned(), stored).await?;
    let account = account.or_not_found("User does not exist")?;
    let rehashed = match verdict {
        Verdict::Wrong => return Err(Error::unauthorized("Invalid user credentials")),
        Verdict::Right => None,
        Verdict::RightRehashed(hash) => Some(hash),
    };
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let device = Device { user_agent: user_agent.to_owned(), address: address.to_string() };
    let session = retry(|| open_session(app, &account, rehashed.as_deref(), &device)).await?;
    let now = app.clock.now_ms();
    let refresh_token = app.tokens.write_refresh(&session.refresh, now)?;
    let access_token = access_token(app, &account, session.id)?;
    let user = me::load_current_user(app, account.id).await?;
    let reply = Reply::ok(
        LoggedIn { logged_in_user: user.clone(), user, access_token, refresh_token },
        "User logged In Successfully",
    );
    let reply = limit_headers.into_iter().fold(reply, |reply, (name, value)| reply.header(name, value));
    Ok(with_cookies(app, headers, reply, |data| (&data.access_token, &data.refresh_token)))
}

async fn open_session(
    app: &App,
    account: &Account,
    rehashed: Option<&str>,
    device: &Device,
) -> Result<NewSession, Error> {
    let mut tx = app.db.begin().await?;
    if let Some(hash) = rehashed {
        users::replace_hash(&mut tx, account.id, hash, &account.password_hash).await?;
    } else if !users::has_hash(&mut tx, account.id, &account.password_hash).await? {
        // The password was changed while it was being checked.
        return Err(Error::unauthorized("Invalid user credentials"));
    }
    let session = app.sessions.open(&mut tx, account.id, device).await?;
    tx.commit().await?;
    Ok(session)
}

/// Log out
///
/// Ends the session, invalidates its access tokens and clears the cookies.
#[utoipa::path(
    post,
    path = "/api/v1/users/logout",
    tag = "auth",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<Empty>, description = "Logged out"))
)]
async fn logout(State(app): State<App>, viewer: Viewer) -> Result<Reply<Empty>, Error> {
    app.sessions.end(viewer.id, viewer.session).await?;
    Ok(without_cookies(&app, Reply::ok(Empty {}, "User logged Out")))
}

/// A refresh token for clients without cookies.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RefreshTokens {
    #[schema(value_type = Option<String>)]
    refresh_token: Option<Text>,
}

/// New tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Refreshed {
    access_token: String,
    refresh_token: String,
}

/// Refresh the tokens
///
/// Each refresh token works once. Reuse ends the session, except for parallel requests within a short grace period,
/// which get the same new token.
#[utoipa::path(
    post,
    path = "/api/v1/users/refresh-token",
    tag = "auth",
    security((), ("refreshCookie" = [])),
    request_body = RefreshTokens,
    responses((status = 200, body = Envelope<Refreshed>, description = "New tokens"), openapi::TooMany)
)]
async fn refresh(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    request: Request,
) -> Result<Reply<Refreshed>, Error> {
    let Body(body) = Body::<RefreshTokens>::from_request(request, &app).await?;
    let from_cookie = cookie(&headers, REFRESH_COOKIE).filter(|_| app.origins.trusts_cookies(&headers));
    let from_body = body.refresh_token.non_blank().map(str::to_owned);
    app.rate.admit("refresh", address, None).await?;
    let mut result = Err(Error::unauthorized("unauthorized request"));
    let mut tokens = [from_cookie, from_body].into_iter().flatten().peekable();
    while let Some(token) = tokens.next() {
        // Clients that send the token in the body leave a stale cookie behind: that is not theft.
        let reuse = if tokens.peek().is_some() { Reuse::Pardoned } else { Reuse::EndsSession };
        result = refresh_with(&app, &token, reuse).await;
        if !matches!(result, Err(Error::Unauthorized(_))) {
            break;
        }
    }
    let reply = Reply::ok(result?, "Access token refreshed");
    Ok(with_cookies(&app, &headers, reply, |data| (&data.access_token, &data.refresh_token)))
}

async fn refresh_with(app: &App, token: &str, reuse: Reuse) -> Result<Refreshed, Error> {
    let used = app.tokens.read_refresh(token, app.clock.now_ms()).map_err(|error| {
        Error::unauthorized(match error {
            TokenError::Expired => "Refresh token is expired or used",
            TokenError::Signature | TokenError::Malformed => "Invalid refresh token",
        })
    })?;
    app.rate.admit_account("refresh", &used.user.to_string()).await?;
    let next = app.sessions.rotate(&used, reuse).await?;
    let account = users::account(&app.db, used.user).await?;
    let account = account.ok_or_else(|| Error::unauthorized("Invalid refresh token"))?;
    Ok(Refreshed {
        access_token: access_token(app, &account, used.session)?,
        refresh_token: app.tokens.write_refresh(&next.refresh, next.issued_ms)?,
    })
}

/// A session of the caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    #[serde(rename = "_id")]
    id: SessionId,
    /// `User-Agent` of the client at login.
    user_agent: String,
    /// IP address at login.
    address: String,
    /// Whether this request belongs to it.
    is_current: bool,
    created_at: Time,
    /// When the tokens were last refreshed.
    last_used_at: Time,
    expires_at: Time,
}

/// List the caller's sessions
#[utoipa::path(
    get,
    path = "/api/v1/users/sessions",
    tag = "auth",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Envelope<Vec<SessionView>>, description = "Newest first"))
)]
async fn list_sessions(State(app): State<App>, viewer: Viewer) -> Result<Reply<Vec<SessionView>>, Error> {
    let rows = app.sessions.list(viewer.id).await?;
    let view = |row: SessionRow| SessionView {
        id: row.id,
        user_agent: row.user_agent,
        address: row.address,
        is_current: row.id == viewer.session,
        created_at: Time(row.created_at),
        last_used_at: Time(row.rotated_at),
        expires_at: Time(row.expires_at),
    };
    Ok(Reply::ok(rows.into_iter().map(view).collect(), "Sessions fetched successfully"))
}

/// End a session of the caller
#[utoipa::path(
    delete,
    path = "/api/v1/users/sessions/{sessionId}",
    tag = "auth",
    security(("bearer" = []), ("cookie" = [])),
    params(("sessionId" = SessionId, Path)),
    responses((status = 200, body = Envelope<Empty>, description = "Ended"), openapi::NotFound)
)]
async fn end_session(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(session): PathParam<SessionId>,
) -> Result<Reply<Empty>, Error> {
    if !app.sessions.end(viewer.id, session).await? {
        return Err(Error::not_found("Session not found"));
    }
    Ok(Reply::ok(Empty {}, "Session ended"))
}

fn access_token(app: &App, account: &Account, session: SessionId) -> Result<String, Error> {
    let claims = Claims {
        id: account.id,
        sid: session,
        email: account.email.clone(),
        username: account.username.clone(),
        full_name: account.full_name.clone(),
        jti: String::new(),
        iat: 0,
        exp: 0,
    };
    app.tokens.write_access(claims, app.clock.now_ms())
}
