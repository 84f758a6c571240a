//! What the program is made of, built once at the start and handed to every handler.

use std::fs::File;
use std::ops::Deref;
use std::sync::Arc;

use chaitube_media::Tools;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{Hasher, OriginPolicy, RateLimits, Tokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::events::EventConnections;
use crate::front_end::FrontEnd;
use crate::queue::{QueueSignal, WorkerId};
use crate::setup::Setup;
use crate::storage::{MediaUrls, Storage, UploadLocks};

/// The program; cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Parts>);

/// Its parts.
pub struct Parts {
    pub config: Config,
    pub setup: Setup,
    pub clock: Clock,
    pub db: Db,
    pub storage: Storage,
    pub urls: MediaUrls,
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
    pub queue: QueueSignal,
    /// The web page.
    pub front_end: FrontEnd,
    /// Who writes to which upload.
    pub uploads: Arc<UploadLocks>,
    /// Done when the server stops: answers that have no end of their own end then.
    pub stopping: CancellationToken,
    /// The answers that tell owners of events while they happen.
    pub event_connections: EventConnections,
    /// This process, as the queue knows it.
    pub worker: WorkerId,
    /// Whether no other process used the data folder at the start, so that its leftovers could be swept.
    pub alone: bool,
    /// Held as long as the program runs: says to others that the data folder is in use.
    pub(crate) _lock: File,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
