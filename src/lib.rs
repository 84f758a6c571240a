//! A server for the `VideoTube` HTTP API and its web page, on SQLite or PostgreSQL.
//!
//! From route to SQL it is two hops: [`router`] names the handler in [`api`], and the feature's `store` has the SQL,
//! which [`db`] runs on either database. `ARCHITECTURE.md` has the whole picture.

pub mod api;
pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod db;
pub mod delivery;
pub mod error;
pub mod events;
pub mod front_end;
pub mod http;
pub mod id;
pub mod images;
pub mod jobs;
pub mod layers;
pub mod pages;
pub mod queue;
pub mod recount;
pub mod router;
pub mod server;
pub mod setup;
pub mod startup;
pub mod storage;
pub mod streams;
pub mod xml;
