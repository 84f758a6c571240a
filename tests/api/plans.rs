//! Query plans: no list may read a whole big table, or sort what an index has in order already.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chaitube::{Arg, Sql, args};

use crate::harness::lists::{addresses, slice, with_query};
use crate::harness::rows::{self, Table, execute, fill, id_of, literal, settle};
use crate::harness::{Person, Server, TestApp, run_on};

/// Rows of the one channel, video and person that the lists are about.
const OWN: i64 = 600;
/// Rows there are altogether.
const ALL: i64 = 8_000;

/// So few rows may as well be sorted.
const FEW: u64 = 100;

/// The tables of the search index.
const SEARCHED: [&str; 4] = ["search_documents", "search_words", "search_postings", "search_near"];
const BIG: &[&str] = &[
    "users",
    "sessions",
    "videos",
    "video_search",
    "video_views",
    "watch_history",
    "playbacks",
    "video_hours",
    "video_days",
    "comments",
    "tweets",
    "video_likes",
    "comment_likes",
    "tweet_likes",
    "subscriptions",
    "playlists",
    "playlist_videos",
    "media",
    "video_hours",
    "related_videos",
    "hidden_from_home",
];

/// Other people's rows, from `OWN` up, so that what is asked for is a small part of each table.
const OTHERS: &[Table] = &[
    Table::new(
        "videos",
        "id, owner_id, title, description, film, thumbnail, duration_s, width, height, status, is_published, is_short,
         views, hot, created_at, updated_at",
        "ID(i), ID(1 + i % 500), 'Clip ' || i, 'About ' || i, '', '', i % 600, 160, 90, 'ready', i % 9 > 0, i % 5 = 0,
         i * 7 % 5000, (1000 + i) / 45, 1000 + i, 0",
    ),
    Table::new("video_search", "video_id, text", "ID(i), 'clip ' || i || ' about ' || i"),
    Table::new(
        "comments",
        "id, video_id, owner_id, content, created_at, updated_at",
        "ID(i), ID(2 + i % 900), ID(1 + i % 700), 'x', i, 0",
    ),
    Table::new("tweets", "id, owner_id, content, created_at, updated_at", "ID(i), ID(1 + i % 700), 'x', i, 0"),
    Table::new("video_likes", "id, user_id, video_id, created_at", "ID(i), ID(i), ID(1 + i % 900), i"),
    Table::new("comment_likes", "id, user_id, comment_id, created_at", "ID(i), ID(i), ID(1 + i % 900), i"),
    Table::new("tweet_likes", "id, user_id, tweet_id, created_at", "ID(i), ID(i), ID(1 + i % 900), i"),
    Table::new("subscriptions", "id, subscriber_id, channel_id, created_at", "ID(i), ID(i), ID(1 + i % 700), i"),
    Table::new(
        "playlists",
        "id, owner_id, name, description, created_at, updated_at",
        "ID(i), ID(1 + i % 700), 'x', 'x', i, 0",
    ),
    Table::new("playlist_videos", "playlist_id, video_id, position", "ID(i), ID(1 + i % 900), 1"),
    Table::new("watch_history", "user_id, video_id, watched_at", "ID(i), ID(1 + i % 900), i"),
    Table::new("video_hours", "video_id, hour, views", "ID(i), 491250 + i % 200, 1"),
    Table::new("related_videos", "video_id, other_id, score", "ID(1 + i % 90), ID(i), i"),
    Table::new("hidden_from_home", "user_id, video_id, created_at", "ID(i), ID(i), i"),
    Table::new("video_views", "video_id, viewer, counted_at", "ID(1 + i % 900), ID(i), i"),
    Table::new(
        "playbacks",
        "id, video_id, user_id, viewer, started_at, reported_at, watched, watched_ms, credit_ms, position_ms, stalled_ms",
        "ID(i), ID(1 + i % 900), ID(i), ID(i), i, i, '[]', 0, 0, 0, 0",
    ),
    Table::new("video_days", "video_id, day, views", "ID(1 + i % 900), i, 1"),
    Table::new(
        "sessions",
        "id, user_id, refresh_hash, user_agent, address, created_at, rotated_at, expires_at",
        "ID(i), ID(i), ID(i), '', '', i, i, i",
    ),
    Table::new(
        "media",
        "name, kind, state, node, store, video_id, mime, bytes, created_at",
        "'m' || i, 'film', 'live', ID(1), 'local', ID(i), 'video/mp4', 1, i",
    ),
];

/// Fills every table. The media rows are taken out again at the end, for there are no objects behind them.
async fn fill_everything(app: &TestApp, person: &Person) {
    let video = id_of(1);
    fill(app, rows::USERS, 1..=ALL, &person.id, &video).await;
    let own = [
        rows::VIDEOS,
        rows::VIDEO_SEARCH,
        rows::COMMENTS,
        rows::TWEETS,
        rows::VIDEO_LIKES,
        rows::SUBSCRIBERS,
        rows::SUBSCRIPTIONS,
    ];
    for table in own {
        fill(app, table, 1..=OWN, &person.id, &video).await;
    }
    // One's own account tells the whole history, and each playlist its videos: of very many it would be right to
    // read the whole table.
    for table in [rows::HISTORY, rows::PLAYLISTS, rows::PLAYLIST_VIDEOS] {
        fill(app, table, 1..=50, &person.id, &video).await;
    }
    for table in OTHERS {
        fill(app, *table, OWN + 1..=ALL, &person.id, &video).await;
    }
    let entries = "INSERT INTO playlist_videos (playlist_id, video_id, position)
                   SELECT p.id, v.id, 2 FROM playlists p
                   CROSS JOIN (SELECT id FROM videos ORDER BY id DESC LIMIT 4) v";
    execute(app, entries.to_owned(), vec![]).await;
    execute(app, "UPDATE videos SET is_published = false WHERE views = 3".to_owned(), vec![]).await;
    // Rows as long as real ones: short tables are read as a whole for good reason.
    let filler = "x".repeat(300);
    execute(app, "UPDATE videos SET description = description || $1".to_owned(), args![&filler]).await;
    execute(app, "UPDATE video_search SET text = text || $1".to_owned(), args![&filler]).await;
    settle(app).await;
    app.indexed().await;
    // PostgreSQL's trigram index keeps what is new on a heap of its own, which is tidied up in passing.
    let is_sqlite = app.app.db.engine_name() == "sqlite";
    let analyze = if is_sqlite {
        "ANALYZE".to_owned()
    } else {
        format!("VACUUM ANALYZE {}", [BIG, &SEARCHED].concat().join(", "))
    };
    execute(app, analyze, vec![]).await;
}

type Seen = Arc<Mutex<Vec<(Sql, Vec<Arg>)>>>;

/// Every list in every order, with every filter.
fn lists(me: &str, video: &str) -> Vec<String> {
    let mut lists = addresses(me, video);
    let filters = [
        String::new(),
        format!("&userId={me}"),
        format!("&userId={}", id_of(3)),
        "&query=clip 777".to_owned(),
        format!("&query=video 7 1&userId={me}"),
        "&subscribed=true".to_owned(),
        "&shorts=only".to_owned(),
        "&shorts=exclude".to_owned(),
        format!("&shorts=only&userId={}", id_of(3)),
        "&shorts=only&query=clip 77".to_owned(),
    ];
    for list in ["/api/v1/likes/videos", "/api/v1/users/history", "/api/v1/dashboard/videos"] {
        lists.extend(["only", "exclude"].map(|shorts| format!("{list}?shorts={shorts}")));
    }
    for filter in filters {
        for column in ["createdAt", "views", "duration", "title", "hot", "trending"] {
            for direction in ["asc", "desc"] {
                lists.push(format!("/api/v1/videos?sortBy={column}&sortType={direction}{filter}"));
            }
        }
    }
    lists
}

/// Walks every list a little: by number and by cursor.
async fn walk_everything(app: &TestApp, person: &Person) {
    let (me, video) = (&person.id, id_of(1));
    let lists = lists(me, &video);
    for client in [&person.client, &app.anonymous()] {
        for path in &lists {
            if client.get(&with_query(path, "limit=10")).await.status == 401 {
                continue;
            }
            let first = slice(client, path, "limit=10&page=2").await;
            if let Some(cursor) = first.next {
                assert!(!slice(client, path, &format!("limit=10&cursor={cursor}")).await.docs.is_empty());
            }
        }
        for path in [
            "/api/v1/search?type=all&q=clip".to_owned(),
            "/api/v1/search?q=about -nothing after:2000&sort=date".to_owned(),
            "/api/v1/search?q=longer:0s".to_owned(),
            "/api/v1/search/suggestions?q=clpi".to_owned(),
            "/api/v1/tags?prefix=a".to_owned(),
            "/api/v1/tags".to_owned(),
            format!("/api/v1/videos/{video}"),
            format!("/api/v1/playlist/{}?page=2", id_of(1)),
            format!("/api/v1/playlist/user/{me}?videoId={video}"),
            "/api/v1/users/c/user7".to_owned(),
            format!("/api/v1/users/{}", id_of(7)),
            "/api/v1/users/search?query=user7".to_owned(),
            "/api/v1/videos/suggestions?query=clip 777".to_owned(),
            "/api/v1/videos/suggestions?query=c".to_owned(),
            format!("/api/v1/videos/{video}/related"),
            "/api/v1/feed/home".to_owned(),
            "/api/v1/feed/home?order=newest".to_owned(),
            "/api/v1/site".to_owned(),
            format!("/watch/{video}"),
            format!("/playlist/{}", id_of(1)),
            "/channel/alice/feed.xml".to_owned(),
            "/sitemap.xml".to_owned(),
            "/sitemap/videos/1.xml".to_owned(),
            "/api/v1/users/current-user".to_owned(),
            "/api/v1/users/sessions".to_owned(),
            "/api/v1/dashboard/stats".to_owned(),
            format!("/api/v1/dashboard/videos/{video}/views"),
            format!("/api/v1/videos/{video}?reportsPlayback=true"),
            "/media/00112233445566778899aabbccddeeff.mp4".to_owned(),
        ] {
            assert!(client.get(&with_query(&path, "limit=10")).await.status < 500);
        }
    }
    app.login(&person.username).await;
    app.tasks_done().await;
}

/// The statements, each once for every plan it may have: with an argument or without it.
fn distinct(app: &TestApp, seen: &Seen) -> Vec<(String, Vec<Arg>)> {
    let mut found = BTreeMap::new();
    for (sql, args) in seen.lock().unwrap().drain(..) {
        let text = if app.app.db.engine_name() == "sqlite" { sql.sqlite_text() } else { sql.postgres_text() };
        let shape: Vec<bool> = args.iter().map(|arg| format!("{arg:?}").contains("None")).collect();
        found.entry((text.to_owned(), shape)).or_insert(args);
    }
    found.into_iter().map(|((text, _), args)| (text, args)).collect()
}

/// The plan's lines.
async fn plan(app: &TestApp, sql: &str, args: Vec<Arg>) -> Vec<String> {
    let db = &app.app.db;
    if db.engine_name() == "sqlite" {
        let sql = literal(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows: Vec<(i64, i64, i64, String)> = db.all(sql, args).await.unwrap();
        return rows.into_iter().map(|(.., detail)| detail).collect();
    }
    let rows: Vec<(String,)> = db.all(literal(format!("EXPLAIN {sql}")), args).await.unwrap();
    rows.into_iter().map(|(line,)| line).collect()
}

/// Whether no index can have the rows in the order asked for, or need not: those a text search finds, one channel's videos
/// in another order than by time, the videos of the playlists on one page, and one person's subscriptions.
fn may_sort(sql: &str) -> bool {
    sql.contains("video_search")
        || (sql.contains("v.owner_id = $3") && !sql.contains("ORDER BY v.created_at"))
        || sql.contains("e.position")
        // The words that begin with some letters, or have a form of a mistyped one.
        || sql.contains("FROM search_words WHERE")
        || sql.contains("search_near")
        || sql.contains("FROM tags WHERE tag")
        // A few ids, in the order in which they were given.
        || sql.contains("ORDER BY g.place")
        || sql.contains(") followed")
        // A quarter of all is looked at here, of a million a thousandth.
        || sql.contains("SELECT d.number FROM videos v")
}

/// How many rows PostgreSQL expects from a step.
fn rows_of(line: &str) -> u64 {
    let count = line.split_once(" rows=").map_or("0", |(_, rest)| rest);
    count[..count.find(|c: char| !c.is_ascii_digit()).unwrap_or(count.len())].parse().unwrap_or(0)
}

/// What is wrong with a plan.
fn faults(sql: &str, plan: &[String]) -> Vec<String> {
    let names = |line: &str, table: &str| line.split([' ', '(', ')']).any(|word| word == table);
    // SQLite names tables by their aliases in plans.
    let aliases = ["v", "o", "u", "s", "c", "t", "l", "p", "e", "h", "b", "m"];
    let scans_whole = |line: &&String| {
        let line = line.trim();
        let is_full = line.starts_with("SCAN ") && !line.contains("VIRTUAL TABLE");
        let is_big = BIG.iter().chain(&aliases).any(|table| names(line, table));
        // In a list an index may be walked in order, until the page is full.
        let has_index = line.contains("USING INDEX") || line.contains("USING COVERING INDEX");
        let is_ordered_walk = has_index && sql.contains("LIMIT") && !sql.contains("video_search");
        is_full && is_big && !is_ordered_walk
    };
    let reads_all = |line: &&String| {
        line.contains("Seq Scan on ") && BIG.iter().any(|table| line.contains(&format!("Seq Scan on {table}")))
    };
    let sorts = |line: &&String| {
        let is_sort = line.trim_start_matches(['-', '>', ' ']).starts_with("Sort ");
        !may_sort(sql) && (line.contains("TEMP B-TREE") || (is_sort && rows_of(line) > FEW))
    };
    plan.iter().filter(|line| scans_whole(line) || reads_all(line) || sorts(line)).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_reads_a_whole_table_or_sorts_what_an_index_has_in_order() {
    let seen: Seen = Arc::default();
    let observer = {
        let seen = seen.clone();
        Arc::new(move |sql: &Sql, args: &[Arg]| seen.lock().unwrap().push((sql.clone(), args.to_vec())))
    };
    run_on(Server { observer: Some(observer), ..Server::default() }, async |app| {
        let alice = app.person("alice").await;
        fill_everything(app, &alice).await;
        seen.lock().unwrap().clear();
        walk_everything(app, &alice).await;
        let statements = distinct(app, &seen);
        assert!(statements.len() > 60, "{} statements were seen", statements.len());
        let mut found = Vec::new();
        for (sql, args) in statements {
            let plan = plan(app, &sql, args).await;
            let faults = faults(&sql, &plan);
            if !faults.is_empty() {
                found.push(format!("{sql}\n=> {faults:#?}\nin\n{}\n", plan.join("\n")));
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        execute(app, "DELETE FROM media WHERE name LIKE 'm%'".to_owned(), vec![]).await;
    })
    .await;
}

/// SQLite prepares a statement anew for every execution when its limit is a parameter as it is.
#[test]
fn limits_are_never_bare_parameters() {
    let mut folders = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/src").into()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir::<std::path::PathBuf>(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            looked_at += 1;
            for bare in ["LIMIT $", "OFFSET $"] {
                assert!(!text.contains(bare), "{}: {bare}", path.display());
            }
        }
    }
    assert!(looked_at > 100);
}

#[test]
fn bad_plans_are_recognised() {
    let bad = |sql: &str, line: &str| assert_eq!(faults(sql, &[line.to_owned()]).len(), 1, "{line}");
    let list = "SELECT v.id FROM videos v ORDER BY v.created_at DESC LIMIT $1";
    bad(list, "SCAN v");
    bad(list, "SCAN videos");
    bad(list, "USE TEMP B-TREE FOR ORDER BY");
    bad("SELECT COUNT(*) FROM videos v", "SCAN v USING COVERING INDEX videos_by_owner");
    bad(list, "        ->  Seq Scan on videos v  (cost=0.00..1.00 rows=1 width=4)");
    bad(list, "  ->  Sort  (cost=0.00..1.00 rows=500 width=4)");
    let good = |sql: &str, line: &str| assert!(faults(sql, &[line.to_owned()]).is_empty(), "{line}");
    good(list, "SCAN v USING INDEX videos_by_time");
    good(list, "SEARCH v USING INDEX videos_by_time (created_at<?)");
    good(list, "        ->  Index Scan Backward using videos_by_time on videos v");
    good(list, "SCAN CONSTANT ROW");
    good(list, "  ->  Sort  (cost=0.00..1.00 rows=11 width=4)");
}
