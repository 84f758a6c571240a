//! Reading what a request brings: path ids, query, and bodies in any of the forms the clients use.

use std::str::FromStr;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::error::Error;

/// The most a JSON or form body may have.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// How long such a body may take to arrive.
const BODY_LIMIT: Duration = Duration::from_secs(30);

/// The path's one parameter.
pub struct PathParam<T>(pub T);

/// The path's two parameters.
pub struct PathParams<T, U>(pub T, pub U);

impl<S, T> FromRequestParts<S> for PathParam<T>
where
    S: Send + Sync,
    T: FromStr,
    Error: From<T::Err>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = path_params(parts, state).await?;
        Ok(Self(parameter(&params, 0)?))
    }
}

impl<S, T, U> FromRequestParts<S> for PathParams<T, U>
where
    S: Send + Sync,
    T: FromStr,
    U: FromStr,
    Error: From<T::Err> + From<U::Err>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = path_params(parts, state).await?;
        Ok(Self(parameter(&params, 0)?, parameter(&params, 1)?))
    }
}

async fn path_params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Error> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::invalid("The path is not valid UTF-8"))
}

fn parameter<T: FromStr>(params: &RawPathParams, index: usize) -> Result<T, Error>
where
    Error: From<T::Err>,
{
    let text = params.iter().nth(index).map_or("", |(_, value)| value);
    text.parse().map_err(Error::from)
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// The query string. Unknown parameters are ignored; of a repeated one the first counts.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let pairs = form_pairs(parts.uri.query().unwrap_or_default().as_bytes())?;
        fields_into(pairs).map(Self)
    }
}

/// A JSON or form body. An empty one, or none at all, is an empty object.
pub struct Body<T>(pub T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        fields_into(read_fields(request).await?).map(Self)
    }
}

/// Like [`Body`], for what a page sends when it is left: `navigator.sendBeacon` says that its JSON is text.
pub struct Beacon<T>(pub T);

impl<S, T> FromRequest<S> for Beacon<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(mut request: Request, _: &S) -> Result<Self, Error> {
        if media_type(request.headers()) == "text/plain" {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        fields_into(read_fields(request).await?).map(Self)
    }
}

/// Reads a body that is JSON or a form into its fields.
///
/// # Errors
/// 400 when it is malformed, 413 when it is too large.
pub async fn read_fields(request: Request) -> Result<Map<String, Value>, Error> {
    read_fields_within(request, BODY_BYTES_MAX).await
}

/// Like [`read_fields`], with another size limit.
pub async fn read_fields_within(request: Request, bytes_max: usize) -> Result<Map<String, Value>, Error> {
    let (parts, body) = request.into_parts();
    let bytes = match tokio::time::timeout(BODY_LIMIT, to_bytes(body, bytes_max)).await {
        Ok(bytes) => bytes.map_err(|error| body_error(&error, bytes_max))?,
        Err(_) => return Err(Error::invalid("Timed out reading the body")),
    };
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match media_type(&parts.headers).as_str() {
        "application/x-www-form-urlencoded" => form_pairs(&bytes),
        kind if kind == "application/json" || kind.ends_with("+json") => json_fields(&bytes),
        // Express ignores bodies it does not know; the fields are then missing, and the error names them.
        _ => Ok(Map::new()),
    }
}

fn body_error(error: &axum::Error, bytes_max: usize) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return Error::too_large(format!("The body is larger than {} KiB", bytes_max / 1024));
        }
        cause = error.source();
    }
    Error::invalid("The body is incomplete")
}

fn json_fields(bytes: &Bytes) -> Result<Map<String, Value>, Error> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::invalid("The body must be a JSON object")),
        Err(error) => Err(Error::invalid(format!("The body is not valid JSON: {error}"))),
    }
}

fn form_pairs(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(bytes).map_err(|error| Error::invalid(format!("Malformed form: {error}")))?;
    let mut fields = Map::new();
    for (name, value) in pairs {
        fields.entry(name).or_insert(Value::String(value));
    }
    Ok(fields)
}

/// Returns the body's type without its parameters, in lower case; empty when there is none.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Turns fields into a request; a field of the wrong type is a 400 that names it.
pub fn fields_into<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Error> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let field = error.path().to_string();
        Error::field(&field, format!("{field}: {}", error.inner()))
    })
}

/// A text field: trimmed. NUL and other control characters but line breaks and tabs are dropped, because no
/// database column and no page has a use for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Secret::deserialize(deserializer)?.0;
        let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect();
        Ok(Self(kept.trim().to_owned()))
    }
}

impl Text {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password: text that is taken as it is, blanks and all, and never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("must be text")),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// A yes or no: a JSON boolean, or its text in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(flag) => Ok(Self(flag)),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Ok(Self(true)),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Ok(Self(false)),
            _ => Err(serde::de::Error::custom("must be true or false")),
        }
    }
}

/// The text of an optional field.
pub trait NonBlank {
    /// Returns the text, unless the field is missing or blank.
    fn non_blank(&self) -> Option<&str>;
}

impl NonBlank for Option<Text> {
    fn non_blank(&self) -> Option<&str> {
        self.as_ref().map(|text| text.0.as_str()).filter(|text| !text.is_empty())
    }
}

impl NonBlank for Option<Secret> {
    fn non_blank(&self) -> Option<&str> {
        self.as_ref().map(|text| text.0.as_str()).filter(|text| !text.trim().is_empty())
    }
}

/// Checks a text's length, in characters.
///
/// # Errors
/// 400 that names the field and the limit.
pub fn at_most(field: &str, text: &str, chars_max: usize) -> Result<(), Error> {
    if text.chars().count() > chars_max {
        return Err(Error::field(field, format!("{field} must have at most {chars_max} characters")));
    }
    Ok(())
}
