//! The extractors: a handler that asks for a [`Viewer`] is private, one that asks for an `Option<Viewer>` is open.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::cookies::{ACCESS_COOKIE, cookie};
use crate::app::App;
use crate::auth::tokens::TokenError;
use crate::error::Error;
use crate::id::{SessionId, UserId};

/// Somebody who is logged in, in a session that has not ended.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    pub id: UserId,
    pub session: SessionId,
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        find(parts, app).await?.ok_or_else(|| Error::unauthorized("Unauthorized request"))
    }
}

impl OptionalFromRequestParts<App> for Viewer {
    type Rejection = Error;

    /// # Errors
    /// 401 when a token is sent that is no good, or when none is sent and reads are not public.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Error> {
        match find(parts, app).await? {
            None if !app.config.public_reads => Err(Error::unauthorized("Unauthorized request")),
            viewer => Ok(viewer),
        }
    }
}

/// The cookie counts first, then the header; when both are sent, the header makes up for a stale cookie.
async fn find(parts: &Parts, app: &App) -> Result<Option<Viewer>, Error> {
    let bearer = bearer(&parts.headers);
    if let Some(token) = cookie(&parts.headers, ACCESS_COOKIE) {
        let from_cookie = match refuse_foreign_cookie(parts, app) {
            Ok(()) => verify(app, &token).await,
            Err(refusal) => Err(refusal),
        };
        match (from_cookie, &bearer) {
            (Err(Error::Unauthorized(_) | Error::Forbidden(_)), Some(_)) => {}
            (result, _) => return result.map(Some),
        }
    }
    match bearer {
        Some(token) => verify(app, &token).await.map(Some),
        None => Ok(None),
    }
}

/// A browser adds cookies to whatever any page asks for, so they count only from pages that may act for the viewer.
fn refuse_foreign_cookie(parts: &Parts, app: &App) -> Result<(), Error> {
    if app.origins.trusts_cookies(&parts.headers) {
        return Ok(());
    }
    if parts.method == Method::GET || parts.method == Method::HEAD {
        return Err(Error::unauthorized("Cookies are not accepted from another site"));
    }
    Err(Error::forbidden("Origin not allowed: it is neither the server's own nor in CORS_ORIGIN"))
}

async fn verify(app: &App, token: &str) -> Result<Viewer, Error> {
    let claims = app.tokens.read_access(token, app.clock.now_ms()).map_err(|error| {
        Error::unauthorized(match error {
            TokenError::Expired => "jwt expired",
            TokenError::Signature => "invalid signature",
            TokenError::Malformed => "jwt malformed",
        })
    })?;
    if !app.sessions.is_alive(claims.id, claims.sid).await? {
        return Err(Error::unauthorized("Invalid Access Token"));
    }
    Ok(Viewer { id: claims.id, session: claims.sid })
}

/// Returns the token of the `Authorization` header, with or without the word `Bearer`.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let token = match value.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer ") => value[7..].trim(),
        _ => value,
    };
    (!token.is_empty() && !token.eq_ignore_ascii_case("bearer")).then(|| token.to_owned())
}
