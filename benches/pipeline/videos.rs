//! Videos to measure with: noisy enough to be worth their bits.

use std::path::{Path, PathBuf};
use std::process::Command;

const PICTURE: &str = "testsrc2=s=1920x1080:r=30:d=20,noise=alls=12:allf=t";
/// Longer videos are this one again and again.
pub const SHORT_S: u32 = 20;

/// How a video may be.
#[derive(Clone, Copy)]
pub enum Kind {
    /// As phones and editors make it: it is copied as the top rendition.
    Copied,
    /// With key frames too far apart: every rendition is encoded.
    Encoded,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Copied, Self::Encoded];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Copied => "1080p30 whose top rendition is copied",
            Self::Encoded => "1080p30 of which all renditions are encoded",
        }
    }

    const fn key_frames(self) -> &'static str {
        match self {
            Self::Copied => "60",
            Self::Encoded => "600",
        }
    }
}

/// A video of so many seconds, rounded to whole repetitions.
pub fn video(folder: &Path, kind: Kind, seconds: u32) -> PathBuf {
    let short = short(folder, kind);
    let repetitions = seconds / SHORT_S;
    if repetitions < 2 {
        return short;
    }
    let path = folder.join(format!("long{}-{seconds}.mp4", kind.key_frames()));
    if !path.exists() {
        let again = (repetitions - 1).to_string();
        run(ffmpeg(&["-stream_loop", &again, "-i"]).arg(short).args(["-c", "copy"]).arg(&path));
    }
    path
}

fn short(folder: &Path, kind: Kind) -> PathBuf {
    let path = folder.join(format!("short{}.mp4", kind.key_frames()));
    if !path.exists() {
        let rates = ["-b:v", "3700k", "-maxrate", "5000k", "-bufsize", "10000k", "-preset", "veryfast"];
        let mut command = ffmpeg(&["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", "sine=d=20", "-c:v", "libx264"]);
        command.args(rates).args(["-g", kind.key_frames(), "-keyint_min", kind.key_frames(), "-sc_threshold", "0"]);
        run(command.args(["-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]).arg(&path));
    }
    path
}

pub fn ffmpeg(arguments: &[&str]) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error"]).args(arguments);
    command
}

pub fn run(command: &mut Command) {
    let status = command.status().expect("ffmpeg is installed: scripts/install.sh test");
    assert!(status.success(), "{command:?}");
}
