//! The HTTP API: a folder, or a file, for each feature.

pub mod accounts;
pub mod comments;
pub mod dashboard;
pub mod health;
pub mod history;
pub mod likes;
pub mod playlists;
pub mod processing;
pub mod site;
pub mod subscriptions;
pub mod tweets;
pub mod uploads;
pub mod users;
pub mod videos;
