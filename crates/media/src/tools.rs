//! Where ffmpeg and ffprobe are, and the sandbox they run in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::sandbox::{STATUS, SUBCOMMAND};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    pub(crate) ffmpeg: PathBuf,
    pub(crate) ffprobe: PathBuf,
    /// Without it the tools run free.
    pub(crate) sandbox: Option<PathBuf>,
}

impl Tools {
    /// Searches `PATH`. The tools are not sandboxed yet.
    #[must_use]
    pub fn detect() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        Some(Self { ffmpeg: find(&path, "ffmpeg")?, ffprobe: find(&path, "ffprobe")?, sandbox: None })
    }

    /// The `main` of `executable` has to call [`enter_if_asked`](crate::sandbox::enter_if_asked) first. A server gives
    /// `/proc/self/exe`, which stays right while its file is being replaced.
    #[must_use]
    pub fn with_sandbox(mut self, executable: impl Into<PathBuf>) -> Self {
        self.sandbox = Some(executable.into());
        self
    }

    /// Describes what this machine enforces, found out by entering the sandbox.
    pub async fn sandbox_status(&self) -> String {
        let Some(sandbox) = &self.sandbox else {
            return "ffmpeg runs WITHOUT a sandbox: no executable for it is set.".to_owned();
        };
        let output = Command::new(sandbox)
            .args([SUBCOMMAND, STATUS])
            .env_clear()
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        match output {
            Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            Ok(output) => format!(
                "ffmpeg cannot run, because its sandbox cannot be set up ({}).",
                String::from_utf8_lossy(&output.stderr).trim()
            ),
            Err(cause) => {
                format!("ffmpeg cannot run, because {} cannot be started ({cause}).", sandbox.display())
            }
        }
    }
}

fn find(path: &OsStr, program: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|candidate: &PathBuf| Path::is_file(candidate))
        .and_then(|found| found.canonicalize().ok())
}
