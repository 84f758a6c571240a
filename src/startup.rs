//! Startup: opens the data folder and the database, and removes leftovers of crashes.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chaitube_media::Tools;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::api::uploads;
use crate::api::users::store::fill_skeletons;
use crate::app::{App, Parts};
use crate::auth::{Hasher, OriginPolicy, RateLimits, Sessions, Tokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::Connections;
use crate::db::{self, Db};
use crate::error::Error;
use crate::events::EventConnections;
use crate::front_end::FrontEnd;
use crate::gate::{Gate, Places};
use crate::id::NodeId;
use crate::images::Images;
use crate::metrics::Numbers;
use crate::nodes::{self, DifferingSecrets, Nodes};
use crate::queue::tasks::{TaskClaim, TaskKind};
use crate::queue::{self, Backlogs, JobKind, QueueSignal, WorkerId};
use crate::setup::Setup;
use crate::storage::{Cleanup, MediaName, MediaUrls, Objects, Storage, UploadLocks, open_private};
use crate::views::{PlaybackIds, Views};

const PROBING_MAX: usize = 4;
const SEARCHING_MAX: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data folder {path}: {cause}")]
    DataFolder { path: String, cause: std::io::Error },
    #[error("the media storage: {0}")]
    MediaStorage(String),
    #[error("the database: {0}")]
    Database(#[from] db::Error),
    #[error("{0}")]
    Secrets(#[from] DifferingSecrets),
    #[error("{0}")]
    Other(#[from] Error),
}

/// Removes leftovers. Also returns the queue of abandoned objects, which [`crate::server`] deletes.
///
/// # Errors
/// [`StartError`] with what could not be opened.
pub async fn start(config: Config, setup: Setup) -> Result<(App, UnboundedReceiver<MediaName>), StartError> {
    let folder_error = |path: &Path| {
        let path = path.display().to_string();
        move |cause| StartError::DataFolder { path, cause }
    };
    let clock = setup.clock.clone();
    open_private(&config.data_dir).map_err(folder_error(&config.data_dir))?;
    let (lock, alone) = lock(&config.data_dir).map_err(folder_error(&config.data_dir))?;
    let node = node_id(&config.data_dir, &clock).map_err(folder_error(&config.data_dir))?;
    let objects = Objects::open(&config, node).await.map_err(StartError::MediaStorage)?;
    let mut db = Db::open(&database_options(&config)).await?;
    if let Some(observer) = &setup.observer {
        db = db.observed(observer.clone());
    }
    let secrets = nodes::load_secrets(&config, &db).await?;
    let worker = WorkerId { node, pid: std::process::id() };
    let nodes = Arc::new(Nodes::new(db.clone(), clock.clone(), worker, &secrets));
    nodes.join().await?;
    fill_skeletons(&db).await?;
    let (cleanup, abandoned) = Cleanup::new();
    let storage = Storage::new(objects, db.clone(), clock.clone(), node, cleanup);
    if alone && setup.removes_leftovers {
        release_claims(&db, node, clock.now_ms()).await?;
    }
    storage.check_store().await?;
    if setup.removes_leftovers {
        sweep(&storage, alone).await?;
    }
    lock.lock_shared().map_err(folder_error(&config.data_dir))?;
    let stopping = CancellationToken::new();
    let tokens = Arc::new(Tokens::new(&config, &secrets));
    let parts = Parts {
        urls: MediaUrls::new(&config, &secrets, clock.clone()),
        sessions: Sessions::new(db.clone(), clock.clone(), Arc::clone(&tokens), config.refresh_grace),
        tokens,
        views: Arc::new(Views::new(db.clone(), config.view_window).among(Arc::clone(&nodes))),
        playback_ids: PlaybackIds::new(&secrets, clock.clone()),
        hasher: Hasher::new(config.hashing_queue, setup.hashing_cost)?,
        rate: RateLimits::new(&config, db.clone(), clock.clone(), Arc::clone(&nodes)),
        nodes,
        origins: OriginPolicy::new(&config),
        images: Images::new(storage.clone()),
        probing: Gate::new(PROBING_MAX),
        searching: Gate::new(SEARCHING_MAX),
        tools: detect_tools(&setup),
        queue: QueueSignal::default(),
        front_end: FrontEnd::new(setup.front_end, &config.public_base_url, storage.objects.origins())
            .map_err(Error::internal)?,
        uploads: Arc::new(UploadLocks::new(stopping.clone())),
        is_leaving: AtomicBool::new(false),
        stopping,
        event_connections: EventConnections::default(),
        connections: Arc::new(Connections::new(setup.connections, config.trusted_proxies > 0)),
        client_places: Places::new(usize::MAX, setup.connections.per_client_max),
        numbers: Numbers::new(JobKind::ALL.map(JobKind::as_str), TaskKind::ALL.map(TaskKind::as_str)),
        backlogs: Backlogs::default(),
        worker,
        _lock: lock,
        started_ms: clock.now_ms(),
        alone,
        config,
        setup,
        clock,
        db,
        storage,
    };
    Ok((App(Arc::new(parts)), abandoned))
}

#[must_use]
pub fn database_options(config: &Config) -> db::Options {
    db::Options {
        url: config.database_url.clone(),
        listen_url: config.database_listen_url.clone(),
        connections_max: config.database_connections,
        statement_limit: config.statement_timeout,
        wait_limit: config.database_wait,
    }
}

/// Gives up what dead processes of this data folder were doing.
async fn release_claims(db: &Db, node: NodeId, now: i64) -> Result<(), StartError> {
    uploads::delete_abandoned_forms(db, node).await?;
    let jobs = queue::requeue_orphaned::<queue::Claim>(db, node, now).await?;
    let tasks = queue::requeue_orphaned::<TaskClaim>(db, node, now).await?;
    tracing::debug!(jobs, tasks, "requeued what dead workers had claimed");
    Ok(())
}

async fn sweep(storage: &Storage, alone: bool) -> Result<(), StartError> {
    let uploads = if alone { storage.objects.work_folder().clear().map_err(Error::from)? } else { 0 };
    let objects = storage.sweep(alone).await? + storage.remove_retired().await?;
    if uploads + objects > 0 {
        tracing::info!(uploads, objects, "removed leftovers of an earlier process");
    }
    Ok(())
}

fn detect_tools(setup: &Setup) -> Option<Tools> {
    let tools = Tools::detect()?;
    Some(match &setup.sandbox {
        Some(executable) => tools.with_sandbox(executable),
        None => tools,
    })
}

/// Locks the data folder exclusively if possible. After removing leftovers the lock is shared, so that a server that
/// starts beside a worker does not remove files the worker is using.
fn lock(data_dir: &Path) -> std::io::Result<(File, bool)> {
    let file = File::create(data_dir.join("serve.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok((file, true)),
        Err(std::fs::TryLockError::WouldBlock) => Ok((file, false)),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Names this data folder among the nodes that share a database.
fn node_id(data_dir: &Path, clock: &Clock) -> std::io::Result<NodeId> {
    let path = data_dir.join("node_id");
    if let Some(id) = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()) {
        return Ok(id);
    }
    let id = NodeId::new(clock);
    std::fs::write(&path, id.to_string())?;
    Ok(id)
}
