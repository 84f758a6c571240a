//! The envelope every successful request returns.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The header with the full count behind a list that is returned as a plain array.
pub const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
/// The header with the cursor of the next slice of such a list.
pub const X_NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// The envelope's shape.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<T> {
    /// Repeats the HTTP status.
    #[schema(example = 200)]
    pub status_code: u16,
    /// What was asked for.
    pub data: T,
    /// A message for the user.
    pub message: Cow<'static, str>,
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
}

/// Empty `data`: `{}`.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Empty {}

/// A successful response.
#[derive(Debug)]
pub struct Reply<T> {
    status: StatusCode,
    data: T,
    message: Cow<'static, str>,
    headers: HeaderMap,
}

impl<T> Reply<T> {
    /// Returns a reply with status 200.
    pub fn ok(data: T, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: StatusCode::OK, data, message: message.into(), headers: HeaderMap::new() }
    }

    /// Returns a reply with status 201.
    pub fn created(data: T, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data, message) }
    }

    /// Returns the data.
    pub const fn data(&self) -> &T {
        &self.data
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let envelope =
            Envelope { status_code: self.status.as_u16(), data: self.data, message: self.message, success: true };
        (self.status, self.headers, Json(envelope)).into_response()
    }
}
