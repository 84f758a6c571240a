//! `/videos/:id/processing/events`: the processing of a video as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use tokio::time::{Instant, sleep, sleep_until};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::status::of_own_video;
use crate::app::App;
use crate::error::Error;
use crate::gate::Place;
use crate::http::body::PathParam;
use crate::http::openapi;
use crate::http::viewer::Viewer;
use crate::id::{UserId, VideoId};
use crate::queue::Follower;

/// Period of polling the database: the worker may be another process that is not heard.
const PERIOD: Duration = Duration::from_secs(1);
const PERIOD_WHEN_HEARD: Duration = Duration::from_secs(10);
/// Proxies drop connections that are silent for about a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A stream ends after this, so that the client has to authenticate again. `EventSource` reconnects by itself.
const LIFE: Duration = Duration::from_mins(5);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Follow the processing of a video
///
/// Sends server-sent events named `processing`, with the content of `GET …/processing`: the first at once, the others
/// after each change. The stream ends when processing or the session ends, and after a few minutes. Reconnect with `Last-Event-ID`, as
/// `EventSource` does, to receive only newer events. Returns 204 if there are none to come, which stops an
/// `EventSource`.
#[utoipa::path(
    get,
    path = "/api/v1/videos/{videoId}/processing/events",
    tag = "videos",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("videoId" = VideoId, Path),
        ("last-event-id" = Option<String>, Header, description = "The `id` of the last event received"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "The events"),
        (status = 204, description = "No further events"),
        openapi::Forbidden,
        openapi::NotFound,
        openapi::TooMany,
    )
)]
async fn events(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<VideoId>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let processing = of_own_video(&app, id, viewer.id).await?;
    let last_sent = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    if processing.is_over() && last_sent.as_ref() == Some(&processing.version()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let place = app.event_connections.open(viewer.id)?;
    let changes = app.queue.follow(id);
    let until = Instant::now() + LIFE;
    let session_end = {
        let app = app.clone();
        async move { app.sessions.ended(viewer.id, viewer.session).await }
    };
    let listener =
        Listener { app, video: id, viewer: viewer.id, last_sent, is_over: false, until, changes, _place: place };
    let stream = unfold(listener, Listener::next).take_until(session_end);
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back until it has a bufferful.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// An open event stream.
struct Listener {
    app: App,
    video: VideoId,
    viewer: UserId,
    /// The version of the last event.
    last_sent: Option<String>,
    is_over: bool,
    until: Instant,
    changes: Follower,
    _place: Place<UserId>,
}

impl Listener {
    /// Waits for the next event; None ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while !self.is_over {
            match of_own_video(&self.app, self.video, self.viewer).await {
                Ok(processing) => {
                    self.is_over = processing.is_over();
                    let version = processing.version();
                    if self.last_sent.as_ref() != Some(&version) {
                        let event = Event::default().event("processing").id(&version).json_data(&processing).ok()?;
                        self.last_sent = Some(version);
                        return Some((Ok(event), self));
                    }
                }
                // The database may come back, so the stream stays open.
                Err(Error::Unavailable(_) | Error::Contended(_)) => {}
                // The video is deleted, or the log has the error.
                Err(_) => return None,
            }
            tokio::select! {
                () = sleep(self.app.queue.poll_period(PERIOD_WHEN_HEARD, PERIOD)) => {}
                () = self.changes.changed() => {}
                () = sleep_until(self.until) => return None,
                () = self.app.stopping.cancelled() => return None,
            }
        }
        None
    }
}
