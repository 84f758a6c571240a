//! Open event streams: how many there may be, in all and for each user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderValue, header};

use crate::error::Error;
use crate::id::UserId;

/// A few pages in a few browsers; a browser opens at most six connections to a server.
const CONNECTIONS_PER_USER_MAX: usize = 8;
const CONNECTIONS_MAX: usize = 400;

#[derive(Clone, Debug, Default)]
pub struct EventConnections(Arc<Mutex<HashMap<UserId, usize>>>);

/// Counts until it is dropped.
#[derive(Debug)]
pub struct Permit {
    connections: EventConnections,
    user: UserId,
}

impl EventConnections {
    /// 429 when the user has too many open, 503 when all users together have.
    pub fn acquire(&self, user: UserId) -> Result<Permit, Error> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= CONNECTIONS_MAX {
            return Err(Error::Busy("Too many event streams are open. Try again in a moment.".into()));
        }
        let own = open.entry(user).or_default();
        if *own >= CONNECTIONS_PER_USER_MAX {
            let headers = vec![(header::RETRY_AFTER, HeaderValue::from_static("5"))];
            let message =
                format!("You already have {CONNECTIONS_PER_USER_MAX} event streams open. Close another page.");
            return Err(Error::TooMany(message.into(), headers));
        }
        *own += 1;
        Ok(Permit { connections: self.clone(), user })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.user);
            }
        }
    }
}
