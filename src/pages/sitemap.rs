//! For search engines: `robots.txt`, `sitemap.xml` and the lists it names.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use url::Url;

use super::addresses::Addresses;
use crate::app::App;
use crate::clock::Time;
use crate::db::args;
use crate::error::Error;
use crate::id::VideoId;
use crate::xml::Xml;

/// Videos in a list. With their channels these are far fewer addresses than the format's 50,000.
const VIDEOS_MAX: i64 = 1_000;
/// Lists there are at most: of a larger site, only the newest million videos are listed.
const PAGES_MAX: i64 = 1_000;

/// These lists change slowly, and making them is not free.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

pub fn routes() -> Router<App> {
    Router::new()
        .route("/robots.txt", get(robots))
        .route("/sitemap.xml", get(index))
        .route("/sitemap/videos/{page}", get(videos))
}

async fn robots(State(app): State<App>) -> Response {
    let text = if app.config.public_reads {
        let sitemap = Addresses::of(&app).to(&["sitemap.xml"]);
        format!(
            "User-agent: *\nDisallow: /api/\nDisallow: /docs\nDisallow: /history\nDisallow: /liked\n\
             Disallow: /subscriptions\nDisallow: /studio\nDisallow: /settings\nDisallow: /login\nDisallow: /register\n\
             Disallow: /search\n\nSitemap: {sitemap}\n"
        )
    } else {
        "User-agent: *\nDisallow: /\n".to_owned()
    };
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")), (header::CACHE_CONTROL, CACHE)],
        text,
    )
        .into_response()
}

async fn index(State(app): State<App>) -> Result<Response, Error> {
    refuse_private(&app)?;
    let sql = "SELECT value FROM totals WHERE name = 'published_videos'";
    let published = app.db.optional::<(i64,)>(sql, args![]).await?.map_or(0, |(count,)| count);
    let pages =
        (published.div_euclid(VIDEOS_MAX) + i64::from(published.rem_euclid(VIDEOS_MAX) > 0)).clamp(1, PAGES_MAX);
    let addresses = Addresses::of(&app);
    let lists = (1..=pages).map(|page| addresses.to(&["sitemap", "videos", &format!("{page}.xml")]));
    Ok(list("sitemapindex", "sitemap", lists.map(|list| (list, None))))
}

async fn videos(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    refuse_private(&app)?;
    let number = name.strip_suffix(".xml").and_then(|number| number.parse::<i64>().ok());
    let Some(page) = number.filter(|page| (1..=PAGES_MAX).contains(page)) else { return Err(nothing()) };
    let _permit = app.searching.enter().await?;
    let sql = "SELECT v.id, v.updated_at, o.username FROM videos v CROSS JOIN users o
               WHERE o.id = v.owner_id AND v.is_published AND (v.created_at, v.id) <=
                   (SELECT k.created_at, k.id FROM videos k WHERE k.is_published
                    ORDER BY k.created_at DESC, k.id DESC LIMIT 1 OFFSET CAST($2 AS BIGINT))
               ORDER BY v.created_at DESC, v.id DESC LIMIT CAST($1 AS BIGINT)";
    let rows: Vec<(VideoId, i64, String)> = app.db.all(sql, args![VIDEOS_MAX, (page - 1) * VIDEOS_MAX]).await?;
    if rows.is_empty() && page > 1 {
        return Err(nothing());
    }
    let addresses = Addresses::of(&app);
    let home = (page == 1).then(|| addresses.to(&[]));
    let usernames: BTreeSet<&String> = rows.iter().map(|(.., username)| username).collect();
    let channels = usernames.into_iter().map(|username| addresses.channel(username));
    let pages = home.into_iter().chain(channels).map(|page| (page, None));
    let videos = rows.iter().map(|(id, updated_at, _)| (addresses.watch(*id), Some(Time(*updated_at))));
    Ok(list("urlset", "url", pages.chain(videos)))
}

fn refuse_private(app: &App) -> Result<(), Error> {
    if app.config.public_reads { Ok(()) } else { Err(nothing()) }
}

fn nothing() -> Error {
    Error::not_found("There is nothing at this address")
}

/// Lists addresses with the times of their last change.
fn list(root: &str, element: &str, entries: impl Iterator<Item = (Url, Option<Time>)>) -> Response {
    let mut xml = Xml::document();
    xml.start(root, &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    for (address, changed) in entries {
        xml.start(element, &[]);
        xml.text("loc", &[], address.as_str());
        if let Some(changed) = changed {
            xml.text("lastmod", &[], &changed.to_string());
        }
        xml.end(element);
    }
    xml.end(root);
    let kind = HeaderValue::from_static("application/xml; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHE)], xml.finish()).into_response()
}
