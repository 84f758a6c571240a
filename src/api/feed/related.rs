//! `GET /videos/:id/related`: what to watch after a video.

use std::collections::HashMap;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::blend::Pick;
use super::pools;
use super::reason::Recommended;
use super::store::{self, Audience, SeedRow};
use crate::api::videos::{NOT_FOUND, VideoSummaryRow, store as videos};
use crate::app::App;
use crate::error::{Error, OrNotFound};
use crate::http::body::{PathParam, Query};
use crate::http::openapi;
use crate::http::paging::positive;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId};

const LIMIT_DEFAULT: i64 = 20;
const LIMIT_MAX: i64 = 50;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(related))
}

/// How many videos.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RelatedQuery {
    /// Number of videos; more than 50 are reduced to that.
    #[param(value_type = Option<i64>, minimum = 1, example = 20)]
    limit: Option<String>,
}

/// List related videos
///
/// What others watched within a day of this video, then others of its channel, then what is popular. At most three of a
/// channel, and nothing that the caller has watched or is not interested in.
#[utoipa::path(
    get,
    path = "/api/v1/videos/{videoId}/related",
    tag = "feed",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path), RelatedQuery),
    responses((status = 200, body = Envelope<Vec<Recommended>>, description = "Best first"), openapi::NotFound)
)]
async fn related(
    State(app): State<App>,
    viewer: Option<Viewer>,
    PathParam(id): PathParam<VideoId>,
    Query(query): Query<RelatedQuery>,
) -> Result<Reply<Vec<Recommended>>, Error> {
    let limit = positive("limit", query.limit.as_deref(), LIMIT_DEFAULT)?.min(LIMIT_MAX);
    let viewer = viewer.map(|viewer| viewer.id);
    let video = videos::heading(&app.db, id, viewer).await?.or_not_found(NOT_FOUND)?;
    let seed = SeedRow { id, owner_id: video.owner_id, title: video.title };
    let audience = audience(&app, viewer, app.clock.now_ms()).await?;
    let count = usize::try_from(limit).unwrap_or(usize::MAX);
    let picks = pools::beside(&app.db, audience, &seed, count).await?;
    Ok(Reply::ok(recommended(&app, picks).await?, "Related videos fetched successfully"))
}

/// Returns for whom is recommended.
pub async fn audience(app: &App, user: Option<UserId>, at: i64) -> Result<Audience, Error> {
    let Some(user) = user else { return Ok(Audience { user: None, watcher: None, at }) };
    // What was watched a moment ago is not recommended.
    app.views.store_history(user).await?;
    let watcher = store::uses_history(&app.db, user).await?.then_some(user);
    Ok(Audience { user: Some(user), watcher, at })
}

/// Returns the videos that were picked, as far as they are still there.
pub async fn recommended(app: &App, picks: Vec<Pick>) -> Result<Vec<Recommended>, Error> {
    let ids: Vec<VideoId> = picks.iter().map(|pick| pick.video.id).collect();
    let cards = videos::cards(&app.db, &ids).await?;
    let mut cards: HashMap<VideoId, VideoSummaryRow> = cards.into_iter().map(|row| (row.video.id, row)).collect();
    let shown = picks.into_iter().filter_map(|pick| {
        let card = cards.remove(&pick.video.id)?;
        Some(Recommended { video: card.summary(&app.urls), reason: pick.reason })
    });
    Ok(shown.collect())
}
