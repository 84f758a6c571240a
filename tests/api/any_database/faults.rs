//! ffmpeg that crashes, hangs, fills the disk: the video recovers or fails with a reason, others go on, nothing is left.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Client, Person, Server, TestApp, eventually, file, id, run_on, samples};
use reqwest::multipart::Form;

/// An honest ffmpeg on a busy machine has something to say within it.
const STALL_TIMEOUT: Duration = Duration::from_secs(8);
const SCRATCH_BYTES_MAX: u64 = 64 << 20;

/// Stands before the cage, in the same process: whatever it does instead of the tool, the server sees the tool do.
/// The file `fault` names what to do and a word of the call that does it; `once` in it takes the fault away.
const SABOTEUR: &str = r#"#!/bin/sh
if read -r fault word often < FOLDER/fault 2>/dev/null; then
  case "$*" in
  *"$word"*)
    if [ "$often" = once ]; then mv FOLDER/fault FOLDER/taken 2>/dev/null || exec CHAITUBE "$@"; fi
    echo $$ >> FOLDER/pids
    case $fault in
    exits) echo 'Conversion failed!' >&2; exit 187 ;;
    dies) kill -SEGV $$ ;;
    hangs) sleep 3600 & echo $! >> FOLDER/pids; echo frame=1; sleep 3600 ;;
    fills)
      sleep 3600 & echo $! >> FOLDER/pids
      scratch=$(printf %s "$2" | sed 's/.*"scratch":"\([^"]*\)".*/\1/')
      number=0
      while :; do number=$((number + 1)); head -c 4000000 /dev/zero > "$scratch/junk$number"; done
      ;;
    esac
    ;;
  esac
fi
exec CHAITUBE "$@"
"#;

/// Words that are in one kind of call only.
const ENCODES: &str = "frag_keyframe";
const TAKES_CANDIDATE: &str = "frame5.jpg";
const DRAWS_SHEETS: &str = "tile=";
const MEASURES_SOUND: &str = "ebur128";
const LOOKS: &str = "ffprobe";

/// The folder the saboteur is told things in.
struct Saboteur(tempfile::TempDir);

impl Saboteur {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let script = SABOTEUR.replace("FOLDER", path).replace("CHAITUBE", env!("CARGO_BIN_EXE_chaitube"));
        let helper = folder.path().join("helper");
        std::fs::write(&helper, script).unwrap();
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// From now on calls with `word` in them fail like this; `once`: the next one only.
    fn orders(&self, fault: &str, word: &str, often: &str) {
        let draft = self.path("draft");
        std::fs::write(&draft, format!("{fault} {word} {often}\n")).unwrap();
        std::fs::rename(draft, self.path("fault")).unwrap();
    }

    /// Waits until an order was carried out.
    async fn has_struck(&self) {
        eventually(async || self.path("taken").exists().then_some(()).ok_or("the fault never happens")).await;
    }

    fn relents(&self) {
        std::fs::remove_file(self.path("fault")).unwrap();
    }

    /// The processes that misbehaved, and those they started; forgets them.
    fn took_part(&self) -> Vec<u32> {
        let pids = std::fs::read_to_string(self.path("pids")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("pids"));
        pids.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    async fn run(&self, test: impl AsyncFnOnce(&TestApp)) {
        let limits = |setup: &mut chaitube::Setup| {
            setup.sandbox = Some(self.path("helper"));
            setup.stall_timeout = STALL_TIMEOUT;
            setup.scratch_bytes_max = SCRATCH_BYTES_MAX;
        };
        run_on(Server { configure: Some(&limits), ..Server::default() }, test).await;
    }
}

/// Whether a process is there and not merely waiting to be buried.
fn is_alive(pid: u32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !status.rsplit_once(") ").unwrap().1.starts_with('Z')
}

fn incoming(app: &TestApp) -> Vec<PathBuf> {
    std::fs::read_dir(app.app.storage.objects.incoming()).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Nothing that took part runs on, and no job's folder is left.
async fn is_tidy(app: &TestApp, saboteur: &Saboteur, case: &str) {
    let pids = saboteur.took_part();
    assert!(!pids.is_empty(), "{case}: the fault never happened");
    for pid in pids {
        // Being killed takes a process a moment.
        eventually(async || (!is_alive(pid)).then_some(()).ok_or_else(|| format!("{case}: {pid} runs on"))).await;
    }
    assert_eq!(incoming(app), Vec::<PathBuf>::new(), "{case}");
}

/// A video that has to be encoded in two sizes.
fn video() -> Vec<u8> {
    static VIDEO: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        samples::ffmpeg(
            "f.mp4",
            "-f lavfi -i testsrc2=s=480x360:r=10:d=1 -f lavfi -i sine=d=1 -c:v mpeg4 -q:v 3 -c:a aac -shortest",
        )
    });
    VIDEO.clone()
}

async fn upload(person: &Person, title: &str) -> String {
    let form =
        Form::new().text("title", title.to_owned()).text("description", "d").part("videoFile", file("f.mp4", video()));
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    id(&response.data())
}

async fn processing(client: &Client, id: &str) -> Value {
    client.get(&format!("/api/v1/videos/{id}/processing")).await.expect_status(200)
}

/// A sentence for the owner: something is said, and nothing that only the server should know.
fn is_for_people(reason: &Value, folder: &Path) {
    let reason = reason.as_str().unwrap_or_else(|| panic!("no reason is given"));
    assert!(reason.len() > 20 && reason.ends_with('.'), "{reason}");
    assert!(!reason.contains(folder.to_str().unwrap()) && !reason.contains("/tmp"), "{reason}");
}

#[tokio::test]
async fn one_broken_call_costs_one_attempt_at_most_whichever_it_is_and_however_it_breaks() {
    let saboteur = Saboteur::new();
    saboteur
        .run(async |app| {
            let alice = app.person("alice").await;
            for (fault, word, attempts_lost) in [
                ("exits", ENCODES, 1),
                ("dies", ENCODES, 1),
                ("hangs", ENCODES, 1),
                ("fills", ENCODES, 1),
                // Where no image comes of one moment, another is looked for at once.
                ("exits", TAKES_CANDIDATE, 0),
                ("hangs", DRAWS_SHEETS, 1),
                ("dies", MEASURES_SOUND, 1),
                ("dies", LOOKS, 1),
                ("hangs", LOOKS, 1),
            ] {
                let case = format!("{fault} where it has {word}");
                let video = upload(&alice, &case).await;
                saboteur.orders(fault, word, "once");
                app.jobs_done().await;
                is_tidy(app, &saboteur, &case).await;
                let seen = processing(&alice.client, &video).await;
                let steps = seen["steps"].as_array().unwrap();
                let broken: Vec<&Value> = steps.iter().filter(|step| step["reason"].is_string()).collect();
                assert_eq!(broken.len(), attempts_lost, "{case}: {seen}");
                for step in broken {
                    assert_eq!(step["state"], "queued", "{case}: {seen}");
                    is_for_people(&step["reason"], app.folder.path());
                }
                app.advance(Duration::from_mins(1));
                app.jobs_done().await;
                let seen = processing(&alice.client, &video).await;
                assert_eq!(seen["status"], "ready", "{case}: {seen}");
                let is_done = |step: &Value| step["state"] == "done" && step["reason"].is_null();
                assert!(seen["steps"].as_array().unwrap().iter().all(is_done), "{case}: {seen}");
            }
        })
        .await;
}

#[tokio::test]
async fn a_video_on_which_ffmpeg_always_breaks_fails_with_a_reason_and_may_be_retried() {
    let saboteur = Saboteur::new();
    saboteur
        .run(async |app| {
            let alice = app.person("alice").await;
            for (fault, told) in [
                ("exits", "gave up on this video (Conversion failed!)"),
                ("dies", "ended by signal 11"),
                ("hangs", "no progress"),
                ("fills", "wrote more than"),
            ] {
                let video = upload(&alice, fault).await;
                saboteur.orders(fault, ENCODES, "always");
                for attempt in 1..=5 {
                    assert_eq!(app.jobs_done().await, 1, "{fault}, attempt {attempt}");
                    is_tidy(app, &saboteur, fault).await;
                    app.advance(Duration::from_hours(1));
                }
                let seen = processing(&alice.client, &video).await;
                assert_eq!((&seen["status"], &seen["steps"][0]["state"]), (&"failed".into(), &"failed".into()));
                is_for_people(&seen["failure"], app.folder.path());
                assert!(seen["failure"].as_str().unwrap().contains(told), "{seen}");
                saboteur.relents();
            }
            // Once what was wrong is mended, the owner can have it made.
            let video = alice.client.get("/api/v1/dashboard/videos").await.data()[0].clone();
            let path = format!("/api/v1/videos/{}/processing", id(&video));
            alice.client.bare("POST", &format!("{path}/retry")).await.expect_status(200);
            assert_eq!(app.jobs_done().await, 3);
            assert_eq!(processing(&alice.client, &id(&video)).await["status"], "ready");
        })
        .await;
}

#[tokio::test]
async fn other_videos_go_on_while_one_hangs() {
    let saboteur = Saboteur::new();
    saboteur
        .run(async |app| {
            let (alice, bob) = (app.person("alice").await, app.person("bob").await);
            let stuck = upload(&alice, "Stuck").await;
            saboteur.orders("hangs", ENCODES, "once");
            let hanging = app.jobs_done();
            let beside = async {
                saboteur.has_struck().await;
                let other = upload(&bob, "Other").await;
                app.jobs_done().await;
                other
            };
            let (_, other) = tokio::join!(Box::pin(hanging), Box::pin(beside));
            is_tidy(app, &saboteur, "beside").await;
            assert_eq!(processing(&bob.client, &other).await["status"], "ready");
            assert_eq!(processing(&alice.client, &stuck).await["status"], "processing");
            app.advance(Duration::from_mins(1));
            app.jobs_done().await;
            assert_eq!(processing(&alice.client, &stuck).await["status"], "ready");
        })
        .await;
}

#[tokio::test]
async fn cancelling_ends_a_hanging_ffmpeg_and_all_it_has_started() {
    let saboteur = Saboteur::new();
    let unlimited = |setup: &mut chaitube::Setup| setup.sandbox = Some(saboteur.path("helper"));
    run_on(Server { configure: Some(&unlimited), ..Server::default() }, async |app| {
        let alice = app.person("alice").await;
        let video = upload(&alice, "Cancelled").await;
        saboteur.orders("hangs", ENCODES, "once");
        let cancel = async {
            saboteur.has_struck().await;
            alice.client.bare("POST", &format!("/api/v1/videos/{video}/processing/cancel")).await.expect_status(200);
        };
        tokio::join!(Box::pin(app.jobs_done()), cancel);
        is_tidy(app, &saboteur, "cancelled").await;
        assert_eq!(processing(&alice.client, &video).await["status"], "failed");
    })
    .await;
}
