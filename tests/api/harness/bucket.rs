//! A bucket of an S3 service in this process, which fails when it is told to.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use futures_util::stream;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const NAME: &str = "media";
const PREFIX: &str = "of/tube";
const KEY: &str = "test";
const SECRET: &str = "the secret of the key";

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered so, and nothing is done.
    Status(u16),
    /// It is done, but the response says otherwise.
    DoneButFailed,
    /// The response ends after half of its body.
    Cut,
    Slow(Duration),
}

/// The bucket; it ends when it is dropped.
#[derive(Clone)]
pub struct Bucket {
    folder: Arc<TempDir>,
    endpoint: String,
    faults: Faults,
    _work: Arc<JoinSet<()>>,
}

type Faults = Arc<Mutex<VecDeque<(Method, Fault)>>>;

impl Bucket {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(NAME)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (faults, mut work) = (Faults::default(), JoinSet::new());
        work.spawn(listen(listener, builder.build(), Arc::clone(&faults)));
        Self { folder: Arc::new(folder), endpoint, faults, _work: Arc::new(work) }
    }

    /// The settings of a server that uses it.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("MEDIA_URL", format!("s3://{NAME}/{PREFIX}")),
            ("S3_ENDPOINT", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The folder where its objects are.
    pub fn objects(&self) -> PathBuf {
        self.folder.path().join(NAME).join(PREFIX)
    }

    /// Files of multipart uploads that are neither complete nor aborted.
    pub fn unfinished(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(".upload")).collect()
    }

    /// Lets the next requests of this method fail, one fault for each.
    pub fn fail(&self, method: &Method, faults: &[Fault]) {
        let faults = faults.iter().map(|fault| (method.clone(), *fault));
        self.faults.lock().unwrap().extend(faults);
    }

    /// How many faults have not come up yet.
    pub fn faults_left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }

    pub fn forgive(&self) {
        self.faults.lock().unwrap().clear();
    }
}

/// Where the objects of a server are, whichever store it uses.
pub fn media_root(bucket: Option<&Bucket>, folder: Option<&Path>) -> PathBuf {
    bucket.map_or_else(|| folder.unwrap().to_owned(), Bucket::objects)
}

async fn listen(listener: TcpListener, s3: S3Service, faults: Faults) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let (s3, faults) = (s3.clone(), Arc::clone(&faults));
        let service = service_fn(move |request| answer(s3.clone(), Arc::clone(&faults), request));
        connections.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

async fn answer(s3: S3Service, faults: Faults, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let fault = {
        let mut faults = faults.lock().unwrap();
        let at = faults.iter().position(|(method, _)| method == request.method());
        at.and_then(|at| faults.remove(at)).map(|(_, fault)| fault)
    };
    if let Some(Fault::Status(status)) = fault {
        let _ = request.into_body().collect().await;
        return Ok(failed(status));
    }
    if let Some(Fault::Slow(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    let response = s3.call(request.map(s3s::Body::from)).await.unwrap().map(Body::new);
    Ok(match fault {
        Some(Fault::DoneButFailed) => failed(500),
        Some(Fault::Cut) => cut(response).await,
        _ => response,
    })
}

fn failed(status: u16) -> Response<Body> {
    let code = if status == 503 { "SlowDown" } else { "InternalError" };
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>A test</Message></Error>");
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

async fn cut(response: Response<Body>) -> Response<Body> {
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let half = bytes.slice(..bytes.len() / 2);
    let pieces: [Result<Bytes, std::io::Error>; 2] = [Ok(half), Err(std::io::ErrorKind::ConnectionReset.into())];
    Response::from_parts(head, Body::from_stream(stream::iter(pieces)))
}
