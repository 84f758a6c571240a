//! Passwords, tokens, sessions, rate limits, and which pages may act for their visitor.

mod origin;
pub mod password;
mod rate;
pub mod sessions;
pub mod tokens;

pub use self::origin::OriginPolicy;
pub use self::password::{Hasher, HashingCost};
pub use self::rate::{RateLimits, prefix};
pub use self::sessions::Sessions;
pub use self::tokens::Tokens;
