//! What people do.

use std::fmt;

use super::count::{Counter, Gauge};
use super::exposition::Exposition;

#[derive(Debug, Default)]
pub struct Uploads {
    /// Requests that bring bytes.
    pub running: Gauge,
    pub bytes: Counter,
}

impl Uploads {
    pub fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        exposition.gauge("chaitube_uploads_running", "Requests that bring a video", self.running.get())?;
        exposition.counter("chaitube_upload_bytes", "Bytes of videos that were received", self.bytes.get())
    }
}

#[derive(Clone, Copy, Debug)]
pub enum LoginResult {
    Success,
    /// A wrong name or password.
    Refused,
    /// Too many attempts.
    Limited,
    /// Not an attempt.
    Invalid,
    /// The server's fault.
    Error,
}

const LOGINS: [&str; 5] = ["success", "refused", "limited", "invalid", "error"];

#[derive(Debug, Default)]
pub struct Logins([Counter; LOGINS.len()]);

impl Logins {
    pub fn count(&self, result: LoginResult) {
        self.0[result as usize].add(1);
    }

    pub fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let series = LOGINS.iter().zip(&self.0);
        let series = series.map(|(result, count)| (vec![("result", (*result).into())], count.get()));
        exposition.counters("chaitube_logins", "Attempts to log in", series)
    }
}
