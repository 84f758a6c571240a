//! Rebuilding the search index, killed again and again: the old one is searched until the new one is whole.

use std::process::Stdio;
use std::time::Duration;

use chaitube::{Db, args};
use serde_json::Value;

use crate::eventually::eventually;
use crate::program::{Place, Program};

const VIDEOS: i64 = 3_000;
const KILLS: u64 = 5;

/// Enters videos as if they had been there before the index was.
async fn fill(db: &Db, owner: &str) {
    let id = if db.engine_name() == "sqlite" {
        "unhex(printf('%024x', i))"
    } else {
        "decode(lpad(to_hex(CAST(i AS BIGINT)), 24, '0'), 'hex')"
    };
    let sql = format!(
        "INSERT INTO videos (id, owner_id, title, description, film, thumbnail, duration_s, width, height, status,
                             is_published, created_at, updated_at)
         WITH RECURSIVE numbers (i) AS
             (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i < {VIDEOS})
         SELECT {id}, $1, 'Video number' || i, 'About hedgehogs and ' || (i % 97), '', '', 1.0, 160, 90, 'ready', true, i, i
         FROM numbers"
    );
    let sql: &'static str = Box::leak(sql.into_boxed_str());
    db.run(sql, args![hex::decode(owner).unwrap()]).await.unwrap();
    // Whatever was entered for them would hide what the rebuilding does not find.
    db.run("DELETE FROM tasks WHERE kind = 'index'", vec![]).await.unwrap();
}

async fn found(program: &Program, token: &str, query: &str) -> Value {
    program.get(&format!("/api/v1/search?{query}"), token).await["data"].clone()
}

#[tokio::test]
async fn a_rebuild_that_is_killed_goes_on_and_ends_with_a_whole_index() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let owner = program.get("/api/v1/users/current-user", &token).await["data"]["_id"].as_str().unwrap().to_owned();
    let db = place.open_database().await;
    fill(&db, &owner).await;
    drop(program);

    for kill in 1..=KILLS {
        let mut command = place.command(&["reindex"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(40 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let done = place.run(&["reindex"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let program = place.start();
    let page = found(&program, &token, "q=hedgehogs&limit=1").await;
    assert_eq!((&page["totalDocs"], &page["totalIsAtLeast"]), (&1_000.into(), &true.into()));
    for number in [1, 64, 65, 1_500, VIDEOS] {
        let page = found(&program, &token, &format!("q=number{number}&limit=1")).await;
        assert_eq!(page["docs"][0]["video"]["title"], format!("Video number{number}"));
    }
    let sql = "SELECT documents FROM search_words w JOIN search_state s ON s.current = w.generation
               WHERE w.kind = 'video' AND w.word = 'hedgehogs'";
    let (documents,): (i64,) = db.one(sql, vec![]).await.unwrap();
    assert_eq!(documents, VIDEOS);
}

#[tokio::test]
async fn a_rebuild_goes_on_while_the_site_runs() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let owner = program.get("/api/v1/users/current-user", &token).await["data"]["_id"].as_str().unwrap().to_owned();
    fill(&place.open_database().await, &owner).await;
    let mut command = place.command(&["reindex"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    child.kill().unwrap();
    child.wait().unwrap();
    // Whoever comes first goes on when the lease of the killed process has run out: the server, or this command.
    let done = place.run(&["reindex"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    eventually(async || {
        let total = found(&program, &token, "q=hedgehogs&limit=1").await["totalDocs"].clone();
        (total == 1_000).then_some(()).ok_or(total)
    })
    .await;
}
