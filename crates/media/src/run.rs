//! Runs a tool within limits. On exceeding one, and when the caller stops waiting, its whole process group ends.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::error::MediaError;
use crate::invocation::Invocation;
use crate::progress::{Progress, ProgressHooks, ProgressReader};
use crate::sandbox;
use crate::tools::Tools;

const STDERR_BYTES_MAX: usize = 16 * 1024;
const STDERR_CHARS_SHOWN: usize = 200;
const LINE_BYTES_MAX: usize = 16 * 1024;
const TICK: Duration = Duration::from_millis(500);
const KILL_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error("ffmpeg was ended because it took longer than {} s", .0.as_secs())]
    Time(Duration),
    #[error("ffmpeg was ended because it made no progress for {} s", .0.as_secs())]
    Stall(Duration),
    #[error("ffmpeg was ended because it wrote more than {0} bytes")]
    Scratch(u64),
    #[error("ffmpeg was ended because it printed more than {0} bytes")]
    Output(usize),
    #[error("ffmpeg could not be started: {0}")]
    Start(std::io::Error),
    #[error("ffmpeg could not be followed: {0}")]
    Pipe(std::io::Error),
    #[error("ffmpeg's sandbox could not be set up ({0})")]
    Sandbox(String),
    #[error("{0}")]
    Caller(MediaError),
}

impl RunError {
    pub fn into_failure(self) -> MediaError {
        match self {
            Self::Start(cause) if cause.kind() == std::io::ErrorKind::NotFound => MediaError::missing_tools(),
            Self::Caller(error) => error,
            other => MediaError::failed(format!("{other}.")),
        }
    }

    /// Blames the file where a limit was hit that no honest file hits.
    pub fn into_refusal(self) -> MediaError {
        match self {
            Self::Time(_) | Self::Stall(_) | Self::Scratch(_) | Self::Output(_) => MediaError::refused(
                "This file takes far more work to read than a video of its size should; it is \
                 damaged or was made to do harm.",
            ),
            other => other.into_failure(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct ToolOutput {
    pub status: ExitStatus,
    pub stderr: String,
}

impl ToolOutput {
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Returns the last line, short and without the server's paths.
    pub fn stderr_summary(&self, invocation: &Invocation<'_>) -> String {
        let mut text = self.stderr.clone();
        for path in invocation.reads.iter().copied().chain(invocation.scratch) {
            text = text.replace(&*path.to_string_lossy(), "the file");
        }
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no reason given");
        let line = line.rsplit("] ").next().unwrap_or(line);
        line.chars().filter(|character| !character.is_control()).take(STDERR_CHARS_SHOWN).collect()
    }
}

type Sink<'s> = dyn FnMut(&[u8]) -> Result<Progress, MediaError> + Send + 's;
type LineSink<'s> = dyn FnMut(&str) -> Result<Progress, MediaError> + Send + 's;

/// Kills the process group when dropped: on an error, and when the caller stops waiting.
struct Group(Option<Pid>);

impl Group {
    fn kill(&mut self) {
        if let Some(leader) = self.0.take() {
            // It may have ended already.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Tools {
    pub(crate) async fn output(&self, invocation: &Invocation<'_>) -> Result<(ToolOutput, Vec<u8>), RunError> {
        let mut collected = Vec::new();
        let output = self
            .run(invocation, &mut |chunk| {
                collected.extend_from_slice(chunk);
                Ok(Progress::Made)
            })
            .await?;
        Ok((output, collected))
    }

    pub(crate) async fn follow(
        &self,
        invocation: &Invocation<'_>,
        hooks: &mut ProgressHooks<'_>,
    ) -> Result<ToolOutput, MediaError> {
        let mut reader = ProgressReader::default();
        let output = self
            .lines(invocation, &mut |line| {
                let (done_s, progress) = reader.read(line);
                if let Some(done_s) = done_s {
                    (hooks.on_progress)(done_s);
                }
                Ok(progress)
            })
            .await
            .map_err(RunError::into_failure)?;
        if output.status.success() { Ok(output) } else { Err(gave_up(&output, invocation)) }
    }

    pub(crate) async fn lines(
        &self,
        invocation: &Invocation<'_>,
        sink: &mut LineSink<'_>,
    ) -> Result<ToolOutput, RunError> {
        let mut pending: Vec<u8> = Vec::new();
        let output = self
            .run(invocation, &mut |chunk| {
                let mut progress = Progress::None;
                pending.extend_from_slice(chunk);
                let mut start = 0;
                while let Some(length) = pending[start..].iter().position(|byte| *byte == b'\n') {
                    let line = String::from_utf8_lossy(&pending[start..start + length]);
                    if sink(line.trim_end())? == Progress::Made {
                        progress = Progress::Made;
                    }
                    start += length + 1;
                }
                pending.drain(..start);
                if pending.len() > LINE_BYTES_MAX {
                    return Err(MediaError::failed("ffmpeg wrote an endless line."));
                }
                Ok(progress)
            })
            .await?;
        if !pending.is_empty() {
            sink(String::from_utf8_lossy(&pending).trim_end()).map_err(RunError::Caller)?;
        }
        Ok(output)
    }

    async fn run(&self, invocation: &Invocation<'_>, sink: &mut Sink<'_>) -> Result<ToolOutput, RunError> {
        if !invocation.program(self).is_file() {
            return Err(RunError::Start(std::io::ErrorKind::NotFound.into()));
        }
        let mut child = invocation.command(self).and_then(|mut command| command.spawn()).map_err(RunError::Start)?;
        let leader = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let mut group = Group(leader);
        match wait(&mut child, invocation, sink).await {
            Ok(output) => {
                // The leader was waited for, so its number may belong to another process by now.
                group.0 = None;
                Ok(output)
            }
            Err(error) => {
                group.kill();
                // After this nothing writes to the scratch folder any more.
                let _ = timeout(KILL_WAIT, child.wait()).await;
                Err(error)
            }
        }
    }
}

fn gave_up(output: &ToolOutput, invocation: &Invocation<'_>) -> MediaError {
    let summary = output.stderr_summary(invocation);
    if summary.contains("No space left on device") {
        return MediaError::failed("The disk is full: free some space, then try again.");
    }
    match output.signal() {
        Some(signal) => MediaError::failed(format!(
            "ffmpeg was ended by signal {signal} while it worked on this video: it crashed, or ran \
             into its limit of memory, time or file size."
        )),
        None => MediaError::failed(format!("ffmpeg gave up on this video ({summary}).")),
    }
}

async fn wait(child: &mut Child, invocation: &Invocation<'_>, sink: &mut Sink<'_>) -> Result<ToolOutput, RunError> {
    let mut stdout = child.stdout.take();
    let mut stderr = child.stderr.take();
    let mut messages = Vec::new();
    let mut output_bytes = 0;
    let mut last_progress = Instant::now();
    let (mut chunk, mut message) = (vec![0; 64 * 1024], vec![0; 4 * 1024]);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let deadline = sleep(invocation.time_max);
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            read = read_some(&mut stdout, &mut chunk), if stdout.is_some() => {
                let count = read.map_err(RunError::Pipe)?;
                if count == 0 {
                    stdout = None;
                    continue;
                }
                output_bytes += count;
                if output_bytes > invocation.output_bytes_max {
                    return Err(RunError::Output(invocation.output_bytes_max));
                }
                if sink(&chunk[..count]).map_err(RunError::Caller)? == Progress::Made {
                    last_progress = Instant::now();
                }
            }
            read = read_some(&mut stderr, &mut message), if stderr.is_some() => {
                let count = read.map_err(RunError::Pipe)?;
                if count == 0 {
                    stderr = None;
                    continue;
                }
                // The last messages say most.
                messages.extend_from_slice(&message[..count]);
                let surplus = messages.len().saturating_sub(STDERR_BYTES_MAX);
                messages.drain(..surplus);
            }
            _ = ticks.tick() => check_limits(invocation, last_progress).await?,
            () = &mut deadline => return Err(RunError::Time(invocation.time_max)),
            status = child.wait(), if stdout.is_none() && stderr.is_none() => {
                let stderr = String::from_utf8_lossy(&messages).into_owned();
                return finished(status.map_err(RunError::Pipe)?, stderr);
            }
        }
    }
}

/// Tells the tool's own end from a sandbox that did not get to start it.
fn finished(status: ExitStatus, stderr: String) -> Result<ToolOutput, RunError> {
    match stderr.strip_prefix(sandbox::ERROR_PREFIX) {
        Some(cause) if status.code() == Some(i32::from(sandbox::EXIT_CODE)) => {
            Err(RunError::Sandbox(cause.trim().to_owned()))
        }
        _ => Ok(ToolOutput { status, stderr }),
    }
}

async fn read_some<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> std::io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(buffer).await,
        None => Ok(0),
    }
}

async fn check_limits(invocation: &Invocation<'_>, last_progress: Instant) -> Result<(), RunError> {
    if let Some(stall_timeout) = invocation.stall_timeout
        && last_progress.elapsed() > stall_timeout
    {
        return Err(RunError::Stall(stall_timeout));
    }
    if let Some(scratch) = invocation.scratch
        && folder_bytes(scratch).await > invocation.scratch_bytes_max
    {
        return Err(RunError::Scratch(invocation.scratch_bytes_max));
    }
    Ok(())
}

/// Files that vanish meanwhile count nothing.
async fn folder_bytes(folder: &Path) -> u64 {
    let mut sum = 0;
    if let Ok(mut entries) = tokio::fs::read_dir(folder).await {
        while let Ok(Some(entry)) = entries.next_entry().await {
            if let Ok(metadata) = entry.metadata().await {
                sum += metadata.len();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests;
