//! The components of the server, built once at startup and passed to every handler.

use std::fs::File;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chaitube_media::Tools;
use tokio_util::sync::CancellationToken;

use crate::auth::{Hasher, OriginPolicy, RateLimits, Sessions, Tokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::Connections;
use crate::db::Db;
use crate::events::EventConnections;
use crate::front_end::FrontEnd;
use crate::gate::{Gate, Places};
use crate::images::Images;
use crate::metrics::Numbers;
use crate::nodes::Nodes;
use crate::queue::{Backlogs, QueueSignal, WorkerId};
use crate::setup::Setup;
use crate::storage::{MediaUrls, Storage, UploadLocks};
use crate::views::{PlaybackIds, Views};

/// Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub setup: Setup,
    pub clock: Clock,
    pub db: Db,
    pub storage: Storage,
    pub urls: MediaUrls,
    pub views: Arc<Views>,
    pub playback_ids: PlaybackIds,
    pub tokens: Arc<Tokens>,
    pub sessions: Sessions,
    pub hasher: Hasher,
    pub rate: RateLimits,
    pub nodes: Arc<Nodes>,
    pub origins: OriginPolicy,
    pub images: Images,
    /// Each probe needs a core.
    pub probing: Gate,
    /// A search for one or two letters reads every title.
    pub searching: Gate,
    pub tools: Option<Tools>,
    pub started_ms: i64,
    pub queue: QueueSignal,
    pub front_end: FrontEnd,
    pub uploads: Arc<UploadLocks>,
    /// The server was told to stop. It still takes requests for `SHUTDOWN_DELAY`.
    pub is_leaving: AtomicBool,
    /// Cancelled when it takes no more, which ends event streams.
    pub stopping: CancellationToken,
    pub event_connections: EventConnections,
    pub connections: Arc<Connections>,
    /// For requests, behind proxies: there a connection has many clients.
    pub client_places: Places<IpAddr>,
    pub numbers: Numbers,
    pub backlogs: Backlogs,
    pub worker: WorkerId,
    /// Whether no other process used the data folder at startup, so leftovers could be removed.
    pub alone: bool,
    /// Marks the data folder as in use.
    pub(crate) _lock: File,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
