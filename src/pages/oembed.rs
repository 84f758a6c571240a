//! oEmbed: how another site shows a video of this one within a page of its own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::addresses::Addresses;
use super::page::fitted;
use crate::api::videos;
use crate::app::App;
use crate::error::{Error, OrNotFound};
use crate::front_end::SITE_NAME;
use crate::http::body::{NonBlank, Query, Text};
use crate::http::openapi;
use crate::http::viewer::Viewer;
use crate::xml::escape;

/// The size of a player for which no size is asked, in pixels.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 640;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(oembed))
}

/// Which page, and how large a player may be.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OembedQuery {
    /// URL of a video page.
    #[param(value_type = String, example = "http://localhost:8000/watch/65a53f2e8c1b4a0012ab34cd")]
    url: Option<Text>,
    /// `json`, the default; `xml` is not supported.
    #[param(value_type = Option<String>, example = "json")]
    format: Option<Text>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 1, example = 640)]
    maxwidth: Option<Text>,
    /// Pixels.
    #[param(value_type = Option<u32>, minimum = 1, example = 360)]
    maxheight: Option<Text>,
}

/// An oEmbed response of the type `video`, without the envelope.
#[derive(Serialize, ToSchema)]
struct Oembed {
    #[schema(example = "video")]
    r#type: &'static str,
    #[schema(example = "1.0")]
    version: &'static str,
    #[schema(example = "How tea is made")]
    title: String,
    #[schema(example = "Hitesh Choudhary")]
    author_name: String,
    author_url: String,
    #[schema(example = "Chaitube")]
    provider_name: &'static str,
    provider_url: String,
    /// An `<iframe>` with the player.
    html: String,
    /// Pixels.
    #[schema(example = 640)]
    width: u32,
    /// Pixels.
    #[schema(example = 360)]
    height: u32,
    /// Thumbnail; missing, with its size, if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<String>,
    /// Pixels.
    #[schema(example = 1280)]
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_width: Option<u32>,
    /// Pixels.
    #[schema(example = 720)]
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_height: Option<u32>,
}

/// Get the embed code of a video
///
/// An [oEmbed](https://oembed.com) provider for published videos. The response has no envelope.
#[utoipa::path(
    get,
    path = "/api/v1/oembed",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(OembedQuery),
    responses(
        (status = 200, body = Oembed, description = "The embed code"),
        openapi::NotFound,
        openapi::NotImplemented,
    )
)]
async fn oembed(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    Query(query): Query<OembedQuery>,
) -> Result<Json<Oembed>, Error> {
    let url = query.url.non_blank().ok_or_else(|| Error::field("url", "url is required: the URL of a video page"))?;
    let within = (
        pixels("maxwidth", query.maxwidth.non_blank(), WIDTH)?,
        pixels("maxheight", query.maxheight.non_blank(), HEIGHT)?,
    );
    if !query.format.non_blank().unwrap_or("json").eq_ignore_ascii_case("json") {
        return Err(Error::other(StatusCode::NOT_IMPLEMENTED, "oEmbed is available as JSON only: use format=json"));
    }
    let addresses = Addresses::of(&app);
    let id = addresses.video(url).or_not_found(videos::NOT_FOUND)?;
    // Whoever asks: what is embedded is seen by everybody.
    let row = videos::published(&app.db, id).await?.or_not_found(videos::NOT_FOUND)?;
    let video = row.video;
    let (width, height) = fitted((video.width, video.height), within);
    let html = format!(
        "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" loading=\"lazy\" \
         allow=\"fullscreen; picture-in-picture; autoplay\" allowfullscreen style=\"border:0\"></iframe>",
        escape(addresses.embed(id).as_str()),
        escape(&video.title)
    );
    let size = app.images.thumbnail_size(&video.thumbnail).await;
    Ok(Json(Oembed {
        r#type: "video",
        version: "1.0",
        title: video.title,
        author_name: row.owner_full_name,
        author_url: addresses.channel(&row.owner_username).into(),
        provider_name: SITE_NAME,
        provider_url: addresses.to(&[]).into(),
        html,
        width,
        height,
        thumbnail_url: size.map(|_| app.urls.video_media(&video.thumbnail, id, true)),
        thumbnail_width: size.map(|(width, _)| width),
        thumbnail_height: size.map(|(_, height)| height),
    }))
}

fn pixels(field: &str, given: Option<&str>, default: u32) -> Result<u32, Error> {
    let Some(text) = given else { return Ok(default) };
    match text.parse() {
        Ok(pixels) if pixels > 0 => Ok(pixels),
        _ => Err(Error::field(field, format!("{field} must be a positive whole number of pixels"))),
    }
}
