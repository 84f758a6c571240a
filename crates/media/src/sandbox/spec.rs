//! The description of one sandbox.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Passed as one JSON argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    pub reads: Vec<PathBuf>,
    pub scratch: Option<PathBuf>,
    pub memory_bytes_max: u64,
    pub file_bytes_max: u64,
    pub processor_s_max: u64,
    pub niceness: i32,
    /// The server's process number; the tool ends with it.
    pub parent: u32,
}
