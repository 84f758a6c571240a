//! Stands between clients and two nodes, and gives each request to the one that did not get the last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

/// The balancer; it ends when it is dropped.
pub struct Balancer {
    _work: JoinSet<()>,
}

impl Balancer {
    /// Serves the nodes at these addresses (`host:port`).
    pub fn start(listener: TcpListener, nodes: [String; 2]) -> Self {
        let mut work = JoinSet::new();
        work.spawn(accept(listener, Arc::new(nodes)));
        Self { _work: work }
    }
}

async fn accept(listener: TcpListener, nodes: Arc<[String; 2]>) {
    let turn = Arc::new(AtomicUsize::new(0));
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (nodes, turn) = (Arc::clone(&nodes), Arc::clone(&turn));
        let service = service_fn(move |request| {
            let node = nodes[turn.fetch_add(1, Ordering::Relaxed) % nodes.len()].clone();
            async move {
                let gone = || {
                    Response::builder().status(StatusCode::BAD_GATEWAY).body(Empty::new().map_err(never).boxed_unsync())
                };
                forward(&node, request).await.or_else(|_| gone())
            }
        });
        connections.spawn(async move {
            // A client that goes away is no failure.
            let _ = hyper::server::conn::http1::Builder::new()
                .max_header_size(1 << 20)
                .serve_connection(TokioIo::new(client), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(
    node: &str,
    request: Request<Incoming>,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(node).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the response's body, or when the client is gone.
    let mut work = JoinSet::new();
    work.spawn(async move {
        let _ = connection.await;
    });
    let response = sender.send_request(request).await?;
    Ok(response.map(|body| {
        body.map_frame(move |frame| {
            let _kept = (&work, &sender);
            frame
        })
        .boxed_unsync()
    }))
}

fn never(never: std::convert::Infallible) -> hyper::Error {
    match never {}
}
