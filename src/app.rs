//! What the program is made of, built once at the start and handed to every handler.

use std::fs::{DirBuilder, File};
use std::ops::Deref;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::auth::{Hasher, OriginPolicy, RateLimits, Tokens};
use crate::clock::Clock;
use crate::config::{Config, Secrets};
use crate::db::{self, Db};
use crate::error::Error;
use crate::id::NodeId;
use crate::jobs::{self, Audience, Jobs};
use crate::store::{Janitor, Links, Media, MediaName, Objects};
use crate::uploads::{self, Turns};
use crate::web::FrontEnd;
use chaitube_media::Tools;

const DECODING_MAX: usize = 2;
const PROBING_MAX: usize = 4;
const SEARCHING_MAX: usize = 4;

/// The program; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// Its parts.
pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub media: Media,
    pub links: Links,
    pub tokens: Tokens,
    pub hasher: Hasher,
    pub rate: RateLimits,
    pub origins: OriginPolicy,
    /// How many pictures are decoded at a time: each may need hundreds of MiB for a moment.
    pub decoding: Semaphore,
    /// How many films are looked at at a time: each needs a core.
    pub probing: Semaphore,
    /// How many searches run at a time: one for a letter or two reads every title there is.
    pub searching: Semaphore,
    /// ffmpeg and ffprobe, if they are installed.
    pub tools: Option<Tools>,
    pub started_ms: i64,
    pub jobs: Jobs,
    /// The web page.
    pub front_end: FrontEnd,
    /// Who writes to which upload.
    pub uploads: Arc<Turns>,
    /// Done when the server stops: answers that have no end of their own end then.
    pub stopping: CancellationToken,
    /// The answers that tell owners of events while they happen.
    pub audience: Audience,
    /// This process's name in the queue, for people who look there.
    pub worker: String,
    /// Whether no other process used the data folder at the start, so that its leftovers could be swept.
    pub alone: bool,
    /// Held as long as the program runs: says to others that the data folder is in use.
    _lock: File,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// A start that failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data folder {path}: {cause}")]
    DataFolder { path: String, cause: std::io::Error },
    #[error("the database: {0}")]
    Database(#[from] db::Error),
    #[error("{0}")]
    Other(#[from] Error),
}

impl App {
    /// Opens the data folder, the database and the store, and sweeps what an earlier process left behind.
    ///
    /// Gives the program and the janitor's queue, which whoever runs it has to work on.
    ///
    /// # Errors
    /// [`StartError`], which names what could not be opened.
    pub async fn start(config: Config, clock: Clock) -> Result<(Self, UnboundedReceiver<MediaName>), StartError> {
        Self::start_with(config, clock, |db| db).await
    }

    /// The same with a say about the handle on the database: `prepare` may have it observed.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_with(
        config: Config,
        clock: Clock,
        prepare: impl FnOnce(Db) -> Db,
    ) -> Result<(Self, UnboundedReceiver<MediaName>), StartError> {
        let folder_error = |path: &Path| {
            let path = path.display().to_string();
            move |cause| StartError::DataFolder { path, cause }
        };
        create_private(&config.data_dir).map_err(folder_error(&config.data_dir))?;
        let secrets = Secrets::load(&config).map_err(folder_error(&config.data_dir))?;
        let (lock, alone) = lock(&config.data_dir).map_err(folder_error(&config.data_dir))?;
        let node = node_id(&config.data_dir, &clock).map_err(folder_error(&config.data_dir))?;
        let objects = Objects::open(&config.media_dir, node).map_err(folder_error(&config.media_dir))?;
        let db = prepare(Db::open(&database_options(&config)).await?);
        let (janitor, queue) = Janitor::new();
        let media = Media::new(objects, db.clone(), clock.clone(), node, janitor);
        if alone {
            uploads::abandon(&db, node).await?;
            let jobs = jobs::take_back(&db, &node, clock.now_ms()).await?;
            tracing::debug!(jobs, "took back what dead workers were busy with");
        }
        sweep(&media, alone).await?;
        lock.lock_shared().map_err(folder_error(&config.data_dir))?;
        let stopping = CancellationToken::new();
        let parts = Parts {
            links: Links::new(&config, &secrets, clock.clone()),
            tokens: Tokens::new(&config, &secrets),
            hasher: Hasher::new(config.hashing_queue)?,
            rate: RateLimits::new(&config),
            origins: OriginPolicy::new(&config),
            decoding: Semaphore::new(DECODING_MAX),
            probing: Semaphore::new(PROBING_MAX),
            searching: Semaphore::new(SEARCHING_MAX),
            tools: detect_tools(&config),
            jobs: Jobs::default(),
            front_end: FrontEnd::new(config.front_end, &config.public_base_url).map_err(Error::internal)?,
            uploads: Arc::new(Turns::new(stopping.clone())),
            stopping,
            audience: Audience::default(),
            worker: format!("{node} {}", std::process::id()),
            _lock: lock,
            started_ms: clock.now_ms(),
            alone,
            config,
            clock,
            db,
            media,
        };
        Ok((Self(Arc::new(parts)), queue))
    }
}

/// How to reach the configured database.
#[must_use]
pub fn database_options(config: &Config) -> db::Options {
    db::Options {
        url: config.database_url.clone(),
        connections_max: config.database_connections,
        statement_limit: config.statement_timeout,
        wait_limit: config.database_wait,
    }
}

async fn sweep(media: &Media, alone: bool) -> Result<(), StartError> {
    let uploads = if alone { media.objects.clear_incoming().map_err(Error::from)? } else { 0 };
    let objects = media.sweep(alone).await? + media.remove_retired().await?;
    if uploads + objects > 0 {
        tracing::info!(uploads, objects, "removed what an earlier process did not finish");
    }
    Ok(())
}

/// Makes the data folder, for this user's eyes only: the database has password hashes in it.
///
/// # Errors
/// When the file system refuses.
pub fn create_private(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn detect_tools(config: &Config) -> Option<Tools> {
    let tools = Tools::detect()?;
    Some(match &config.helper {
        Some(helper) => tools.with_helper(helper),
        None => tools,
    })
}

/// Takes the data folder for this process alone, if nobody else has it. Whoever has swept it shares it from then on:
/// a server that starts beside a worker, or anew, must not take the files the worker is busy with.
fn lock(data_dir: &Path) -> std::io::Result<(File, bool)> {
    let file = File::create(data_dir.join("serve.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok((file, true)),
        Err(std::fs::TryLockError::WouldBlock) => Ok((file, false)),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// This data folder's name among the nodes that share a database.
fn node_id(data_dir: &Path, clock: &Clock) -> std::io::Result<NodeId> {
    let path = data_dir.join("node_id");
    if let Some(id) = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()) {
        return Ok(id);
    }
    let id = NodeId::new(clock);
    std::fs::write(&path, id.to_string())?;
    Ok(id)
}
