//! The two schemas: what the migrations of one database make, those of the other make, too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What only one of the two has, and why.
const EXCEPTIONS: &[&str] = &[
    // PostgreSQL sorts by the locale unless it is told; SQLite's order is that of the bytes.
    "postgres: videos.title TEXT COLLATE \"C\" NOT NULL",
    "sqlite: videos.title TEXT NOT NULL",
    // FTS5 refers to rows by whole numbers, so the searched text has one on SQLite.
    "sqlite: video_search.number INTEGER NOT NULL PRIMARY KEY",
    "sqlite: video_search.video_id BYTEA NOT NULL UNIQUE REFERENCES videos (id) ON DELETE CASCADE",
    "postgres: video_search.video_id BYTEA NOT NULL PRIMARY KEY REFERENCES videos (id) ON DELETE CASCADE",
    "sqlite: CREATE VIRTUAL TABLE video_search_index",
    "sqlite: CREATE TRIGGER video_search_inserted",
    "sqlite: CREATE TRIGGER video_search_deleted",
    "sqlite: CREATE TRIGGER video_search_updated",
    // The same for PostgreSQL, as far as its extension may be installed.
    "postgres: CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "postgres: CREATE INDEX video_search_text ON",
    // SQLite's own indexes find beginnings of texts.
    "postgres: CREATE INDEX users_by_name_start ON",
];

/// The migrations of an engine: file name to text.
fn migrations(engine: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read_to_string(file.path()).unwrap())).collect()
}

/// A migration as statements: without comments, with single blanks. What stands in `$$ … $$` or between BEGIN and
/// END belongs to one statement.
fn statements(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let (mut found, mut current, mut is_body) = (Vec::new(), Vec::new(), false);
    for word in words {
        match word {
            "BEGIN" => is_body = true,
            "END;" | "END" => is_body = false,
            "$$" | "$$;" => is_body = !is_body && word == "$$",
            _ => {}
        }
        current.push(word);
        if word.ends_with(';') && !is_body {
            found.push(current.join(" ").trim_end_matches(';').to_owned());
            current.clear();
        }
    }
    assert!(current.is_empty(), "the last statement ends: {current:?}");
    found
}

/// What a statement says, piece by piece: of a table every column and key by itself.
fn facts(statement: &str) -> Vec<String> {
    let statement = statement.replace("BLOB", "BYTEA");
    let Some(table) = statement.strip_prefix("CREATE TABLE ") else { return vec![statement] };
    let (name, body) = table.split_once(" (").unwrap();
    let body = body.trim_end_matches(')').to_owned()
        + if body.matches('(').count() < body.matches(')').count() - 1 { ")" } else { "" };
    let (mut pieces, mut depth) = (vec![String::new()], 0);
    for c in body.trim().chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if c == ',' && depth == 0 { pieces.push(String::new()) } else { pieces.last_mut().unwrap().push(c) }
    }
    let mut facts: Vec<String> = pieces.iter().map(|piece| format!("{name}.{}", piece.trim())).collect();
    facts.push(format!("CREATE TABLE {name}"));
    facts
}

fn all_facts(engine: &str) -> BTreeSet<String> {
    migrations(engine).values().flat_map(|text| statements(text)).flat_map(|statement| facts(&statement)).collect()
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |engine| migrations(engine).into_keys().collect::<Vec<_>>();
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn both_schemas_have_the_same_tables_columns_keys_and_indexes() {
    let (sqlite, postgres) = (all_facts("sqlite"), all_facts("postgres"));
    for expected in [
        "users.username TEXT NOT NULL UNIQUE",
        "playlist_videos.PRIMARY KEY (playlist_id, video_id)",
        "CREATE INDEX comments_by_video ON comments (video_id, created_at, id)",
    ] {
        assert!(sqlite.contains(expected), "this test can read the migrations: {expected} in {sqlite:#?}");
    }
    let only = |engine: &str, one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.difference(other).map(|fact| format!("{engine}: {fact}")).collect()
    };
    let mut differences = only("sqlite", &sqlite, &postgres);
    differences.extend(only("postgres", &postgres, &sqlite));
    let is_known = |difference: &str| {
        EXCEPTIONS.iter().any(|known| {
            let (engine, text) = known.split_once(": ").unwrap();
            let is_block = text.starts_with("CREATE ");
            let fact = difference.strip_prefix(engine).and_then(|rest| rest.strip_prefix(": "));
            fact.is_some_and(|fact| fact == text || (is_block && fact.contains(text)))
        })
    };
    let unknown: Vec<&String> = differences.iter().filter(|difference| !is_known(difference)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert_eq!(differences.len(), EXCEPTIONS.len(), "an exception that is none any more: {differences:#?}");
}
