//! Errors of requests, and their mapping to statuses and envelopes.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytesize::ByteSize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{db, id};

type Message = Cow<'static, str>;
type Cause = Box<dyn std::error::Error + Send + Sync>;

const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// Messages are sent to the client, causes are only logged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Invalid(Message, Vec<FieldError>),
    /// Not logged in, or an invalid token.
    #[error("{0}")]
    Unauthorized(Message),
    #[error("{0}")]
    Forbidden(Message),
    /// Missing, or hidden from the viewer.
    #[error("{0}")]
    NotFound(Message),
    #[error("{0}")]
    Conflict(Message),
    #[error("{0}")]
    TooLarge(Message),
    #[error("Range not satisfiable: the file has {0} bytes")]
    Unsatisfiable(u64),
    #[error("{0}")]
    TooMany(Message, Vec<(HeaderName, HeaderValue)>),
    #[error("{1}")]
    Other(StatusCode, Message, Vec<(HeaderName, HeaderValue)>),
    /// Overloaded, or a resource is missing for now.
    #[error("{0}")]
    Busy(Message),
    /// Lost against other requests as often as it was tried.
    #[error("contended: {0}")]
    Contended(Cause),
    /// A dependency is down.
    #[error("unavailable: {0}")]
    Unavailable(Cause),
    #[error("internal: {0}")]
    Internal(Cause),
}

/// An error in one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Name of the field.
    #[schema(example = "title")]
    pub field: String,
    /// Reason it was rejected.
    #[schema(example = "title must have at most 200 characters")]
    pub message: String,
}

/// The response to every failed request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorEnvelope {
    /// Repeats the HTTP status.
    #[schema(example = 404)]
    pub status_code: u16,
    /// Always null.
    #[schema(value_type = (), nullable)]
    pub data: (),
    /// Always false.
    #[schema(example = false)]
    pub success: bool,
    /// A message for the user.
    #[schema(example = "Video not found")]
    pub message: String,
    /// Alias of `message`.
    #[schema(deprecated, required = false)]
    pub error: String,
    /// Errors of single fields.
    pub errors: Vec<FieldError>,
}

impl Error {
    pub fn invalid(message: impl Into<Message>) -> Self {
        Self::Invalid(message.into(), Vec::new())
    }

    /// The message is used for the whole response, too.
    pub fn field(field: &str, message: impl Into<Message>) -> Self {
        let message = message.into();
        let error = FieldError { field: field.to_owned(), message: message.clone().into_owned() };
        Self::Invalid(message, vec![error])
    }

    pub fn unauthorized(message: impl Into<Message>) -> Self {
        Self::Unauthorized(message.into())
    }

    pub fn forbidden(message: impl Into<Message>) -> Self {
        Self::Forbidden(message.into())
    }

    pub fn not_found(message: impl Into<Message>) -> Self {
        Self::NotFound(message.into())
    }

    pub fn conflict(message: impl Into<Message>) -> Self {
        Self::Conflict(message.into())
    }

    pub fn too_large(message: impl Into<Message>) -> Self {
        Self::TooLarge(message.into())
    }

    /// For a client that has too many connections, or too many requests that are being answered.
    pub fn too_many_at_once() -> Self {
        Self::too_many("Too many requests from your address are being answered. Close some, or try again in a moment.")
    }

    /// For what may be tried again in a moment.
    pub fn too_many(message: impl Into<Message>) -> Self {
        Self::TooMany(message.into(), vec![(header::RETRY_AFTER, RETRY_AFTER_S)])
    }

    pub fn other(status: StatusCode, message: impl Into<Message>) -> Self {
        Self::Other(status, message.into(), Vec::new())
    }

    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(..) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooMany(..) => StatusCode::TOO_MANY_REQUESTS,
            Self::Other(status, ..) => *status,
            Self::Busy(_) | Self::Contended(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Contended(_) => "Too many requests change the same thing right now. Try again in a moment.".into(),
            Self::Unavailable(_) => "The server cannot reach its database right now. Try again in a moment.".into(),
            Self::Internal(_) => "Something went wrong on the server.".into(),
            error => error.to_string(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        match &self {
            Self::Contended(cause) => tracing::warn!(%cause, "a request lost against others"),
            Self::Unavailable(cause) => tracing::warn!(%cause, "a dependency is unavailable"),
            Self::Internal(cause) => tracing::error!(%cause, "a request failed"),
            _ => {}
        }
        let message = self.message();
        let (errors, extra_headers) = match self {
            Self::Invalid(_, errors) => (errors, Vec::new()),
            Self::TooMany(_, headers) | Self::Other(_, _, headers) => (Vec::new(), headers),
            Self::Unsatisfiable(bytes) => (Vec::new(), content_range(bytes)),
            _ => (Vec::new(), Vec::new()),
        };
        let (status_code, error) = (status.as_u16(), message.clone());
        let envelope = ErrorEnvelope { status_code, data: (), success: false, message, error, errors };
        let mut response = (status, Json(envelope)).into_response();
        let headers = response.headers_mut();
        headers.extend(extra_headers);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_S);
        }
        response
    }
}

fn content_range(bytes: u64) -> Vec<(HeaderName, HeaderValue)> {
    let value = HeaderValue::try_from(format!("bytes */{bytes}"));
    value.map(|value| (header::CONTENT_RANGE, value)).into_iter().collect()
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::not_found("Not found"),
            db::Error::Conflict(_) => Self::conflict("Changed by another request at the same time. Try again."),
            db::Error::Unavailable(cause) => Self::Unavailable(cause),
            db::Error::Deadlock(cause) => Self::Contended(cause),
            db::Error::Backend(cause) => Self::Internal(cause),
        }
    }
}

impl db::Contention for Error {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Contended(_))
    }
}

impl From<id::InvalidId> for Error {
    fn from(error: id::InvalidId) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(error.into())
    }
}

pub trait OrNotFound<T> {
    fn or_not_found(self, message: &'static str) -> Result<T, Error>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, message: &'static str) -> Result<T, Error> {
        self.ok_or(Error::NotFound(Cow::Borrowed(message)))
    }
}

/// Such as `8 GiB`.
pub fn readable(bytes: u64) -> String {
    format!("{:.0}", ByteSize::b(bytes).display().iec())
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn sizes_have_binary_units_and_no_fractions() {
        let sizes = [0, 10, 1023, 1024, 1000 << 10, 1 << 20, 8 << 30];
        let expected = ["0 B", "10 B", "1023 B", "1 KiB", "1000 KiB", "1 MiB", "8 GiB"];
        assert_eq!(sizes.map(readable), expected);
    }
}
