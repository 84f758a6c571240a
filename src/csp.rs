//! Content security policies.

use axum::http::HeaderValue;
use axum::http::header::InvalidHeaderValue;
use url::Url;

/// For API responses: nothing may be loaded, framed or run.
pub const API: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// For Swagger UI, which brings its own scripts and styles and sets a few styles inline.
pub const DOCS: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// For uploaded files, which never run as a page of this site.
pub const MEDIA: HeaderValue =
    HeaderValue::from_static("default-src 'none'; media-src 'self'; img-src 'self'; sandbox");

/// For pages of the front end: resources of this site, by its own name or `base`, videos from `media`, and blobs that
/// scripts make: segments of videos, images before they are uploaded.
pub fn front_end(base: &Url, media: &[String], frame_ancestors: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let base = base.origin().ascii_serialization();
    let videos = [&base].into_iter().chain(media).map(String::as_str).collect::<Vec<_>>().join(" ");
    HeaderValue::try_from(format!(
        "default-src 'self'; img-src 'self' data: blob: {base}; media-src 'self' blob: {videos}; \
         connect-src 'self' {videos}; worker-src 'self' blob:; style-src 'self'; script-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors {frame_ancestors}"
    ))
}
