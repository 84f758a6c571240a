//! Small videos for the tests, made by ffmpeg.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::tools::Tools;

pub struct Fixture {
    pub folder: tempfile::TempDir,
    pub tools: Tools,
}

impl Fixture {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            tools: Tools::detect().expect("the tests need ffmpeg on the search path").with_sandbox(sandbox_program()),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// `arguments` is one line, between ffmpeg's input and output.
    pub fn video(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        make(&self.tools.ffmpeg, arguments, &path);
        path
    }
}

/// Built from the current source: Cargo builds no executables for unit tests.
pub fn sandbox_program() -> PathBuf {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let build = escargot::CargoBuild::new().manifest_path(env!("CARGO_MANIFEST_PATH")).bin("media-sandbox");
        build.run().unwrap().path().to_owned()
    });
    PROGRAM.clone()
}

#[track_caller]
pub fn assert_ends(number: &str) {
    let process = Pid::from_raw(number.trim().parse().unwrap()).unwrap();
    // Without a process of this number it has ended and was waited for.
    let Ok(handle) = pidfd_open(process, PidfdFlags::empty()) else { return };
    let ten_s = Timespec { tv_sec: 10, tv_nsec: 0 };
    let ready = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&ten_s)).unwrap();
    assert_eq!(ready, 1, "process {number} is still running");
}

pub const VIDEO: &str = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2";
pub const TONE: &str = "-f lavfi -i sine=duration=2:sample_rate=48000";
pub const USUAL: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -c:a aac -b:a 64k";

fn make(ffmpeg: &Path, arguments: &str, output: &Path) {
    let ffmpeg = Command::new(ffmpeg)
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(output)
        .output()
        .unwrap();
    assert!(ffmpeg.status.success(), "{arguments}: {}", String::from_utf8_lossy(&ffmpeg.stderr));
}
