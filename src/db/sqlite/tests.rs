use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use futures_util::future::join_all;
use futures_util::poll;
use rusqlite::Connection;

use super::*;
use crate::db::args;
use crate::db::engine::Effect;

/// Never ends.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";
const INSERT: &str = "INSERT INTO numbers (number) VALUES ($1)";
/// Longer than any test waits.
const LONG: Duration = Duration::from_mins(1);

async fn open(folder: &Path, statement_limit: Duration) -> Sqlite {
    let url = format!("sqlite://{}", folder.join("test.db").display());
    let sqlite = Sqlite::open(&url, statement_limit).await.unwrap();
    execute(&sqlite, "CREATE TABLE numbers (number BIGINT NOT NULL PRIMARY KEY)").await;
    sqlite.writers.allow_age(LONG).await;
    sqlite
}

async fn execute(sqlite: &Sqlite, sql: &'static str) {
    sqlite.execute(sql.into(), args![]).await.unwrap();
}

async fn insert(sqlite: &Sqlite, number: i64) -> Result<(), Error> {
    let mut transaction = sqlite.begin().await?;
    transaction.execute(INSERT.into(), args![number]).await?;
    transaction.commit(Vec::new()).await
}

async fn numbers(sqlite: &Sqlite) -> Vec<i64> {
    let rows: Vec<(i64,)> =
        sqlite.query("SELECT number FROM numbers ORDER BY number".into(), args![], usize::MAX).await.unwrap();
    rows.into_iter().map(|(number,)| number).collect()
}

fn effects(names: &[&'static str], sender: &mpsc::Sender<&'static str>) -> Vec<Effect> {
    let effect = |name: &&'static str| -> Effect {
        let (name, sender) = (*name, sender.clone());
        Box::new(move || sender.send(name).unwrap())
    };
    names.iter().map(effect).collect()
}

/// Calls `hook` at each commit; it says whether to refuse.
async fn on_commit(sqlite: &Sqlite, hook: impl FnMut() -> bool + Send + 'static) {
    sqlite.writers.with_connection(|connection| connection.commit_hook(Some(hook)).unwrap()).await;
}

#[test]
fn a_url_names_a_file() {
    let file = |url| file_of(url).unwrap();
    assert_eq!(file("sqlite:///data/my%20films.db"), Path::new("/data/my films.db"));
    assert_eq!(file("sqlite://./data/x.db"), Path::new("./data/x.db"));
    assert_eq!(file("sqlite:x.db?mode=rwc"), Path::new("x.db"));
    assert!(file_of("sqlite:x.db?mode=memory").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_share_a_commit_and_fail_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = commits.clone();
    on_commit(&sqlite, move || {
        counted.fetch_add(1, Ordering::SeqCst);
        false
    })
    .await;

    insert(&sqlite, 0).await.unwrap();
    assert_eq!(commits.load(Ordering::SeqCst), 1, "nobody waits: it is committed at once");

    let mut first = sqlite.begin().await.unwrap();
    first.execute(INSERT.into(), args![1]).await.unwrap();
    let others = (2..=40).map(|number| insert(&sqlite, if number == 20 { 1 } else { number }));
    let mut others = Box::pin(join_all(others));
    assert!(poll!(&mut others).is_pending());
    let (first, others) = tokio::join!(first.commit(Vec::new()), others);
    first.unwrap();
    for (result, number) in others.into_iter().zip(2..) {
        match result {
            Err(Error::Conflict(_)) if number == 20 => {}
            result => assert!(result.is_ok() && number != 20, "{number}: {result:?}"),
        }
    }
    assert_eq!(numbers(&sqlite).await, (0..=40).filter(|number| *number != 20).collect::<Vec<_>>());
    assert_eq!(commits.load(Ordering::SeqCst), 2, "one more for all others");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let (sender, seen) = mpsc::channel();
    let mut first = sqlite.begin().await.unwrap();
    first.execute(INSERT.into(), args![1]).await.unwrap();
    let mut second = Box::pin(sqlite.begin());
    assert!(poll!(&mut second).is_pending());
    let mut first = Box::pin(first.commit(effects(&["first", "then"], &sender)));
    assert!(poll!(&mut first).is_pending());
    let mut second = second.await.unwrap();
    second.execute(INSERT.into(), args![2]).await.unwrap();
    assert!(poll!(&mut first).is_pending(), "the second is still running");
    assert!(seen.try_recv().is_err());
    assert!(numbers(&sqlite).await.is_empty());

    let (first, second) = tokio::join!(first, second.commit(effects(&["second"], &sender)));
    first.and(second).unwrap();
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["first", "then", "second"]);
    assert_eq!(numbers(&sqlite).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_dropped_is_undone_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let mut first = sqlite.begin().await.unwrap();
    first.execute(INSERT.into(), args![1]).await.unwrap();
    let mut second = Box::pin(sqlite.begin());
    let mut third = Box::pin(insert(&sqlite, 3));
    assert!(poll!(&mut second).is_pending());
    assert!(poll!(&mut third).is_pending());
    let mut first = Box::pin(first.commit(Vec::new()));
    assert!(poll!(&mut first).is_pending());
    let mut second = second.await.unwrap();
    second.execute(INSERT.into(), args![2]).await.unwrap();
    drop(second);
    let (first, third) = tokio::join!(first, third);
    first.and(third).unwrap();
    assert_eq!(numbers(&sqlite).await, [1, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_nobody_waits_for_happens_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let (sender, seen) = mpsc::channel();
    let mut transaction = sqlite.begin().await.unwrap();
    transaction.execute(INSERT.into(), args![1]).await.unwrap();
    let mut commit = Box::pin(transaction.commit(effects(&["done"], &sender)));
    let _ = poll!(&mut commit);
    drop(commit);
    assert_eq!(seen.recv_timeout(LONG).unwrap(), "done");
    assert_eq!(numbers(&sqlite).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_fails_for_the_whole_group() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    on_commit(&sqlite, || true).await;
    let (sender, seen) = mpsc::channel();
    let mut first = sqlite.begin().await.unwrap();
    first.execute(INSERT.into(), args![1]).await.unwrap();
    let mut second = Box::pin(insert(&sqlite, 2));
    assert!(poll!(&mut second).is_pending());
    let (first, second) = tokio::join!(first.commit(effects(&["first"], &sender)), second);
    assert!(first.is_err() && second.is_err(), "{first:?} {second:?}");
    drop(sender);
    assert!(seen.recv().is_err(), "the effect is dropped");

    on_commit(&sqlite, || false).await;
    insert(&sqlite, 3).await.unwrap();
    assert_eq!(numbers(&sqlite).await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_stopped_takes_its_group_with_it_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), Duration::from_millis(200)).await;
    let mut first = sqlite.begin().await.unwrap();
    first.execute(INSERT.into(), args![1]).await.unwrap();
    let mut second = Box::pin(sqlite.begin());
    assert!(poll!(&mut second).is_pending());
    let mut first = Box::pin(first.commit(Vec::new()));
    assert!(poll!(&mut first).is_pending());
    let mut second = second.await.unwrap();
    let endless = "INSERT INTO numbers (number)
                   WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    for _ in 0..2 {
        let stopped = second.execute(endless.into(), args![]).await;
        assert!(matches!(stopped, Err(Error::Unavailable(_))), "{stopped:?}");
    }
    assert!(second.commit(Vec::new()).await.is_err());
    assert!(matches!(first.await, Err(Error::Unavailable(_))));
    insert(&sqlite, 3).await.unwrap();
    assert_eq!(numbers(&sqlite).await, [3]);
}

#[tokio::test]
async fn a_long_read_leaves_the_thread_and_ends_when_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    // With one thread for all tasks, the first would be the end.
    let mut reads: Vec<_> = (0..4).map(|_| Box::pin(sqlite.query::<(i64,)>(ENDLESS.into(), args![], 1))).collect();
    for read in &mut reads {
        assert!(poll!(read).is_pending());
    }
    drop(reads);
    // It waits for the readers, which would read on for a minute.
    tokio::time::timeout(LONG / 2, sqlite.close()).await.unwrap();
    assert!(matches!(sqlite.query::<(i64,)>("SELECT 1".into(), args![], 1).await, Err(Error::Unavailable(_))));
    assert!(matches!(insert(&sqlite, 1).await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn the_limit_stops_a_read() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), Duration::from_millis(50)).await;
    let stopped = sqlite.query::<(i64,)>(ENDLESS.into(), args![], 1).await;
    assert!(matches!(stopped, Err(Error::Unavailable(_))), "{stopped:?}");
    assert!(numbers(&sqlite).await.is_empty());
}

#[tokio::test]
async fn a_transaction_alone_that_is_dropped_while_it_works_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let mut alone = sqlite.begin_alone().await.unwrap();
    alone.execute(INSERT.into(), args![1]).await.unwrap();
    let mut endless = Box::pin(alone.query::<(i64,)>(ENDLESS.into(), args![], 1));
    assert!(poll!(&mut endless).is_pending());
    drop(endless);
    drop(alone);
    insert(&sqlite, 2).await.unwrap();
    assert_eq!(numbers(&sqlite).await, [2]);
}

#[tokio::test]
async fn foreign_keys_are_not_deferred_in_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let mut transaction = sqlite.begin().await.unwrap();
    let refused = transaction.execute("PRAGMA defer_foreign_keys = on".into(), args![]).await;
    assert!(matches!(refused, Err(Error::Backend(_))));
}

#[tokio::test]
async fn parameters_are_numbers_in_whatever_order() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    let rows: Vec<(i64, String, i64)> =
        sqlite.query("SELECT $3, $2, $3".into(), args![0.5, "two", 3_i64], 1).await.unwrap();
    assert_eq!(rows, [(3, "two".to_owned(), 3)]);
    let missing = sqlite.query::<(i64,)>("SELECT $2".into(), args![1_i64], 1).await;
    assert!(missing.unwrap_err().to_string().contains("$2"));
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), Duration::from_millis(200)).await;
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(insert(&sqlite, 1).await, Err(Error::Unavailable(_))));
    let mut waiting = Box::pin(insert(&sqlite, 2));
    assert!(poll!(&mut waiting).is_pending());
    other.execute_batch("ROLLBACK").unwrap();
    waiting.await.unwrap();
    assert_eq!(numbers(&sqlite).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_group_is_committed_before_the_next_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(folder.path(), LONG).await;
    sqlite.writers.allow_age(Duration::ZERO).await;
    let first = sqlite.begin().await.unwrap();
    let mut second = Box::pin(sqlite.begin());
    assert!(poll!(&mut second).is_pending());
    let (first, _running) = tokio::join!(first.commit(Vec::new()), second);
    first.unwrap();
}
