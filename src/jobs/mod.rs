//! The workers, and one file for each kind of job.
//!
//! A job is queued in the transaction that makes it necessary, and finished in the one that records its output. A
//! worker that dies loses its job to another when the lease runs out; the fence then voids what the first still writes.
//! `run` works in a scratch folder without a transaction, `commit` records the output.

mod context;
mod error;
mod ladder;
mod previews;
mod scratch;
mod watchable;
mod worker;

pub use self::worker::{work, work_off, work_one};
