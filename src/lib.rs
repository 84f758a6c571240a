//! One process serves the `VideoTube` HTTP API. By default everything lives in a data folder: an SQLite database,
//! the media, the secrets; a PostgreSQL URL moves the database elsewhere.
//!
//! A request crosses two hops: [`router`] names the handler, which lies with its rules in a feature's folder in
//! [`api`], and the feature's `store` has the SQL, which runs on either database through the façade in [`db`].
//! `ARCHITECTURE.md` draws the whole.

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
