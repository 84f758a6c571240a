//! Starting and ending the program, and talking to it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use chaitube::{Db, DbOptions, args};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::eventually::{eventually, eventually_blocking};
use crate::samples;

pub const PASSWORD: &str = "correct horse battery staple";

/// A data folder and a database, and what to start the program with.
pub struct Place {
    pub folder: TempDir,
    database: TestDatabase,
    settings: Vec<(String, String)>,
}

/// The running program.
pub struct Program {
    child: Child,
    /// Everything it prints before it serves.
    pub printed: String,
    /// Where it is; a worker is nowhere.
    pub base: String,
    log: PathBuf,
}

impl Place {
    pub async fn new(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::create(folder.path()).await;
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { folder, database, settings }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with nothing of this process's environment but the way to ffmpeg.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.prepare(Command::new(env!("CARGO_BIN_EXE_chaitube")), arguments)
    }

    fn prepare(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("PORT", "0")
            .env("DATA_DIR", self.data())
            .env("DATABASE_URL", &self.database.url)
            .env("MIN_FREE_SPACE", "0")
            .env("RATE_LIMIT", "off")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Starts the server with so many open files, and so many if it asks for more.
    pub fn start_with_handles(&self, soft: u32, hard: u32) -> Program {
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--nofile={soft}:{hard}")).arg(env!("CARGO_BIN_EXE_chaitube"));
        self.launch(&mut self.prepare(limited, &["serve"]))
    }

    /// The same database, for a look behind the program's back.
    pub async fn open_database(&self) -> Db {
        let options = DbOptions {
            url: self.database.url.clone(),
            listen_url: None,
            connections_max: 2,
            statement_limit: Duration::from_secs(10),
            wait_limit: Duration::from_secs(10),
        };
        Db::open(&options).await.unwrap()
    }

    /// A signing key: in a file that nobody else may read, or in the database that nodes share.
    pub async fn secret(&self, name: &str) -> String {
        let path = self.data().join(name);
        let db = self.open_database().await;
        if db.is_shared() {
            assert!(!path.exists());
            return db.one::<(String,)>("SELECT value FROM secrets WHERE name = $1", args![name]).await.unwrap().0;
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::read_to_string(path).unwrap()
    }

    /// The server in a data folder of its own on the same database, as on another machine.
    pub fn command_elsewhere(&self, folder: &TempDir) -> Command {
        let mut command = self.command(&["serve"]);
        command.env("DATA_DIR", folder.path());
        command
    }

    /// Runs a command that ends by itself.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the server and waits until it says where it is.
    pub fn start(&self) -> Program {
        self.start_as(&["serve"])
    }

    /// The same, with other settings for this once.
    pub fn start_with(&self, settings: &[(&str, &str)]) -> Program {
        self.launch(self.command(&["serve"]).envs(settings.iter().copied()))
    }

    /// Starts a worker and waits until it works.
    pub fn start_worker(&self) -> Program {
        self.start_as(&["worker"])
    }

    pub fn start_as(&self, arguments: &[&str]) -> Program {
        self.launch(&mut self.command(arguments))
    }

    pub fn launch(&self, command: &mut Command) -> Program {
        let log = self.folder.path().join("log");
        let stderr = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        while !["Data folder:", "processes videos"].iter().any(|said| printed.contains(said)) {
            let read = lines.read_line(&mut printed).unwrap();
            assert!(read > 0, "the program ended: {}", std::fs::read_to_string(&log).unwrap());
        }
        let address = printed.split_whitespace().find(|word| word.starts_with("http"));
        let base = address.unwrap_or_default().to_owned();
        Program { child, printed, base, log }
    }
}

impl Program {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far, over all its starts in this place.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The tools that it runs now, by their process numbers. Those still on their way into the cage are no tools yet:
    /// whoever holds one of those holds the server, too.
    pub fn tools(&self) -> Vec<u32> {
        let processes =
            std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let numbers = processes.filter_map(|name| name.parse().ok());
        let is_tool = |pid: &u32| {
            let process = Process::of(*pid);
            process.is_some_and(|process| process.parent == self.pid() && process.name.starts_with("ff"))
        };
        numbers.filter(is_tool).collect()
    }

    /// Waits for it to end.
    pub fn wait(mut self) -> ExitStatus {
        eventually_blocking(|| self.child.try_wait().unwrap().ok_or("it does not end"))
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn stop(self) {
        self.signal("-TERM");
        assert!(self.wait().success());
    }

    /// Bytes of memory that are its own, as the kernel counts them.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Registers `name`, logs in and gives the access token.
    pub async fn token(&self, name: &str) -> String {
        let response = self.register(name).await;
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        self.login(name).await
    }

    pub async fn register(&self, name: &str) -> reqwest::Response {
        let avatar = Part::bytes(samples::png(32, 32)).file_name("a.png");
        let form = Form::new()
            .text("fullName", name.to_owned())
            .text("username", name.to_owned())
            .text("email", format!("{name}@example.org"))
            .text("password", PASSWORD)
            .part("avatar", avatar);
        let http = reqwest::Client::new();
        http.post(self.address("/api/v1/users/register")).multipart(form).send().await.unwrap()
    }

    pub async fn login(&self, name: &str) -> String {
        let body = json!({ "username": name, "password": PASSWORD });
        let response =
            reqwest::Client::new().post(self.address("/api/v1/users/login")).json(&body).send().await.unwrap();
        let response: Value = response.json().await.unwrap();
        response["data"]["accessToken"].as_str().unwrap().to_owned()
    }

    pub async fn get(&self, path: &str, token: &str) -> Value {
        let request = reqwest::Client::new().get(self.address(path)).bearer_auth(token);
        request.send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the kernel tells of a process that has not ended.
struct Process {
    name: String,
    parent: u32,
}

impl Process {
    fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name may have spaces and brackets in it.
        let (name, fields) = stat.split_once('(')?.1.rsplit_once(") ")?;
        let (state, fields) = fields.split_once(' ')?;
        let parent = fields.split(' ').next()?.parse().ok()?;
        // One that has ended and was not buried yet is a zombie.
        (state != "Z").then(|| Self { name: name.to_owned(), parent })
    }
}

/// Sends a signal to a process, which may be gone already.
pub fn signal(pid: u32, signal: &str) {
    let _ = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status().unwrap();
}

/// Whether a process is there and not merely waiting to be buried.
pub fn is_alive(pid: u32) -> bool {
    Process::of(pid).is_some()
}

/// Waits until the server has removed what refused requests left in the media store.
pub async fn settles_at(place: &Place, wanted: &[PathBuf]) {
    eventually(async || {
        let found = files(&place.data().join("media"));
        (found == wanted).then_some(()).ok_or(found)
    })
    .await;
}

/// Every file below a folder, but for the media store's note about itself.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("layout") {
            found.push(path);
        }
    }
    found
}

/// The text of a stream that has ended.
pub fn text(mut stream: impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}
