//! What is at the site's own addresses: the page with the head of what it shows, embedded players, feeds, and what
//! search engines read.

mod addresses;
mod feed;
mod oembed;
mod page;
mod sitemap;

use axum::Router;

pub use self::page::missing;
use crate::api::Feature;
use crate::app::App;

/// The part that belongs to the API.
pub const FEATURE: Feature = Feature { routes: oembed::routes, ..Feature::EMPTY };

/// Routes outside the API.
pub fn pages() -> Router<App> {
    page::routes().merge(feed::routes()).merge(sitemap::routes())
}
