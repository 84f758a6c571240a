//! Accepts connections, runs background tasks and shuts down gracefully.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::api::users::store::fill_skeletons;
use crate::api::{uploads, videos};
use crate::app::App;
use crate::clock::millis;
use crate::storage::MediaName;
use crate::{jobs, layers, router};

/// Time limit for the head of a request.
const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// Bounds the chunks of uploads. The head of a request may have up to twice as much.
const READ_BUFFER_BYTES_MAX: usize = 256 * 1024;
/// Pause after a failed accept, such as for lack of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const TIDY_PERIOD: Duration = Duration::from_mins(10);

/// Builds the service: routes and layers.
pub fn service(app: &App) -> Router {
    layers::wrap(router::router(app.clone()), app)
}

/// Serves until `stop` completes, then waits for running requests within `SHUTDOWN_TIMEOUT`.
pub async fn serve(
    app: App,
    queue: UnboundedReceiver<MediaName>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) {
    let service = service(&app);
    let cleanup = spawn(app.storage.clone().clean_up(queue));
    let tidy = spawn(tidy(app.clone()));
    let (workers, stop_workers) = start_workers(&app);
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => serve_connection(stream, peer, service.clone(), &connections),
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
    cleanup.abort();
    app.db.close().await;
}

/// Processes videos until `stop` completes, without serving HTTP.
pub async fn work(app: App, queue: UnboundedReceiver<MediaName>, stop: impl Future<Output = ()>) {
    let cleanup = spawn(app.storage.clone().clean_up(queue));
    let (workers, stop_workers) = start_workers(&app);
    stop.await;
    tracing::info!("stopping: releasing running jobs");
    stop_workers.cancel();
    let _ = workers.await;
    cleanup.abort();
    app.db.close().await;
}

/// Starts the workers. Cancelling the token ends them at once: jobs can be repeated.
fn start_workers(app: &App) -> (tokio::task::JoinHandle<()>, CancellationToken) {
    let stop = CancellationToken::new();
    let workers = if app.tools.is_some() { app.config.workers } else { 0 };
    let work = jobs::work(app.clone(), workers, stop.clone());
    (spawn(work), stop)
}

fn serve_connection(stream: TcpStream, peer: SocketAddr, service: Router, connections: &GracefulShutdown) {
    // Small responses must not wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    let service = service.map_request(move |mut request: axum::http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let builder = Builder::new(TokioExecutor::new());
    // Without TLS browsers do not use HTTP/2, and detecting the version would have no time limit.
    let mut builder = builder.http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(READ_BUFFER_BYTES_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = connections.watch(connection.into_owned());
    spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, %peer, "connection failed");
        }
    });
}

/// Deletes expired data periodically.
async fn tidy(app: App) {
    let mut ticks = tokio::time::interval(TIDY_PERIOD);
    loop {
        ticks.tick().await;
        app.rate.prune();
        let window = app.clock.now_ms() - millis(app.config.view_window);
        let done = async {
            uploads::expire(&app).await?;
            app.sessions.prune().await?;
            fill_skeletons(&app.db).await?;
            videos::prune_views(&app.db, window).await?;
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
