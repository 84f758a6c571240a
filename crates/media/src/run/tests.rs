//! Tools that hang, flood or crash, with scripts in their place.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::RunError;
use crate::error::MediaError;
use crate::fixture::{Fixture, assert_ends};
use crate::invocation::{Invocation, Tool};
use crate::progress::Progress;
use crate::tools::Tools;

fn script(fixture: &Fixture, text: &str) -> Tools {
    let path = fixture.file("ffmpeg", format!("#!/bin/sh\n{text}\n").as_bytes());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    Tools { ffmpeg: path.clone(), ffprobe: path, sandbox: None }
}

fn invocation(fixture: &Fixture) -> Invocation<'_> {
    let mut invocation = Invocation::new(Tool::Ffmpeg, Duration::from_secs(20));
    invocation.scratch = Some(fixture.folder.path());
    invocation
}

async fn run_error(fixture: &Fixture, invocation: &Invocation<'_>, text: &str) -> RunError {
    let tools = script(fixture, text);
    let begun = Instant::now();
    let error = tools
        .lines(invocation, &mut |line| Ok(if line == "progress" { Progress::Made } else { Progress::None }))
        .await
        .unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(8));
    error
}

#[tokio::test]
async fn t12_a_tool_that_hangs_is_ended_with_its_children() {
    let fixture = Fixture::new();
    let child = fixture.path("child");
    let text = format!("sleep 60 & echo $! > {}\nwhile :; do echo noise; sleep 0.2; done", child.display());
    let mut silent = invocation(&fixture);
    silent.stall_timeout = Some(Duration::from_secs(1));
    assert!(matches!(run_error(&fixture, &silent, &text).await, RunError::Stall(_)));
    assert_ends(&std::fs::read_to_string(&child).unwrap());

    let mut short = invocation(&fixture);
    short.time_max = Duration::from_secs(1);
    assert!(matches!(run_error(&fixture, &short, &text).await, RunError::Time(_)));
    assert_ends(&std::fs::read_to_string(&child).unwrap());
}

#[tokio::test]
async fn t12_a_tool_is_ended_when_its_caller_stops_waiting() {
    let fixture = Fixture::new();
    let tools = script(&fixture, "echo $$\nexec sleep 60");
    let invocation = invocation(&fixture);
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut sink = |line: &str| {
        sender.send(line.to_owned()).unwrap();
        Ok(Progress::None)
    };
    let number = tokio::select! {
        ended = tools.lines(&invocation, &mut sink) => panic!("{ended:?}"),
        number = receiver.recv() => number.unwrap(),
    };
    assert_ends(&number);
}

#[tokio::test]
async fn t12_floods_are_stopped() {
    let fixture = Fixture::new();
    let mut talker = invocation(&fixture);
    talker.output_bytes_max = 100_000;
    assert!(matches!(run_error(&fixture, &talker, "yes progress").await, RunError::Output(_)));
    let endless = run_error(&fixture, &invocation(&fixture), "cat /dev/zero").await;
    assert!(matches!(endless, RunError::Caller(MediaError::Failed(_)) | RunError::Output(_)), "{endless}");
    let mut writer = invocation(&fixture);
    writer.scratch_bytes_max = 5_000_000;
    let text = format!(
        "while :; do echo progress; head -c 1000000 /dev/zero >> {}/big; sleep 0.05; done",
        fixture.folder.path().display()
    );
    assert!(matches!(run_error(&fixture, &writer, &text).await, RunError::Scratch(_)));
    assert!(run_error(&fixture, &writer, &text).await.into_failure().to_string().contains("5000000"));
}

#[tokio::test]
async fn t08_a_crash_is_told_from_an_ordinary_end() {
    let fixture = Fixture::new();
    let crashed = script(&fixture, "kill -SEGV $$").output(&invocation(&fixture)).await.unwrap().0;
    assert_eq!(crashed.signal(), Some(11));
    let invocation = invocation(&fixture);
    let text = format!(
        "yes '[h264 @ 0x1] noise' | head -n 5000 >&2; echo '[mov @ 0x5] {}/a.mp4: Invalid' >&2; exit 1",
        fixture.folder.path().display()
    );
    let failed = script(&fixture, &text).output(&invocation).await.unwrap().0;
    assert!(!failed.status.success() && failed.stderr.len() <= super::STDERR_BYTES_MAX);
    assert_eq!(failed.stderr_summary(&invocation), "the file/a.mp4: Invalid");
}

#[tokio::test]
async fn t04_relative_paths_are_not_given_to_tools() {
    let fixture = Fixture::new();
    for path in ["-y", "concat:a|b", "file:/etc/passwd", "video.mp4"] {
        let mut invocation = invocation(&fixture);
        invocation.input(Path::new(path), crate::container::Container::Mp4, "h264");
        assert!(matches!(fixture.tools.output(&invocation).await, Err(RunError::Start(_))), "{path}");
    }
}
