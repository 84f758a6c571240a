//! The one place from which ffmpeg and ffprobe are started.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::container::Container;
use crate::progress::Watch;
use crate::sandbox;

/// Where the tools are, found once at the start of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    /// The executable that puts a tool into its sandbox; none means no sandbox.
    pub helper: Option<PathBuf>,
}

impl Tools {
    /// Looks for both tools on the search path. They run caged once `with_helper` was told how.
    #[must_use]
    pub fn detect() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        Some(Self { ffmpeg: find(&path, "ffmpeg")?, ffprobe: find(&path, "ffprobe")?, helper: None })
    }

    /// Makes the tools run in the cage that this executable builds: the server's own one, whose
    /// `main` calls `sandbox::enter_if_asked` first. `/proc/self/exe` names it best, for that
    /// stays right while the file is being replaced by a newer version.
    #[must_use]
    pub fn with_helper(mut self, helper: impl Into<PathBuf>) -> Self {
        self.helper = Some(helper.into());
        self
    }
}

/// The first absolute place on the search path that has this program, as its real path.
fn find(path: &OsStr, program: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .and_then(|found| found.canonicalize().ok())
}

/// Which of the two tools to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Ffmpeg,
    Ffprobe,
}

/// One start of a tool: what it may touch, for how long, and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub tool: Tool,
    pub reads: Vec<&'a Path>,
    /// The one folder it may write to.
    pub scratch: Option<&'a Path>,
    pub arguments: Vec<OsString>,
    pub time_max: Duration,
    /// How long it may say nothing of progress before it counts as hung.
    pub silence_max: Option<Duration>,
    pub output_bytes_max: usize,
    pub scratch_bytes_max: u64,
    pub memory_bytes_max: u64,
    /// 0 for work somebody waits for, up to 19 for what has time.
    pub niceness: i32,
}

impl<'a> Call<'a> {
    pub fn new(tool: Tool, time_max: Duration) -> Self {
        let mut call = Self {
            tool,
            reads: Vec::new(),
            scratch: None,
            arguments: Vec::new(),
            time_max,
            silence_max: None,
            output_bytes_max: 4 * 1024 * 1024,
            scratch_bytes_max: 1024 * 1024 * 1024,
            memory_bytes_max: 4 * 1024 * 1024 * 1024,
            niceness: 0,
        };
        call.args(["-hide_banner", "-loglevel", "error"]);
        if tool == Tool::Ffmpeg {
            call.args(["-nostdin", "-y"]);
        }
        call
    }

    /// An ffmpeg whose progress is followed: within every limit of the watch, and in this scratch folder if it is to
    /// write anything.
    pub fn watched(watch: &Watch<'_>, scratch: Option<&'a Path>, time_max: Duration) -> Self {
        let mut call = Self::new(Tool::Ffmpeg, time_max);
        call.scratch = scratch;
        call.silence_max = Some(watch.silence_max);
        // It talks for as long as it works; `run` holds the lines within bounds.
        call.output_bytes_max = usize::MAX;
        call.scratch_bytes_max = watch.scratch_bytes_max;
        call.memory_bytes_max = watch.memory_bytes_max;
        call.niceness = watch.niceness;
        call.args(["-progress", "pipe:1", "-nostats"]);
        call
    }

    pub fn arg(&mut self, argument: impl Into<OsString>) -> &mut Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn args<const N: usize>(&mut self, arguments: [&str; N]) -> &mut Self {
        self.arguments.extend(arguments.iter().map(OsString::from));
        self
    }

    /// Adds an input that nothing but one demuxer and the listed decoders may open. ffmpeg takes
    /// the options before an input for that input alone, so other inputs do not weaken this one.
    pub fn input(&mut self, path: &'a Path, container: Container, decoders: &str) -> &mut Self {
        let demuxer = container.demuxer();
        self.args(["-protocol_whitelist", "file", "-format_whitelist", demuxer]);
        self.args(["-codec_whitelist", decoders, "-f", demuxer, "-i"]);
        self.reads.push(path);
        self.arg(path)
    }

    pub fn program<'t>(&self, tools: &'t Tools) -> &'t Path {
        match self.tool {
            Tool::Ffmpeg => &tools.ffmpeg,
            Tool::Ffprobe => &tools.ffprobe,
        }
    }

    /// The command as it will be started: caged, in its own process group, without environment
    /// and standard input.
    pub fn command(&self, tools: &Tools) -> Result<Command, std::io::Error> {
        // A relative path would be looked for in another folder, and could look like an option or
        // a protocol to ffmpeg.
        if !self.reads.iter().copied().chain(self.scratch).all(Path::is_absolute) {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let program = self.program(tools);
        let mut command = match &tools.helper {
            Some(helper) => {
                let mut command = Command::new(helper);
                command.arg(sandbox::SUBCOMMAND).arg(serde_json::to_string(&self.spec())?).arg("--").arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .args(&self.arguments)
            .env_clear()
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        Ok(command)
    }

    fn spec(&self) -> sandbox::Spec {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        sandbox::Spec {
            reads: self.reads.iter().map(|path| path.to_path_buf()).collect(),
            scratch: self.scratch.map(Path::to_path_buf),
            memory_bytes_max: self.memory_bytes_max,
            file_bytes_max: if self.scratch.is_some() { self.scratch_bytes_max } else { 0 },
            processor_s_max: self.time_max.as_secs().max(1).saturating_mul(processors),
            niceness: self.niceness,
            parent: std::process::id(),
        }
    }
}
