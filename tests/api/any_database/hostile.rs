//! The hostile files of the engine's tests, sent to a server under one extension after the other: refused, or failed in an orderly
//! way, with nothing foreign in what was made, and the server as well as before.

#[path = "../../hostile/files.rs"]
mod files;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::multipart::Form;

use self::files::{File, SECRET};
use crate::harness::{Person, Response, TestApp, file, id, run, samples};

const EXTENSIONS: [&str; 26] = [
    "mp4", "m4v", "mov", "webm", "mkv", "avi", "ts", "m2ts", "mpg", "mpeg", "vob", "flv", "ogv", "ogg", "3gp", "asf",
    "wmv", "mp3", "m4a", "wav", "flac", "aac", "opus", "m3u8", "jpg", "",
];
const AT_ONCE: usize = 4;

/// The folder that honest videos are made in.
struct Bench(tempfile::TempDir);

impl Bench {
    fn video(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, samples::ffmpeg(name, arguments)).unwrap();
        path
    }

    fn files(&self) -> Vec<File> {
        let make = |name: &str, arguments: &str| self.video(name, arguments);
        let secret = files::secret(&make);
        let mut found = files::scripts(&secret);
        found.push(("avi-playlist", files::avi_with_playlist(&secret)));
        found.extend(files::reference_movies(&secret));
        found.extend(files::spoiled(&make));
        found.extend(files::swollen(&make));
        found
    }
}

async fn upload(person: &Person, what: &str, extension: &str, bytes: &[u8]) -> Response {
    let form = Form::new()
        .text("title", what.to_owned())
        .text("description", "d")
        .part("videoFile", file(&format!("x.{extension}"), bytes.to_vec()));
    person.client.multipart("POST", "/api/v1/videos", form).await
}

/// A refusal says so in a sentence, and tells nothing of the server.
fn is_clean(app: &TestApp, bench: &Bench, case: &str, response: &Response) {
    assert_eq!((response.status, response.body["errors"][0]["field"].as_str()), (400, Some("videoFile")), "{case}");
    let folders = [app.folder.path(), bench.0.path(), Path::new("/tmp")].map(|path| path.to_str().unwrap().to_owned());
    let told = response.body.to_string();
    assert!(!folders.iter().any(|folder| told.contains(folder)) && !told.contains(SECRET), "{case}: {told}");
}

/// A file is refused in the same words under each name.
fn is_refused_alike(app: &TestApp, bench: &Bench, case: &str, first: &Response, response: &Response) {
    is_clean(app, bench, case, response);
    assert_eq!(response.message(), first.message(), "{case}: the name makes a difference");
}

/// Nothing in the store has the secret in it, whatever was made of the files.
fn holds_nothing_foreign(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds_nothing_foreign(&path);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{} took something along", path.display());
        }
    }
}

#[tokio::test]
async fn t03_t08_t12_hostile_files_are_refused_or_fail_cleanly() {
    run(async |app| {
        let alice = app.person("alice").await;
        let bench = Bench(tempfile::tempdir().unwrap());
        let mut taken = Vec::new();
        for (number, (what, bytes)) in bench.files().into_iter().enumerate() {
            let first = upload(&alice, what, "mp4", &bytes).await;
            // The content decides, so one other name a file has to do.
            let extension = EXTENSIONS[1 + number % (EXTENSIONS.len() - 1)];
            let other = upload(&alice, what, extension, &bytes).await;
            if first.status == 201 {
                taken.push(what);
                assert_eq!(other.status, 201, "{what}.{extension}");
            } else {
                is_refused_alike(app, &bench, &format!("{what}.mp4"), &first, &first);
                is_refused_alike(app, &bench, &format!("{what}.{extension}"), &first, &other);
            }
        }
        // What follows a good video does it no harm, and proves that the others were refused for a reason.
        assert!(taken.contains(&"zip-tail") && taken.contains(&"polyglot-tail"), "{taken:?}");
        for name in ["hls", "concat", "avi-playlist", "reference", "random", "nested", "wide", "streams", "fast"] {
            assert!(!taken.contains(&name), "{name} was taken");
        }
        settled(app, &alice).await;
        holds_nothing_foreign(&app.media_root);
        // The server is as well as before.
        let video = id(&alice.video("Honest").await);
        app.jobs_done().await;
        let seen = alice.client.get(&format!("/api/v1/videos/{video}")).await.expect_status(200);
        assert_eq!(seen["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn t03_a_playlist_is_refused_under_every_extension() {
    run(async |app| {
        let alice = app.person("alice").await;
        let bench = Bench(tempfile::tempdir().unwrap());
        let secret = files::secret(&|name, arguments| bench.video(name, arguments));
        let (what, bytes) = files::scripts(&secret).swap_remove(0);
        let first = upload(&alice, what, "", &bytes).await;
        let responses = stream::iter(EXTENSIONS)
            .map(|extension| upload(&alice, what, extension, &bytes))
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        for (extension, response) in EXTENSIONS.iter().zip(&responses) {
            is_refused_alike(app, &bench, &format!("{what}.{extension}"), &first, response);
        }
        holds_nothing_foreign(&app.media_root);
    })
    .await;
}

/// Works on what was taken until each is ready or has failed with a reason.
async fn settled(app: &TestApp, alice: &Person) {
    while app.jobs_done().await > 0 {
        app.advance(Duration::from_hours(1));
    }
    for video in alice.client.get("/api/v1/dashboard/videos").await.data().as_array().unwrap() {
        let path = format!("/api/v1/videos/{}/processing", id(video));
        let seen = alice.client.get(&path).await.expect_status(200);
        assert!(seen["status"] == "ready" || seen["failure"].is_string(), "{}: {seen}", video["title"]);
    }
}
