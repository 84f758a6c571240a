use std::time::Duration;

use super::pending::{PENDING_MAX, Pending};
use super::*;
use crate::db::{Options, args};
use crate::id::PlaybackId;

const WINDOW: Duration = Duration::from_mins(30);
const NOW: i64 = 1_000_000_000;

fn video() -> VideoId {
    VideoId::from_bytes([1; 12])
}

fn user() -> UserId {
    UserId::from_bytes([2; 12])
}

fn view() -> View {
    View { video: video(), viewer: user().as_bytes().to_vec(), user: Some(user()), watched_at: NOW }
}

async fn open(folder: &std::path::Path) -> Db {
    let url = format!("sqlite://{}", folder.join("test.db").display());
    let (statement_limit, wait_limit) = (Duration::from_secs(10), Duration::ZERO);
    let db =
        Db::open(&Options { url, listen_url: None, connections_max: 1, statement_limit, wait_limit }).await.unwrap();
    let sql = "INSERT INTO users (id, username, email, full_name, password_hash, avatar, created_at, updated_at)
               VALUES ($1, 'alice', 'alice@example.org', 'Alice', '', '', 0, 0)";
    db.run(sql, args![user()]).await.unwrap();
    let sql =
        "INSERT INTO videos (id, owner_id, title, description, film, thumbnail, duration_s, width, height, status,
                                   is_published, created_at, updated_at)
               VALUES ($1, $2, '', '', '', '', 1, 1, 1, 'ready', true, 0, 0)";
    db.run(sql, args![video(), user()]).await.unwrap();
    db
}

/// Watches the video; returns how many views the answer would show.
async fn watch(views: &Views, view: &View) -> i64 {
    let read = || async {
        let since = views.window_start(view.watched_at);
        let sql = "SELECT v.views, EXISTS (SELECT 1 FROM video_views w WHERE w.viewer = $1 AND w.counted_at > $2)
                   FROM videos v";
        let row: (i64, bool) = views.db.one(sql, args![&view.viewer[..], since]).await?;
        Ok(Some(row))
    };
    let (stored, waiting) = views.count(view, read).await.unwrap().unwrap();
    stored + waiting
}

async fn stored(db: &Db) -> (i64, i64) {
    let (views,) = db.one::<(i64,)>("SELECT views FROM videos", args![]).await.unwrap();
    let (owners,) = db.one::<(i64,)>("SELECT views_count FROM users", args![]).await.unwrap();
    assert_eq!(views, owners, "the owner's counter");
    let (entries,) = db.one::<(i64,)>("SELECT COUNT(*) FROM watch_history", args![]).await.unwrap();
    (views, entries)
}

#[tokio::test]
async fn what_cannot_be_stored_waits_and_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    let views = Views::new(db.clone(), WINDOW);
    assert_eq!(watch(&views, &view()).await, 1);
    assert_eq!(stored(&db).await, (0, 0));
    // Half of it succeeds, and is undone.
    db.run("ALTER TABLE watch_history RENAME TO moved", args![]).await.unwrap();
    assert!(views.store().await.is_err());
    assert!(views.store_history(user()).await.is_err(), "whoever asks for the history learns of it");
    db.run("ALTER TABLE moved RENAME TO watch_history", args![]).await.unwrap();
    assert_eq!(stored(&db).await, (0, 0));
    assert_eq!(watch(&views, &view()).await, 1);
    for _ in 0..2 {
        views.store().await.unwrap();
        assert_eq!(stored(&db).await, (1, 1));
        assert_eq!(watch(&views, &view()).await, 1);
    }
}

#[tokio::test]
async fn what_is_given_up_while_it_is_stored_waits_again() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    let views = Views::new(db.clone(), WINDOW);
    watch(&views, &view()).await;
    let busy = db.begin().await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(1), views.store()).await.is_err());
    drop(busy);
    views.store().await.unwrap();
    assert_eq!(stored(&db).await, (1, 1));
}

/// Each process has memory of its own.
#[tokio::test]
async fn two_processes_count_a_viewer_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    let processes = [Views::new(db.clone(), WINDOW), Views::new(db.clone(), WINDOW)];
    for views in &processes {
        assert_eq!(watch(views, &view()).await, 1);
    }
    for views in &processes {
        views.store().await.unwrap();
        assert_eq!(stored(&db).await, (1, 1));
    }
    let later = View { watched_at: NOW + millis(WINDOW), ..view() };
    for views in &processes {
        assert_eq!(watch(views, &later).await, 2);
        views.store().await.unwrap();
    }
    assert_eq!(stored(&db).await, (2, 1));
}

/// Somebody has watched three seconds.
fn report() -> (Playback, Report) {
    let playback = Playback {
        id: PlaybackId::from_bytes([5; 12]),
        video: video(),
        viewer: ViewerKey::User(user()),
        source: TrafficSource::Search,
        started_at: NOW - 3_000,
    };
    let report = Report { at: NOW, watched: Ranges::of([(0, 3_000)]), rate: 1_000, ..Report::default() };
    (playback, report)
}

/// Views, refused views, and milliseconds watched.
async fn sums(db: &Db) -> (i64, i64, i64) {
    let (day,): (i64,) = db.one("SELECT watch_ms FROM video_days", args![]).await.unwrap();
    let (hour,): (i64,) = db.one("SELECT watch_ms FROM video_hours", args![]).await.unwrap();
    assert_eq!(day, hour);
    let (watched,): (i64,) = db.one("SELECT watched_ms FROM playbacks", args![]).await.unwrap();
    assert_eq!(watched, day, "the only playback");
    db.one("SELECT views, refused, watch_ms FROM video_days", args![]).await.unwrap()
}

/// A player's node may have changed, and its report have come by both.
#[tokio::test]
async fn two_processes_take_in_a_report_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    db.run("UPDATE videos SET duration_s = 60", args![]).await.unwrap();
    let processes = [Views::new(db.clone(), WINDOW), Views::new(db.clone(), WINDOW)];
    let (playback, first) = report();
    for views in &processes {
        views.report(&playback, &first).await.unwrap();
    }
    for views in &processes {
        views.store().await.unwrap();
        assert_eq!(sums(&db).await, (0, 0, 3_000));
    }
    let later = Report { at: NOW + 10_000, watched: Ranges::of([(0, 12_000)]), ..first };
    for views in &processes {
        views.report(&playback, &later).await.unwrap();
        views.store().await.unwrap();
        assert_eq!(sums(&db).await, (1, 0, 12_000));
    }
}

#[tokio::test]
async fn a_report_that_cannot_be_stored_waits() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    db.run("UPDATE videos SET duration_s = 4", args![]).await.unwrap();
    let views = Views::new(db.clone(), WINDOW);
    let (playback, report) = report();
    views.report(&playback, &report).await.unwrap();
    db.run("ALTER TABLE video_retention RENAME TO moved", args![]).await.unwrap();
    assert!(views.store().await.is_err());
    db.run("ALTER TABLE moved RENAME TO video_retention", args![]).await.unwrap();
    views.report(&playback, &report).await.unwrap();
    views.store().await.unwrap();
    assert_eq!(sums(&db).await, (1, 0, 3_000));
}

#[tokio::test]
async fn videos_and_users_that_are_gone_do_not_keep_the_rest_from_being_stored() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    let views = Views::new(db.clone(), WINDOW);
    watch(&views, &view()).await;
    watch(&views, &View { video: VideoId::from_bytes([8; 12]), ..view() }).await;
    let gone = UserId::from_bytes([9; 12]);
    watch(&views, &View { viewer: gone.as_bytes().to_vec(), user: Some(gone), ..view() }).await;
    views.store().await.unwrap();
    assert_eq!(stored(&db).await, (1, 1));
}

#[test]
fn what_waits_is_bounded() {
    let mut pending = Pending::default();
    for number in 0..PENDING_MAX {
        let view = View { viewer: number.to_be_bytes().to_vec(), user: None, ..view() };
        let admission = pending.admit(&view, false, 1, Some(0));
        assert!(matches!(admission, Admission::Admitted { .. }), "{number}");
    }
    assert_eq!(pending.admit(&view(), false, 1, Some(0)), Admission::Full);
    pending.take().unwrap();
    assert_eq!(pending.admit(&view(), false, 1, Some(0)), Admission::Outdated, "it is being stored");
    pending.settle();
    assert_eq!(pending.admit(&view(), false, 1, Some(0)), Admission::Outdated, "the row is from before");
    assert_eq!(pending.admit(&view(), false, 1, Some(1)), Admission::Admitted { waiting: 1 });
}
