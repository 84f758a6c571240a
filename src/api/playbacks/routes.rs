//! Starting a playback, and reporting on it.

use std::str::FromStr;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::history::address_key;
use crate::api::videos::{NOT_FOUND, store};
use crate::app::App;
use crate::clock::{millis, millis_of};
use crate::error::{Error, OrNotFound};
use crate::http::body::{Beacon, Body, NonBlank, PathParam, Text};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{InvalidId, PlaybackId, VideoId};
use crate::views::{PIECES_MAX, Playback, RATE_MAX, Ranges, Report, TrafficSource, ViewerKey};

/// How often a player is to report.
const INTERVAL_S: u32 = 10;
const STALLED_MAX: Duration = Duration::from_hours(24);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(start)).routes(routes!(report))
}

#[derive(Deserialize, ToSchema)]
struct StartPlayback {
    /// Where the viewer came from: `home`, `search`, `related`, `subscriptions`, `playlist` or `embed`; anything else is
    /// `elsewhere`.
    #[schema(value_type = Option<String>, example = "search")]
    from: Option<Text>,
}

/// A playback that has begun.
#[derive(Serialize, ToSchema)]
struct StartedPlayback {
    /// Is good for 24 hours.
    #[schema(example = "0003675e")]
    id: String,
    /// How often to report, in seconds.
    #[schema(example = 10)]
    interval: u32,
}

/// Start a playback
///
/// For players that report what is watched: it counts as a view when that is 10 seconds, or half of a shorter video. Send
/// it when the video starts to play, and get the video with `reportsPlayback=true`. Moves the video to the front of the
/// caller's history. With `DNT: 1` or `Sec-GPC: 1` neither the caller nor where they came from is kept with the playback.
#[utoipa::path(
    post,
    path = "/api/v1/videos/{videoId}/playbacks",
    tag = "playbacks",
    security((), ("bearer" = []), ("cookie" = [])),
    params(("videoId" = VideoId, Path)),
    request_body = StartPlayback,
    responses(
        (status = 201, body = Envelope<StartedPlayback>, description = "The playback"),
        openapi::NotFound,
        openapi::TooMany,
    )
)]
async fn start(
    State(app): State<App>,
    viewer: Option<Viewer>,
    ClientAddress(address): ClientAddress,
    PathParam(video): PathParam<VideoId>,
    headers: HeaderMap,
    Body(body): Body<StartPlayback>,
) -> Result<Reply<StartedPlayback>, Error> {
    let user = viewer.map(|viewer| viewer.id);
    store::visible(&app.db, video, user).await?.or_not_found(NOT_FOUND)?;
    let key = user.map_or_else(|| ViewerKey::Address(address_key(&app, address)), ViewerKey::User);
    app.rate.admit_playback(key.bytes())?;
    let now = app.clock.now_ms();
    if let Some(user) = user {
        app.views.remember(user, video, now).await?;
    }
    let viewer = match key {
        ViewerKey::User(user) if asks_not_to_be_tracked(&headers) => {
            ViewerKey::Untracked(app.urls.pseudonymise(user.to_string().as_bytes()))
        }
        ViewerKey::Address(key) if asks_not_to_be_tracked(&headers) => ViewerKey::Untracked(key),
        key => key,
    };
    let source = body.from.non_blank().and_then(TrafficSource::named).unwrap_or(TrafficSource::Elsewhere);
    let source = if viewer.is_tracked() { source } else { TrafficSource::Elsewhere };
    let playback = Playback { id: PlaybackId::new(&app.clock), video, viewer, source, started_at: now };
    let started = StartedPlayback { id: app.playback_ids.issue(&playback), interval: INTERVAL_S };
    Ok(Reply::created(started, "Playback started"))
}

/// Global Privacy Control, and what came before it.
fn asks_not_to_be_tracked(headers: &HeaderMap) -> bool {
    ["sec-gpc", "dnt"].iter().any(|name| headers.get(*name).is_some_and(|value| value == "1"))
}

/// A playback's id as it was issued: its bytes, which are yet to be verified.
struct IssuedId(Vec<u8>);

impl FromStr for IssuedId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        hex::decode(text).map(Self).map_err(|_| InvalidId("playback"))
    }
}

#[derive(Deserialize, ToSchema)]
struct ReportPlayback {
    /// The current position in seconds.
    #[schema(example = 12.5)]
    position: Option<f64>,
    /// What was watched of the video, from and to in seconds: since the last report, or since the start.
    #[schema(value_type = Option<Vec<Vec<f64>>>, max_items = 100, example = json!([[0, 12.5]]))]
    ranges: Option<Vec<(f64, f64)>>,
    /// The highest speed since the last report, 1 unless it is given; of more than 2, 2 is believed.
    #[schema(example = 1)]
    rate: Option<f64>,
    /// The shorter side of the picture in pixels, as in "720p".
    #[schema(example = 720)]
    quality: Option<u16>,
    /// How long playing has waited for data since the start, in seconds.
    #[schema(example = 0.5)]
    stalled: Option<f64>,
}

/// Report on a playback
///
/// Needs no login: the id is the right to report. A report is believed as far as there was time to watch it; what comes
/// twice, late or out of order changes nothing. Views and watch time are counted within a second.
#[utoipa::path(
    post,
    path = "/api/v1/playbacks/{playbackId}",
    tag = "playbacks",
    params(("playbackId" = String, Path, description = "The `id` of the started playback")),
    // `navigator.sendBeacon` sends text.
    request_body(content((ReportPlayback = "application/json"), (ReportPlayback = "text/plain"))),
    responses((status = 204, description = "Taken in"), openapi::NotFound)
)]
async fn report(
    State(app): State<App>,
    PathParam(IssuedId(id)): PathParam<IssuedId>,
    Beacon(body): Beacon<ReportPlayback>,
) -> Result<StatusCode, Error> {
    let not_found = "There is no such playback, or it began more than 24 hours ago: start another";
    let playback = app.playback_ids.read(&id).or_not_found(not_found)?;
    if body.ranges.as_ref().is_some_and(|ranges| ranges.len() > PIECES_MAX) {
        return Err(Error::field("ranges", format!("ranges must have at most {PIECES_MAX} entries")));
    }
    app.views.report(&playback, &body.report(app.clock.now_ms())).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl ReportPlayback {
    fn report(self, now_ms: i64) -> Report {
        let ranges = self.ranges.unwrap_or_default().into_iter();
        Report {
            at: now_ms,
            watched: Ranges::of(ranges.map(|(from, to)| (millis_of(from), millis_of(to)))),
            position_ms: self.position.map(millis_of),
            // Thousandths, as milliseconds are.
            rate: self.rate.map_or(1_000, millis_of).min(RATE_MAX),
            stalled_ms: self.stalled.map_or(0, millis_of).min(millis(STALLED_MAX)),
            quality: self.quality.map(i64::from),
        }
    }
}
