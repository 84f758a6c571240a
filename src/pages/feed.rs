//! `/channel/:username/feed.xml`: a channel's latest videos as RSS 2.0, for feed readers and podcast programs.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::addresses::Addresses;
use crate::api::users::{CHANNEL_NOT_FOUND, ChannelRow, Username, channel_row};
use crate::app::App;
use crate::clock::http_date;
use crate::conditional::{etag, is_not_modified};
use crate::db::{Db, Error as DbError, Record, args};
use crate::error::{Error, OrNotFound};
use crate::http::body::PathParam;
use crate::id::{UserId, VideoId};
use crate::xml::Xml;

const VIDEOS_MAX: i64 = 50;

pub fn routes() -> Router<App> {
    Router::new().route("/channel/{username}/feed.xml", get(feed))
}

#[derive(Record)]
struct Item {
    id: VideoId,
    title: String,
    description: String,
    thumbnail: String,
    #[record(rename = "film")]
    video_file: String,
    mime: String,
    bytes: i64,
    duration_s: f64,
    created_at: i64,
}

async fn feed(
    State(app): State<App>,
    PathParam(username): PathParam<Username>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let channel = if app.config.public_reads { channel_row(&app.db, &username, None).await? } else { None };
    let channel = channel.or_not_found(CHANNEL_NOT_FOUND)?;
    let text = rss(&app, &channel, &latest(&app.db, channel.id).await?);
    let mut response = HeaderMap::new();
    response.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let etag = etag(text.as_bytes(), true).map_err(Error::internal)?;
    response.insert(header::ETAG, etag.clone());
    if is_not_modified(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, response).into_response());
    }
    response.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/rss+xml; charset=utf-8"));
    Ok((response, text).into_response())
}

async fn latest(db: &Db, owner: UserId) -> Result<Vec<Item>, DbError> {
    let sql = "SELECT v.id, v.title, v.description, v.thumbnail, v.film, m.mime, m.bytes, v.duration_s, v.created_at
               FROM videos v JOIN media m ON m.name = v.film WHERE v.owner_id = $1 AND v.is_published
               ORDER BY v.created_at DESC, v.id DESC LIMIT CAST($2 AS BIGINT)";
    db.all(sql, args![owner, VIDEOS_MAX]).await
}

fn rss(app: &App, channel: &ChannelRow, items: &[Item]) -> String {
    let addresses = Addresses::of(app);
    let (name, page) = (&channel.full_name, addresses.channel(&channel.username));
    let namespaces = [
        ("version", "2.0"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ];
    let mut xml = Xml::document();
    xml.start("rss", &namespaces);
    xml.start("channel", &[]);
    xml.text("title", &[], name);
    xml.text("link", &[], page.as_str());
    xml.text("description", &[], &format!("The videos of {name}"));
    let feed = addresses.feed(&channel.username);
    xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", feed.as_str())]);
    xml.start("image", &[]);
    xml.text("url", &[], &app.urls.user_media(Some(&channel.avatar)));
    xml.text("title", &[], name);
    xml.text("link", &[], page.as_str());
    xml.end("image");
    for item in items {
        write_item(&mut xml, app, item);
    }
    xml.end("channel");
    xml.end("rss");
    xml.finish()
}

fn write_item(xml: &mut Xml, app: &App, item: &Item) {
    let page = Addresses::of(app).watch(item.id);
    let file = app.urls.video_media(&item.video_file, item.id, true);
    let (bytes, duration) = (item.bytes.to_string(), format!("{:.0}", item.duration_s));
    let (url, kind) = (("url", file.as_str()), ("type", item.mime.as_str()));
    xml.start("item", &[]);
    xml.text("title", &[], &item.title);
    xml.text("link", &[], page.as_str());
    xml.text("guid", &[("isPermaLink", "true")], page.as_str());
    xml.text("pubDate", &[], &http_date(item.created_at));
    xml.text("description", &[], &item.description);
    xml.empty("enclosure", &[url, ("length", &bytes), kind]);
    xml.empty("media:content", &[url, ("fileSize", &bytes), kind, ("medium", "video"), ("duration", &duration)]);
    xml.empty("media:thumbnail", &[("url", &app.urls.video_media(&item.thumbnail, item.id, true))]);
    xml.end("item");
}
