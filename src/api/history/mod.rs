//! Watch history: what somebody watched, latest first. Nobody else can read it.

mod routes;
mod store;
mod watch;

pub use self::store::latest_ids;
pub use self::watch::address_key;
use super::feature::{Feature, Forget};

pub const FEATURE: Feature = Feature {
    routes: || routes::routes().merge(watch::routes()),
    // Views that are still remembered, found by way of the history. They stay counted.
    forget: Forget::Statements(&["DELETE FROM video_views
         WHERE viewer = $1 AND video_id IN (SELECT video_id FROM watch_history WHERE user_id = $1)"]),
    ..Feature::EMPTY
};
