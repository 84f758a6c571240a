//! How far the work on a video is, as its owner is told.

mod events;
mod routes;
mod state;

use super::feature::Feature;

pub const FEATURE: Feature = Feature { routes: routes::routes, ..Feature::EMPTY };
