//! Chaitube: a home for videos and short posts that anyone can run.
//!
//! One process serves the `VideoTube` HTTP API. By default everything lives in a data folder: an SQLite database,
//! the media, the secrets; a PostgreSQL URL moves the database elsewhere.
//!
//! A request crosses two hops: [`router`] names the handler, which lies with its rules in a feature's module
//! ([`videos`], [`comments`], …), and the feature's `store` has the SQL, which runs on either database through the
//! façade in [`db`]. [`layers`] holds what happens to all requests alike; [`error`] turns failures into answers.
//! Files people send are received by [`multipart`] and [`uploads`], looked at by [`media`], and kept and served by
//! [`store`]; [`jobs`] makes adaptive streams of them, which [`streams`] serves.

pub mod app;
pub mod auth;
pub mod clock;
pub mod comments;
pub mod config;
pub mod dashboard;
pub mod db;
pub mod error;
pub mod health;
pub mod history;
pub mod id;
pub mod input;
pub mod jobs;
pub mod layers;
pub mod likes;
pub mod markup;
pub mod multipart;
pub mod openapi;
pub mod page;
pub mod pictures;
pub mod playlists;
pub mod recount;
pub mod reply;
pub mod router;
pub mod server;
pub mod site;
pub mod store;
pub mod streams;
pub mod subscriptions;
pub mod tweets;
pub mod uploads;
pub mod users;
pub mod videos;
pub mod web;
