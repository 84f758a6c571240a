//! The workers, and one file for each kind of job.
//!
//! A job is queued in the transaction that makes it necessary, claimed with a lease, and finished in the transaction
//! that records its output. A worker that dies loses its job to another when the lease runs out; the fence then voids
//! what the first would still write. Each kind has a `run`, which works in a scratch folder without a transaction, and
//! a `commit`, which records the output.

mod context;
mod error;
mod ladder;
mod previews;
mod scratch;
mod watchable;
mod worker;

pub use self::worker::{work, work_off, work_one};
