//! The one way media leaves the server: `GET` and `HEAD /media/:name`.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::conditional::is_not_modified;
use crate::connections::{FileSender, Uncompressed};
use crate::csp;
use crate::db::{Record, args};
use crate::error::{Error, OrNotFound};
use crate::http::body::{PathParam, Query};
use crate::http::openapi;
use crate::id::VideoId;
use crate::storage::{Access, Content, MediaName, ObjectKind, Signature};

/// Browsers save it and do not play it.
const DOWNLOAD_MIME: &str = "application/octet-stream";
const CACHE_PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Shorter than the address lives.
const CACHE_REDIRECT: HeaderValue = HeaderValue::from_static("public, max-age=300");
const CACHE_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// Of an address in a bucket: each request is given its own.
const ADDRESS_LIFETIME: Duration = Duration::from_mins(10);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// An object somebody may read.
pub struct MediaReader {
    name: MediaName,
    kind: ObjectKind,
    mime: String,
    bytes: u64,
    access: Access,
    disposition: HeaderValue,
}

#[derive(Record)]
struct Entry {
    kind: ObjectKind,
    mime: String,
    bytes: i64,
    video_id: Option<VideoId>,
    is_published: Option<bool>,
}

impl MediaReader {
    /// Finds an object and lets [`crate::storage::MediaUrls::authorise`] decide whether it may be read.
    ///
    /// # Errors
    /// 404 when there is no such object, and just the same when this reader may not have it.
    async fn allow(app: &App, name: MediaName, signature: &Signature) -> Result<Self, Error> {
        let entry = Entry::find(app, &name).await?;
        let of = entry.video_id.map(|video| (video, entry.is_published.unwrap_or(false)));
        let access = app.urls.authorise(of, signature)?;
        Ok(Self::new(name, entry, access, HeaderValue::from_static("inline")))
    }

    /// An object that [`Access::allow_owner`] has let its owner have, to be saved under this name.
    ///
    /// # Errors
    /// 404 when there is no such object.
    pub async fn owned(app: &App, name: MediaName, access: Access, file_name: String) -> Result<Self, Error> {
        let entry = Entry::find(app, &name).await?;
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let disposition = HeaderValue::try_from(disposition).map_err(Error::internal)?;
        Ok(Self { mime: DOWNLOAD_MIME.to_owned(), ..Self::new(name, entry, access, disposition) })
    }

    fn new(name: MediaName, entry: Entry, access: Access, disposition: HeaderValue) -> Self {
        let bytes = u64::try_from(entry.bytes).unwrap_or(0);
        Self { name, kind: entry.kind, mime: entry.mime, bytes, access, disposition }
    }

    fn etag(&self) -> Result<HeaderValue, Error> {
        // An object never changes under its name.
        HeaderValue::try_from(format!("\"{}\"", self.name.stem())).map_err(Error::internal)
    }

    fn headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::try_from(&self.mime).map_err(Error::internal)?);
        headers.insert(header::ETAG, self.etag()?);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CACHE_CONTROL, if self.access.is_public() { CACHE_PUBLIC } else { CACHE_PRIVATE });
        headers.insert(header::CONTENT_DISPOSITION, self.disposition.clone());
        headers.insert(header::CONTENT_SECURITY_POLICY, csp::MEDIA);
        // Front ends of other origins show these in <img> and <video>.
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        Ok(headers)
    }

    /// Responds with all of it, with a part, or with 304.
    ///
    /// # Errors
    /// 416 when the part lies outside, else those of the storage.
    pub async fn respond(
        &self,
        app: &App,
        sender: &FileSender,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, Error> {
        let mut response = self.headers()?;
        if is_not_modified(headers, &self.etag()?) {
            response.remove(header::CONTENT_TYPE);
            return Ok((StatusCode::NOT_MODIFIED, response).into_response());
        }
        let (status, range) = match wanted_range(headers, self)? {
            Wanted::All => (StatusCode::OK, 0..=self.bytes.saturating_sub(1)),
            Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Wanted::Nothing => return Err(Error::Unsatisfiable(self.bytes)),
        };
        let length = if self.bytes == 0 { 0 } else { range.end() - range.start() + 1 };
        response.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        if status == StatusCode::PARTIAL_CONTENT {
            let part = format!("bytes {}-{}/{}", range.start(), range.end(), self.bytes);
            response.insert(header::CONTENT_RANGE, HeaderValue::try_from(part).map_err(Error::internal)?);
        }
        if *method == Method::HEAD {
            return Ok((status, response).into_response());
        }
        if let Some(address) = self.address(app).await? {
            return self.redirect(address);
        }
        let start = *range.start();
        match app.storage.objects.content(&self.name.path(self.kind), start..start + length).await? {
            Content::File(file) => {
                let body = Body::from_stream(sender.send(file, start, length));
                Ok((status, response, Extension(Uncompressed), body).into_response())
            }
            Content::Stream(stream) => {
                Ok((status, response, Extension(Uncompressed), Body::from_stream(stream)).into_response())
            }
        }
    }
}

impl MediaReader {
    async fn address(&self, app: &App) -> Result<Option<String>, Error> {
        let lifetime = app.urls.lifetime(&self.access).min(ADDRESS_LIFETIME);
        let disposition = self.disposition.to_str().map_err(Error::internal)?;
        let presented = Some((self.mime.as_str(), disposition));
        app.storage.objects.address(&self.name, self.kind, &self.access, lifetime, presented).await
    }

    /// The next request is decided about anew, so a video that is hidden is soon hidden everywhere.
    fn redirect(&self, address: String) -> Result<Response, Error> {
        let cache = if self.access.is_public() { CACHE_REDIRECT } else { CACHE_PRIVATE };
        let headers = [
            (header::LOCATION, HeaderValue::try_from(address).map_err(Error::internal)?),
            (header::CACHE_CONTROL, cache),
            (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
        ];
        Ok((StatusCode::TEMPORARY_REDIRECT, headers).into_response())
    }
}

impl Entry {
    async fn find(app: &App, name: &MediaName) -> Result<Self, Error> {
        let entry: Option<Self> = app
            .db
            .optional(
                "SELECT m.kind, m.mime, m.bytes, m.video_id, v.is_published
                 FROM media m LEFT JOIN videos v ON v.id = m.video_id WHERE m.name = $1 AND m.state = 'live'",
                args![name.as_str()],
            )
            .await?;
        entry.or_not_found("Media not found")
    }
}

/// Get a media file
///
/// Media of unpublished videos (with `PUBLIC_READS=false`: of all videos) needs the signed URL from the video object.
/// Supports single byte ranges.
#[utoipa::path(
    get,
    path = "/media/{name}",
    tag = "media",
    params(
        ("name" = String, Path, description = "File name", example = "0f0e0d0c0b0a09080706050403020100.mp4"),
        Signature,
        ("range" = Option<String>, Header, description = "`bytes=first-last`"),
    ),
    responses(
        (status = 200, description = "The file", content((Vec<u8> = "video/mp4"), (Vec<u8> = "image/jpeg"))),
        (status = 206, description = "The requested range", content((Vec<u8> = "video/mp4"))),
        (status = 304, description = "Not modified"),
        (status = 307, description = "With `MEDIA_DELIVERY=redirect`: the file is at `Location`, for some minutes"),
        openapi::NotFound,
        openapi::RangeNotSatisfiable,
    )
)]
async fn read(
    State(app): State<App>,
    PathParam(name): PathParam<MediaName>,
    Query(signature): Query<Signature>,
    Extension(sender): Extension<FileSender>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    MediaReader::allow(&app, name, &signature).await?.respond(&app, &sender, &method, &headers).await
}

/// The part of an object that a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(RangeInclusive<u64>),
    Nothing,
}

fn wanted_range(headers: &HeaderMap, object: &MediaReader) -> Result<Wanted, Error> {
    // With If-Range the part is wanted only if the object is still the one the reader began with. Weak tags and
    // dates never match.
    let etag = object.etag()?;
    let is_same = headers.get(header::IF_RANGE).is_none_or(|tag| *tag == etag);
    Ok(match headers.get(header::RANGE).and_then(|range| range.to_str().ok()) {
        Some(range) if is_same => satisfy(range, object.bytes),
        _ => Wanted::All,
    })
}

/// A header that cannot be understood, or that asks for several parts, returns the whole (RFC 9110 §14.2).
fn satisfy(range: &str, bytes: u64) -> Wanted {
    let Ok(parsed) = http_range_header::parse_range_header(range) else { return Wanted::All };
    match parsed.validate(bytes) {
        Ok(parts) => match parts.as_slice() {
            [part] => Wanted::Part(part.clone()),
            _ => Wanted::All,
        },
        Err(_) if !range.contains(',') => Wanted::Nothing,
        Err(_) => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_as_rfc_9110_has_them() {
        assert_eq!(satisfy("bytes=0-99", 1000), Wanted::Part(0..=99));
        assert_eq!(satisfy("bytes=900-", 1000), Wanted::Part(900..=999));
        assert_eq!(satisfy("bytes=-100", 1000), Wanted::Part(900..=999));
        assert_eq!(satisfy("bytes=500-5000", 1000), Wanted::Part(500..=999));
        assert_eq!(satisfy("bytes=-5000", 1000), Wanted::Part(0..=999));
        assert_eq!(satisfy("bytes=1000-", 1000), Wanted::Nothing);
        assert_eq!(satisfy("bytes=-0", 1000), Wanted::Nothing);
        assert_eq!(satisfy("bytes=5-4", 1000), Wanted::All);
        assert_eq!(satisfy("bytes=0-1,5-6", 1000), Wanted::All);
        assert_eq!(satisfy("lines=0-1", 1000), Wanted::All);
        assert_eq!(satisfy("bytes=a-b", 1000), Wanted::All);
        assert_eq!(satisfy("bytes=0-", 0), Wanted::Nothing);
    }

    proptest! {
        #[test]
        fn a_part_always_lies_inside(range in "bytes=[0-9]{0,12}-[0-9]{0,12}", bytes in 0..1_000_000_u64) {
            if let Wanted::Part(part) = satisfy(&range, bytes) {
                prop_assert!(part.start() <= part.end() && *part.end() < bytes);
            }
        }

        #[test]
        fn no_range_makes_the_reader_panic(range in ".*", bytes: u64) {
            let _ = satisfy(&range, bytes);
        }
    }
}
