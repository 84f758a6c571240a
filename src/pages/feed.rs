//! `/channel/:username/feed.xml`: a channel's latest videos as RSS 2.0, for feed readers and podcast programs.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::addresses::Addresses;
use crate::api::users::{ChannelRow, channel_row};
use crate::app::App;
use crate::clock::http_date;
use crate::db::{Db, Error as DbError, FromRow, args};
use crate::error::{Error, OrNotFound};
use crate::front_end::{etag, is_known};
use crate::id::{UserId, VideoId};
use crate::markup::escaped;

const VIDEOS_MAX: i64 = 50;
const NOT_FOUND: &str = "channel does not exists";

pub fn routes() -> Router<App> {
    Router::new().route("/channel/{username}/feed.xml", get(feed))
}

#[derive(FromRow)]
struct Item {
    id: VideoId,
    title: String,
    description: String,
    thumbnail: String,
    film: String,
    mime: String,
    bytes: i64,
    duration_s: f64,
    created_at: i64,
}

async fn feed(State(app): State<App>, Path(username): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let username = username.trim().to_lowercase();
    let is_open = app.config.public_reads && !username.contains('\0');
    let channel = if is_open { channel_row(&app.db, &username, None).await? } else { None };
    let channel = channel.or_not_found(NOT_FOUND)?;
    let text = written(&app, &channel, &latest(&app.db, channel.id).await?);
    let mut answer = HeaderMap::new();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let etag = etag(text.as_bytes(), true).map_err(Error::internal)?;
    answer.insert(header::ETAG, etag.clone());
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/rss+xml; charset=utf-8"));
    Ok((answer, text).into_response())
}

async fn latest(db: &Db, owner: UserId) -> Result<Vec<Item>, DbError> {
    let sql = "SELECT v.id, v.title, v.description, v.thumbnail, v.film, m.mime, m.bytes, v.duration_s, v.created_at
               FROM videos v JOIN media m ON m.name = v.film WHERE v.owner_id = $1 AND v.is_published
               ORDER BY v.created_at DESC, v.id DESC LIMIT $2";
    db.all(sql, args![owner, VIDEOS_MAX]).await
}

/// The feed. Writing to a string cannot fail.
fn written(app: &App, channel: &ChannelRow, items: &[Item]) -> String {
    let addresses = Addresses::of(app);
    let (name, address) = (escaped(&channel.full_name), escaped(addresses.channel(&channel.username).as_str()));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n\
         <channel>\n<title>{name}</title>\n<link>{address}</link>\n<description>The videos of {name}</description>\n\
         <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>\n\
         <image><url>{}</url><title>{name}</title><link>{address}</link></image>\n",
        escaped(addresses.feed(&channel.username).as_str()),
        escaped(&app.urls.user_media(Some(&channel.avatar))),
    );
    for item in items {
        let page = escaped(addresses.watch(item.id).as_str());
        let film = escaped(&app.urls.video_media(&item.film, item.id, true));
        let thumbnail = escaped(&app.urls.video_media(&item.thumbnail, item.id, true));
        let (mime, bytes) = (escaped(&item.mime), item.bytes);
        let _ = write!(
            text,
            "<item>\n<title>{}</title>\n<link>{page}</link>\n<guid isPermaLink=\"true\">{page}</guid>\n\
             <pubDate>{}</pubDate>\n<description>{}</description>\n\
             <enclosure url=\"{film}\" length=\"{bytes}\" type=\"{mime}\"/>\n\
             <media:content url=\"{film}\" fileSize=\"{bytes}\" type=\"{mime}\" medium=\"video\" duration=\"{:.0}\"/>\n\
             <media:thumbnail url=\"{thumbnail}\"/>\n</item>\n",
            escaped(&item.title),
            http_date(item.created_at),
            escaped(&item.description),
            item.duration_s
        );
    }
    text.push_str("</channel>\n</rss>\n");
    text
}
