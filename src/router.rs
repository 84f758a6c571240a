//! Every route: the features', the pages' and the description's.

use axum::Router;
use axum::http::{Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::Value;
use tower_http::decompression::DecompressionLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;
use crate::config::MetricsAccess;
use crate::error::Error;
use crate::http::openapi::{self, ApiDoc};
use crate::{api, compat, pages, scrape};

const DOCUMENT_PATH: &str = "/api/v1/openapi.json";

fn routes() -> OpenApiRouter<App> {
    let mut document = ApiDoc::openapi();
    let tags = api::features().flat_map(|feature| feature.tags);
    document.tags = Some(tags.map(|(name, description)| openapi::tag(name, description)).collect());
    let routers = api::features().map(|feature| (feature.routes)());
    routers.fold(OpenApiRouter::with_openapi(document), OpenApiRouter::merge)
}

/// Returns the API's description.
#[must_use]
pub fn document() -> Value {
    describe(routes().split_for_parts().1)
}

fn describe(document: Document) -> Value {
    let mut document = serde_json::to_value(openapi::complete(document)).unwrap_or_default();
    compat::describe(&mut document);
    document
}

/// Adds the web page, `/api/v1/openapi.json`, and a reference to read and try at `/docs`.
pub fn router(app: App) -> Router {
    let (routes, document) = routes().split_for_parts();
    app.numbers.requests.set_routes(document.paths.paths.keys().cloned());
    let document = describe(document).to_string();
    let describe = move || async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() };
    let router = routes
        .route(DOCUMENT_PATH, get(describe))
        .merge(pages::pages())
        .merge(reference())
        .fallback(get(pages::missing).fallback(|| async { Error::not_found("There is nothing at this address") }))
        .method_not_allowed_fallback(missing_method);
    match &app.config.metrics {
        MetricsAccess::Token(_) => router.layer(from_fn_with_state(app.clone(), scrape::with_token)).with_state(app),
        MetricsAccess::Off | MetricsAccess::Address(_) => router.with_state(app),
    }
}

/// Its files are packed in the program, and unpacked here for clients that cannot do that.
fn reference() -> Router<App> {
    let reference: Router<App> = SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from(DOCUMENT_PATH)).into();
    reference.layer(DecompressionLayer::new())
}

/// A method that other addresses have returns 404, as Express does it.
async fn missing_method(method: Method) -> Error {
    let is_known =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
            .contains(&method);
    if is_known {
        return Error::not_found("There is nothing at this address for this method");
    }
    Error::other(StatusCode::METHOD_NOT_ALLOWED, format!("The method {method} is not supported"))
}
