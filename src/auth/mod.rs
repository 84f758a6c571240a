//! Who is asking: passwords, tokens, sessions, and the extractors by which a handler says who may call it.

mod address;
mod origin;
mod password;
mod rate;
mod routes;
mod sessions;
mod tokens;
mod viewer;

pub use self::address::{ClientAddress, prefix};
pub use self::origin::OriginPolicy;
pub use self::password::Hasher;
pub use self::rate::RateLimits;
pub use self::routes::{check_password, refuse_endless, routes, without_cookies};
pub use self::sessions::prune;
pub use self::tokens::Tokens;
pub use self::viewer::{ACCESS_COOKIE, REFRESH_COOKIE, Viewer};
