//! `/metrics`: what the components count, for Prometheus. Off unless `METRICS` says where.
//!
//! With an address it has a listener of its own, also beside a worker. With a token it is on the server's port, and without
//! that token there is nothing at its address.

mod listener;
mod process;
mod snapshot;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use self::listener::MetricsListener;
use self::snapshot::Snapshot;
use crate::app::App;
use crate::config::MetricsAccess;
use crate::error::Error;
use crate::metrics::expose;

const PATH: &str = "/metrics";

/// Responds to whoever has the token. Others reach the routes behind, which have nothing there.
pub async fn with_token(State(app): State<App>, request: Request, next: Next) -> Response {
    let MetricsAccess::Token(token) = &app.config.metrics else { return next.run(request).await };
    let is_scrape = request.uri().path() == PATH && matches!(*request.method(), Method::GET | Method::HEAD);
    if is_scrape && has_token(request.headers(), token) {
        return respond(&app).await;
    }
    next.run(request).await
}

async fn respond(app: &App) -> Response {
    match expose(Snapshot::take(app).await) {
        Ok((kind, text)) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Err(error) => Error::internal(error).into_response(),
    }
}

/// Takes the same time for every token: digests have one length, and all of them is compared.
fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
    given.is_some_and(|(scheme, given)| {
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(Sha256::digest(given).ct_eq(&Sha256::digest(token)))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let token = "0123456789abcdef";
        let is_open = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            has_token(&headers, token)
        };
        assert!(is_open("Bearer 0123456789abcdef") && is_open("bearer 0123456789abcdef"));
        let refused =
            ["", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "0123456789abcdef"];
        for value in refused.into_iter().chain(["Basic 0123456789abcdef", "Bearer  0123456789abcdef"]) {
            assert!(!is_open(value), "{value}");
        }
        assert!(!has_token(&HeaderMap::new(), token));
    }
}
