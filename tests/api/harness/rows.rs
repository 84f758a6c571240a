//! Rows put into the tables directly, many at a time, where making them over HTTP would take too long.
//!
//! Row number `i` of a table has the id whose last digits are `i`, so tests can name rows without asking.

use std::ops::RangeInclusive;

use chaitube::{Arg, UserId, VideoId, args, recount};

use super::TestApp;

/// The id of row number `number`, as answers write it.
pub fn id_of(number: i64) -> String {
    format!("{number:024x}")
}

/// A table to fill: its columns, and what goes into them for each number `i`.
///
/// In the values `ID(…)` is the id of a numbered row, `$3` the person and `$4` the video that a test is about.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    columns: &'static str,
    values: &'static str,
}

impl Table {
    pub const fn new(name: &'static str, columns: &'static str, values: &'static str) -> Self {
        Self { name, columns, values }
    }
}

pub const USERS: Table = Table::new(
    "users",
    "id, username, email, full_name, password_hash, avatar, created_at, updated_at",
    "ID(i), 'user' || i, 'user' || i || '@example.net', 'User ' || i, '', '', i, i",
);
/// Times come in threes, so that every list has to fall back on the id. All are shorts, so that every list has them.
pub const VIDEOS: Table = Table::new(
    "videos",
    "id, owner_id, title, description, film, thumbnail, duration_s, width, height, status, is_published, is_short, views,
     hot, created_at, updated_at",
    "ID(i), $3, 'Video ' || (i * 7 % 10) || ' ' || i, 'About ' || i, '', '', (i * 3 % 7) / 2.0, 90, 160, 'ready', true,
     true, i * 5 % 11, (1000 + i / 3) / 45, 1000 + i / 3, 1000 + i / 3",
);
pub const VIDEO_SEARCH: Table =
    Table::new("video_search", "video_id, text", "ID(i), 'video ' || (i * 7 % 10) || ' ' || i || ' about ' || i");
pub const COMMENTS: Table = Table::new(
    "comments",
    "id, video_id, owner_id, content, created_at, updated_at",
    "ID(i), $4, ID(i), 'Comment ' || i, 1000 + i / 3, 0",
);
pub const TWEETS: Table =
    Table::new("tweets", "id, owner_id, content, created_at, updated_at", "ID(i), $3, 'Tweet ' || i, 1000 + i / 3, 0");
pub const VIDEO_LIKES: Table =
    Table::new("video_likes", "id, user_id, video_id, created_at", "ID(i), $3, ID(i), 1000 + i / 3");
pub const PLAYLISTS: Table = Table::new(
    "playlists",
    "id, owner_id, name, description, created_at, updated_at",
    "ID(i), $3, 'Playlist ' || i, 'About ' || i, 1000 + i / 3, 0",
);
pub const PLAYLIST_VIDEOS: Table = Table::new("playlist_videos", "playlist_id, video_id, position", "ID(i), ID(i), 1");
pub const SUBSCRIBERS: Table =
    Table::new("subscriptions", "id, subscriber_id, channel_id, created_at", "ID(i), ID(i), $3, 1000 + i / 3");
/// Their ids are those of the numbers from a million up.
pub const SUBSCRIPTIONS: Table = Table::new(
    "subscriptions",
    "id, subscriber_id, channel_id, created_at",
    "ID(1000000 + i), $3, ID(i), 1000 + i / 3",
);
pub const HISTORY: Table = Table::new("watch_history", "user_id, video_id, watched_at", "$3, ID(i), 1000 + i / 3");

/// Fills a table with the rows of these numbers. Counters are left as they are: see [`settle`].
pub async fn fill(app: &TestApp, table: Table, numbers: RangeInclusive<i64>, person: &str, video: &str) {
    let Table { name, columns, values } = table;
    let sql = format!(
        "INSERT INTO {name} ({columns})
         WITH RECURSIVE numbers (i) AS
             (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i < $2)
         SELECT {} FROM numbers",
        with_ids(app, values)
    );
    let person: Option<UserId> = person.parse().ok();
    let video: Option<VideoId> = video.parse().ok();
    execute(app, sql, args![*numbers.start(), *numbers.end(), person, video]).await;
}

/// Removes a row by the id of its number in this column.
pub async fn remove(app: &TestApp, table: &str, column: &str, number: i64) {
    let sql = with_ids(app, &format!("DELETE FROM {table} WHERE {column} = ID({number})"));
    assert_eq!(execute(app, sql, vec![]).await, 1, "row {number} of {table}");
}

/// Makes the counters those of the rows that were filled in.
pub async fn settle(app: &TestApp) {
    recount(&app.app.db).await.unwrap();
}

/// Runs a statement that a test has put together.
pub async fn execute(app: &TestApp, sql: String, args: Vec<Arg>) -> u64 {
    app.app.db.execute(literal(sql), args).await.unwrap()
}

/// How many rows a condition selects.
pub async fn count(app: &TestApp, from_where: &str) -> i64 {
    let sql = with_ids(app, &format!("SELECT COUNT(*) FROM {from_where}"));
    let (count,): (i64,) = app.app.db.one(literal(sql), vec![]).await.unwrap();
    count
}

/// A statement as the façade wants it: it takes nothing that is not as good as written in the program.
pub fn literal(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

/// Writes `ID(number)` in the engine's own words.
fn with_ids(app: &TestApp, sql: &str) -> String {
    let (before, after) = match app.app.db.engine_name() {
        "sqlite" => ("unhex(printf('%024x', ", "))"),
        _ => ("decode(lpad(to_hex(CAST(", " AS BIGINT)), 24, '0'), 'hex')"),
    };
    let mut parts = sql.split("ID(");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').unwrap();
        text.extend([before, number, after, rest]);
    }
    text
}
