//! The HTTP API: a folder, or a file, for each feature.

pub mod accounts;
pub mod comments;
pub mod dashboard;
mod feature;
mod features;
pub mod feed;
pub mod health;
pub mod history;
pub mod likes;
pub mod playbacks;
pub mod playlists;
pub mod processing;
pub mod search;
pub mod site;
pub mod subscriptions;
pub mod tweets;
pub mod uploads;
pub mod users;
pub mod videos;

pub use self::feature::{Counter, Feature};
use self::features::FEATURES;

/// Every feature, in the order of the description's tags.
pub fn features() -> impl Iterator<Item = &'static Feature> {
    std::iter::once(&accounts::FEATURE).chain(FEATURES)
}
