//! The pages: the front end's `index.html`, with the head that belongs to the address.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;

use super::addresses::Addresses;
use crate::api::users::Username;
use crate::api::videos::VideoSummaryRow;
use crate::api::{playlists, users, videos};
use crate::app::App;
use crate::conditional::{etag, is_not_modified};
use crate::error::Error;
use crate::front_end::{Framable, Head, Image, Player, SITE_NAME};
use crate::http::body::PathParam;
use crate::id::{PlaylistId, VideoId};

/// The front end's routes, as its own router has them.
const ROUTES: &str = include_str!("../../ui/routes.json");

/// The longer side of an embedded player for which no size is asked, in pixels.
const PLAYER_SIDE: u32 = 1280;

/// A route of the front end.
#[derive(Deserialize)]
struct PageRoute {
    /// With parameters as `:name`, of which the last may be optional: `:name?`.
    path: String,
    /// The kind of thing that its first parameter names.
    subject: Option<SubjectKind>,
    /// Whether other sites may frame it.
    #[serde(default)]
    framable: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SubjectKind {
    Video,
    Playlist,
    Channel,
}

impl PageRoute {
    fn all() -> Result<BTreeMap<String, Self>, serde_json::Error> {
        serde_json::from_str(ROUTES)
    }

    /// Returns the route's paths in axum's syntax.
    fn paths(&self) -> Vec<String> {
        let segment = |part: &str| match part.strip_prefix(':') {
            Some(name) => format!("{{{}}}", name.trim_end_matches('?')),
            None => part.to_owned(),
        };
        let path = |parts: &[&str]| parts.iter().map(|part| segment(part)).collect::<Vec<_>>().join("/");
        let parts: Vec<&str> = self.path.split('/').collect();
        match parts.split_last() {
            Some((last, before)) if last.ends_with('?') => vec![path(before), path(&parts)],
            _ => vec![path(&parts)],
        }
    }

    fn handler(&self) -> MethodRouter<App> {
        match (self.subject, self.framable) {
            (None, _) => get(plain),
            (Some(SubjectKind::Video), true) => get(embed),
            (Some(SubjectKind::Video), false) => get(watch),
            (Some(SubjectKind::Playlist), _) => get(playlist),
            (Some(SubjectKind::Channel), _) => get(channel),
        }
    }
}

pub fn routes() -> Router<App> {
    // A test reads the file, too.
    let routes = PageRoute::all().unwrap_or_default();
    let paths = routes.values().flat_map(|route| route.paths().into_iter().map(|path| (path, route.handler())));
    paths.fold(Router::new(), |router, (path, handler)| router.route(&path, handler))
}

/// The subject of a page.
enum Subject {
    General,
    This(Box<Head>),
    /// Nothing, or nothing that the reader may know of.
    Missing,
}

async fn plain(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    if app.front_end.template.is_none() && uri.path() == "/" {
        return how_to_build().into_response();
    }
    respond(&app, &headers, Ok(Subject::General))
}

async fn watch(State(app): State<App>, PathParam(id): PathParam<String>, headers: HeaderMap) -> Response {
    respond(&app, &headers, video_head(&app, &id).await)
}

async fn embed(State(app): State<App>, PathParam(id): PathParam<String>, headers: HeaderMap) -> Response {
    let mut response = respond(&app, &headers, video_head(&app, &id).await);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, app.front_end.policy_framed.clone());
    response.extensions_mut().insert(Framable);
    response
}

async fn playlist(State(app): State<App>, PathParam(id): PathParam<String>, headers: HeaderMap) -> Response {
    respond(&app, &headers, playlist_head(&app, &id).await)
}

async fn channel(State(app): State<App>, PathParam(username): PathParam<String>, headers: HeaderMap) -> Response {
    respond(&app, &headers, channel_head(&app, &username).await)
}

/// Serves a file of the front end, or 404: to browsers as a page.
pub async fn missing(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(file) = app.front_end.file(uri.path(), &headers) {
        return file;
    }
    let is_reserved = ["/api/", "/media/", "/docs", "/assets/"].iter().any(|start| uri.path().starts_with(start));
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let is_browser = accepts.into_iter().any(|value| value.contains("text/html"));
    if is_reserved || !is_browser {
        return nothing_here();
    }
    respond(&app, &headers, Ok(Subject::Missing))
}

fn nothing_here() -> Response {
    Error::not_found("There is nothing at this address").into_response()
}

/// Returns the page about a subject. The front end tells people what went wrong, so it is sent in any case.
fn respond(app: &App, headers: &HeaderMap, subject: Result<Subject, Error>) -> Response {
    let Some(template) = &app.front_end.template else { return nothing_here() };
    let (status, head) = match subject {
        Ok(Subject::General) => (StatusCode::OK, None),
        Ok(Subject::This(head)) => (StatusCode::OK, Some(head)),
        Ok(Subject::Missing) => (StatusCode::NOT_FOUND, None),
        // Making the response logs the error.
        Err(error) => (error.into_response().status(), None),
    };
    let page = template.page(head.as_deref());
    let mut response = HeaderMap::new();
    response.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.insert(header::CONTENT_SECURITY_POLICY, app.front_end.policy.clone());
    if let (StatusCode::OK, Ok(etag)) = (status, etag(page.as_bytes(), true)) {
        response.insert(header::ETAG, etag.clone());
        if is_not_modified(headers, &etag) {
            return (StatusCode::NOT_MODIFIED, response).into_response();
        }
    }
    (status, response, Html(page)).into_response()
}

async fn video_head(app: &App, id: &str) -> Result<Subject, Error> {
    if !app.config.public_reads {
        return Ok(Subject::General);
    }
    let Ok(id) = id.parse::<VideoId>() else { return Ok(Subject::Missing) };
    let Some(row) = videos::published(&app.db, id).await? else { return Ok(Subject::Missing) };
    let addresses = Addresses::of(app);
    let address = addresses.watch(id);
    let video = &row.video;
    Ok(Subject::This(Box::new(Head {
        description: described(&video.description, &format!("A video by {}", row.owner_full_name)),
        kind: "video.other",
        image: Some(Image {
            address: app.urls.video_media(&video.thumbnail, id, true),
            size: app.images.thumbnail_size(&video.thumbnail).await,
        }),
        player: Some(Player {
            frame: addresses.embed(id),
            file: player_file(app, &row),
            size: fitted((video.width, video.height), (PLAYER_SIDE, PLAYER_SIDE)),
        }),
        oembed: Some(addresses.oembed(&address)),
        feed: Some(addresses.feed(&row.owner_username)),
        title: video.title.clone(),
        address,
    })))
}

/// Returns the URL and type of the video file, if players elsewhere can be expected to play the type.
fn player_file(app: &App, row: &VideoSummaryRow) -> Option<(String, &'static str)> {
    let kind = match row.video.video_file.rsplit_once('.')?.1 {
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    };
    Some((app.urls.video_media(&row.video.video_file, row.video.id, true), kind))
}

async fn playlist_head(app: &App, id: &str) -> Result<Subject, Error> {
    if !app.config.public_reads {
        return Ok(Subject::General);
    }
    let Ok(id) = id.parse::<PlaylistId>() else { return Ok(Subject::Missing) };
    let Some(row) = playlists::detail(&app.db, id).await? else { return Ok(Subject::Missing) };
    let image = match playlists::cover(&app.db, id).await? {
        Some(cover) => Some(Image {
            address: app.urls.video_media(&cover.thumbnail, cover.video_id, true),
            size: app.images.thumbnail_size(&cover.thumbnail).await,
        }),
        None => None,
    };
    Ok(Subject::This(Box::new(Head {
        description: described(&row.description, &format!("A playlist by {}", row.owner.owner_full_name)),
        address: Addresses::of(app).playlist(id),
        kind: "website",
        image,
        player: None,
        oembed: None,
        feed: None,
        title: row.name,
    })))
}

async fn channel_head(app: &App, username: &str) -> Result<Subject, Error> {
    if !app.config.public_reads {
        return Ok(Subject::General);
    }
    let Ok(username) = username.parse::<Username>() else { return Ok(Subject::Missing) };
    let Some(row) = users::channel_row(&app.db, &username, None).await? else { return Ok(Subject::Missing) };
    let addresses = Addresses::of(app);
    Ok(Subject::This(Box::new(Head {
        description: format!("The videos of {} (@{}) on {SITE_NAME}", row.full_name, row.username),
        address: addresses.channel(&row.username),
        kind: "profile",
        image: Some(Image { address: app.urls.user_media(Some(&row.avatar)), size: None }),
        player: None,
        oembed: None,
        feed: Some(addresses.feed(&row.username)),
        title: row.full_name,
    })))
}

fn described(text: &str, otherwise: &str) -> String {
    if text.trim().is_empty() { otherwise.to_owned() } else { text.to_owned() }
}

/// A size of this shape that is as large as it may be. Videos without a size count as 16:9.
pub fn fitted(shape: (i64, i64), within: (u32, u32)) -> (u32, u32) {
    let sides = (u64::try_from(shape.0).unwrap_or(0), u64::try_from(shape.1).unwrap_or(0));
    let (width, height) = if sides.0 == 0 || sides.1 == 0 { (16, 9) } else { sides };
    let (most_wide, most_high) = (u64::from(within.0.max(1)), u64::from(within.1.max(1)));
    let by_width = (most_wide, most_wide * height / width);
    let by_height = (most_high * width / height, most_high);
    let (width, height) = if by_width.1 <= most_high { by_width } else { by_height };
    let side = |side: u64| u32::try_from(side.max(1)).unwrap_or(u32::MAX);
    (side(width), side(height))
}

/// Returns the response at `/` in a program that was built without its front end.
fn how_to_build() -> Html<&'static str> {
    Html(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Chaitube</title></head><body>\n\
         <h1>Chaitube is running, without its web page</h1>\n\
         <p>This program was built without Node, so it has the API only: <a href=\"/docs\">read and try it</a>.</p>\n\
         <p>For the page, install Node 20 or later and type <code>make run</code>; or build it by hand with \
         <code>npm ci</code> and <code>npm run build</code> in <code>ui/</code>, and then \
         <code>cargo build --release</code>.</p>\n</body></html>\n",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_the_front_ends() {
        let routes = PageRoute::all().unwrap();
        assert_eq!(routes["channel"].paths(), ["/channel/{username}", "/channel/{username}/{tab}"]);
        assert_eq!(routes["home"].paths(), ["/"]);
        assert!(routes["embed"].framable && !routes["watch"].framable);
    }

    #[test]
    fn players_keep_their_film_s_shape() {
        assert_eq!(fitted((1920, 1080), (1280, 1280)), (1280, 720));
        assert_eq!(fitted((1080, 1920), (1280, 1280)), (720, 1280));
        assert_eq!(fitted((1920, 1080), (300, 100)), (177, 100));
        assert_eq!(fitted((0, 0), (320, 320)), (320, 180));
        assert_eq!(fitted((100_000, 1), (50, 0)), (50, 1));
    }
}
