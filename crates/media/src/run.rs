//! Running a started tool: its output is read within limits, and it ends with its whole process
//! group when it takes too long, hangs, fills the disk or is no longer wanted.

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
use crate::sandbox;
use crate::tools::{Call, Tools};

const COMPLAINT_BYTES_MAX: usize = 16 * 1024;
const COMPLAINT_CHARS_SHOWN: usize = 200;
const LINE_BYTES_MAX: usize = 16 * 1024;
const TICK: Duration = Duration::from_millis(500);
const DEATH_WAIT: Duration = Duration::from_secs(5);

/// Why a tool was ended before its time.
#[derive(Debug, Error)]
pub(crate) enum Stop {
    #[error("ffmpeg was ended because it took longer than {} s", .0.as_secs())]
    Time(Duration),
    #[error("ffmpeg was ended because it made no progress for {} s", .0.as_secs())]
    Silence(Duration),
    #[error("ffmpeg was ended because it wrote more than {0} bytes")]
    Scratch(u64),
    #[error("ffmpeg was ended because it said more than {0} bytes")]
    Output(usize),
    #[error("ffmpeg could not be started: {0}")]
    Start(std::io::Error),
    #[error("ffmpeg could not be followed: {0}")]
    Pipe(std::io::Error),
    /// The helper ended before it became the tool.
    #[error("ffmpeg's cage could not be built ({0})")]
    Cage(String),
    #[error("{0}")]
    Caller(MediaError),
}

impl Stop {
    /// The stop as the machine's fault, which it is unless the caller knows better.
    pub fn into_failure(self) -> MediaError {
        match self {
            Self::Start(cause) if cause.kind() == std::io::ErrorKind::NotFound => MediaError::missing_tools(),
            Self::Caller(error) => error,
            other => MediaError::failed(format!("{other}.")),
        }
    }

    /// The stop as the file's fault where only the file can have caused it.
    pub fn into_refusal(self) -> MediaError {
        match self {
            Self::Time(_) | Self::Silence(_) | Self::Scratch(_) | Self::Output(_) => MediaError::refused(
                "This file takes far more work to read than a film of its size should; it is \
                     damaged or was made to do harm.",
            ),
            other => other.into_failure(),
        }
    }
}

/// How a tool ended by itself.
#[derive(Debug)]
pub(crate) struct Ended {
    pub status: ExitStatus,
    pub complaint: String,
}

impl Ended {
    /// The signal that ended it, if one did: a crash, or one of the kernel's limits.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// What the tool complained about, fit to be shown: one short line without our paths.
    pub fn complaint_shown(&self, call: &Call<'_>) -> String {
        let mut text = self.complaint.clone();
        for path in call.reads.iter().copied().chain(call.scratch) {
            text = text.replace(&*path.to_string_lossy(), "the file");
        }
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no reason given");
        let line = line.rsplit("] ").next().unwrap_or(line);
        line.chars().filter(|character| !character.is_control()).take(COMPLAINT_CHARS_SHOWN).collect()
    }
}

/// Whether what was read shows that the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulse {
    Beat,
    Quiet,
}

/// What is asked about each piece of output.
pub(crate) type Sink<'s> = dyn FnMut(&[u8]) -> Result<Pulse, MediaError> + Send + 's;
/// What is asked about each line of output.
pub(crate) type LineSink<'s> = dyn FnMut(&str) -> Result<Pulse, MediaError> + Send + 's;

/// Ends the whole group when dropped: on an error, and when the caller gives up waiting.
struct Group(Option<Pid>);

impl Group {
    fn end(&mut self) {
        if let Some(leader) = self.0.take() {
            // It may be gone already; there is nobody to tell.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

impl Tools {
    /// Runs a tool and gathers all it writes to its standard output.
    pub(crate) async fn output(&self, call: &Call<'_>) -> Result<(Ended, Vec<u8>), Stop> {
        let mut gathered = Vec::new();
        let ended = self
            .drive(call, &mut |piece| {
                gathered.extend_from_slice(piece);
                Ok(Pulse::Beat)
            })
            .await?;
        Ok((ended, gathered))
    }

    /// Runs a tool and hands on each line of its standard output.
    pub(crate) async fn lines(&self, call: &Call<'_>, sink: &mut LineSink<'_>) -> Result<Ended, Stop> {
        let mut pending: Vec<u8> = Vec::new();
        let ended = self
            .drive(call, &mut |piece| {
                let mut pulse = Pulse::Quiet;
                pending.extend_from_slice(piece);
                let mut start = 0;
                while let Some(length) = pending[start..].iter().position(|byte| *byte == b'\n') {
                    let line = String::from_utf8_lossy(&pending[start..start + length]);
                    if sink(line.trim_end())? == Pulse::Beat {
                        pulse = Pulse::Beat;
                    }
                    start += length + 1;
                }
                pending.drain(..start);
                if pending.len() > LINE_BYTES_MAX {
                    return Err(MediaError::failed("ffmpeg wrote an endless line."));
                }
                Ok(pulse)
            })
            .await?;
        if !pending.is_empty() {
            sink(String::from_utf8_lossy(&pending).trim_end()).map_err(Stop::Caller)?;
        }
        Ok(ended)
    }

    async fn drive(&self, call: &Call<'_>, sink: &mut Sink<'_>) -> Result<Ended, Stop> {
        if !call.program(self).is_file() {
            return Err(Stop::Start(std::io::ErrorKind::NotFound.into()));
        }
        let mut child = call.command(self).and_then(|mut command| command.spawn()).map_err(Stop::Start)?;
        let leader = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let mut group = Group(leader);
        match follow(&mut child, call, sink).await {
            Ok(ended) => {
                // The leader is gone and has been waited for, so its number may belong to another.
                group.0 = None;
                Ok(ended)
            }
            Err(stop) => {
                group.end();
                // Waiting makes sure that nothing writes to the scratch folder any more.
                let _ = timeout(DEATH_WAIT, child.wait()).await;
                Err(stop)
            }
        }
    }
}

async fn follow(child: &mut Child, call: &Call<'_>, sink: &mut Sink<'_>) -> Result<Ended, Stop> {
    let mut output = child.stdout.take();
    let mut complaints = child.stderr.take();
    let mut complaint = Vec::new();
    let mut output_bytes = 0;
    let mut last_beat = Instant::now();
    let (mut piece, mut noise) = (vec![0; 64 * 1024], vec![0; 4 * 1024]);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let deadline = sleep(call.time_max);
    tokio::pin!(deadline);
    loop {
        tokio::select! {
                    read = read_some(&mut output, &mut piece), if output.is_some() => {
                        let count = read.map_err(Stop::Pipe)?;
                        if count == 0 {
                            output = None;
                            continue;
                        }
                        output_bytes += count;
                        if output_bytes > call.output_bytes_max {
                            return Err(Stop::Output(call.output_bytes_max));
                        }
                        if sink(&piece[..count]).map_err(Stop::Caller)? == Pulse::Beat {
                            last_beat = Instant::now();
                        }
                    }
                    read = read_some(&mut complaints, &mut noise), if complaints.is_some() => {
                        let count = read.map_err(Stop::Pipe)?;
                        if count == 0 {
                            complaints = None;
                            continue;
                        }
                        // The last words tell most.
                        complaint.extend_from_slice(&noise[..count]);
                        let surplus = complaint.len().saturating_sub(COMPLAINT_BYTES_MAX);
                        complaint.drain(..surplus);
                    }
                    _ = ticks.tick() => check_pulse(call, last_beat).await?,
                    () = &mut deadline => return Err(Stop::Time(call.time_max)),
                    status = child.wait(), if output.is_none() && complaints.is_none() => {
        let complaint = String::from_utf8_lossy(&complaint).into_owned();
                        let status = status.map_err(Stop::Pipe)?;
                        return match complaint.strip_prefix(sandbox::COMPLAINT) {
                            Some(cause) if status.code() == Some(i32::from(sandbox::FAILED)) => {
                                Err(Stop::Cage(cause.trim().to_owned()))
                            }
                            _ => Ok(Ended { status, complaint }),
                        };
                    }
                }
    }
}

async fn read_some<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> std::io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(buffer).await,
        None => Ok(0),
    }
}

async fn check_pulse(call: &Call<'_>, last_beat: Instant) -> Result<(), Stop> {
    if let Some(silence_max) = call.silence_max
        && last_beat.elapsed() > silence_max
    {
        return Err(Stop::Silence(silence_max));
    }
    if let Some(scratch) = call.scratch
        && folder_bytes(scratch).await > call.scratch_bytes_max
    {
        return Err(Stop::Scratch(call.scratch_bytes_max));
    }
    Ok(())
}

/// What the files in a folder take; those that vanish meanwhile count nothing.
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
