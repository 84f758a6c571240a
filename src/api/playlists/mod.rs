//! Playlists: lists of videos, in the order they were added or that their owner gave them.

mod change;
mod entries;
mod order;
mod own;
mod read;
mod store;

use utoipa_axum::router::OpenApiRouter;

use super::feature::{Counter, Feature};
use crate::app::App;

pub use self::store::{cover, detail};

pub const FEATURE: Feature = Feature {
    tags: &[("playlists", "Lists of videos")],
    routes,
    counters: &[Counter::column(
        "users.playlists_count",
        "users",
        "playlists_count",
        "SELECT COUNT(*) FROM playlists p WHERE p.owner_id = users.id",
    )],
    ..Feature::EMPTY
};

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(change::routes()).merge(read::routes()).merge(entries::routes()).merge(order::routes())
}
