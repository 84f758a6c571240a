//! Accepts connections, runs background tasks and shuts down gracefully.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::OptionFuture;
use futures_util::{Stream, StreamExt};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::api::users::store::fill_skeletons;
use crate::api::{uploads, videos};
use crate::app::App;
use crate::clock::millis;
use crate::connections::{Activity, ClientStream, ConnectionLimits, FileSender, Seat, Tracked};
use crate::error::Error;
use crate::gate::{Full, Gate};
use crate::metrics::OperationNumber;
use crate::storage::MediaName;
use crate::{jobs, layers, nodes, router, tasks, views};

const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Bounds the chunks of uploads.
const READ_BUFFER_BYTES_MAX: usize = 256 * 1024;
/// Connections that are told at one time that there is no room for them. Others are closed without a word.
const REFUSALS_MAX: usize = 64;
const REFUSAL_LIMIT: Duration = Duration::from_secs(2);
/// Pause after a failed accept, such as for lack of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const TIDY_PERIOD: Duration = Duration::from_mins(10);

/// How the server is told to stop.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// After `SHUTDOWN_DELAY`.
    Delayed,
    /// Somebody waits for it.
    AtOnce,
}

/// Builds the service: routes and layers.
pub fn service(app: &App) -> Router {
    layers::wrap(router::router(app.clone()), app)
}

/// Serves until the first of `stops`, then waits for running requests within `SHUTDOWN_TIMEOUT`. A second stop ends the
/// delay of the first.
pub async fn serve(
    app: App,
    queue: UnboundedReceiver<MediaName>,
    listener: TcpListener,
    stops: impl Stream<Item = Stop>,
) {
    let service = service(&app);
    let cleanup = spawn(app.storage.clone().clean_up(queue));
    let tidy = spawn(tidy(app.clone()));
    let storing = spawn(store_views(app.clone()));
    let contact = spawn(keep_in_contact(app.clone(), true));
    let (workers, stop_workers) = start_workers(&app);
    let connections = GracefulShutdown::new();
    let refusals = Gate::new(REFUSALS_MAX);
    let stops = pin!(stops);
    let mut stopped = pin!(told_to_stop(&app, stops));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        match accepted {
            Ok((stream, peer)) => match admit(&app, peer).await {
                Ok(seat) => serve_connection(&app, stream, seat, peer, service.clone(), &connections),
                Err(full) => {
                    app.connections.count_refusal();
                    refuse_connection(stream, full, &refusals);
                }
            },
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    stop_workers.cancel();
    app.stopping.cancel();
    tracing::info!("stopping: waiting for running requests");
    if tokio::time::timeout(app.config.shutdown_timeout, connections.shutdown()).await.is_err() {
        tracing::warn!("aborted requests that were still running after SHUTDOWN_TIMEOUT");
    }
    let _ = workers.await;
    tidy.abort();
    storing.abort();
    contact.abort();
    if let Err(error) = app.views.store().await {
        tracing::error!(%error, "the views of the last second are lost");
    }
    cleanup.abort();
    leave(&app).await;
}

/// Waits for a stop, and then until balancers have had time to see it.
async fn told_to_stop(app: &App, mut stops: Pin<&mut impl Stream<Item = Stop>>) {
    let stop = stops.next().await;
    app.is_leaving.store(true, Ordering::Relaxed);
    let delay = app.config.shutdown_delay;
    if matches!(stop, Some(Stop::Delayed)) && !delay.is_zero() {
        tracing::info!(?delay, "stopping: not ready, but still taking requests");
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            Some(_) = stops.next() => {}
        }
    }
}

/// Processes videos until `stop` completes, without serving HTTP.
pub async fn work(app: App, queue: UnboundedReceiver<MediaName>, stop: impl Future<Output = ()>) {
    let cleanup = spawn(app.storage.clone().clean_up(queue));
    let contact = spawn(keep_in_contact(app.clone(), false));
    let (workers, stop_workers) = start_workers(&app);
    stop.await;
    tracing::info!("stopping: releasing running jobs");
    stop_workers.cancel();
    let _ = workers.await;
    cleanup.abort();
    contact.abort();
    leave(&app).await;
}

/// Tells the other nodes of this one, and hears what changes there.
async fn keep_in_contact(app: App, serves: bool) {
    if app.db.is_shared() {
        tokio::join!(app.nodes.stay(serves), nodes::relay(&app.db, &app.queue));
    }
}

async fn leave(app: &App) {
    if let Err(error) = app.nodes.leave().await {
        tracing::warn!(%error, "other nodes take this one for alive for some seconds more");
    }
    app.db.close().await;
}

/// Starts the workers of jobs and tasks. Cancelling the token ends them at once: what they do can be repeated.
fn start_workers(app: &App) -> (tokio::task::JoinHandle<()>, CancellationToken) {
    let stop = CancellationToken::new();
    let workers = if app.tools.is_some() { app.config.workers } else { 0 };
    let jobs = jobs::work(app.clone(), workers, stop.clone());
    let tasks = app.setup.runs_tasks.then(|| tasks::work(app.clone(), stop.clone()));
    let work = async move {
        tokio::join!(jobs, OptionFuture::from(tasks));
    };
    (spawn(work), stop)
}

async fn admit(app: &App, peer: SocketAddr) -> Result<Seat, Full> {
    let seat = app.connections.admit(peer.ip());
    if seat.is_ok() {
        return seat;
    }
    app.connections.room_is_made().await;
    app.connections.admit(peer.ip())
}

fn serve_connection(
    app: &App,
    socket: TcpStream,
    seat: Seat,
    peer: SocketAddr,
    service: Router,
    connections: &GracefulShutdown,
) {
    let ConnectionLimits { head_limit, stall_limit, .. } = app.setup.connections;
    let (files, activity) = (FileSender::default(), Arc::clone(&seat.activity));
    // Small responses must not wait for the acknowledgement of earlier ones.
    let _ = socket.set_nodelay(true);
    let stream = ClientStream::new(socket, files.clone(), Arc::clone(&activity), stall_limit);
    let app = app.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(files.clone());
        let busy = Busy::begin(app.clone(), Arc::clone(&activity));
        let unrouted = app.numbers.requests.operation(None, request.method());
        let begun = Instant::now();
        let response = service.clone().oneshot(request);
        let app = app.clone();
        async move {
            let mut response = response.await?.map(|body| Tracked::new(body, busy));
            let operation = response.extensions().get::<OperationNumber>().copied().unwrap_or(unrouted);
            app.numbers.requests.count(operation, response.status(), begun.elapsed());
            if app.is_leaving.load(Ordering::Relaxed) {
                // The next request comes on a new connection, to another server.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_limit);
    builder.max_header_size(HEAD_BYTES_MAX).max_buf_size(READ_BUFFER_BYTES_MAX);
    let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service));
    spawn(async move {
        tokio::select! {
            // A request that has arrived is read first.
            biased;
            result = connection => {
                if let Err(error) = result {
                    tracing::debug!(%error, %peer, "connection failed");
                }
            }
            () = seat.activity.evicted() => tracing::debug!(%peer, "connection closed to make room"),
        }
    });
}

/// A request on a connection, from its head to the end of its response.
struct Busy {
    app: App,
    activity: Arc<Activity>,
}

impl Busy {
    fn begin(app: App, activity: Arc<Activity>) -> Self {
        activity.begin_request();
        app.numbers.requests.in_flight.raise();
        Self { app, activity }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.app.numbers.requests.in_flight.lower();
        self.activity.end_request();
    }
}

/// Tells a client that there is no room for its connection.
fn refuse_connection(socket: TcpStream, full: Full, refusals: &Gate) {
    let Some(pass) = refusals.try_enter() else { return };
    let service = service_fn(move |_| async move {
        let error = match full {
            Full::Everybody => Error::Busy("The server has too many connections. Try again in a moment.".into()),
            Full::Holder => Error::too_many_at_once(),
        };
        let close = [(header::CONNECTION, "close")];
        Ok::<Response, Infallible>((close, error).into_response())
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    spawn(async move {
        let _ = tokio::time::timeout(REFUSAL_LIMIT, connection).await;
        drop(pass);
    });
}

async fn store_views(app: App) {
    app.views.run().await;
}

/// Deletes expired data periodically.
async fn tidy(app: App) {
    let mut ticks = tokio::time::interval(TIDY_PERIOD);
    loop {
        ticks.tick().await;
        app.storage.objects.close_old_files();
        app.db.close_idle();
        let window = app.clock.now_ms() - millis(app.config.view_window);
        let done = async {
            uploads::expire(&app).await?;
            app.sessions.prune().await?;
            app.rate.prune().await?;
            fill_skeletons(&app.db).await?;
            videos::prune_views(&app.db, window).await?;
            views::prune(&app.db, app.clock.now_ms()).await?;
            app.storage.remove_retired().await?;
            app.storage.sweep(false).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "cleanup failed; will retry");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is where tasks that outlive a request are started")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(task)
}
