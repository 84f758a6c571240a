//! The HTTP API, tested over real connections on a database of each test's own: SQLite by default, PostgreSQL when
//! `CHAITUBE_TEST_DATABASE_URL` names a server.
//!
//! Every response a test gets is checked in passing: against the API's description, and for secrets that must never
//! leave the server. When a test ends, the counters must be right and the media store must hold exactly what the
//! database knows about.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod harness;

mod account;
mod any_database;
mod bucket;
mod bucket_redirects;
mod comments;
mod contention;
mod dashboard;
mod description;
mod doctor;
mod events;
mod history;
mod home;
mod injection;
mod jobs;
mod leave;
mod likes;
mod limits;
mod login;
mod long_lists;
mod matrix;
mod matrix_media;
mod metrics;
mod nodes;
mod originals;
mod outage;
mod paging;
mod parity;
mod plans;
mod playlist_order;
mod playlists;
mod races;
mod races_lists;
mod ranks;
mod rate;
mod register;
mod related;
mod search;
mod sessions;
mod shorts;
mod signed;
mod site;
mod streams;
mod subscriptions;
mod suggestions;
mod threats_secrets;
mod threats_web;
mod tweets;
mod upload_space;
mod uploads;
mod uploads_many;
mod users;
mod video_changes;
mod video_list;
mod videos;
mod views;
mod views_rules;
mod views_seen;
mod watch;
mod web_links;
mod web_lists;
