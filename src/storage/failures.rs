//! Counts what the storage fails at, for operators.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::metrics::{Counter, Exposition};

#[derive(Clone, Copy, Debug)]
pub enum Operation {
    Read,
    Write,
    Delete,
}

const OPERATIONS: [&str; 3] = ["read", "write", "delete"];

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Failures(Arc<[Counter; OPERATIONS.len()]>);

impl Failures {
    pub fn count(&self, operation: Operation) {
        self.0[operation as usize].add(1);
    }

    /// Counts an error, unless it is that there is no such object.
    pub fn counted<T>(&self, operation: Operation, result: Result<T, Error>) -> Result<T, Error> {
        result.inspect_err(|error| {
            if !matches!(error, Error::NotFound(_)) {
                self.count(operation);
            }
        })
    }

    pub fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let operations = OPERATIONS.iter().zip(self.0.iter());
        let series = operations.map(|(operation, count)| (vec![("operation", (*operation).into())], count.get()));
        exposition.counters("chaitube_storage_errors", "Failed operations of the media storage, after retries", series)
    }
}
