//! `GET /tags`.

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
use crate::search::{QUERY_CHARS_MAX, fold_tag};

const TAGS_MAX: i64 = 20;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(tags))
}

/// Which tags.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TagsQuery {
    /// How they begin, whatever the case and accents. All tags without it.
    #[param(value_type = Option<String>, example = "te")]
    prefix: Option<Text>,
}

/// A tag.
#[derive(Debug, Serialize, ToSchema)]
struct Tag {
    #[schema(example = "tea")]
    name: String,
    /// How many published videos have it.
    videos: i64,
}

/// List tags
///
/// Returns the 20 most used tags of published videos.
#[utoipa::path(
    get,
    path = "/api/v1/tags",
    tag = "search",
    security((), ("bearer" = []), ("cookie" = [])),
    params(TagsQuery),
    responses((status = 200, body = Envelope<Vec<Tag>>, description = "The most used ones first"))
)]
async fn tags(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    Query(query): Query<TagsQuery>,
) -> Result<Reply<Vec<Tag>>, Error> {
    let prefix = query.prefix.non_blank().unwrap_or_default();
    at_most("prefix", prefix, QUERY_CHARS_MAX)?;
    let tags = store::tags(&app.db, &fold_tag(prefix), TAGS_MAX).await?;
    let tags = tags.into_iter().map(|tag| Tag { name: tag.name, videos: tag.videos }).collect();
    Ok(Reply::ok(tags, "Tags fetched successfully"))
}
