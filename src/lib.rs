//! A server for the `VideoTube` HTTP API and its web page, on SQLite or PostgreSQL.
//!
//! From route to SQL it is two hops: [`router`] names the handler in [`api`], and the feature's `store` has the SQL,
//! which [`db`] runs on either database. `ARCHITECTURE.md` describes the whole.

mod api;
mod app;
mod auth;
mod clock;
mod co_watching;
mod compat;
mod conditional;
mod config;
mod connections;
mod csp;
mod db;
mod delivery;
mod error;
mod events;
mod front_end;
mod gate;
mod http;
mod id;
mod images;
mod jobs;
mod layers;
mod maintenance;
mod metrics;
mod nodes;
mod pages;
mod queue;
mod ranks;
mod router;
mod scrape;
mod search;
mod server;
mod setup;
mod startup;
mod storage;
mod streams;
mod tasks;
mod views;
mod xml;

pub use api::uploads::expire as expire_uploads;
pub use app::App;
pub use auth::HashingCost;
pub use clock::Clock;
pub use config::{Choice, Config, METRICS_TOKEN_PREFIX, Origin, Origins, SETTINGS, Values, read_values};
pub use connections::{ConnectionLimits, raise_handle_limit};
pub use db::{Arg, Db, Observer, Options as DbOptions, Sql};
pub use front_end::File as FrontEndFile;
pub use id::{PlaylistId, UploadId, UserId, VideoId};
pub use jobs::{work_off, work_one};
pub use maintenance::{Checking, DoctorOptions, Report, doctor, recount};
pub use queue::{Claim, JobKind, claim};
pub use router::document;
pub use scrape::MetricsListener;
pub use server::{Stop, serve, work};
pub use setup::Setup;
pub use startup::{database_options, start};
pub use storage::{MediaName, ObjectKind, open_private};
pub use tasks::{Reindexing, enter_periodic as enter_periodic_tasks, reindex, run_due as run_due_tasks};
pub use views::prune as prune_playbacks;
