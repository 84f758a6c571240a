//! The front end's files, and handing them out as they were packed.

use std::collections::HashMap;
use std::fmt;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use url::Url;

use super::head::Template;

const CACHE_FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const CACHE_ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Where Vite puts what it names by its content.
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

/// What `npm run build` had made of `ui/` when this was compiled; nothing, if it had not run.
pub const EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/front_end.rs"));

/// The front end, ready to be served.
pub struct FrontEnd {
    files: HashMap<&'static str, Variants>,
    /// What makes a page of `index.html`.
    pub template: Option<Template>,
    /// What its pages may load, and who may show them in a frame: nobody.
    pub policy: HeaderValue,
    /// The same for pages that everybody may show in a frame.
    pub policy_framed: HeaderValue,
}

/// One file, packed in up to three ways.
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
    /// The front end made of these files; `base` is where the media is, which may have another name than the page.
    ///
    /// # Errors
    /// Never: an address in its ASCII form is good for a header.
    pub fn new(files: &'static [File], base: &Url) -> Result<Self, header::InvalidHeaderValue> {
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
        // The page is made anew for each address.
        let index = found.remove("index.html").and_then(|variants| variants.plain);
        Ok(Self {
            files: found,
            template: index.map(|page| Template::new(&String::from_utf8_lossy(page.bytes))),
            policy: policy(base, "'none'")?,
            policy_framed: policy(base, "*")?,
        })
    }

    /// The answer to a request for a file; `None` when there is no such file.
    pub fn file(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.strip_prefix('/')?;
        let variants = self.files.get(path)?;
        let variant = variants.wanted(headers)?;
        let mut answer = HeaderMap::new();
        answer.insert(header::ETAG, variant.etag.clone());
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let cache = if path.starts_with(HASHED) { CACHE_FOR_EVER } else { CACHE_ASK_AGAIN };
        answer.insert(header::CACHE_CONTROL, cache);
        if is_known(headers, &variant.etag) {
            return Some((StatusCode::NOT_MODIFIED, answer).into_response());
        }
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        answer.extend(variant.encoding.clone().map(|encoding| (header::CONTENT_ENCODING, encoding)));
        Some((answer, Body::from(variant.bytes)).into_response())
    }
}

impl Variants {
    /// The smallest that the reader can unpack.
    fn wanted(&self, headers: &HeaderMap) -> Option<&Variant> {
        let packed = [("br", &self.brotli), ("gzip", &self.gzip)];
        let packed = packed.into_iter().find_map(|(name, variant)| variant.as_ref().filter(|_| takes(headers, name)));
        packed.or(self.plain.as_ref())
    }
}

/// Whether the reader takes an encoding: it names it, or any, and not as one it does not want.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let quality = |name: &str| {
        let wishes = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        wishes.flat_map(|value| value.split(',')).find_map(|wish| {
            let (named, parameters) = wish.split_once(';').unwrap_or((wish, ""));
            let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0_f32);
            named.trim().eq_ignore_ascii_case(name).then_some(weight)
        })
    };
    quality(encoding).or_else(|| quality("*")).is_some_and(|weight| weight > 0.0)
}

/// A name for these bytes. A weak one is for what may be packed on its way.
///
/// # Errors
/// Never: it is made of hexadecimal digits.
pub fn etag(bytes: &[u8], is_weak: bool) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let name = hex::encode(&Sha256::digest(bytes)[..12]);
    HeaderValue::try_from(format!("{}\"{name}\"", if is_weak { "W/" } else { "" }))
}

/// Whether the reader has what has this name.
pub fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let name = etag.to_str().map(bare).unwrap_or_default();
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || bare(tag) == name)
}

/// What pages of the front end may load: what comes from this site, under either of the names it may have been asked
/// by, and what scripts make themselves: a film's pieces, a picture before it is sent.
fn policy(base: &Url, framed_by: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let base = base.origin().ascii_serialization();
    HeaderValue::try_from(format!(
        "default-src 'self'; img-src 'self' data: blob: {base}; media-src 'self' blob: {base}; \
         connect-src 'self' {base}; worker-src 'self' blob:; style-src 'self'; script-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    ))
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
    fn a_packed_file_goes_only_to_those_who_can_unpack_it() {
        let asked = |wish: &str, encoding: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(wish).unwrap());
            takes(&headers, encoding)
        };
        for wish in ["br", "gzip, br", "gzip;q=0.5, BR;q=1.0", "*", "br;q=0.1"] {
            assert!(asked(wish, "br"), "{wish}");
        }
        for wish in ["", "gzip", "br;q=0", "br;q=0, *", "identity"] {
            assert!(!asked(wish, "br"), "{wish}");
        }
        assert!(!takes(&HeaderMap::new(), "gzip"));
    }
}
