//! `GET /search/suggestions`: what somebody may be typing.

use std::collections::HashSet;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store;
use crate::app::App;
use crate::error::Error;
use crate::http::body::{NonBlank, Query, Text, at_most};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::search::{self, Hit, Kind, QUERY_CHARS_MAX, fold_tag};

const SUGGESTIONS_MAX: usize = 10;
const CHANNELS_MAX: usize = 3;
const TAGS_MAX: i64 = 3;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(suggestions))
}

/// What is being typed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SuggestionsQuery {
    /// At most 200 characters.
    #[param(value_type = Option<String>, example = "gre")]
    q: Option<Text>,
}

/// Something to search for, or to go to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Suggestion {
    /// The title of a video.
    #[serde(rename_all = "camelCase")]
    Title { text: String },
    #[serde(rename_all = "camelCase")]
    Channel { text: String, username: String },
    #[serde(rename_all = "camelCase")]
    Tag { text: String, videos: i64 },
}

/// Suggest searches
///
/// Returns up to ten titles, channels and tags that fit what was typed so far. Forgives typing errors.
#[utoipa::path(
    get,
    path = "/api/v1/search/suggestions",
    tag = "search",
    security((), ("bearer" = []), ("cookie" = [])),
    params(SuggestionsQuery),
    responses((status = 200, body = Envelope<Vec<Suggestion>>, description = "Each text once"))
)]
async fn suggestions(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    Query(query): Query<SuggestionsQuery>,
) -> Result<Reply<Vec<Suggestion>>, Error> {
    const MESSAGE: &str = "Suggestions fetched successfully";
    let Some(text) = query.q.non_blank() else { return Ok(Reply::ok(Vec::new(), MESSAGE)) };
    at_most("q", text, QUERY_CHARS_MAX)?;
    let mut words = search::Query::parse(text);
    words.last_is_open = true;
    let now = app.clock.now_ms();
    let pass = app.searching.enter().await?;
    let videos = search::find_few(&app.db, Kind::Video, &words, now).await?;
    let channels = search::find_few(&app.db, Kind::Channel, &words, now).await?;
    let tags = store::tags(&app.db, &fold_tag(text), TAGS_MAX).await?;
    drop(pass);
    let channels = channels
        .hits
        .into_iter()
        .take(CHANNELS_MAX)
        .map(|Hit { facts, .. }| Suggestion::Channel { text: facts.full_name, username: facts.username });
    let others: Vec<Suggestion> =
        channels.chain(tags.into_iter().map(|tag| Suggestion::Tag { text: tag.name, videos: tag.videos })).collect();
    let mut seen = HashSet::new();
    let titles = videos.hits.into_iter().map(|hit| hit.facts.title).filter(|title| seen.insert(title.to_lowercase()));
    let titles = titles.take(SUGGESTIONS_MAX.saturating_sub(others.len()));
    let suggestions = titles.map(|text| Suggestion::Title { text }).chain(others).collect();
    Ok(Reply::ok(suggestions, MESSAGE))
}
