//! The sandbox of ffmpeg: no network, the input files to read, one folder to write to, and limits on everything.
//!
//! Restricting a process between fork and exec would need unsafe code. So the server starts its own executable with a
//! hidden subcommand; that process restricts itself and then becomes the tool, under the same process number.

mod files;
mod spec;
mod system_calls;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};

pub(crate) use self::spec::Spec;

pub(crate) const SUBCOMMAND: &str = "__sandbox";
/// The argument that asks for what is enforced, in place of a [`Spec`].
pub(crate) const STATUS: &str = "status";
pub(crate) const ERROR_PREFIX: &str = "sandbox: ";
pub(crate) const EXIT_CODE: u8 = 126;
const SEPARATOR: &str = "--";
const OPEN_FILES_MAX: u64 = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Enforced {
    files: files::Enforced,
    system_calls: bool,
}

/// `main` calls it first. A process started as a sandbox becomes the tool, or gets an exit code; others get `None`.
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
    eprintln!("{ERROR_PREFIX}{sentence}");
    Some(ExitCode::from(EXIT_CODE))
}

fn enter_and_exec(mut arguments: impl Iterator<Item = OsString>) -> Result<String, String> {
    let first = arguments.next().ok_or("the description of the sandbox is missing")?;
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
        .ok_or("the description of the sandbox cannot be understood")?;
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
    // When memory runs out, the kernel kills this process rather than the server or the database.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    if spec.niceness != 0 {
        // Lower priority is a courtesy.
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

/// Asks the kernel to kill the tool with the server, which a killed server cannot do. The kernel watches the thread
/// that started the tool; worker threads of the runtime live as long as the server.
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

/// Drops the capabilities of root, except for reading files of other users, which Landlock narrows down.
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
            "ffmpeg is sandboxed: {files}; {system_calls}; memory, time, file size and open files \
             are limited; new privileges are ruled out."
        )
    }
}

#[cfg(test)]
mod tests;
