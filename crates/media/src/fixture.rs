//! Small films for the tests, made by ffmpeg itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::tools::Tools;

/// A folder that goes away with the test, and the tools.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub tools: Tools,
}

impl Bench {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            tools: Tools::detect().expect("the tests need ffmpeg on the search path").with_helper(helper()),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file with these bytes.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Makes a film: `arguments` is one line of ffmpeg arguments between input and output.
    pub fn film(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        make(&self.tools.ffmpeg, arguments, &path);
        path
    }
}

/// The program that builds the sandbox, as new as these tests: Cargo builds no executables for unit tests by itself.
pub fn helper() -> PathBuf {
    static HELPER: LazyLock<PathBuf> = LazyLock::new(|| {
        let build = escargot::CargoBuild::new().manifest_path(env!("CARGO_MANIFEST_PATH")).bin("media-sandbox");
        build.run().unwrap().path().to_owned()
    });
    HELPER.clone()
}

/// A moving test picture of two seconds.
pub const PICTURE: &str = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2";
/// A tone of two seconds.
pub const TONE: &str = "-f lavfi -i sine=duration=2:sample_rate=48000";
/// The usual codecs, with a key frame each second.
pub const USUAL: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -c:a aac -b:a 64k";

fn make(ffmpeg: &Path, arguments: &str, output: &Path) {
    let ended = Command::new(ffmpeg)
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(output)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{arguments}: {}", String::from_utf8_lossy(&ended.stderr));
}
