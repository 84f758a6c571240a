//! Several data folders on one database, as on several machines.

use chaitube::args;

use crate::program::Place;

const KEYS: [(&str, &str); 2] = [
    ("ACCESS_TOKEN_SECRET", "0123456789abcdef0123456789abcdef"),
    ("REFRESH_TOKEN_SECRET", "fedcba9876543210fedcba9876543210"),
];
const ME: &str = "/api/v1/users/current-user";

/// On SQLite all processes share a data folder, and with it the keys.
async fn is_shared(place: &Place) -> bool {
    place.run(&["migrate"]);
    place.open_database().await.is_shared()
}

#[tokio::test]
async fn nodes_get_the_same_keys_from_the_database() {
    let place = Place::new(&[]).await;
    if !is_shared(&place).await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (place.start(), place.launch(&mut place.command_elsewhere(&folder)));
    let token = one.token("alice").await;
    assert_eq!(other.get(ME, &token).await["data"]["username"], "alice");
    let db = place.open_database().await;
    assert_eq!(db.all::<(i64,)>("SELECT pid FROM nodes", args![]).await.unwrap().len(), 2);
    one.stop();
    assert_eq!(db.all::<(i64,)>("SELECT pid FROM nodes", args![]).await.unwrap(), [(i64::from(other.pid()),)]);
    other.stop();
}

#[tokio::test]
async fn a_node_that_was_alone_keeps_its_keys() {
    let place = Place::new(&[]).await;
    if !is_shared(&place).await {
        return;
    }
    for (name, value) in KEYS {
        std::fs::write(place.data().join(name.to_lowercase()), value.repeat(2)).unwrap();
    }
    let program = place.start();
    let db = place.open_database().await;
    let (stored,): (String,) =
        db.one("SELECT value FROM secrets WHERE name = 'access_token_secret'", args![]).await.unwrap();
    assert_eq!(stored, KEYS[0].1.repeat(2));
    program.stop();
}

#[tokio::test]
async fn a_node_with_other_keys_does_not_start_beside_a_live_one() {
    let place = Place::new(&[]).await;
    if !is_shared(&place).await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let one = place.start();
    let output = place.command_elsewhere(&folder).envs(KEYS).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("REFRESH_TOKEN_SECRET differs"), "{said}");
    let db = place.open_database().await;
    assert_eq!(db.all::<(i64,)>("SELECT pid FROM nodes", args![]).await.unwrap(), [(i64::from(one.pid()),)]);
    one.stop();
    // With all nodes stopped the keys may change.
    place.launch(place.command_elsewhere(&folder).envs(KEYS)).stop();
}

#[tokio::test]
async fn a_program_runs_on_a_newer_schema_that_allows_it() {
    let place = Place::new(&[]).await;
    place.run(&["migrate"]);
    let db = place.open_database().await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'later', TRUE, $1, 0)";
    db.run(later, args![vec![0_u8]]).await.unwrap();
    let program = place.start();
    program.token("alice").await;
    program.stop();
    db.run("UPDATE schema_compatibility SET oldest_program = 9999", args![]).await.unwrap();
    let output = place.run(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("a newer version of Chaitube (migration 9999)"), "{said}");
}
