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

pub const FEATURE: Feature = Feature { tags: &[("server", "The server itself")], routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthcheck))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    #[schema(example = "OK")]
    status: &'static str,
    #[schema(example = "connected")]
    database: &'static str,
    /// Seconds since the start.
    #[schema(example = 3600)]
    uptime: i64,
    timestamp: Time,
}

/// Check the server's health
///
/// 503 when it cannot reach its database.
#[utoipa::path(
    get,
    path = "/api/v1/healthcheck",
    tag = "server",
    responses((status = 200, body = Envelope<Health>, description = "All is well"))
)]
async fn healthcheck(State(app): State<App>) -> Result<Reply<Health>, Error> {
    app.db.ping().await?;
    let now = app.clock.now_ms();
    let uptime = (now - app.started_ms).max(0) / 1000;
    Ok(Reply::ok(Health { status: "OK", database: "connected", uptime, timestamp: Time(now) }, "OK"))
}
