//! The work on a video, as its owner follows and controls it.

mod events;
mod routes;
mod status;

pub use self::routes::routes;
