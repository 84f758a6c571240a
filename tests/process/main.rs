//! The real program as an operator meets it: starting, stopping, crashing, logging, and how much memory it takes.
//!
//! Runs on SQLite, or on the PostgreSQL server that `CHAITUBE_TEST_DATABASE_URL` names.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod program;

#[path = "../api/harness/database.rs"]
mod database;
#[path = "../api/harness/eventually.rs"]
mod eventually;
#[path = "../api/harness/samples.rs"]
#[expect(dead_code, reason = "the API's tests need more kinds of files than these")]
mod samples;

mod any_database;
mod commands;
mod crashes;
mod doctor;
mod failover;
mod kills;
mod logs;
mod metrics;
mod nginx;
mod nodes;
mod reindex;
mod starting;
mod stopping;
mod uploads;
mod videos;
mod views;
mod workers;
