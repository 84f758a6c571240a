//! What happens on a connection at the moment.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

#[derive(Debug)]
pub struct Activity {
    state: Mutex<State>,
    eviction: Notify,
}

#[derive(Debug)]
struct State {
    is_busy: bool,
    /// When the last request ended.
    idle_since: Instant,
    /// Since when a write has been waiting for the client.
    blocked_since: Option<Instant>,
    /// It was asked to make room.
    is_leaving: bool,
}

impl State {
    fn quiet_since(&self) -> Option<Instant> {
        let idle_since = Some(self.idle_since).filter(|_| !self.is_busy);
        self.blocked_since.or(idle_since)
    }
}

impl Activity {
    pub fn new() -> Self {
        let state = State { is_busy: false, idle_since: Instant::now(), blocked_since: None, is_leaving: false };
        Self { state: Mutex::new(state), eviction: Notify::new() }
    }

    pub fn begin_request(&self) {
        self.lock().is_busy = true;
    }

    pub fn end_request(&self) {
        let mut state = self.lock();
        state.is_busy = false;
        state.idle_since = Instant::now();
    }

    pub fn block(&self) {
        self.lock().blocked_since = Some(Instant::now());
    }

    pub fn unblock(&self) {
        self.lock().blocked_since = None;
    }

    /// Since when there has been no request, or its client has not read.
    pub fn quiet_since(&self) -> Option<Instant> {
        self.lock().quiet_since()
    }

    pub fn is_leaving(&self) -> bool {
        self.lock().is_leaving
    }

    /// Asks the connection to make room.
    pub fn evict(&self) {
        self.lock().is_leaving = true;
        self.eviction.notify_one();
    }

    /// Waits until the connection has to make room. One that has become busy in the meantime stays.
    pub async fn evicted(&self) {
        loop {
            self.eviction.notified().await;
            let mut state = self.lock();
            if state.quiet_since().is_some() {
                return;
            }
            state.is_leaving = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
