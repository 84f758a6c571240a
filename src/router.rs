//! The table of contents: the routes of every feature.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::api::{
    accounts, comments, dashboard, health, history, likes, playlists, processing, site, subscriptions, tweets, uploads,
    videos,
};
use crate::app::App;
use crate::error::Error;
use crate::http::openapi;
use crate::http::openapi::ApiDoc;
use crate::{delivery, pages};

const DOCUMENT_PATH: &str = "/api/v1/openapi.json";

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .merge(accounts::routes())
        .merge(history::routes())
        .merge(videos::routes())
        .merge(processing::routes())
        .merge(uploads::routes())
        .merge(comments::routes())
        .merge(tweets::routes())
        .merge(likes::routes())
        .merge(playlists::routes())
        .merge(subscriptions::routes())
        .merge(dashboard::routes())
        .merge(delivery::routes())
        .merge(health::routes())
        .merge(site::routes())
        .merge(pages::routes())
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> Document {
    openapi::complete(routes().split_for_parts().1)
}

/// All routes, the web page, the description at `/api/v1/openapi.json`, and a reference to read and try at `/docs`.
pub fn router(app: App) -> Router {
    let (routes, document) = routes().split_for_parts();
    let document = serde_json::to_string(&openapi::complete(document)).unwrap_or_default();
    let describe = move || async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() };
    routes
        .route(DOCUMENT_PATH, get(describe))
        .merge(pages::pages())
        .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from(DOCUMENT_PATH)))
        .fallback(get(pages::missing).fallback(|| async { Error::not_found("There is nothing at this address") }))
        .method_not_allowed_fallback(|| async { Error::not_found("There is nothing at this address for this method") })
        .with_state(app)
}
