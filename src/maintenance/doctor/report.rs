//! What an examination has found.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::{UserId, VideoId};

/// Of each kind so many are listed; all are counted.
const LISTED_MAX: u64 = 1000;

macro_rules! finding_kinds {
    ($($kind:ident $title:literal $advice:literal,)+) => {
        /// What is wrong. The name in JSON is the variant's in snake case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FindingKind { $($kind,)+ }

        impl FindingKind {
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)+ }
            }

            /// Says what to do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$kind => $advice,)+ }
            }
        }
    };
}

finding_kinds! {
    MissingObject "Objects that are not in the media storage"
        "Put them back from a backup. --repair makes anew what can be made of the uploads.",
    TruncatedObject "Objects with another length than was stored"
        "Put them back from a backup. --repair makes anew what can be made of the uploads.",
    CorruptObject "Objects with other bytes than were stored"
        "Look after the disk, and put them back from a backup. --repair makes anew what can be made of the uploads.",
    RowWithoutMedia "Rows that name media of which there is no record"
        "--repair enters the record again if the bytes are there, and makes anew what can be made of the uploads.",
    OrphanedObject "Objects that nothing refers to"
        "--repair removes them.",
    AbandonedObject "Objects that a crash has left in the middle of storing or removing them"
        "The next start removes them, and so does --repair.",
    StrayObject "Files in the media storage that the database does not know"
        "--repair removes them, unless they are so many that the database may be the wrong one.",
    ForeignFile "Files in the media storage that Chaitube has not stored there"
        "Move them away: nothing uses them.",
    OtherStore "Objects in another media storage than the one that is used"
        "They cannot be looked at. Set MEDIA_URL to what it was, or move them.",
    BrokenUpload "Uploads that have lost bytes"
        "--repair ends them, so that their clients begin anew.",
    WorkLeftover "Files of work that ended long ago"
        "--repair removes them.",
    ExpiredLease "Leases of processes that are gone"
        "They hold up nobody. --repair removes them.",
    WrongCounter "Counters that differ from the rows they count"
        "--repair puts them right, and so does `chaitube recount`.",
    DeadClaim "Jobs and tasks of workers that are gone"
        "A worker goes on with them. --repair lets it begin at once.",
    FailedJob "Jobs that failed at every attempt"
        "The log says why. --repair queues them again.",
    FailedTask "Tasks that failed at every attempt"
        "The log says why. --repair queues them again.",
    NoWorker "Queues that nobody works on"
        "Start a server without --no-worker, or `chaitube worker`; ffmpeg has to be installed there.",
    UnfinishedIndex "A search index that is half built"
        "--repair has it built, and so does `chaitube reindex`.",
}

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `--repair` would repair it.
    Repairable,
    Repaired,
    /// A worker is going to repair it.
    Underway,
    Unrepairable,
}

#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub kind: FindingKind,
    /// The name of an object, the id of a row, or a path.
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// What exactly is wrong, and what people see of it.
    pub detail: String,
    pub outcome: Outcome,
}

impl Finding {
    pub fn new(kind: FindingKind, id: impl Into<String>, detail: impl Into<String>, outcome: Outcome) -> Self {
        Self { kind, id: id.into(), video: None, user: None, detail: detail.into(), outcome }
    }

    #[must_use]
    pub fn of(self, video: Option<VideoId>, user: Option<UserId>) -> Self {
        Self { video, user, ..self }
    }
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Count {
    pub found: u64,
    pub repaired: u64,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Checked {
    pub users: u64,
    pub videos: u64,
    pub uploads: u64,
    pub objects: u64,
    /// That were read.
    pub bytes: u64,
    pub counters: u64,
    pub jobs: u64,
    pub tasks: u64,
}

/// The result of an examination.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Nothing is wrong any more.
    pub ok: bool,
    pub version: &'static str,
    pub database: &'static str,
    pub repair: bool,
    pub deep: bool,
    pub checked: Checked,
    pub counts: BTreeMap<FindingKind, Count>,
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(database: &'static str, repair: bool, deep: bool) -> Self {
        Self {
            ok: true,
            version: env!("CARGO_PKG_VERSION"),
            database,
            repair,
            deep,
            checked: Checked::default(),
            counts: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        let is_repaired = finding.outcome == Outcome::Repaired;
        let count = self.counts.entry(finding.kind).or_default();
        count.found += 1;
        count.repaired += u64::from(is_repaired);
        self.ok &= is_repaired;
        if count.found <= LISTED_MAX {
            self.findings.push(finding);
        }
    }
}
