//! `GET /videos/suggestions`: titles that complete what somebody is typing into the search box.

use std::collections::HashSet;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::QUERY_CHARS_MAX;
use super::search::INDEXED_CHARS_MIN;
use super::store::fold_case;
use crate::app::App;
use crate::db::{Db, Sql, args};
use crate::error::Error;
use crate::http::body::{NonBlank, Query, Text, at_most};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;

const SUGGESTIONS_MAX: usize = 8;
/// This runs at every key that is pressed, so it looks at so many videos at most: for a text the index can find, of
/// those it finds; for a letter or two, of those watched most.
const LOOKED_AT_MAX: i64 = 500;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(suggestions))
}

/// What is being typed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SuggestionsQuery {
    /// Text to find in the title, ignoring case.
    #[param(value_type = Option<String>, example = "tea")]
    query: Option<Text>,
}

/// Suggest titles
///
/// Returns up to eight titles of published videos that contain the text, those that begin with it first. Considers only
/// part of the matches if there are very many.
#[utoipa::path(
    get,
    path = "/api/v1/videos/suggestions",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(SuggestionsQuery),
    responses((status = 200, body = Envelope<Vec<String>>, description = "Titles, each once"))
)]
async fn suggestions(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    Query(query): Query<SuggestionsQuery>,
) -> Result<Reply<Vec<String>>, Error> {
    const MESSAGE: &str = "Suggestions fetched successfully";
    let Some(text) = query.query.non_blank().map(fold_case) else { return Ok(Reply::ok(Vec::new(), MESSAGE)) };
    at_most("query", &text, QUERY_CHARS_MAX)?;
    let permit = app.searching.enter().await?;
    let titles = candidates(&app.db, &text).await?;
    drop(permit);
    Ok(Reply::ok(chosen(titles, &text), MESSAGE))
}

/// Titles that may have the text in them, those watched most first.
async fn candidates(db: &Db, text: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<(String,)> = if text.chars().count() >= INDEXED_CHARS_MIN {
        let sql = Sql::pair(
            r#"SELECT v.title FROM videos v WHERE v.is_published AND v.id IN
                   (SELECT s.video_id FROM video_search_index JOIN video_search s ON s.number = video_search_index.rowid
                    WHERE video_search_index MATCH '"' || replace($1, '"', '""') || '"' LIMIT CAST($2 AS BIGINT))
               ORDER BY v.views DESC, v.id DESC"#,
            r"SELECT v.title FROM videos v WHERE v.is_published AND v.id IN
                  (SELECT s.video_id FROM video_search s WHERE s.text LIKE
                       '%' || replace(replace(replace($1, '\', '\\'), '%', '\%'), '_', '\_') || '%' LIMIT CAST($2 AS BIGINT))
              ORDER BY v.views DESC, v.id DESC",
        );
        db.all(sql, args![text, LOOKED_AT_MAX]).await?
    } else {
        let sql = "SELECT v.title FROM videos v WHERE v.is_published ORDER BY v.views DESC, v.id DESC LIMIT CAST($1 AS BIGINT)";
        db.all(sql, args![LOOKED_AT_MAX]).await?
    };
    Ok(rows.into_iter().map(|(title,)| title).collect())
}

/// Those that really have the text in them, each once.
fn chosen(titles: Vec<String>, text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let matching = titles.into_iter().filter_map(|title| {
        let key = fold_case(&title);
        (key.contains(text) && seen.insert(key.clone())).then_some((title, key.starts_with(text)))
    });
    let (first, then): (Vec<_>, Vec<_>) = matching.partition(|(_, begins)| *begins);
    first.into_iter().chain(then).map(|(title, _)| title).take(SUGGESTIONS_MAX).collect()
}
