//! Accounts: registration, login, profiles, deletion.

mod channel;
mod delete;
pub mod me;
pub mod password;
mod profile;
mod register;
mod sessions;

use utoipa_axum::router::OpenApiRouter;

use crate::api::feature::{Counter, Feature};
use crate::app::App;

pub const FEATURE: Feature = Feature {
    tags: &[("auth", "Accounts, tokens and sessions"), ("users", "Profiles, channels and watch history")],
    routes,
    counters: &[Counter::total("totals.accounts", "name = 'accounts'", "SELECT COUNT(*) FROM users")],
    ..Feature::EMPTY
};

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sessions::routes())
        .merge(password::routes())
        .merge(register::routes())
        .merge(profile::routes())
        .merge(delete::routes())
        .merge(me::routes())
        .merge(channel::routes())
}
