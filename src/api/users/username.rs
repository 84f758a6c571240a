//! User names, as they are looked up.

use std::str::FromStr;

use crate::error::Error;

pub const CHANNEL_NOT_FOUND: &str = "channel does not exists";

/// A trimmed, lowercase user name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // PostgreSQL rejects queries with NUL, and no user name has one.
        if text.contains('\0') {
            return Err(Error::not_found(CHANNEL_NOT_FOUND));
        }
        Ok(Self(text.trim().to_lowercase()))
    }
}
