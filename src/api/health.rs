//! The health check.

use std::sync::atomic::Ordering;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::feature::Feature;
use crate::app::App;
use crate::clock::Time;
use crate::error::Error;
use crate::http::body::{Query, Text};
use crate::http::reply::{Envelope, Reply};

pub const FEATURE: Feature =
    Feature { tags: &[("server", "Server status and site information")], routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthcheck))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HealthQuery {
    /// Ask whether the server wants requests: `?ready` is enough, `ready=false` is as without it.
    #[param(value_type = Option<bool>, example = true)]
    ready: Option<Text>,
}

/// Health of the server.
#[derive(Serialize, ToSchema)]
struct Health {
    #[schema(example = "OK")]
    status: &'static str,
    #[schema(example = "connected")]
    database: &'static str,
    /// Seconds since the server started.
    #[schema(example = 3600)]
    uptime: i64,
    timestamp: Time,
}

/// Check the health of the server
///
/// Returns 503 while the database is unreachable. With `ready` also once the server was told to stop: it still serves then,
/// but balancers should send it no more requests.
#[utoipa::path(
    get,
    path = "/api/v1/healthcheck",
    tag = "server",
    params(HealthQuery),
    responses((status = 200, body = Envelope<Health>, description = "Healthy"))
)]
async fn healthcheck(State(app): State<App>, Query(query): Query<HealthQuery>) -> Result<Reply<Health>, Error> {
    let asks_readiness = query.ready.is_some_and(|ready| !ready.as_str().eq_ignore_ascii_case("false"));
    if asks_readiness && app.is_leaving.load(Ordering::Relaxed) {
        return Err(Error::Busy("The server is about to stop. Send requests to another one.".into()));
    }
    app.db.ping().await?;
    let now = app.clock.now_ms();
    let uptime = (now - app.started_ms).max(0) / 1000;
    Ok(Reply::ok(Health { status: "OK", database: "connected", uptime, timestamp: Time(now) }, "OK"))
}
