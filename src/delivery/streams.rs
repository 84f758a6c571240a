//! `/media/streams/:videoId/…`: playlists and the seek preview's track, with addresses inside that this reader may use.

use std::collections::HashMap;
use std::str::FromStr;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{Error, OrNotFound};
use crate::http::body::{PathParam, PathParams, Query};
use crate::http::openapi;
use crate::id::VideoId;
use crate::storage::{Access, Signature};
use crate::streams;
use crate::streams::{Shown, parsed};
use chaitube_media::dash;
use chaitube_media::hls::{self, Playlist};
use chaitube_media::{Storyboard, Stream, Track};

const HLS: HeaderValue = HeaderValue::from_static("application/vnd.apple.mpegurl");
const DASH: HeaderValue = HeaderValue::from_static("application/dash+xml");
const VTT: HeaderValue = HeaderValue::from_static("text/vtt; charset=utf-8");
/// A stream gets more sizes while it is watched, so playlists are asked for again soon.
const CACHE_PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=30");
const CACHE_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

const NOT_FOUND: &str = "Media not found";
const KEY_FRAMES: &str = "-keys";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(master))
        .routes(routes!(manifest))
        .routes(routes!(storyboard))
        .routes(routes!(playlist))
}

/// Get an HLS master playlist
///
/// Lists the renditions, the audio and the key frames. If the video is not public, needs the signed URL from the video
/// object, and the URLs in the playlist are signed, too.
#[utoipa::path(
    get,
    path = "/media/streams/{videoId}/master.m3u8",
    tag = "media",
    params(("videoId" = VideoId, Path), Signature),
    responses(
        (status = 200, body = String, content_type = "application/vnd.apple.mpegurl", description = "The playlist"),
        openapi::NotFound,
    )
)]
async fn master(
    State(app): State<App>,
    PathParam(id): PathParam<VideoId>,
    Query(signature): Query<Signature>,
) -> Result<Response, Error> {
    let (stream, access) = open::<Stream>(&app, id, streams::stream_shown(&app.db, id).await?, &signature)?;
    let mut url = |playlist: Playlist<'_>| match playlist {
        Playlist::Rendition(rendition) => {
            app.urls.stream_part(&access, id, &format!("{}.m3u8", stem(&rendition.track)))
        }
        Playlist::KeyFrames(rendition) => {
            app.urls.stream_part(&access, id, &format!("{}{KEY_FRAMES}.m3u8", stem(&rendition.track)))
        }
        Playlist::Audio => {
            let audio = stream.audio.as_ref().map_or("", |audio| stem(&audio.track));
            app.urls.stream_part(&access, id, &format!("{audio}.m3u8"))
        }
    };
    Ok(text_response(&access, HLS, hls::master(&stream, &mut url)))
}

/// Get a DASH manifest
///
/// Refers to the same files as the HLS playlists.
#[utoipa::path(
    get,
    path = "/media/streams/{videoId}/manifest.mpd",
    tag = "media",
    params(("videoId" = VideoId, Path), Signature),
    responses(
        (status = 200, body = String, content_type = "application/dash+xml", description = "The manifest"),
        openapi::NotFound,
    )
)]
async fn manifest(
    State(app): State<App>,
    PathParam(id): PathParam<VideoId>,
    Query(signature): Query<Signature>,
) -> Result<Response, Error> {
    let (stream, access) = open::<Stream>(&app, id, streams::stream_shown(&app.db, id).await?, &signature)?;
    let addresses = Addresses::of(&app, &access, &stream).await?;
    let text = dash::manifest(&stream, &mut |file| addresses.get(&app, &access, file));
    Ok(text_response(&access, DASH, text))
}

/// Get the seek preview track
///
/// Returns a `WebVTT` track whose cues refer to parts of sprite images: `sprite.jpg#xywh=x,y,width,height`.
#[utoipa::path(
    get,
    path = "/media/streams/{videoId}/storyboard.vtt",
    tag = "media",
    params(("videoId" = VideoId, Path), Signature),
    responses(
        (status = 200, body = String, content_type = "text/vtt", description = "The track"),
        openapi::NotFound,
    )
)]
async fn storyboard(
    State(app): State<App>,
    PathParam(id): PathParam<VideoId>,
    Query(signature): Query<Signature>,
) -> Result<Response, Error> {
    let (board, access) = open::<Storyboard>(&app, id, streams::storyboard_shown(&app.db, id).await?, &signature)?;
    let text = hls::storyboard(&board, &mut |sprite| app.urls.media_part(&access, sprite));
    Ok(text_response(&access, VTT, text))
}

/// Get the HLS playlist of a rendition, of its key frames, or of the audio
///
/// The master playlist lists the names.
#[utoipa::path(
    get,
    path = "/media/streams/{videoId}/{name}",
    tag = "media",
    params(
        ("videoId" = VideoId, Path),
        ("name" = String, Path, description = "Playlist name", example = "0f0e0d0c0b0a09080706050403020100.m3u8"),
        Signature,
    ),
    responses(
        (status = 200, body = String, content_type = "application/vnd.apple.mpegurl", description = "The playlist"),
        openapi::NotFound,
    )
)]
async fn playlist(
    State(app): State<App>,
    PathParams(id, wanted): PathParams<VideoId, Wanted>,
    Query(signature): Query<Signature>,
) -> Result<Response, Error> {
    let (stream, access) = open::<Stream>(&app, id, streams::stream_shown(&app.db, id).await?, &signature)?;
    if let Some(text) = written(&app, &access, &stream, &wanted).await? {
        return Ok(text_response(&access, HLS, text));
    }
    // Whoever has read the master playlist a moment before it was replaced may go on.
    let (former, access) = open::<Stream>(&app, id, streams::former_stream_shown(&app.db, id).await?, &signature)?;
    let text = written(&app, &access, &former, &wanted).await?.or_not_found(NOT_FOUND)?;
    Ok(text_response(&access, HLS, text))
}

/// Returns the playlist of this name in a stream; none when it has no such size.
async fn written(app: &App, access: &Access, stream: &Stream, wanted: &Wanted) -> Result<Option<String>, Error> {
    let addresses = Addresses::of(app, access, stream).await?;
    let mut url = |file: &str| addresses.get(app, access, file);
    let rendition = stream.renditions.iter().find(|rendition| stem(&rendition.track) == wanted.stem);
    let is_audio = stream.audio.as_ref().is_some_and(|audio| stem(&audio.track) == wanted.stem);
    Ok(match rendition {
        Some(rendition) if wanted.key_frames => Some(hls::key_frames(rendition, &mut url)),
        Some(rendition) => Some(hls::rendition(stream, rendition, &mut url)),
        None if is_audio && !wanted.key_frames => hls::audio(stream, &mut url),
        None => None,
    })
}

/// Where the files of a stream are read without this server, if they are: a player makes no detour for a segment. A
/// playlist is read once, so the addresses in it live as long as those of the page.
struct Addresses(HashMap<String, String>);

impl Addresses {
    async fn of(app: &App, access: &Access, stream: &Stream) -> Result<Self, Error> {
        let lifetime = app.urls.lifetime(access);
        app.storage.objects.stream_addresses(stream.files(), access, lifetime).await.map(Self)
    }

    fn get(&self, app: &App, access: &Access, file: &str) -> String {
        self.0.get(file).cloned().unwrap_or_else(|| app.urls.media_part(access, file))
    }
}

/// A playlist's name, taken apart.
struct Wanted {
    stem: String,
    key_frames: bool,
}

impl FromStr for Wanted {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let stem = name.strip_suffix(".m3u8").or_not_found(NOT_FOUND)?;
        let key_frames = stem.strip_suffix(KEY_FRAMES);
        Ok(Self { stem: key_frames.unwrap_or(stem).to_owned(), key_frames: key_frames.is_some() })
    }
}

/// Loads the stored JSON if the reader may have it: 404 if not, just as when there is none.
fn open<T: serde::de::DeserializeOwned>(
    app: &App,
    id: VideoId,
    shown: Option<Shown>,
    signature: &Signature,
) -> Result<(T, Access), Error> {
    let shown = shown.or_not_found(NOT_FOUND)?;
    let access = app.urls.authorise(Some((id, shown.is_published)), signature)?;
    let json = shown.json.or_not_found(NOT_FOUND)?;
    Ok((parsed(&json)?, access))
}

/// A track's media name without its extension: what its playlists are called by.
fn stem(track: &Track) -> &str {
    track.file.split('.').next().unwrap_or_default()
}

fn text_response(access: &Access, kind: HeaderValue, text: String) -> Response {
    let cache = if access.is_public() { CACHE_PUBLIC } else { CACHE_PRIVATE };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, text).into_response()
}
