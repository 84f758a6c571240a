//! Whether this kernel really enforces the cage: each thing it forbids is tried from inside.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use super::{SUBCOMMAND, Spec, status};
use crate::fixture::{Bench, PICTURE, TONE, USUAL, helper};
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

fn caged(spec: &Spec, tool: &str, arguments: &[&str]) -> Output {
    Command::new(helper())
        .args([SUBCOMMAND, &serde_json::to_string(spec).unwrap(), "--", tool])
        .args(arguments)
        .output()
        .unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn t03_this_kernel_enforces_the_whole_cage() {
    let sentence = status(&Bench::new().tools).await;
    assert!(sentence.contains("closed by Landlock;") && !sentence.contains("NOT"), "{sentence}");
    let open = status(&Tools::detect().unwrap()).await;
    assert!(open.contains("WITHOUT"), "{open}");
}

#[test]
fn t03_only_the_one_input_can_be_read() {
    let bench = Bench::new();
    let mine = bench.file("mine", b"my film");
    let other = bench.file("other", b"a secret");
    let spec = spec(&[&mine], None);
    let read = caged(&spec, "/bin/cat", &[mine.to_str().unwrap()]);
    assert_eq!(read.stdout, b"my film", "{}", complaint(&read));
    for path in [
        other.to_str().unwrap(),
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/1/cmdline",
        bench.tools.ffmpeg.to_str().unwrap(),
    ] {
        let read = caged(&spec, "/bin/cat", &[path]);
        assert!(
            read.stdout.is_empty() && complaint(&read).contains("Permission denied"),
            "{path}: {}",
            complaint(&read)
        );
    }
    let listed = caged(&spec, "/bin/ls", &[bench.folder.path().to_str().unwrap()]);
    assert!(listed.stdout.is_empty() && !listed.status.success());
}

#[test]
fn t03_nothing_is_written_outside_the_scratch_folder() {
    let bench = Bench::new();
    let scratch = bench.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let input = bench.file("mine", b"my film");
    let spec = spec(&[&input], Some(&scratch));
    let inside = scratch.join("out");
    let written = caged(&spec, "/bin/cp", &[input.to_str().unwrap(), inside.to_str().unwrap()]);
    assert!(written.status.success(), "{}", complaint(&written));
    for outside in [bench.path("out"), scratch.join("../out"), input.clone(), "/tmp/chaitube-cage-test".into()] {
        let written = caged(&spec, "/bin/cp", &[inside.to_str().unwrap(), outside.to_str().unwrap()]);
        assert!(!written.status.success(), "{}", outside.display());
    }
    std::os::unix::fs::symlink(&input, scratch.join("link")).unwrap();
    let through = caged(&spec, "/bin/cp", &["/dev/null", scratch.join("link").to_str().unwrap()]);
    assert!(!through.status.success());
    assert_eq!(std::fs::read(&input).unwrap(), b"my film");
    assert!(!bench.path("out").exists() && !Path::new("/tmp/chaitube-cage-test").exists());
}

#[test]
fn t05_no_socket_can_be_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let bench = Bench::new();
    let free = Command::new(&bench.tools.ffmpeg)
        .args(["-v", "error", "-rw_timeout", "100000", "-i", &format!("tcp://{address}")])
        .output()
        .unwrap();
    assert!(!free.status.success());
    assert!(listener.accept().is_ok(), "outside the cage the same command connects");
    let ffmpeg = bench.tools.ffmpeg.to_str().unwrap();
    for protocol in ["tcp", "udp", "http", "rtmp"] {
        let output = caged(&spec(&[], None), ffmpeg, &["-v", "error", "-i", &format!("{protocol}://{address}/x")]);
        assert!(!output.status.success(), "{protocol}");
    }
    let script = format!("exec 3<>/dev/tcp/{}/{}", address.ip(), address.port());
    let output = caged(&spec(&[], None), "/bin/bash", &["-c", &script]);
    assert!(!output.status.success());
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn t08_no_other_program_or_process_can_be_started_or_reached() {
    let script = |text: &str| caged(&spec(&[], None), "/bin/bash", &["-c", text]);
    assert!(script("echo alive").stdout.starts_with(b"alive"));
    assert!(!script("/bin/ls / && echo started").stdout.starts_with(b"started"));
    assert!(!script("exec /bin/ls /").status.success());
    assert!(!script("(echo forked)").stdout.starts_with(b"forked"));
    assert!(!script(&format!("kill -0 {}", std::process::id())).status.success());
    assert!(!script("ulimit -v unlimited").status.success());
}

#[test]
fn t12_files_memory_and_time_end_at_their_limits() {
    let bench = Bench::new();
    let scratch = bench.folder.path();
    let small = Spec { file_bytes_max: 1000, ..spec(&[], Some(scratch)) };
    let output = caged(&small, "/bin/bash", &["-c", &format!("printf '%5000d' 1 > {}/big", scratch.display())]);
    assert!(!output.status.success());
    assert!(std::fs::metadata(scratch.join("big")).unwrap().len() <= 1000);
    let narrow = Spec { memory_bytes_max: 100 << 20, ..spec(&[], None) };
    let output = caged(&narrow, "/bin/bash", &["-c", "printf -v text '%500000000d' 1; echo ${#text}"]);
    assert!(!output.stdout.starts_with(b"500000000"));
    let short = Spec { processor_s_max: 1, ..spec(&[], None) };
    assert!(!caged(&short, "/bin/bash", &["-c", "while :; do :; done"]).status.success());
}

#[test]
fn t12_a_tool_does_not_outlive_the_server() {
    let bench = Bench::new();
    let pid = bench.path("pid");
    let mut cage = spec(&[], Some(bench.folder.path()));
    // A shell stands in for the server: it starts the cage, tells its number, and is killed.
    cage.parent = 0;
    let description = serde_json::to_string(&cage).unwrap().replace("\"parent\":0", "\"parent\":'$$'");
    let script = format!(
        "{} {SUBCOMMAND} '{description}' -- /bin/bash -c 'echo > {}; while :; do :; done' & echo $! > {}; sleep 0.5; kill -9 $$",
        helper().display(),
        bench.path("alive").display(),
        pid.display()
    );
    let _ = Command::new("/bin/sh").args(["-c", &script]).stderr(std::process::Stdio::null()).status().unwrap();
    assert!(bench.path("alive").exists());
    let number = std::fs::read_to_string(&pid).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let left = std::fs::read_to_string(format!("/proc/{}/stat", number.trim()));
    assert!(left.is_err() || left.unwrap().contains(") Z "));
    let strange = Spec { parent: 1, ..spec(&[], None) };
    assert!(complaint(&caged(&strange, "/bin/true", &[])).contains("gone already"));
}

#[test]
fn the_tools_do_their_work_inside() {
    let bench = Bench::new();
    let input = bench.film("a.mp4", &format!("{PICTURE} {TONE} {USUAL}"));
    let scratch = bench.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    for codec in ["libx264", "libx265", "libsvtav1", "libvpx-vp9"] {
        let output = scratch.join(format!("{codec}.mkv"));
        let ended = caged(
            &spec(&[&input], Some(&scratch)),
            bench.tools.ffmpeg.to_str().unwrap(),
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
        assert!(ended.status.success(), "{codec}: {}", complaint(&ended));
    }
}

#[test]
fn a_wrong_description_starts_nothing() {
    for arguments in [vec![SUBCOMMAND], vec![SUBCOMMAND, "{}", "--", "/bin/ls"], vec![SUBCOMMAND, "x"]] {
        let output = Command::new(helper()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(126));
        assert!(output.stdout.is_empty());
    }
}
