//! Tries from inside what the sandbox forbids.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use super::{SUBCOMMAND, Spec};
use crate::fixture::{Fixture, TONE, USUAL, VIDEO, assert_ends, sandbox_program};
use crate::tools::Tools;

fn spec(reads: &[&Path], scratch: Option<&Path>) -> Spec {
    Spec {
        reads: reads.iter().map(|path| path.to_path_buf()).collect(),
        scratch: scratch.map(Path::to_path_buf),
        memory_bytes_max: 4 << 30,
        file_bytes_max: 10 << 20,
        processor_s_max: 20,
        niceness: 0,
        parent: std::process::id(),
    }
}

fn sandboxed(spec: &Spec, tool: &str, arguments: &[&str]) -> Output {
    Command::new(sandbox_program())
        .args([SUBCOMMAND, &serde_json::to_string(spec).unwrap(), "--", tool])
        .args(arguments)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn t03_this_kernel_enforces_the_whole_sandbox() {
    let sentence = Fixture::new().tools.sandbox_status().await;
    assert!(sentence.contains("closed by Landlock;") && !sentence.contains("NOT"), "{sentence}");
    let open = Tools::detect().unwrap().sandbox_status().await;
    assert!(open.contains("WITHOUT"), "{open}");
}

#[test]
fn t03_only_the_one_input_can_be_read() {
    let fixture = Fixture::new();
    let mine = fixture.file("mine", b"my video");
    let other = fixture.file("other", b"a secret");
    let spec = spec(&[&mine], None);
    let read = sandboxed(&spec, "/bin/cat", &[mine.to_str().unwrap()]);
    assert_eq!(read.stdout, b"my video", "{}", stderr(&read));
    for path in [
        other.to_str().unwrap(),
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/1/cmdline",
        fixture.tools.ffmpeg.to_str().unwrap(),
    ] {
        let read = sandboxed(&spec, "/bin/cat", &[path]);
        assert!(read.stdout.is_empty() && stderr(&read).contains("Permission denied"), "{path}: {}", stderr(&read));
    }
    let listed = sandboxed(&spec, "/bin/ls", &[fixture.folder.path().to_str().unwrap()]);
    assert!(listed.stdout.is_empty() && !listed.status.success());
}

#[test]
fn t03_nothing_is_written_outside_the_scratch_folder() {
    let fixture = Fixture::new();
    let scratch = fixture.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let input = fixture.file("mine", b"my video");
    let spec = spec(&[&input], Some(&scratch));
    let inside = scratch.join("out");
    let written = sandboxed(&spec, "/bin/cp", &[input.to_str().unwrap(), inside.to_str().unwrap()]);
    assert!(written.status.success(), "{}", stderr(&written));
    for outside in [fixture.path("out"), scratch.join("../out"), input.clone(), "/tmp/chaitube-sandbox-test".into()] {
        let written = sandboxed(&spec, "/bin/cp", &[inside.to_str().unwrap(), outside.to_str().unwrap()]);
        assert!(!written.status.success(), "{}", outside.display());
    }
    std::os::unix::fs::symlink(&input, scratch.join("link")).unwrap();
    let through = sandboxed(&spec, "/bin/cp", &["/dev/null", scratch.join("link").to_str().unwrap()]);
    assert!(!through.status.success());
    assert_eq!(std::fs::read(&input).unwrap(), b"my video");
    assert!(!fixture.path("out").exists() && !Path::new("/tmp/chaitube-sandbox-test").exists());
}

#[test]
fn t05_no_socket_can_be_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let fixture = Fixture::new();
    let free = Command::new(&fixture.tools.ffmpeg)
        .args(["-v", "error", "-rw_timeout", "100000", "-i", &format!("tcp://{address}")])
        .output()
        .unwrap();
    assert!(!free.status.success());
    assert!(listener.accept().is_ok(), "outside the sandbox the same command connects");
    let ffmpeg = fixture.tools.ffmpeg.to_str().unwrap();
    for protocol in ["tcp", "udp", "http", "rtmp"] {
        let output = sandboxed(&spec(&[], None), ffmpeg, &["-v", "error", "-i", &format!("{protocol}://{address}/x")]);
        assert!(!output.status.success(), "{protocol}");
    }
    let script = format!("exec 3<>/dev/tcp/{}/{}", address.ip(), address.port());
    let output = sandboxed(&spec(&[], None), "/bin/bash", &["-c", &script]);
    assert!(!output.status.success());
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn t08_no_other_program_or_process_can_be_started_or_reached() {
    let script = |text: &str| sandboxed(&spec(&[], None), "/bin/bash", &["-c", text]);
    assert!(script("echo alive").stdout.starts_with(b"alive"));
    assert!(!script("/bin/ls / && echo started").stdout.starts_with(b"started"));
    assert!(!script("exec /bin/ls /").status.success());
    assert!(!script("(echo forked)").stdout.starts_with(b"forked"));
    assert!(!script(&format!("kill -0 {}", std::process::id())).status.success());
    assert!(!script("ulimit -v unlimited").status.success());
}

/// Makes one system call inside, and returns its error number, or 0.
fn error_of(call: libc::c_long, arguments: &[i64]) -> i32 {
    let arguments = arguments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    // A buffer for calls that take a pointer, which Perl passes where a string stands.
    let script = format!("my $zeros = chr(1) . chr(0) x 127; print syscall({call}, {arguments}) == -1 ? $! + 0 : 0");
    let script = script.replace(&format!(" {BUFFER}"), " $zeros");
    let output = sandboxed(&spec(&[], None), "/usr/bin/perl", &["-e", &script]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed.parse().unwrap_or_else(|_| panic!("{script}: {printed} {}", stderr(&output)))
}

const BUFFER: i64 = -999;

#[test]
fn t08_the_server_and_other_processes_cannot_be_signalled_or_slowed_down() {
    let mut other = Command::new("/bin/cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
    let pid = i64::from(other.id());
    let (process, nicest) = (i64::from(libc::PRIO_PROCESS), 19);
    let refused = [
        (libc::SYS_setpriority, vec![process, pid, nicest]),
        (libc::SYS_setpriority, vec![i64::from(libc::PRIO_PGRP), 0, nicest]),
        (libc::SYS_setpriority, vec![i64::from(libc::PRIO_USER), 0, nicest]),
        (libc::SYS_sched_setaffinity, vec![pid, 128, BUFFER]),
        (libc::SYS_sched_setscheduler, vec![pid, i64::from(libc::SCHED_IDLE), BUFFER]),
        (libc::SYS_sched_setparam, vec![pid, BUFFER]),
        (libc::SYS_sched_setattr, vec![pid, BUFFER, 0]),
        (libc::SYS_ioprio_set, vec![1, pid, 3 << 13]),
        (libc::SYS_prlimit64, vec![pid, i64::from(libc::RLIMIT_CPU), 0, BUFFER]),
        (libc::SYS_prlimit64, vec![pid, i64::from(libc::RLIMIT_CPU), BUFFER, 0]),
        (libc::SYS_kill, vec![pid, 0]),
        (libc::SYS_tkill, vec![pid, 0]),
        (libc::SYS_tgkill, vec![pid, pid, 0]),
        (libc::SYS_pidfd_open, vec![pid, 0]),
        (libc::SYS_pidfd_send_signal, vec![0, 0, 0, 0]),
        (libc::SYS_pidfd_getfd, vec![0, 0, 0]),
        (libc::SYS_process_vm_readv, vec![pid, BUFFER, 0, BUFFER, 0, 0]),
        (libc::SYS_process_vm_writev, vec![pid, BUFFER, 0, BUFFER, 0, 0]),
        (libc::SYS_process_madvise, vec![0, 0, 0, 0, 0]),
        (libc::SYS_ptrace, vec![i64::from(libc::PTRACE_SEIZE), pid, 0, 0]),
        (libc::SYS_fcntl, vec![0, i64::from(libc::F_SETOWN), pid]),
        (libc::SYS_fcntl, vec![0, 10, 9]),
        (libc::SYS_prctl, vec![i64::from(libc::PR_SET_PDEATHSIG), 0]),
        (libc::SYS_prctl, vec![i64::from(libc::PR_SET_DUMPABLE), 1]),
    ];
    for (call, arguments) in refused {
        assert_eq!(error_of(call, &arguments), libc::ENOSYS, "system call {call} with {arguments:?}");
    }
    let allowed = [
        (libc::SYS_setpriority, vec![process, 0, nicest]),
        (libc::SYS_sched_setaffinity, vec![0, 128, BUFFER]),
        (libc::SYS_prctl, vec![i64::from(libc::PR_SET_NAME), BUFFER]),
        (libc::SYS_fcntl, vec![0, i64::from(libc::F_GETFD), 0]),
    ];
    for (call, arguments) in allowed {
        assert_eq!(error_of(call, &arguments), 0, "system call {call} with {arguments:?}");
    }
    drop(other.stdin.take());
    other.wait().unwrap();
}

#[test]
fn t12_files_memory_and_time_end_at_their_limits() {
    let fixture = Fixture::new();
    let scratch = fixture.folder.path();
    let small = Spec { file_bytes_max: 1000, ..spec(&[], Some(scratch)) };
    let output = sandboxed(&small, "/bin/bash", &["-c", &format!("printf '%5000d' 1 > {}/big", scratch.display())]);
    assert!(!output.status.success());
    assert!(std::fs::metadata(scratch.join("big")).unwrap().len() <= 1000);
    let narrow = Spec { memory_bytes_max: 100 << 20, ..spec(&[], None) };
    let output = sandboxed(&narrow, "/bin/bash", &["-c", "printf -v text '%500000000d' 1; echo ${#text}"]);
    assert!(!output.stdout.starts_with(b"500000000"));
    let short = Spec { processor_s_max: 1, ..spec(&[], None) };
    assert!(!sandboxed(&short, "/bin/bash", &["-c", "while :; do :; done"]).status.success());
}

#[test]
fn t12_a_tool_does_not_outlive_the_server() {
    let fixture = Fixture::new();
    let mut sandbox = spec(&[], Some(fixture.folder.path()));
    // A shell in the server's place starts the sandbox, writes its number, and is killed once the tool runs.
    sandbox.parent = 0;
    let description = serde_json::to_string(&sandbox).unwrap().replace("\"parent\":0", "\"parent\":'$$'");
    let (program, started, pid) = (sandbox_program(), fixture.path("started"), fixture.path("pid"));
    let script = format!(
        "{} {SUBCOMMAND} '{description}' -- /bin/bash -c 'echo > {started}; while :; do :; done' & echo $! > {}; \
         while [ ! -e {started} ]; do :; done; kill -9 $$",
        program.display(),
        pid.display(),
        started = started.display(),
    );
    let _ = Command::new("/bin/sh").args(["-c", &script]).stderr(std::process::Stdio::null()).status().unwrap();
    assert_ends(&std::fs::read_to_string(&pid).unwrap());
    let strange = Spec { parent: 1, ..spec(&[], None) };
    assert!(stderr(&sandboxed(&strange, "/bin/true", &[])).contains("gone already"));
}

#[test]
fn the_tools_do_their_work_inside() {
    let fixture = Fixture::new();
    let input = fixture.video("a.mp4", &format!("{VIDEO} {TONE} {USUAL}"));
    let scratch = fixture.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    for codec in ["libx264", "libx265", "libsvtav1", "libvpx-vp9"] {
        let output = scratch.join(format!("{codec}.mkv"));
        let ended = sandboxed(
            &spec(&[&input], Some(&scratch)),
            fixture.tools.ffmpeg.to_str().unwrap(),
            &[
                "-v",
                "error",
                "-nostdin",
                "-i",
                input.to_str().unwrap(),
                "-frames:v",
                "10",
                "-c:v",
                codec,
                output.to_str().unwrap(),
            ],
        );
        assert!(ended.status.success(), "{codec}: {}", stderr(&ended));
    }
}

#[test]
fn a_wrong_description_starts_nothing() {
    for arguments in [vec![SUBCOMMAND], vec![SUBCOMMAND, "{}", "--", "/bin/ls"], vec![SUBCOMMAND, "x"]] {
        let output = Command::new(sandbox_program()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(126));
        assert!(output.stdout.is_empty());
    }
}
