//! An examination, and what its checks share.

use std::collections::HashSet;
use std::time::Duration;

use super::report::{Finding, Outcome, Report};
use crate::app::App;
use crate::error::Error;

/// A check remembers no more suspicions than this. A later run finds the others.
const SUSPICIONS_MAX: usize = 10_000;

/// Options of `doctor`.
#[derive(Clone, Copy, Debug)]
pub struct DoctorOptions {
    /// Repairs what loses nothing.
    pub repair: bool,
    /// Reads all objects.
    pub deep: bool,
    /// Whether a server should be working on the queues.
    pub site_runs: bool,
    /// Until a suspicion is looked at again.
    pub pause: Duration,
}

/// How far a check is; all is 0 if nobody knows.
#[derive(Clone, Copy, Debug)]
pub struct Checking {
    pub what: &'static str,
    pub done: u64,
    pub all: u64,
    /// Bytes are counted.
    pub in_bytes: bool,
}

/// An examination that goes on.
pub struct Examination<'a> {
    pub app: &'a App,
    pub options: DoctorOptions,
    pub tell: &'a (dyn Fn(Checking) + Sync),
    pub report: Report,
    /// Objects that nothing can be made of.
    pub damaged: HashSet<String>,
    /// Objects that are named and not recorded as they should be: they only look left over.
    pub named: HashSet<String>,
    /// Not everything that is in use is known.
    pub is_partial: bool,
}

impl<'a> Examination<'a> {
    pub fn new(app: &'a App, options: DoctorOptions, tell: &'a (dyn Fn(Checking) + Sync)) -> Self {
        let report = Report::new(app.db.engine_name(), options.repair, options.deep);
        Self { app, options, tell, report, damaged: HashSet::new(), named: HashSet::new(), is_partial: false }
    }

    pub fn tell(&self, what: &'static str, done: u64) {
        (self.tell)(Checking { what, done, all: 0, in_bytes: false });
    }

    /// Remembers a suspicion, if there is room.
    pub fn suspect<T>(&mut self, suspicions: &mut Vec<T>, suspicion: T) {
        if suspicions.len() < SUSPICIONS_MAX {
            suspicions.push(suspicion);
        } else {
            self.is_partial = true;
        }
    }

    /// Lets what only looks wrong come right.
    pub async fn pause<T>(&self, suspicions: &[T]) {
        if !suspicions.is_empty() {
            tokio::time::sleep(self.options.pause).await;
        }
    }

    /// Says whether an object may be removed that nothing seems to refer to.
    pub fn is_left_over(&self, name: &str) -> bool {
        !self.is_partial && !self.named.contains(stem(name))
    }

    pub fn found(&mut self, finding: Finding) {
        self.report.add(finding);
    }

    /// Returns what becomes of a finding that `repair` removes.
    pub async fn repaired(&self, repair: impl Future<Output = Result<bool, Error>>) -> Result<Outcome, Error> {
        if !self.options.repair {
            return Ok(Outcome::Repairable);
        }
        Ok(if repair.await? { Outcome::Repaired } else { Outcome::Unrepairable })
    }

    pub fn now(&self) -> i64 {
        self.app.clock.now_ms()
    }
}

/// Returns an object's name without its extension.
pub fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}
