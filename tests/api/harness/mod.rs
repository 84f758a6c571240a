//! A server for each test, and the clients to talk to it.

mod balancer;
pub mod bucket;
mod checks;
mod client;
pub mod contract;
pub mod crafted;
mod database;
#[expect(dead_code, reason = "only the tests of the program wait without a runtime")]
mod eventually;
pub mod front_end;
pub mod lists;
mod person;
pub mod proxy;
pub mod raw;
mod ready;
pub mod rows;
pub mod samples;
pub mod tokens;
pub mod tus;
pub mod world;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chaitube::{
    App, Clock, Config, ConnectionLimits, HashingCost, MediaName, ObjectKind, Observer, Setup, Stop, read_values,
    serve, start,
};
use futures_util::stream::once;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::balancer::Balancer;
use self::bucket::{Bucket, media_root};
pub use self::client::{Client, Response};
pub use self::database::{TestDatabase, postgres_url};
pub use self::eventually::eventually;
pub use self::person::Person;

/// When every test begins: 2026-01-15T12:00:00Z.
pub const START_MS: i64 = 1_768_478_400_000;
pub const PASSWORD: &str = "correct horse battery staple";

/// A running server with an empty database.
pub struct TestApp {
    pub app: App,
    pub base: String,
    pub folder: TempDir,
    /// Where its objects are, as files.
    pub media_root: PathBuf,
    bucket: Option<Bucket>,
    database_url: String,
    _database: Option<TestDatabase>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    /// The other of two nodes, and what gives each of them every second request.
    peer: Option<(Box<Self>, Balancer)>,
}

/// Runs a test against a fresh server with the usual settings.
pub async fn run(test: impl AsyncFnOnce(&TestApp)) {
    run_with(&[], test).await;
}

/// Runs a test against a fresh server with these settings. Rate limits are off unless they are set.
pub async fn run_with(settings: &[(&str, &str)], test: impl AsyncFnOnce(&TestApp)) {
    run_on(Server { settings, ..Server::default() }, test).await;
}

/// Runs a test that is about files and their disk.
pub async fn run_in_folder(settings: &[(&str, &str)], test: impl AsyncFnOnce(&TestApp)) {
    run_on(Server { settings, in_folder: true, ..Server::default() }, test).await;
}

/// A server with more about it than its settings.
#[derive(Default)]
pub struct Server<'a> {
    pub settings: &'a [(&'a str, &'a str)],
    /// Is told about every reading statement.
    pub observer: Option<Observer>,
    /// Where to find PostgreSQL instead of at its own port; if there are several, as several hosts.
    pub database_ports: &'a [u16],
    /// Goes at the end of the database's URL, which is that of PostgreSQL's `options`.
    pub database_options: &'a str,
    /// Keeps the media in a bucket.
    pub bucket: Option<&'a Bucket>,
    /// Keeps the media in a folder, wherever other tests do.
    pub in_folder: bool,
    /// Another node, with the same database, bucket and clock.
    pub beside: Option<&'a TestApp>,
    /// Changes what no setting can.
    pub configure: Option<&'a dyn Fn(&mut Setup)>,
}

/// Runs a test against a fresh server that is set up like this.
pub async fn run_on(server: Server<'_>, test: impl AsyncFnOnce(&TestApp)) {
    let test_app = TestApp::start(server).await;
    test(&test_app).await;
    test_app.finish().await;
}

impl TestApp {
    /// Starts the server; with `CHAITUBE_TEST_NODES=2` two of them, which take turns.
    async fn start(server: Server<'_>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let has_two = std::env::var("CHAITUBE_TEST_NODES").is_ok_and(|nodes| nodes == "2");
        if !has_two || server.beside.is_some() || !server.database_ports.is_empty() {
            return Self::start_node(&server, listener, base).await;
        }
        let listeners =
            [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
        let addresses = [0, 1].map(|node: usize| listeners[node].local_addr().unwrap().to_string());
        let [first, second] = listeners;
        let mut node = Self::start_node(&server, first, base.clone()).await;
        let Server { settings, in_folder, configure, .. } = server;
        let beside = Server { settings, in_folder, configure, beside: Some(&node), ..Server::default() };
        let other = Self::start_node(&beside, second, base).await;
        // Otherwise the first one learns of the second within five seconds.
        eventually(async || {
            for node in [&node, &other] {
                node.app.nodes.beat(true).await.unwrap();
            }
            (node.app.nodes.live().get() == 2).then_some(()).ok_or("one node does not see the other")
        })
        .await;
        node.peer = Some((Box::new(other), Balancer::start(listener, addresses)));
        node
    }

    async fn start_node(server: &Server<'_>, listener: TcpListener, base: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (database, database_url) = if let Some(other) = server.beside {
            (None, other.database_url.clone())
        } else {
            let database = TestDatabase::create(folder.path()).await;
            let url = through(&database.url, server.database_ports) + server.database_options;
            (Some(database), url)
        };
        let mut values: HashMap<&str, String> = HashMap::from([
            ("DATA_DIR", folder.path().to_str().unwrap().to_owned()),
            ("DATABASE_URL", database_url.clone()),
            ("DATABASE_CONNECTIONS", "8".to_owned()),
            ("PUBLIC_BASE_URL", base.clone()),
            ("MIN_FREE_SPACE", "0".to_owned()),
            ("RATE_LIMIT", "off".to_owned()),
            // A busy machine is no failure; tests of the limits themselves set others.
            ("REQUEST_TIMEOUT", "4m".to_owned()),
            ("STATEMENT_TIMEOUT", "1m".to_owned()),
            // Tests let the queue be worked on when they want it: `jobs_done`.
            ("WORKERS", "0".to_owned()),
            ("CHAITUBE_CONFIG", "/dev/null".to_owned()),
        ]);
        let bucket = match server.bucket.or(server.beside.and_then(|other| other.bucket.as_ref())) {
            Some(bucket) => Some(bucket.clone()),
            None if !server.in_folder && std::env::var("CHAITUBE_TEST_MEDIA").is_ok_and(|store| store == "s3") => {
                Some(Bucket::start().await)
            }
            None => None,
        };
        let shared_folder = server.beside.filter(|_| bucket.is_none()).map(|other| other.media_root.display());
        values.extend(shared_folder.map(|folder| ("MEDIA_URL", format!("file://{folder}"))));
        let shared = bucket.iter().flat_map(Bucket::settings);
        for (name, value) in shared.chain(server.beside.iter().flat_map(|other| other.secrets())) {
            values.insert(name, value);
        }
        values.extend(server.settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let config = Config::from_values(&read_values(|name| values.get(name).cloned()).unwrap()).unwrap();
        let mut setup = Setup {
            clock: server.beside.map_or_else(|| Clock::fixed(START_MS), |other| other.app.clock.clone()),
            sandbox: Some(env!("CARGO_BIN_EXE_chaitube").into()),
            // Tests bring the index up to date when they want it: `indexed`.
            runs_tasks: false,
            front_end: front_end::FILES,
            // All requests come from one address, and some tests send hundreds at once.
            connections: ConnectionLimits::for_handles(8192),
            // What a hash costs in earnest is not what these tests are about. A unit test holds what it costs in earnest.
            hashing_cost: HashingCost { memory_kib: 64, iterations: 1 },
            observer: server.observer.clone(),
            ..Setup::default()
        };
        if let Some(configure) = server.configure {
            configure(&mut setup);
        }
        let (app, queue) = start(config, setup).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = serve(
            app.clone(),
            queue,
            listener,
            once(async {
                let _ = stopped.await;
                Stop::AtOnce
            }),
        );
        #[expect(clippy::disallowed_methods, reason = "the server has to run beside the test")]
        let served = tokio::spawn(serving);
        let media_root = media_root(bucket.as_ref(), app.config.media_folder());
        Self { app, base, folder, media_root, bucket, database_url, _database: database, stop, served, peer: None }
    }

    /// The secrets that nodes share by their settings. On PostgreSQL they are in the database.
    fn secrets(&self) -> Vec<(&'static str, String)> {
        if self.app.db.is_shared() {
            return Vec::new();
        }
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        vec![
            ("ACCESS_TOKEN_SECRET", read("access_token_secret")),
            ("REFRESH_TOKEN_SECRET", read("refresh_token_secret")),
        ]
    }

    async fn finish(self) {
        // While both nodes still remove what failed requests have left.
        checks::counters(&self.app).await;
        checks::media(&self.app, &self.media_root).await;
        if let Some((peer, balancer)) = self.peer {
            drop(balancer);
            peer.stop.send(()).unwrap();
            peer.served.await.unwrap();
        }
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }

    /// Removes the local copies of objects in a bucket.
    pub fn forget_copies(&self) {
        for entry in std::fs::read_dir(self.folder.path().join("cache/copies")).into_iter().flatten() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    /// Waits until the server has removed what failed requests left and the media store has `wanted` objects.
    pub async fn media_settles_at(&self, wanted: i64) {
        eventually(async || {
            let (stored,): (i64,) = self.app.db.one("SELECT COUNT(*) FROM media", vec![]).await.unwrap();
            (stored == wanted).then_some(()).ok_or(format!("{stored} objects in the media store and not {wanted}"))
        })
        .await;
    }

    /// The file with an object's bytes.
    pub fn object(&self, name: &str, kind: ObjectKind) -> PathBuf {
        object_file(&self.media_root, &self.app, name, kind)
    }

    /// A client that is not logged in.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None, None)
    }

    /// Works on the queue until there is nothing left that may be begun now; says how many jobs that were.
    pub async fn jobs_done(&self) -> u64 {
        chaitube::work_off(&self.app).await.unwrap()
    }

    /// Brings the search index up to date.
    pub async fn indexed(&self) {
        chaitube::run_due_tasks(&self.app).await.unwrap();
        assert_eq!(rows::count(self, "tasks WHERE kind <> 'ranks'").await, 0, "tasks are left");
    }

    /// Runs every task there is, also those that run from time to time.
    pub async fn tasks_done(&self) {
        chaitube::enter_periodic_tasks(&self.app).await.unwrap();
        chaitube::run_due_tasks(&self.app).await.unwrap();
    }

    /// Works on the next job in the queue.
    pub async fn one_job_done(&self) {
        assert!(chaitube::work_one(&self.app).await.unwrap(), "no job is waiting");
    }

    /// Lets time go by.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Registers `name` and logs in.
    pub async fn person(&self, name: &str) -> Person {
        let response = self.anonymous().multipart("POST", "/api/v1/users/register", register_form(name)).await;
        assert_eq!(response.status, 201, "{response:?}");
        self.login(name).await
    }

    /// Logs a registered user in, in a new session.
    pub async fn login(&self, name: &str) -> Person {
        let body = json!({ "username": name, "password": PASSWORD });
        let client = Client::new(&self.base, None, Some(format!("{name}@example.org").to_lowercase()));
        let response = client.post("/api/v1/users/login", body).await;
        assert_eq!(response.status, 200, "{response:?}");
        let text = |pointer: &str| response.body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let access_token = text("/data/accessToken");
        Person {
            id: text("/data/user/_id"),
            username: text("/data/user/username"),
            client: client.with_token(&access_token),
            refresh_token: text("/data/refreshToken"),
            access_token,
            app: self.app.clone(),
            media_root: self.media_root.clone(),
        }
    }
}

/// The file with an object's bytes. Only those in a bucket have extensions.
fn object_file(root: &Path, app: &App, name: &str, kind: ObjectKind) -> PathBuf {
    let file = root.join(name.parse::<MediaName>().unwrap().path(kind).as_ref());
    if app.config.media_folder().is_some() { file.with_extension("") } else { file }
}

/// A database's URL with other ports in place of its own.
fn through(url: &str, ports: &[u16]) -> String {
    if ports.is_empty() || !url.starts_with("postgres") {
        return url.to_owned();
    }
    let own = url::Url::parse(url).unwrap();
    let hosts: Vec<String> = ports.iter().map(|port| format!("{}:{port}", own.host_str().unwrap())).collect();
    let own_host = format!("@{}:{}", own.host_str().unwrap(), own.port().unwrap_or(5432));
    url.replace(&own_host, &format!("@{}", hosts.join(",")))
}

/// A registration that succeeds.
pub fn register_form(name: &str) -> Form {
    register_form_with(name, file("avatar.png", samples::png(64, 64)))
}

/// The same with another avatar.
pub fn register_form_with(name: &str, avatar: Part) -> Form {
    // Real clients put the file first as often as last.
    Form::new()
        .part("avatar", avatar)
        .text("fullName", format!("{name} of the Tests"))
        .text("username", name.to_owned())
        .text("email", format!("{name}@example.org"))
        .text("password", PASSWORD)
}

/// A video that is accepted.
pub fn video_form(title: &str) -> Form {
    Form::new()
        .text("title", title.to_owned())
        .text("description", format!("All about {title}"))
        .part("videoFile", file("video.mp4", samples::video_file()))
}

/// A file part.
pub fn file(name: &str, bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name(name.to_owned())
}

/// The `_id` of an object.
pub fn id(object: &Value) -> String {
    object["_id"].as_str().unwrap_or_else(|| panic!("no _id in {object}")).to_owned()
}
