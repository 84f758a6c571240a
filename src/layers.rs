//! The middleware around all routes.

use std::any::Any;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::State};
use tower::ServiceBuilder;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate, SizeAbove};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::{Span, field};

use crate::api::uploads;
use crate::app::App;
use crate::auth::prefix;
use crate::compat;
use crate::connections::{Tracked, Uncompressed};
use crate::csp;
use crate::error::Error;
use crate::front_end::Framable;
use crate::http::client_address::ClientAddress;
use crate::http::reply::{X_NEXT_CURSOR, X_TOTAL_COUNT};
use crate::http::rewrite::set_path_and_query;
use crate::http::time_limit::Deadline;
use crate::http::unread_body::drain_unread;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long browsers cache a preflight response.
const PREFLIGHT_AGE: Duration = Duration::from_mins(10);
/// Shorter texts fit into a connection's first packets anyway, and compressing them costs more than making them.
const COMPRESSED_BYTES_MIN: u64 = 4096;

/// Wraps the routes. The outermost layer is the last one.
pub fn wrap(router: Router, app: &App) -> Router {
    let inner = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(app.clone(), operation))
        .layer(CatchPanicLayer::custom(panic_response));
    let outer = ServiceBuilder::new()
        .layer(middleware::from_fn(drain_unread))
        .layer(SetRequestIdLayer::new(X_REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log_response).on_failure(()))
        .layer(PropagateRequestIdLayer::new(X_REQUEST_ID))
        .layer(middleware::from_fn_with_state(app.clone(), security_headers))
        .layer(middleware::from_fn(preflight_status))
        .layer(middleware::from_fn_with_state(app.clone(), uploads::capabilities))
        .layer(cors(app))
        .layer(middleware::from_fn_with_state(app.clone(), known_host))
        .layer(middleware::from_fn_with_state(app.clone(), client_place))
        .layer(compression())
        .layer(MapRequestLayer::new(lenient_path))
        .layer(MapRequestLayer::new(uploads::meant_method))
        .layer(middleware::from_fn_with_state(app.clone(), compat::translate));
    // Layers on a router run after the route is found; the path has to be rewritten before.
    Router::new().fallback_service(outer.service(router.layer(inner)))
}

/// Compresses long texts. Media is compressed already, and its ranges count its own bytes.
fn compression() -> CompressionLayer<impl Predicate> {
    let predicate = DefaultPredicate::new()
        .and(SizeAbove::new(COMPRESSED_BYTES_MIN))
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(|_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
            extensions.get::<Uncompressed>().is_none()
        });
    CompressionLayer::new().compress_when(predicate)
}

fn cors(app: &App) -> CorsLayer {
    let origins = app.origins.clone();
    let allow = AllowOrigin::predicate(move |origin, _| origin.to_str().is_ok_and(|origin| origins.may_read(origin)));
    CorsLayer::new()
        .allow_origin(allow)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(
            [X_TOTAL_COUNT, X_NEXT_CURSOR, X_REQUEST_ID]
                .into_iter()
                .chain(uploads::EXPOSED_HEADERS)
                .collect::<Vec<_>>(),
        )
        .max_age(PREFLIGHT_AGE)
}

/// Express ignores a trailing slash, and so does the front end; Express ignores the case of a path, too. Ids and user
/// names mean the same in either case, so the whole path of an API call may be lowered.
fn lenient_path(mut request: Request) -> Request {
    let path = request.uri().path();
    let is_api = path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("/api/"));
    // The reference's own addresses are relative to one with a slash.
    let has_slash = path.len() > 1 && path.ends_with('/') && !path.starts_with("/docs");
    let has_capitals = is_api && path.bytes().any(|byte| byte.is_ascii_uppercase());
    if !has_slash && !has_capitals {
        return request;
    }
    let mut lenient = if is_api { path.to_ascii_lowercase() } else { path.to_owned() };
    if has_slash {
        lenient.truncate(lenient.trim_end_matches('/').len().max(1));
    }
    if let Some(query) = request.uri().query() {
        lenient.push('?');
        lenient.push_str(query);
    }
    set_path_and_query(&mut request, &lenient);
    request
}

/// A span for the log. The query is left out: it may hold signatures.
fn span(request: &Request) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!(
        "request",
        id,
        method = %request.method(),
        path = request.uri().path(),
        status = field::Empty
    )
}

fn log_response(response: &Response, latency: Duration, span: &Span) {
    span.record("status", response.status().as_u16());
    let latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(status = response.status().as_u16(), latency_ms, "response sent");
}

#[expect(clippy::needless_pass_by_value, reason = "tower-http calls it so")]
fn panic_response(panic: Box<dyn Any + Send>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Error::internal(format!("panic: {}", what.unwrap_or("of an unknown kind"))).into_response()
}

/// Names the operation that a response is of, and ends requests that take too long. What takes files puts its deadline off.
async fn operation(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let operation = app.numbers.requests.operation(template, request.method());
    let (deadline, passed) = Deadline::after(app.config.request_timeout);
    request.extensions_mut().insert(deadline);
    let mut response = tokio::select! {
        response = next.run(request) => response,
        () = passed => Error::Busy("The request timed out. Try again.".into()).into_response(),
    };
    response.extensions_mut().insert(operation);
    response
}

/// Limits how many requests of one client are answered at once where its connections are not known, behind proxies.
async fn client_place(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.config.trusted_proxies == 0 {
        return next.run(request).await;
    }
    let ClientAddress(client) = ClientAddress::of(request.headers(), request.extensions(), &app);
    match app.client_places.take(prefix(client)) {
        Ok(place) => next.run(request).await.map(|body| Body::new(Tracked::new(body, place))),
        Err(_) => Error::too_many_at_once().into_response(),
    }
}

async fn known_host(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.origins.knows_host(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    Error::invalid("No such host. The operator can set PUBLIC_BASE_URL to the address in use.").into_response()
}

/// Answers preflights with 204, as Express does.
async fn preflight_status(request: Request, next: Next) -> Response {
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.run(request).await;
    if is_preflight && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
}

async fn security_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_docs = request.uri().path().starts_with("/docs");
    let mut response = next.run(request).await;
    let is_framable = response.extensions().get::<Framable>().is_some();
    let headers = response.headers_mut();
    let csp = if is_docs { csp::DOCS } else { csp::API };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(csp);
    headers.entry("cross-origin-resource-policy").or_insert(HeaderValue::from_static("same-site"));
    // API responses are about one viewer at one moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !is_framable {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if app.config.public_base_url.scheme() == "https" {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}
