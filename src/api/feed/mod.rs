//! Recommendations: videos related to one, and the home feed.

mod blend;
mod hidden;
mod home;
mod pools;
mod reason;
mod related;
mod settings;
mod store;

use super::feature::Feature;

pub const FEATURE: Feature = Feature {
    tags: &[("feed", "Recommendations: home, related videos, and what they are made of")],
    routes: || related::routes().merge(home::routes()).merge(hidden::routes()).merge(settings::routes()),
    ..Feature::EMPTY
};
