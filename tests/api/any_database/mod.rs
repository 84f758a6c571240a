//! Tests whose result is the same on any database. `make test` runs them on SQLite only; whatever they store and read on
//! the way, other modules test on both databases.

/// Aliases become their operations before a handler runs.
mod aliases;
/// Parts, bytes and time are counted on the way to the handler.
mod bodies;
/// Connections are accepted and cut off before the database is asked.
mod connections;
/// Calls that become the API's own, and shapes that are made of its responses.
mod copied_front_end;
/// Origins, cookies and host names are judged before a handler runs.
mod cors;
/// ffmpeg breaks, and not the queue: `jobs` tests that.
mod faults;
/// The media engine judges the files, before there is a row of them.
mod hostile;
/// As `hostile`, for files that are taken.
mod intake;
/// Ranges and conditions are about an object's bytes; `signed` and `matrix_media` test who is given which.
mod media;
/// Shapes are made of finished responses.
mod profiles;
/// Paths and names of files are judged before the database is asked.
mod threats_media;
/// Paths, bodies and envelopes are read and written before and after a handler runs.
mod transport;
/// The page's own files are part of the program.
mod web;
