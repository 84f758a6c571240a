//! The one place where requests and responses of other forks' front ends are translated.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use serde_json::Value;

use super::paths::{BASE, canonical};
use super::shapes::reshape;
use crate::app::App;
use crate::config::{Choice, Profile};
use crate::error::Error;
use crate::http::cookies::ACCESS_COOKIE;
use crate::http::rewrite::set_path_and_query;

/// The most a response may have to be given another shape.
const JSON_BYTES_MAX: usize = 8 << 20;

/// Leads aliases to their operations, and gives responses the shape that the front end's profile asks for.
pub async fn translate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(BASE) {
        return next.run(request).await;
    }
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let profile = app.config.response_profiles.of(origin).union(canonical(&mut request));
    if profile.is_empty() {
        return next.run(request).await;
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && profile.has(Choice::SwappedSubscriptions) {
        swap_subscriptions(&mut request);
    }
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if profile.has(Choice::ReadableToken) {
        expose_token(&mut response);
    }
    translated(response, profile, &path).await
}

fn swap_subscriptions(request: &mut Request) {
    let Some(rest) = request.uri().path().strip_prefix("/api/v1/subscriptions/") else { return };
    let Some((side, id)) = rest.split_once('/') else { return };
    let other = match side {
        "c" => "u",
        "u" => "c",
        _ => return,
    };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    set_path_and_query(request, &format!("{BASE}/subscriptions/{other}/{id}{query}"));
}

/// Lets scripts read the cookie with the access token.
fn expose_token(response: &mut Response) {
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    if cookies.is_empty() {
        return;
    }
    response.headers_mut().remove(header::SET_COOKIE);
    for value in cookies {
        response.headers_mut().append(header::SET_COOKIE, exposed(&value).unwrap_or(value));
    }
}

fn exposed(value: &HeaderValue) -> Option<HeaderValue> {
    let mut cookie = Cookie::parse(value.to_str().ok()?).ok()?;
    if cookie.name() != ACCESS_COOKIE {
        return None;
    }
    cookie.set_http_only(false);
    let mut value = HeaderValue::try_from(cookie.to_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Translates a response if it is JSON.
async fn translated(response: Response, profile: Profile, path: &str) -> Response {
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_json {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, JSON_BYTES_MAX).await else {
        return Error::invalid("The response is too long for a response profile. Ask for fewer entries with limit.")
            .into_response();
    };
    // It may be another one now, or, to HEAD, none at all.
    parts.headers.remove(header::CONTENT_LENGTH);
    let Ok(mut envelope) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    // Errors have no data.
    if let Some(data) = envelope.get_mut("data").filter(|data| !data.is_null()) {
        reshape(data, profile, path, &parts.headers);
    }
    Response::from_parts(parts, Body::from(envelope.to_string()))
}
