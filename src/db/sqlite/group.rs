//! Transactions that have ended and wait for the same `COMMIT`.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::db::Error;
use crate::db::engine::Effect;

const MEMBERS_MAX: usize = 128;
/// No transaction joins a group that is older.
const AGE_MAX: Duration = Duration::from_millis(10);

pub(super) type Outcome = Result<(), Error>;

pub(super) struct Group {
    /// Counts the groups, to tell this one from those before it.
    number: u64,
    begun_at: Instant,
    age_max: Duration,
    members: Vec<Member>,
}

struct Member {
    effects: Vec<Effect>,
    outcome: oneshot::Sender<Outcome>,
}

/// What the members are told, once the connection is free for the next group.
#[must_use]
pub(super) struct Outcomes(Vec<(oneshot::Sender<Outcome>, Outcome)>);

impl Outcomes {
    pub fn tell(self) {
        for (sender, outcome) in self.0 {
            // Nobody listens if the request was dropped.
            let _ = sender.send(outcome);
        }
    }
}

impl Group {
    pub fn new() -> Self {
        Self { number: 0, begun_at: Instant::now(), age_max: AGE_MAX, members: Vec::new() }
    }

    pub const fn number(&self) -> u64 {
        self.number
    }

    pub const fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_full(&self) -> bool {
        self.len() >= MEMBERS_MAX || (self.len() > 0 && self.begun_at.elapsed() > self.age_max)
    }

    #[cfg(test)]
    pub const fn allow_age(&mut self, age_max: Duration) {
        self.age_max = age_max;
    }

    /// Adds a transaction that has ended, and returns where its outcome is told.
    pub fn add(&mut self, effects: Vec<Effect>) -> oneshot::Receiver<Outcome> {
        if self.members.is_empty() {
            self.begun_at = Instant::now();
        }
        let (outcome, receiver) = oneshot::channel();
        self.members.push(Member { effects, outcome });
        receiver
    }

    /// Ends the group and begins the next. After a success the effects are run, else they are dropped.
    pub fn settle(&mut self, outcome: &Outcome) -> Outcomes {
        self.number += 1;
        let settled = std::mem::take(&mut self.members).into_iter().map(|member| {
            let own = outcome.as_ref().map(|()| member.effects.into_iter().for_each(|effect| effect()));
            (member.outcome, own.map_err(Error::copy))
        });
        Outcomes(settled.collect())
    }
}
