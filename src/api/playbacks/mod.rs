//! Playbacks: what players report of what is watched. `docs/views.md` has the rules.

mod routes;

use crate::api::feature::{Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("playbacks", "Reports of players on what is watched, by which views and watch time are counted")],
    routes: routes::routes,
    // Views that are still remembered, found by way of the playbacks, which go by cascade. They stay counted.
    forget: Forget::Statements(&["DELETE FROM video_views
         WHERE viewer = $1 AND video_id IN (SELECT video_id FROM playbacks WHERE user_id = $1)"]),
    ..Feature::EMPTY
};
