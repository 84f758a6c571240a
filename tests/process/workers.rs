//! Workers in processes of their own: each video is worked on once, whoever dies or is held up.

use chaitube::{Db, args};

use crate::eventually::eventually;
use crate::program::{Place, Program, files};
use crate::samples;
use crate::videos::{nothing_is_orphaned, processed, upload};

const VIDEOS: i64 = 4;
const JOBS: i64 = 3 * VIDEOS;

/// Waits until a worker has a tool at work.
async fn is_busy(worker: &Program) {
    eventually(async || (!worker.tools().is_empty()).then_some(()).ok_or_else(|| worker.log())).await;
}

/// Lets the leases of a worker that has not been heard of run out, as half a minute would.
async fn outlast(db: &Db, worker: u32) -> u64 {
    let sql = "UPDATE jobs SET lease_until = 0 WHERE state = 'running' AND pid = $1";
    db.execute(sql, args![i64::from(worker)]).await.unwrap()
}

#[tokio::test]
async fn two_workers_process_each_video_once_though_one_is_killed_and_one_comes_back_late() {
    let place = Place::new(&[("WORKERS", "1"), ("LOG", "info")]).await;
    let server = place.start_as(&["serve", "--no-worker"]);
    let db = place.open_database().await;
    let token = server.token("alice").await;
    let source = samples::ffmpeg(
        "f.mp4",
        "-f lavfi -i testsrc2=s=480x360:r=10:d=1 -f lavfi -i sine=d=1 -c:v mpeg4 -q:v 5 -c:a aac -shortest",
    );
    let mut ids = Vec::new();
    for _ in 0..VIDEOS {
        ids.push(upload(&server, &token, &source).await);
    }
    assert!(server.tools().is_empty(), "the server was told not to work on videos");

    // One is held up in the middle of a job, the other dies in the middle of one.
    let late = place.start_worker();
    is_busy(&late).await;
    late.signal("-STOP");
    let dead = place.start_worker();
    is_busy(&dead).await;
    let dead_pid = dead.pid();
    dead.kill();
    assert_eq!((outlast(&db, late.pid()).await, outlast(&db, dead_pid).await), (1, 1));

    // Two others finish everything, theirs included.
    let workers = [place.start_worker(), place.start_worker()];
    let videos = processed(&server, &token, &ids).await;
    assert!(videos.iter().all(|video| video["status"] == "ready"), "{videos:?}");
    let made = db.all::<(String, i64)>("SELECT kind, fence FROM jobs ORDER BY id", args![]).await.unwrap();
    assert_eq!(i64::try_from(made.len()).unwrap(), JOBS);
    assert_eq!(made.iter().map(|(_, fence)| fence).sum::<i64>(), JOBS + 2, "{made:?}");
    let before = streams(&db).await;

    // The late one wakes up, finds that its job is no longer its own, and changes nothing.
    late.signal("-CONT");
    eventually(async || late.log().contains("job lease lost").then_some(()).ok_or_else(|| late.log())).await;
    late.stop();
    for worker in workers {
        worker.stop();
    }
    assert_eq!(streams(&db).await, before);
    assert_eq!(files(&place.data().join("media/incoming")), Vec::<std::path::PathBuf>::new());
    server.stop();
    // What the dead one had stored already and not written down is swept by the next start.
    let server = place.start_as(&["serve", "--no-worker"]);
    nothing_is_orphaned(&place, &server, &token).await;
    server.stop();
}

/// All videos' states and streams.
async fn streams(db: &Db) -> Vec<(String, Option<String>)> {
    db.all("SELECT status, stream FROM videos ORDER BY id", args![]).await.unwrap()
}
