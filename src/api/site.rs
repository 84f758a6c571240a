//! Site information that front ends need first.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::feature::Feature;
use crate::app::App;
use crate::db::args;
use crate::error::Error;
use crate::http::reply::{Envelope, Reply};

pub const FEATURE: Feature = Feature { routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(site))
}

/// Site information.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the site")]
struct Site {
    /// False on a new site, whose first account becomes the administrator.
    has_accounts: bool,
    /// Whether a published video exists.
    has_videos: bool,
    /// Whether reading is possible without an account.
    public_reads: bool,
    /// Whether the server transcodes. Without ffmpeg it accepts only videos that browsers can play.
    has_ffmpeg: bool,
    #[schema(example = "0.1.0")]
    version: &'static str,
    limits: Limits,
}

/// Upload limits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Limits {
    /// Bytes.
    #[schema(example = 8_589_934_592_u64)]
    video_bytes: u64,
    /// Seconds.
    #[schema(example = 43200)]
    video_duration: f64,
    /// Bytes.
    #[schema(example = 10_485_760)]
    image_bytes: u64,
    /// Bytes per user; null is no limit.
    user_quota: Option<u64>,
}

/// Get site information
///
/// Needs no login even with `PUBLIC_READS=false`: a front end uses it to decide whether to ask for one.
#[utoipa::path(
    get,
    path = "/api/v1/site",
    tag = "server",
    responses((status = 200, body = Envelope<Site>, description = "The site"))
)]
async fn site(State(app): State<App>) -> Result<Reply<Site>, Error> {
    let totals: Vec<(String, i64)> = app.db.all("SELECT name, value FROM totals", args![]).await?;
    let has = |wanted: &str| totals.iter().any(|(name, value)| name == wanted && *value > 0);
    let site = Site {
        has_accounts: has("accounts"),
        has_videos: has("published_videos"),
        public_reads: app.config.public_reads,
        has_ffmpeg: app.tools.is_some(),
        version: env!("CARGO_PKG_VERSION"),
        limits: Limits {
            video_bytes: app.config.video_limits.bytes_max,
            video_duration: app.config.video_limits.duration_s_max,
            image_bytes: app.config.image_bytes_max,
            user_quota: app.config.user_quota,
        },
    };
    Ok(Reply::ok(site, "Site fetched successfully"))
}
