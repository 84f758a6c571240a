//! `GET /search`.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::facets::Facets;
use super::results::{self, SearchPage};
use crate::app::App;
use crate::error::Error;
use crate::http::body::{NonBlank, Query, Text, at_most};
use crate::http::paging::{PageQuery, PageRequest};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::search::{self, Found, Highlighter, Hit, Kind, QUERY_CHARS_MAX, Sort, channel_word, merged, tag_word};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct SearchQuery {
    /// Words, of which the last may be the beginning of one. Also `"a phrase"`, `-word`, `channel:name`, `tag:name`,
    /// `after:2024-01-31`, `before:2025`, `longer:10m` and `shorter:90s`. At most 200 characters; ten words count.
    #[param(value_type = Option<String>, example = "green tea")]
    q: Option<Text>,
    /// `videos` (the default), `channels`, `tweets`, `playlists` or `all`.
    #[param(value_type = Option<String>, example = "videos")]
    r#type: Option<Text>,
    /// `relevance` (the default), `date` or `views`: for channels subscribers, for tweets likes.
    #[param(value_type = Option<String>, example = "relevance")]
    sort: Option<Text>,
    /// Like `tag:` in the query.
    #[param(value_type = Option<String>, example = "tea")]
    tag: Option<Text>,
    /// Like `channel:` in the query.
    #[param(value_type = Option<String>, example = "hitesh")]
    channel: Option<Text>,
    /// Like `after:` in the query.
    #[param(value_type = Option<String>, example = "2024-01-31")]
    after: Option<Text>,
    /// Like `before:` in the query.
    #[param(value_type = Option<String>, example = "2025-01-01")]
    before: Option<Text>,
    /// Like `longer:` in the query.
    #[param(value_type = Option<String>, example = "10m")]
    longer: Option<Text>,
    /// Like `shorter:` in the query.
    #[param(value_type = Option<String>, example = "1h30m")]
    shorter: Option<Text>,
}

/// Search
///
/// Case, accents and small typing errors do not matter. Finds what has all words, in titles, tags, names of channels
/// and descriptions; what has at least half of them, if hardly anything has all. Something new is found within seconds.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    tag = "search",
    security((), ("bearer" = []), ("cookie" = [])),
    params(SearchQuery, PageQuery),
    responses((status = 200, body = Envelope<SearchPage>, description = "A page of results, the best ones first"))
)]
async fn search(
    State(app): State<App>,
    viewer: Option<Viewer>,
    page: PageRequest,
    Query(params): Query<SearchQuery>,
) -> Result<Reply<SearchPage>, Error> {
    let text = params.q.non_blank().unwrap_or_default();
    at_most("q", text, QUERY_CHARS_MAX)?;
    let kinds = params.kinds()?;
    let (sort, order) = params.sort()?;
    let mut query = search::Query::parse(text);
    params.narrow(&mut query)?;
    let pass = app.searching.enter().await?;
    let mut found: BTreeMap<Kind, Found> = BTreeMap::new();
    for kind in kinds {
        found.insert(*kind, search::find(&app.db, *kind, &query, sort, app.clock.now_ms()).await?);
    }
    drop(pass);
    let found = merged(found);
    let (hits, next_cursor) = page.slice(order, &found.hits, |hit: &Hit| (hit.key, hit.facts.id))?;
    let highlighter = Highlighter::new(&found.matched);
    let docs = results::read(&app, viewer.map(|viewer| viewer.id), &hits, &highlighter).await?;
    let total = i64::try_from(found.hits.len()).unwrap_or(i64::MAX);
    let page = SearchPage {
        page: page.envelope(docs, total, next_cursor),
        total_is_at_least: found.is_cut,
        did_you_mean: found.did_you_mean,
        facets: Facets::of(&found.hits),
    };
    Ok(Reply::ok(page, "Search results fetched successfully"))
}

impl SearchQuery {
    fn kinds(&self) -> Result<&'static [Kind], Error> {
        Ok(match self.r#type.non_blank() {
            None | Some("videos" | "video") => &[Kind::Video],
            Some("channels" | "channel") => &[Kind::Channel],
            Some("tweets" | "tweet") => &[Kind::Tweet],
            Some("playlists" | "playlist") => &[Kind::Playlist],
            Some("all") => &Kind::ALL,
            Some(_) => {
                return Err(Error::field("type", "type must be videos, channels, tweets, playlists or all"));
            }
        })
    }

    fn sort(&self) -> Result<(Sort, &'static str), Error> {
        match self.sort.non_blank() {
            None | Some("relevance") => Ok((Sort::Relevance, "relevance")),
            Some("date") => Ok((Sort::Date, "date")),
            Some("views") => Ok((Sort::Popularity, "views")),
            Some(_) => Err(Error::field("sort", "sort must be relevance, date or views")),
        }
    }

    /// Adds what does not stand in the text.
    fn narrow(&self, query: &mut search::Query) -> Result<(), Error> {
        query.filters.tags.extend(self.tag.non_blank().and_then(tag_word));
        query.filters.channels.extend(self.channel.non_blank().and_then(channel_word));
        for (name, value, example) in [
            ("after", &self.after, "2024-01-31"),
            ("before", &self.before, "2024-01-31"),
            ("longer", &self.longer, "10m"),
            ("shorter", &self.shorter, "1h30m"),
        ] {
            let Some(value) = value.non_blank() else { continue };
            if !query.filters.take(name, value) {
                return Err(Error::field(name, format!("{name} must look like {example}")));
            }
        }
        Ok(())
    }
}
