//! The web page and what else people's programs find at the site's own addresses: the front end that is embedded in
//! this executable, what shared links show, embedded players, feeds, and what search engines read.

mod addresses;
mod feed;
mod files;
mod head;
mod oembed;
mod page;
mod sitemap;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

pub use self::files::{EMBEDDED, File, FrontEnd};
pub use self::page::missing;
use crate::app::App;

/// The name the site goes by, where one is asked for.
const SITE_NAME: &str = "Chaitube";

/// The part that belongs to the API.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    oembed::routes()
}

/// The rest, which the API's description says nothing of.
pub fn pages() -> Router<App> {
    page::routes().merge(feed::routes()).merge(sitemap::routes())
}

/// Marks an answer that other sites may show in a frame.
#[derive(Clone, Copy, Debug)]
pub struct Framable;
