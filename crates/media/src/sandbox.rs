//! The cage in which ffmpeg works: no network, one input file to read, one folder to write to, and
//! limits on everything. A film that takes over the decoder finds nothing there.
//!
//! Locking oneself in between fork and exec would need unsafe code, so the server starts its own
//! executable with a hidden subcommand; that process locks itself in and then becomes the tool.
//! It is one process with one number all along, which is what ends it with its group.

mod files;
mod system_calls;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};

use crate::tools::Tools;

/// The hidden subcommand of the server's executable.
pub const SUBCOMMAND: &str = "__sandbox";
/// How the helper's own complaints begin, and its exit code with them.
pub(crate) const COMPLAINT: &str = "sandbox: ";
pub(crate) const FAILED: u8 = 126;
const STATUS: &str = "status";
const SEPARATOR: &str = "--";
const OPEN_FILES_MAX: u64 = 256;

/// What a caged tool may use; comes as one JSON argument from the server itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    pub reads: Vec<PathBuf>,
    pub scratch: Option<PathBuf>,
    pub memory_bytes_max: u64,
    pub file_bytes_max: u64,
    pub processor_s_max: u64,
    pub niceness: i32,
    /// The server's process number: without the server the tool ends too.
    pub parent: u32,
}

/// What the kernel agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Enforced {
    files: files::Enforced,
    system_calls: bool,
}

/// The first thing the server's `main` calls: when the process was started as a cage, this becomes
/// the tool and returns only if that failed. In every other case it gives `None` at once.
#[must_use]
pub fn enter_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != SUBCOMMAND {
        return None;
    }
    let sentence = match enter_and_exec(arguments) {
        Ok(sentence) => {
            println!("{sentence}");
            return Some(ExitCode::SUCCESS);
        }
        Err(sentence) => sentence,
    };
    eprintln!("{COMPLAINT}{sentence}");
    Some(ExitCode::from(FAILED))
}

/// Locks this process in and becomes the tool named by the arguments; or, asked for its status,
/// locks itself in and says what is enforced.
fn enter_and_exec(mut arguments: impl Iterator<Item = OsString>) -> Result<String, String> {
    let first = arguments.next().ok_or("the description of the cage is missing")?;
    if first == STATUS {
        let spec = Spec {
            reads: Vec::new(),
            scratch: None,
            memory_bytes_max: u64::MAX,
            file_bytes_max: 0,
            processor_s_max: 10,
            niceness: 0,
            parent: std::os::unix::process::parent_id(),
        };
        return Ok(enter(&spec, Path::new("/"))?.sentence());
    }
    let spec: Spec = first
        .to_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or("the description of the cage cannot be understood")?;
    if arguments.next().is_none_or(|separator| separator != SEPARATOR) {
        return Err("the tool is missing".to_owned());
    }
    let tool = PathBuf::from(arguments.next().ok_or("the tool is missing")?);
    enter(&spec, &tool)?;
    let cause = Command::new(&tool).args(arguments).exec();
    Err(format!("{} could not be started: {cause}", tool.display()))
}

fn enter(spec: &Spec, tool: &Path) -> Result<Enforced, String> {
    die_with(spec.parent)?;
    // Should memory run out, the kernel takes this process and not the server or the database.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    if spec.niceness != 0 {
        // Lower priority is a courtesy; without it the work is done all the same.
        let _ = rustix::process::nice(spec.niceness);
    }
    limit(spec)?;
    rustix::thread::set_no_new_privs(true)
        .map_err(|cause| format!("new privileges could not be ruled out: {cause}"))?;
    let files = files::restrict(spec, tool)?;
    drop_capabilities();
    let system_calls = system_calls::restrict();
    Ok(Enforced { files, system_calls })
}

/// A killed server cannot end its tools, so the kernel is asked to. It watches the thread that
/// started the tool; a runtime's worker threads live as long as the server does.
fn die_with(parent: u32) -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .map_err(|cause| format!("the tool could not be tied to the server: {cause}"))?;
    if std::os::unix::process::parent_id() == parent { Ok(()) } else { Err("the server is gone already".to_owned()) }
}

fn limit(spec: &Spec) -> Result<(), String> {
    for (resource, maximum) in [
        (Resource::Core, 0),
        (Resource::Nofile, OPEN_FILES_MAX),
        (Resource::Fsize, spec.file_bytes_max),
        (Resource::Cpu, spec.processor_s_max),
        (Resource::As, spec.memory_bytes_max),
    ] {
        let limit = Rlimit { current: Some(maximum), maximum: Some(maximum) };
        let tighter = rustix::process::getrlimit(resource).maximum.is_some_and(|inherited| inherited <= maximum);
        if !tighter {
            setrlimit(resource, limit).map_err(|cause| format!("a limit could not be set: {cause}"))?;
        }
    }
    Ok(())
}

/// Gives away root's powers where the server runs as root, except for reading files of others,
/// which the file rules narrow down already. Others have none, and then nothing changes.
fn drop_capabilities() {
    let kept = CapabilitySet::DAC_OVERRIDE;
    if let Ok(sets) = rustix::thread::capabilities(None) {
        let _ = rustix::thread::set_capabilities(
            None,
            CapabilitySets {
                effective: sets.effective & kept,
                permitted: sets.permitted & kept,
                inheritable: CapabilitySet::empty(),
            },
        );
    }
}

impl Enforced {
    fn sentence(self) -> String {
        let files = match self.files {
            files::Enforced::Full => "files and network are closed by Landlock",
            files::Enforced::Partial => "files are closed by Landlock as far as this kernel can, which is not all",
            files::Enforced::None => "files are NOT closed, because this kernel has no Landlock or it is switched off",
        };
        let system_calls = if self.system_calls {
            "system calls are cut to the needed ones by seccomp"
        } else {
            "system calls are NOT cut, because seccomp does not work here"
        };
        format!(
            "ffmpeg runs caged: {files}; {system_calls}; memory, time, file size and open files \
             are limited; new privileges are ruled out."
        )
    }
}

/// What of the cage is active on this machine, as a sentence for the start log. It is found out by
/// really locking a process in.
pub async fn status(tools: &Tools) -> String {
    const OPEN: &str = "ffmpeg runs WITHOUT a cage";
    let Some(helper) = &tools.helper else {
        return format!("{OPEN}: no helper executable is set.");
    };
    let answer = tokio::process::Command::new(helper)
        .args([SUBCOMMAND, STATUS])
        .env_clear()
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    match answer {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Ok(output) => format!(
            "ffmpeg cannot run, because its cage cannot be built ({}).",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        Err(cause) => {
            format!("ffmpeg cannot run, because the helper {} cannot be started ({cause}).", helper.display())
        }
    }
}

#[cfg(test)]
mod tests;
