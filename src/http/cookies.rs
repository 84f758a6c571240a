//! The cookies with the tokens: reading, setting and clearing them.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration as CookieDuration;
use cookie::{Cookie, SameSite as CookieSameSite};

use super::reply::Reply;
use crate::app::App;
use crate::config::SameSite;

/// The name of the cookie with the access token.
pub const ACCESS_COOKIE: &str = "accessToken";
/// The name of the cookie with the refresh token.
pub const REFRESH_COOKIE: &str = "refreshToken";

/// A cookie's value; an empty one counts as none.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse_encoded)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name && !cookie.value().is_empty())
        .map(|cookie| cookie.value().to_owned())
}

/// Sets both cookies, unless a foreign page asks: it could log its visitor in to an account of its own choice.
pub fn with_cookies<T>(
    app: &App,
    headers: &HeaderMap,
    reply: Reply<T>,
    tokens: impl Fn(&T) -> (&str, &str),
) -> Reply<T> {
    if !app.origins.trusts_cookies(headers) {
        return reply;
    }
    let (access, refresh) = tokens(reply.data());
    let access = set_cookie(app, ACCESS_COOKIE, access, app.tokens.access_expiry());
    let refresh = set_cookie(app, REFRESH_COOKIE, refresh, app.tokens.refresh_expiry());
    reply.header(header::SET_COOKIE, access).header(header::SET_COOKIE, refresh)
}

/// Clears both cookies.
pub fn without_cookies<T>(app: &App, reply: Reply<T>) -> Reply<T> {
    let clear = |name| set_cookie(app, name, "", std::time::Duration::ZERO);
    reply.header(header::SET_COOKIE, clear(ACCESS_COOKIE)).header(header::SET_COOKIE, clear(REFRESH_COOKIE))
}

fn set_cookie(app: &App, name: &'static str, value: &str, lifetime: std::time::Duration) -> HeaderValue {
    let same_site = match app.config.cookie_same_site {
        SameSite::Strict => CookieSameSite::Strict,
        SameSite::Lax => CookieSameSite::Lax,
        SameSite::None => CookieSameSite::None,
    };
    let lifetime = CookieDuration::try_from(lifetime).unwrap_or(CookieDuration::MAX);
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(app.config.cookie_secure)
        .same_site(same_site)
        .max_age(lifetime)
        .build();
    let mut header = HeaderValue::try_from(cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}
