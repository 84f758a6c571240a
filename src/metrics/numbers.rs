//! What is counted for the whole process.

use super::requests::Requests;
use super::usage::{Logins, Uploads};
use super::work::Work;

/// What no component has for itself.
#[derive(Debug)]
pub struct Numbers {
    pub requests: Requests,
    pub uploads: Uploads,
    pub logins: Logins,
    pub jobs: Work,
    pub tasks: Work,
}

impl Numbers {
    pub fn new(jobs: impl IntoIterator<Item = &'static str>, tasks: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            requests: Requests::default(),
            uploads: Uploads::default(),
            logins: Logins::default(),
            jobs: Work::new(jobs),
            tasks: Work::new(tasks),
        }
    }
}
