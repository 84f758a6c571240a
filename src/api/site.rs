//! What a front end asks before anything else: what this site is like.

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

/// The site.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
struct Site {
    /// False on a new site: the first account to be made is the administrator's.
    has_accounts: bool,
    /// Whether there is a published video.
    has_videos: bool,
    /// Whether people without an account may watch.
    public_reads: bool,
    /// Whether the server makes streams of films; without ffmpeg it takes only films that browsers play.
    has_ffmpeg: bool,
    #[schema(example = "0.1.0")]
    version: &'static str,
    limits: Limits,
}

/// What uploads may be.
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
    /// Bytes of one user's films together; null is no limit.
    user_quota: Option<u64>,
}

/// Get what the site is like
///
/// Open to everybody, with `PUBLIC_READS=false`, too: a front end has to know whether to ask for a login.
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
            video_bytes: app.config.film_limits.bytes_max,
            video_duration: app.config.film_limits.duration_s_max,
            image_bytes: app.config.image_bytes_max,
            user_quota: app.config.user_quota,
        },
    };
    Ok(Reply::ok(site, "Site fetched successfully"))
}
