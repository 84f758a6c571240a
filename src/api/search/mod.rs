//! Search over everything, suggestions while somebody types, and the tags of the site.

mod facets;
mod results;
mod routes;
mod store;
mod suggestions;
mod tags;

use utoipa_axum::router::OpenApiRouter;

use super::feature::Feature;
use crate::app::App;

pub const FEATURE: Feature =
    Feature { tags: &[("search", "Search for videos, channels, tweets and playlists")], routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(routes::routes()).merge(suggestions::routes()).merge(tags::routes())
}
