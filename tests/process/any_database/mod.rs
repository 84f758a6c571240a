//! Tests whose result is the same on any database: `make test` runs them on SQLite only.

/// Connections are accepted and cut off before the database is asked.
mod connections;
/// Bodies go to disk without passing through the database.
mod memory;
/// What is missing is ffmpeg; that videos are stored and worked on, `crashes` and `workers` test on both databases.
mod without_ffmpeg;
