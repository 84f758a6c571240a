//! Serving the front end's files, compressed at build time.

use std::collections::HashMap;
use std::fmt;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::head::Template;
use crate::conditional::{etag, is_not_modified};
use crate::csp;

const CACHE_FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const CACHE_ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The folder of files that Vite names by their content.
const HASHED: &str = "assets/";

/// A file of the front end: its path below the site's root, and what is in it.
#[derive(Clone, Copy)]
pub struct File {
    pub path: &'static str,
    pub bytes: &'static [u8],
}

impl fmt::Debug for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.path)
    }
}

/// The output of `npm run build` in `ui/` at compile time; empty, if it had not run.
pub const EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/front_end.rs"));

/// The front end's files by their paths.
pub struct FrontEnd {
    files: HashMap<&'static str, Variants>,
    /// Makes pages from `index.html`.
    pub template: Option<Template>,
    /// The content security policy of pages that nobody may frame.
    pub policy: HeaderValue,
    /// The content security policy of pages that everybody may frame.
    pub policy_framed: HeaderValue,
}

/// A file in up to three encodings.
#[derive(Default)]
struct Variants {
    plain: Option<Variant>,
    gzip: Option<Variant>,
    brotli: Option<Variant>,
}

struct Variant {
    bytes: &'static [u8],
    etag: HeaderValue,
    encoding: Option<HeaderValue>,
}

impl FrontEnd {
    /// Indexes the files. `base` is the address of the media, which may have another host than the page; `media` are other
    /// origins of videos.
    pub fn new(files: &'static [File], base: &Url, media: &[String]) -> Result<Self, header::InvalidHeaderValue> {
        let mut found: HashMap<&'static str, Variants> = HashMap::new();
        for file in files {
            let (path, encoding) = match file.path.rsplit_once('.') {
                Some((path, "br")) => (path, Some("br")),
                Some((path, "gz")) => (path, Some("gzip")),
                _ => (file.path, None),
            };
            let variants = found.entry(path).or_default();
            let place = match encoding {
                None => &mut variants.plain,
                Some("br") => &mut variants.brotli,
                Some(_) => &mut variants.gzip,
            };
            *place = Some(Variant {
                bytes: file.bytes,
                etag: etag(file.bytes, false)?,
                encoding: encoding.map(HeaderValue::from_static),
            });
        }
        // Each address gets a page of its own.
        let index = found.remove("index.html").and_then(|variants| variants.plain);
        Ok(Self {
            files: found,
            template: index.map(|page| Template::new(&String::from_utf8_lossy(page.bytes))),
            policy: csp::front_end(base, media, "'none'")?,
            policy_framed: csp::front_end(base, media, "*")?,
        })
    }

    /// Returns the response to a request for a file; `None` when there is no such file.
    pub fn file(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.strip_prefix('/')?;
        let variants = self.files.get(path)?;
        let variant = variants.best(headers)?;
        let mut response = HeaderMap::new();
        response.insert(header::ETAG, variant.etag.clone());
        response.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let cache = if path.starts_with(HASHED) { CACHE_FOR_EVER } else { CACHE_ASK_AGAIN };
        response.insert(header::CACHE_CONTROL, cache);
        if is_not_modified(headers, &variant.etag) {
            return Some((StatusCode::NOT_MODIFIED, response).into_response());
        }
        response.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        response.extend(variant.encoding.clone().map(|encoding| (header::CONTENT_ENCODING, encoding)));
        Some((response, Body::from(variant.bytes)).into_response())
    }
}

impl Variants {
    /// Returns the smallest variant that the client accepts.
    fn best(&self, headers: &HeaderMap) -> Option<&Variant> {
        let encoded = [("br", &self.brotli), ("gzip", &self.gzip)];
        let encoded =
            encoded.into_iter().find_map(|(name, variant)| variant.as_ref().filter(|_| accepts(headers, name)));
        encoded.or(self.plain.as_ref())
    }
}

/// Says whether `Accept-Encoding` has the encoding, or `*`, with a weight above zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let quality = |name: &str| {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).find_map(|coding| {
            let (named, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0_f32);
            named.trim().eq_ignore_ascii_case(name).then_some(weight)
        })
    };
    quality(encoding).or_else(|| quality("*")).is_some_and(|weight| weight > 0.0)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Marks a response that other sites may show in a frame.
#[derive(Clone, Copy, Debug)]
pub struct Framable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_negotiated() {
        let accepted = |value: &str, encoding: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
            accepts(&headers, encoding)
        };
        for value in ["br", "gzip, br", "gzip;q=0.5, BR;q=1.0", "*", "br;q=0.1"] {
            assert!(accepted(value, "br"), "{value}");
        }
        for value in ["", "gzip", "br;q=0", "br;q=0, *", "identity"] {
            assert!(!accepted(value, "br"), "{value}");
        }
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }
}
