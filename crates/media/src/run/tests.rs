//! Tools that hang, flood, crash, or are no longer wanted; made of small scripts in their place.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{Pulse, Stop};
use crate::error::MediaError;
use crate::fixture::Bench;
use crate::tools::{Call, Tool, Tools};

fn script(bench: &Bench, text: &str) -> Tools {
    let path = bench.file("ffmpeg", format!("#!/bin/sh\n{text}\n").as_bytes());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    Tools { ffmpeg: path.clone(), ffprobe: path, helper: None }
}

fn call(bench: &Bench) -> Call<'_> {
    let mut call = Call::new(Tool::Ffmpeg, Duration::from_secs(20));
    call.scratch = Some(bench.folder.path());
    call
}

async fn ended(bench: &Bench, call: &Call<'_>, text: &str) -> Stop {
    let tools = script(bench, text);
    let begun = Instant::now();
    let stop =
        tools.lines(call, &mut |line| Ok(if line == "beat" { Pulse::Beat } else { Pulse::Quiet })).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(8));
    stop
}

/// Whether a process with the number in this file is still there and no mere remainder.
fn alive(file: &Path) -> bool {
    let number = std::fs::read_to_string(file).unwrap();
    std::fs::read_to_string(format!("/proc/{}/stat", number.trim())).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn t12_a_tool_that_hangs_is_ended_with_its_children() {
    let bench = Bench::new();
    let child = bench.path("child");
    let text = format!("sleep 60 & echo $! > {}\nwhile :; do echo noise; sleep 0.2; done", child.display());
    let mut silent = call(&bench);
    silent.silence_max = Some(Duration::from_secs(1));
    assert!(matches!(ended(&bench, &silent, &text).await, Stop::Silence(_)));
    sleep(Duration::from_millis(200)).await;
    assert!(!alive(&child));

    let mut short = call(&bench);
    short.time_max = Duration::from_secs(1);
    assert!(matches!(ended(&bench, &short, &text).await, Stop::Time(_)));
    sleep(Duration::from_millis(200)).await;
    assert!(!alive(&child));
}

#[tokio::test]
async fn t12_a_tool_nobody_waits_for_any_more_is_ended() {
    let bench = Bench::new();
    let own = bench.path("own");
    let tools = script(&bench, &format!("echo $$ > {}\nexec sleep 60", own.display()));
    let call = call(&bench);
    assert!(timeout(Duration::from_secs(1), tools.output(&call)).await.is_err());
    sleep(Duration::from_millis(300)).await;
    assert!(!alive(&own));
}

#[tokio::test]
async fn t12_floods_are_stopped() {
    let bench = Bench::new();
    let mut talker = call(&bench);
    talker.output_bytes_max = 100_000;
    assert!(matches!(ended(&bench, &talker, "yes beat").await, Stop::Output(_)));
    let endless = ended(&bench, &call(&bench), "cat /dev/zero").await;
    assert!(matches!(endless, Stop::Caller(MediaError::Failed(_)) | Stop::Output(_)), "{endless}");
    let mut writer = call(&bench);
    writer.scratch_bytes_max = 5_000_000;
    let text = format!(
        "while :; do echo beat; head -c 1000000 /dev/zero >> {}/big; sleep 0.05; done",
        bench.folder.path().display()
    );
    assert!(matches!(ended(&bench, &writer, &text).await, Stop::Scratch(_)));
    assert!(ended(&bench, &writer, &text).await.into_failure().to_string().contains("5000000"));
}

#[tokio::test]
async fn t08_a_crash_is_told_from_an_ordinary_end() {
    let bench = Bench::new();
    let crashed = script(&bench, "kill -SEGV $$").output(&call(&bench)).await.unwrap().0;
    assert_eq!(crashed.signal(), Some(11));
    let call = call(&bench);
    let text = format!(
        "yes '[h264 @ 0x1] noise' | head -n 5000 >&2; echo '[mov @ 0x5] {}/a.mp4: Invalid' >&2; exit 1",
        bench.folder.path().display()
    );
    let failed = script(&bench, &text).output(&call).await.unwrap().0;
    assert!(!failed.status.success() && failed.complaint.len() <= super::COMPLAINT_BYTES_MAX);
    assert_eq!(failed.complaint_shown(&call), "the file/a.mp4: Invalid");
}

#[tokio::test]
async fn t04_relative_paths_are_not_given_to_tools() {
    let bench = Bench::new();
    for path in ["-y", "concat:a|b", "file:/etc/passwd", "film.mp4"] {
        let mut call = call(&bench);
        call.input(Path::new(path), crate::container::Container::Mp4, "h264");
        assert!(matches!(bench.tools.output(&call).await, Err(Stop::Start(_))), "{path}");
    }
}
