//! Open event streams: how many there may be, in all and for each user.

use crate::error::Error;
use crate::gate::{Full, Place, Places};
use crate::id::UserId;

/// A few pages in a few browsers; a browser opens at most six connections to a server.
const CONNECTIONS_PER_USER_MAX: usize = 8;
const CONNECTIONS_MAX: usize = 400;

#[derive(Clone, Debug)]
pub struct EventConnections(Places<UserId>);

impl Default for EventConnections {
    fn default() -> Self {
        Self(Places::new(CONNECTIONS_MAX, CONNECTIONS_PER_USER_MAX))
    }
}

impl EventConnections {
    pub fn open_now(&self) -> usize {
        self.0.taken()
    }

    /// 429 when the user has too many open, 503 when all users together have.
    pub fn open(&self, user: UserId) -> Result<Place<UserId>, Error> {
        self.0.take(user).map_err(|full| match full {
            Full::Everybody => Error::Busy("Too many event streams are open. Try again in a moment.".into()),
            Full::Holder => Error::too_many(format!(
                "You already have {CONNECTIONS_PER_USER_MAX} event streams open. Close another page."
            )),
        })
    }
}
