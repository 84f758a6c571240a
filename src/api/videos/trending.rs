//! `GET /videos/trending`, and the feed of shorts: what is watched more than usual comes first, and then what is new.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::listed;
use super::order::Order;
use super::scope::{Scope, ScopeKind};
use super::shape::VideoSummary;
use super::shorts::{Shorts, ShortsQuery};
use crate::app::App;
use crate::error::Error;
use crate::http::body::Query;
use crate::http::paging::{Page, PageQuery, PageRequest};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(trending)).routes(routes!(shorts))
}

/// List trending videos
///
/// Those that have at least five views within six hours, in the order in which these exceed their usual number. Then the
/// others, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/videos/trending",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(ShortsQuery, PageQuery),
    responses((status = 200, body = Envelope<Page<VideoSummary>>, description = "A page of videos"))
)]
async fn trending(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    page: PageRequest,
    Query(shorts): Query<ShortsQuery>,
) -> Result<Reply<Page<VideoSummary>>, Error> {
    let scope = Scope { kind: ScopeKind::Published, shorts: shorts.checked()?, user: None };
    listed(&app, scope, Order::TRENDING_FIRST, &page, "Trending videos fetched successfully").await
}

/// List shorts to watch one after the other
///
/// Trending ones first, then the newest.
#[utoipa::path(
    get,
    path = "/api/v1/feed/shorts",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(PageQuery),
    responses((status = 200, body = Envelope<Page<VideoSummary>>, description = "A page of shorts"))
)]
async fn shorts(
    State(app): State<App>,
    _viewer: Option<Viewer>,
    page: PageRequest,
) -> Result<Reply<Page<VideoSummary>>, Error> {
    let scope = Scope { kind: ScopeKind::Published, shorts: Shorts::Only, user: None };
    listed(&app, scope, Order::TRENDING_FIRST, &page, "Shorts fetched successfully").await
}
