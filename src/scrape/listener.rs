//! The listener for metrics alone.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::{PATH, respond};
use crate::app::App;
use crate::config::MetricsAccess;

/// Others wait.
const CONNECTIONS_MAX: usize = 16;
/// For a request and its response.
const CONNECTION_LIMIT: Duration = Duration::from_secs(15);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the metrics at an address of their own, if they have one.
pub struct MetricsListener(Option<TcpListener>);

impl MetricsListener {
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(access: &MetricsAccess) -> Result<Self, String> {
        let MetricsAccess::Address(address) = access else { return Ok(Self(None)) };
        let listener = TcpListener::bind(address).await.map_err(|error| {
            format!("cannot listen on {address} for metrics: {error}. Set METRICS to another address, or to a token.")
        })?;
        Ok(Self(Some(listener)))
    }

    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Never ends.
    pub async fn serve(self, app: App) {
        let Some(listener) = self.0 else { return std::future::pending().await };
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => connections.push(serve_connection(&app, stream)),
                    Err(error) => {
                        tracing::warn!(%error, "failed to accept a connection for metrics");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(()) = connections.next() => {}
            }
        }
    }
}

async fn serve_connection(app: &App, stream: TcpStream) {
    let service = service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(handle(app, &request).await));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).keep_alive(false);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = tokio::time::timeout(CONNECTION_LIMIT, connection).await {
        tracing::debug!(%error, "connection for metrics failed");
    }
}

async fn handle(app: &App, request: &Request<Incoming>) -> Response {
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, PATH) => respond(app).await,
        _ => (StatusCode::NOT_FOUND, "The metrics are at /metrics.\n").into_response(),
    }
}
