//! One run of ffmpeg or ffprobe, described before it is started.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::codec::probe_decoders;
use crate::container::Container;
use crate::info::MediaInfo;
use crate::progress::ProgressHooks;
use crate::sandbox::{SUBCOMMAND, Spec};
use crate::tools::Tools;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Ffmpeg,
    Ffprobe,
}

#[derive(Debug, Clone)]
pub(crate) struct Invocation<'a> {
    tool: Tool,
    pub reads: Vec<&'a Path>,
    /// The one folder it may write to.
    pub scratch: Option<&'a Path>,
    arguments: Vec<OsString>,
    pub time_max: Duration,
    pub stall_timeout: Option<Duration>,
    pub output_bytes_max: usize,
    pub scratch_bytes_max: u64,
    memory_bytes_max: u64,
    niceness: i32,
}

impl<'a> Invocation<'a> {
    pub fn new(tool: Tool, time_max: Duration) -> Self {
        let mut invocation = Self {
            tool,
            reads: Vec::new(),
            scratch: None,
            arguments: Vec::new(),
            time_max,
            stall_timeout: None,
            output_bytes_max: 4 * 1024 * 1024,
            scratch_bytes_max: 1024 * 1024 * 1024,
            memory_bytes_max: 4 * 1024 * 1024 * 1024,
            niceness: 0,
        };
        invocation.args(["-hide_banner", "-loglevel", "error"]);
        if tool == Tool::Ffmpeg {
            invocation.args(["-nostdin", "-y"]);
        }
        invocation
    }

    pub fn watched(hooks: &ProgressHooks<'_>, scratch: Option<&'a Path>, time_max: Duration) -> Self {
        let mut invocation = Self::new(Tool::Ffmpeg, time_max);
        invocation.scratch = scratch;
        invocation.stall_timeout = Some(hooks.stall_timeout);
        // Progress is reported for as long as the run lasts; only the length of a line is limited.
        invocation.output_bytes_max = usize::MAX;
        invocation.scratch_bytes_max = hooks.scratch_bytes_max;
        invocation.memory_bytes_max = hooks.memory_bytes_max;
        invocation.niceness = hooks.niceness;
        invocation.args(["-progress", "pipe:1", "-nostats"]);
        invocation
    }

    pub fn arg(&mut self, argument: impl Into<OsString>) -> &mut Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn args<const N: usize>(&mut self, arguments: [&str; N]) -> &mut Self {
        self.arguments.extend(arguments.iter().map(OsString::from));
        self
    }

    /// Options before an input hold for it alone, so other inputs do not weaken its lists of what may open it.
    pub fn input(&mut self, path: &'a Path, container: Container, decoders: &str) -> &mut Self {
        let demuxer = container.demuxer();
        self.args(["-protocol_whitelist", "file", "-format_whitelist", demuxer]);
        self.args(["-codec_whitelist", decoders, "-f", demuxer, "-i"]);
        self.reads.push(path);
        self.arg(path)
    }

    pub fn source(&mut self, path: &'a Path, info: &MediaInfo) -> &mut Self {
        match self.tool {
            Tool::Ffprobe => self.input(path, info.container, &probe_decoders()),
            // ffmpeg opens decoders only for the streams it uses.
            Tool::Ffmpeg => self.input(path, info.container, &info.decoders()),
        }
    }

    pub fn map(&mut self, input: usize, stream: u32) -> &mut Self {
        self.arg("-map").arg(format!("{input}:{stream}"))
    }

    pub fn program<'t>(&self, tools: &'t Tools) -> &'t Path {
        match self.tool {
            Tool::Ffmpeg => &tools.ffmpeg,
            Tool::Ffprobe => &tools.ffprobe,
        }
    }

    /// Sandboxed, in a process group of its own, without environment and standard input.
    pub fn command(&self, tools: &Tools) -> Result<Command, std::io::Error> {
        // ffmpeg would resolve a relative path elsewhere, or take it for an option or a protocol.
        if !self.reads.iter().copied().chain(self.scratch).all(Path::is_absolute) {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let program = self.program(tools);
        let mut command = match &tools.sandbox {
            Some(sandbox) => {
                let mut command = Command::new(sandbox);
                command.arg(SUBCOMMAND).arg(serde_json::to_string(&self.spec())?).arg("--").arg(program);
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

    fn spec(&self) -> Spec {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        Spec {
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
