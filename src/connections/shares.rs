//! Requests of each client that are being answered, for servers behind proxies: there a connection has many clients.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderValue, header};

use crate::auth::prefix;
use crate::error::Error;

#[derive(Clone, Debug)]
pub struct ClientShares {
    per_client_max: usize,
    clients: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// Counts until it is dropped.
#[derive(Debug)]
pub struct Share {
    shares: ClientShares,
    client: IpAddr,
}

/// For a client that has too many connections, or too many requests at once.
pub fn too_many() -> Error {
    let headers = vec![(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    let message = "Too many requests from your address are being answered. Close some, or try again in a moment.";
    Error::TooMany(message.into(), headers)
}

impl ClientShares {
    pub fn new(per_client_max: usize) -> Self {
        Self { per_client_max, clients: Arc::default() }
    }

    /// 429 when the client has too many.
    pub fn acquire(&self, client: IpAddr) -> Result<Share, Error> {
        let client = prefix(client);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let own = clients.entry(client).or_default();
        if *own >= self.per_client_max {
            return Err(too_many());
        }
        *own += 1;
        Ok(Share { shares: self.clone(), client })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut clients = self.shares.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = clients.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                clients.remove(&self.client);
            }
        }
    }
}
