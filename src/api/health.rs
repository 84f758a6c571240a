//! The health check.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::feature::Feature;
use crate::app::App;
use crate::clock::Time;
use crate::error::Error;
use crate::http::reply::{Envelope, Reply};

pub const FEATURE: Feature =
    Feature { tags: &[("server", "Server status and site information")], routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthcheck))
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
/// Returns 503 while the database is unreachable.
#[utoipa::path(
    get,
    path = "/api/v1/healthcheck",
    tag = "server",
    responses((status = 200, body = Envelope<Health>, description = "Healthy"))
)]
async fn healthcheck(State(app): State<App>) -> Result<Reply<Health>, Error> {
    app.db.ping().await?;
    let now = app.clock.now_ms();
    let uptime = (now - app.started_ms).max(0) / 1000;
    Ok(Reply::ok(Health { status: "OK", database: "connected", uptime, timestamp: Time(now) }, "OK"))
}
