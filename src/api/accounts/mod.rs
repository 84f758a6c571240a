//! Accounts: registration, login, profiles, deletion.

mod channel;
mod delete;
pub mod me;
pub mod password;
mod profile;
mod register;
mod sessions;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

const FULL_NAME_CHARS_MAX: usize = 100;
const USERNAME_CHARS_MAX: usize = 50;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sessions::routes())
        .merge(password::routes())
        .merge(register::routes())
        .merge(profile::routes())
        .merge(delete::routes())
        .merge(me::routes())
        .merge(channel::routes())
}
