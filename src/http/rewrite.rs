//! Requests that are treated as if they had asked for another address.

use axum::extract::Request;
use axum::http::Uri;

/// Replaces a request's path and query. What is no valid address leaves it as it is.
pub fn set_path_and_query(request: &mut Request, path_and_query: &str) {
    let mut parts = request.uri().clone().into_parts();
    let Ok(path_and_query) = path_and_query.parse() else { return };
    parts.path_and_query = Some(path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}
