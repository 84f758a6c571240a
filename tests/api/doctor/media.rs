//! Objects, their rows and their owners.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chaitube::{DoctorOptions, MediaName, ObjectKind, UploadId, VideoId, args, claim};
use serde_json::{Value, json};

use super::{
    LOOK, LOOK_DEEP, REPAIR, REPAIR_DEEP, findings, is_found, is_repaired, is_well, on_each_store, processed, report,
    text,
};
use crate::harness::{START_MS, TestApp, id, rows, samples, tus};

async fn rendition(app: &TestApp, video: &str) -> String {
    let stream: Value =
        serde_json::from_str(&text(app, "SELECT stream FROM videos WHERE id = $1", video).await).unwrap();
    stream["rungs"][0]["track"]["file"].as_str().unwrap().to_owned()
}

fn flip_a_byte(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// Makes a file as old as those that nobody can be about to enter.
fn make_old(path: &Path) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(START_MS.unsigned_abs()) - Duration::from_hours(72);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// A file in the media store, of this kind and name.
fn stray(app: &TestApp, name: &MediaName, kind: ObjectKind) -> PathBuf {
    let path = app.object(name.as_str(), kind);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "whatever").unwrap();
    path
}

#[tokio::test]
async fn a_busy_site_that_is_well_has_no_findings() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let video = processed(app, &alice).await;
        alice.client.bare("POST", &format!("/api/v1/likes/toggle/v/{video}")).await;
        alice.ready_video("Not hashed yet").await;
        alice.video("Being worked on").await;
        let worker = app.app.worker;
        assert!(claim(&app.app.db, app.app.clock.now_ms(), worker).await.unwrap().is_some());
        let source = samples::video_of(100_000);
        let address = tus::begin(&alice.client, source.len()).await;
        assert_eq!(tus::send(&alice.client, &address, 0, &source[..60_000], &[]).await.status, 204);
        let options = DoctorOptions { pause: Duration::from_millis(300), site_runs: true, ..REPAIR_DEEP };
        let busy = async {
            for number in 0..4 {
                let video = id(&alice.video(&format!("Coming and going {number}")).await);
                alice.client.delete(&format!("/api/v1/videos/{video}")).await.expect_status(200);
            }
        };
        let examined = async {
            let mut reports = Vec::new();
            for _ in 0..3 {
                reports.push(report(app, options).await);
            }
            reports
        };
        let (reports, ()) = tokio::join!(examined, busy);
        for report in reports {
            assert_eq!((&report["ok"], &report["findings"]), (&json!(true), &json!([])), "{report}");
        }
        let report = report(app, LOOK_DEEP).await;
        let checked = &report["checked"];
        assert_eq!((&checked["users"], &checked["videos"], &checked["uploads"]), (&json!(1), &json!(3), &json!(1)));
        assert!(checked["bytes"].as_u64().unwrap() > 0, "{report}");
        // What is live has a hash by now.
        assert_eq!(rows::count(app, "media WHERE state = 'live' AND sha256 IS NULL").await, 0);
        assert_eq!(tus::send(&alice.client, &address, 60_000, &source[60_000..], &[]).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn hashes_are_kept_of_what_is_stored_and_of_uploads_once_they_are_processed() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let video = id(&alice.video("Tea").await);
        assert_eq!(rows::count(app, "media WHERE sha256 IS NULL").await, 1, "the upload came in pieces");
        app.jobs_done().await;
        assert_eq!(rows::count(app, "media WHERE sha256 IS NULL").await, 0);
        let name = text(app, "SELECT film FROM videos WHERE id = $1", &video).await;
        let sum = std::process::Command::new("sha256sum").arg(app.object(&name, ObjectKind::Video)).output().unwrap();
        let sum = String::from_utf8(sum.stdout).unwrap();
        let kept: (Vec<u8>,) = app.app.db.one("SELECT sha256 FROM media WHERE name = $1", args![&name]).await.unwrap();
        assert_eq!(sum.split_whitespace().next().unwrap(), hex::encode(kept.0));
    })
    .await;
}

#[tokio::test]
async fn streams_that_are_missing_cut_or_changed_are_made_anew() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let video = processed(app, &alice).await;
        is_well(app).await;
        for kind in ["missing_object", "truncated_object", "corrupt_object"] {
            let name = rendition(app, &video).await;
            let path = app.object(&name, ObjectKind::Rendition);
            match kind {
                "missing_object" => std::fs::remove_file(path).unwrap(),
                "truncated_object" => File::options().write(true).open(path).unwrap().set_len(100).unwrap(),
                _ => flip_a_byte(&path),
            }
            app.forget_copies();
            if kind == "corrupt_object" {
                assert_eq!(findings(app, LOOK).await, Vec::<[String; 3]>::new(), "nobody has read it");
            }
            is_found(app, LOOK_DEEP, kind, &name, "repairable").await;
            is_found(app, REPAIR_DEEP, kind, &name, "underway").await;
            is_found(app, REPAIR_DEEP, kind, &name, "underway").await;
            assert_eq!(app.jobs_done().await, 3);
            is_well(app).await;
            assert_ne!(rendition(app, &video).await, name);
        }
        // What was replaced goes as usual.
        app.advance(Duration::from_mins(20));
        app.app.storage.remove_retired().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_nothing_can_be_made_of_is_reported_until_it_is_put_back() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let video = processed(app, &alice).await;
        let thumbnail = text(app, "SELECT thumbnail FROM videos WHERE id = $1", &video).await;
        let upload = text(app, "SELECT original FROM videos WHERE id = $1", &video).await;
        let (avatar,): (String,) = app.app.db.one("SELECT avatar FROM users", args![]).await.unwrap();
        let lost = [
            (thumbnail, ObjectKind::Thumbnail, "has no thumbnail"),
            (avatar, ObjectKind::Avatar, "has no avatar"),
            (upload, ObjectKind::Video, "The video plays, but its upload cannot be downloaded or processed again"),
        ];
        for (name, kind, seen) in lost {
            let path = app.object(&name, kind);
            let bytes = std::fs::read(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            is_found(app, LOOK, "missing_object", &name, "unrepairable").await;
            let report = report(app, REPAIR).await;
            let finding = &report["findings"][0];
            assert!(finding["detail"].as_str().unwrap().contains(seen), "{finding}");
            if kind == ObjectKind::Video {
                // Without its upload the stream cannot be made anew.
                let stream = rendition(app, &video).await;
                let stream = app.object(&stream, ObjectKind::Rendition);
                let bytes = std::fs::read(&stream).unwrap();
                std::fs::remove_file(&stream).unwrap();
                let found = findings(app, REPAIR).await;
                assert!(found.len() == 2 && found.iter().all(|[.., outcome]| outcome == "unrepairable"), "{found:?}");
                std::fs::write(&stream, bytes).unwrap();
            }
            std::fs::write(&path, bytes).unwrap();
            is_well(app).await;
        }
    })
    .await;
}

#[tokio::test]
async fn rows_without_their_media_get_them_back() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let video = processed(app, &alice).await;
        let (avatar,): (String,) = app.app.db.one("SELECT avatar FROM users", args![]).await.unwrap();
        let film = text(app, "SELECT film FROM videos WHERE id = $1", &video).await;
        let stream = rendition(app, &video).await;
        let forget = "DELETE FROM media WHERE name = $1";
        let all = [(&avatar, ObjectKind::Avatar), (&film, ObjectKind::Video), (&stream, ObjectKind::Rendition)];
        for (name, kind) in all {
            let path = app.object(name, kind);
            let mime = "SELECT mime FROM media WHERE name = $1";
            let (before,): (String,) = app.app.db.one(mime, args![name]).await.unwrap();
            app.app.db.run(forget, args![name]).await.unwrap();
            // It only looks like a stray.
            make_old(&path);
            is_repaired(app, "row_without_media", name).await;
            for state in ["live", "pending", "doomed"] {
                let sql =
                    "UPDATE media SET state = $2, video_id = NULL, user_id = NULL, created_at = 0 WHERE name = $1";
                app.app.db.run(sql, args![name, state]).await.unwrap();
                is_repaired(app, "row_without_media", name).await;
            }
            let (after,): (String,) = app.app.db.one(mime, args![name]).await.unwrap();
            assert_eq!(before, after);
        }
        std::fs::remove_file(app.object(&stream, ObjectKind::Rendition)).unwrap();
        app.forget_copies();
        app.app.db.run(forget, args![&stream]).await.unwrap();
        is_found(app, LOOK, "row_without_media", &stream, "repairable").await;
        is_found(app, REPAIR, "row_without_media", &stream, "underway").await;
        app.jobs_done().await;
        is_well(app).await;
    })
    .await;
}

#[tokio::test]
async fn objects_that_nothing_refers_to_are_removed() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let video: VideoId = id(&alice.ready_video("Tea").await).parse().unwrap();
        let sql = "INSERT INTO media (name, kind, state, node, store, video_id, mime, bytes, created_at)
                   SELECT $1, 'thumbnail', $2, node, store, $3, mime, 8, 0 FROM media WHERE kind = 'avatar'";
        let cases = [
            ("live", Some(video), "orphaned_object"),
            ("live", None, "orphaned_object"),
            ("growing", None, "orphaned_object"),
            ("pending", None, "abandoned_object"),
            ("doomed", None, "abandoned_object"),
        ];
        for (state, video, kind) in cases {
            let name = MediaName::new("jpg").unwrap();
            let path = stray(app, &name, ObjectKind::Thumbnail);
            app.app.db.run(sql, args![name.as_str(), state, video]).await.unwrap();
            is_repaired(app, kind, name.as_str()).await;
            assert!(!path.exists(), "{state}");
        }
    })
    .await;
}

#[tokio::test]
async fn files_that_no_row_knows_are_removed_once_they_are_old_and_if_they_are_this_programs() {
    on_each_store(async |app| {
        app.person("alice").await;
        let name = MediaName::new("jpg").unwrap();
        let path = stray(app, &name, ObjectKind::Cover);
        is_well(app).await;
        make_old(&path);
        let key = path.strip_prefix(&app.media_root).unwrap().to_str().unwrap().to_owned();
        is_repaired(app, "stray_object", &key).await;
        assert!(!path.exists());

        let foreign = app.media_root.join("cover/notes.txt");
        std::fs::write(&foreign, "mine").unwrap();
        make_old(&foreign);
        is_found(app, REPAIR, "foreign_file", "cover/notes.txt", "unrepairable").await;
        std::fs::remove_file(foreign).unwrap();

        // Of another database's objects nothing is removed.
        let others: Vec<PathBuf> =
            (0..101).map(|_| stray(app, &MediaName::new("jpg").unwrap(), ObjectKind::Cover)).collect();
        for path in &others {
            make_old(path);
        }
        let found = findings(app, REPAIR).await;
        assert!(found.len() == 101 && found.iter().all(|[.., outcome]| outcome == "unrepairable"), "{found:?}");
        for path in others {
            std::fs::remove_file(path).unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn uploads_that_have_lost_bytes_end_and_tell_their_client() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let source = samples::video_of(100_000);
        let address = tus::begin(&alice.client, source.len()).await;
        assert_eq!(tus::send(&alice.client, &address, 0, &source[..60_000], &[]).await.status, 204);
        is_well(app).await;
        let piece = "SELECT piece FROM media_parts WHERE piece IS NOT NULL";
        let piece: Option<(String,)> = app.app.db.optional(piece, args![]).await.unwrap();
        if let Some((piece,)) = piece {
            std::fs::remove_file(app.object(&piece, ObjectKind::Piece)).unwrap();
        } else {
            let (name,): (String,) = app.app.db.one("SELECT media FROM uploads", args![]).await.unwrap();
            let path = app.object(&name, ObjectKind::Video);
            File::options().write(true).open(path).unwrap().set_len(100).unwrap();
        }
        is_repaired(app, "broken_upload", &tus::id(&address)).await;
        let response = tus::send(&alice.client, &address, 60_000, &source[60_000..], &[]).await;
        assert_eq!(response.status, 410);
        assert!(String::from_utf8_lossy(&response.bytes).contains("Start a new one"), "{response:?}");
    })
    .await;
}

#[tokio::test]
async fn leases_of_processes_that_are_gone_are_removed() {
    on_each_store(async |app| {
        let alice = app.person("alice").await;
        let address = tus::begin(&alice.client, 1000).await;
        let upload: UploadId = tus::id(&address).parse().unwrap();
        let (name,): (String,) =
            app.app.db.one("SELECT media FROM uploads WHERE id = $1", args![upload]).await.unwrap();
        let sql = "INSERT INTO media_leases (media, holder, lease_until) VALUES ($1, $2, $3)";
        app.app.db.run(sql, args![&name, vec![7_u8; 16], START_MS]).await.unwrap();
        is_well(app).await;
        app.advance(Duration::from_mins(6));
        is_repaired(app, "expired_lease", &name).await;
    })
    .await;
}

#[tokio::test]
async fn files_of_work_that_ended_long_ago_are_removed() {
    on_each_store(async |app| {
        app.person("alice").await;
        let folder = app.app.storage.objects.incoming().join("job-0123-1");
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("part");
        std::fs::write(&file, "half").unwrap();
        is_well(app).await;
        make_old(&file);
        // The folder itself cannot be opened to be written.
        let time = std::fs::metadata(&file).unwrap().modified().unwrap();
        File::open(&folder).unwrap().set_modified(time).unwrap();
        is_repaired(app, "work_leftover", folder.to_str().unwrap()).await;
        assert!(!folder.exists());
    })
    .await;
}

#[tokio::test]
async fn media_in_another_store_are_not_called_missing() {
    on_each_store(async |app| {
        app.person("alice").await;
        let move_all = "UPDATE media SET store = $1 WHERE store = $2";
        let (here,): (String,) = app.app.db.one("SELECT store FROM media", args![]).await.unwrap();
        app.app.db.run(move_all, args!["elsewhere", &here]).await.unwrap();
        is_found(app, REPAIR_DEEP, "other_store", "1", "unrepairable").await;
        app.app.db.run(move_all, args![&here, "elsewhere"]).await.unwrap();
        is_well(app).await;
    })
    .await;
}
