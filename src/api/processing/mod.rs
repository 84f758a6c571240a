//! The work on a video, as its owner follows and controls it.

mod events;
mod routes;
mod status;

use crate::api::feature::Feature;

pub const FEATURE: Feature = Feature { routes: routes::routes, ..Feature::EMPTY };
