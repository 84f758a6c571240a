//! Bringing the schema up to date, by one process at a time.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use sqlx::PgConnection;
use sqlx::migrate::{MigrateError, Migrator};

use super::Error;
use super::sqlite::snapshot;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// What sqlx would keep, so that databases that it has migrated go on.
const SQLITE_APPLIED: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version        BIGINT    NOT NULL PRIMARY KEY,
    description    TEXT      NOT NULL,
    installed_on   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success        BOOLEAN   NOT NULL,
    checksum       BLOB      NOT NULL,
    execution_time BIGINT    NOT NULL -- in nanoseconds
)";

/// The newest migration that a program has to know to use the schema.
const OLDEST_PROGRAM: &str = "SELECT oldest_program FROM schema_compatibility";

/// SQLite has no lock that spans transactions, so the processes that share the file queue at one beside it; each may
/// have a data folder of its own.
pub(super) fn sqlite(connection: &mut Connection, file: &Path) -> Result<(), Error> {
    let mut lock_file = file.as_os_str().to_owned();
    lock_file.push("-migrate");
    let lock = File::create(lock_file).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(sqlx::Error::Io)?;
    connection.execute_batch(SQLITE_APPLIED)?;
    let applied = applied(connection)?;
    if let Some((version, _)) = applied.iter().find(|(version, _)| !SQLITE.version_exists(*version)) {
        let oldest = connection.query_row(OLDEST_PROGRAM, [], |row| row.get(0)).optional()?;
        check_compatible(*version, oldest.unwrap_or(i64::MAX), newest(&SQLITE))?;
    }
    let is_pending = |version| applied.iter().all(|(other, _)| *other != version);
    if let Some(next) = SQLITE.iter().find(|migration| is_pending(migration.version))
        && !applied.is_empty()
    {
        let kept = snapshot::keep(connection, file, next.version)?;
        tracing::info!(copy = %kept.display(), "copied the database before it is migrated");
    }
    for migration in SQLITE.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            Some((_, checksum)) if *checksum == *migration.checksum => {}
            Some(_) => return Err(migration_error(MigrateError::VersionMismatch(migration.version))),
            None => {
                let begun = Instant::now();
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                transaction.execute_batch(migration.sql.as_str())?;
                let took = i64::try_from(begun.elapsed().as_nanos()).unwrap_or(i64::MAX);
                transaction.execute(
                    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (?1, ?2, TRUE, ?3, ?4)",
                    params![migration.version, migration.description, migration.checksum, took],
                )?;
                transaction.commit()?;
            }
        }
    }
    Ok(())
}

/// Returns the versions and checksums.
fn applied(connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let mut statement = connection.prepare("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// sqlx holds an advisory lock of the database's meanwhile.
pub(super) async fn postgres(connection: &mut PgConnection) -> Result<(), Error> {
    match POSTGRES.run(&mut *connection).await {
        Err(MigrateError::VersionMissing(version)) => {
            let oldest = sqlx::query_scalar(OLDEST_PROGRAM).fetch_optional(connection).await?;
            check_compatible(version, oldest.unwrap_or(i64::MAX), newest(&POSTGRES))
        }
        result => result.map_err(migration_error),
    }
}

/// Returns the newest migration that this program knows, of either database.
pub(super) fn newest_known() -> i64 {
    newest(&SQLITE)
}

fn newest(migrator: &Migrator) -> i64 {
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Lets a program run on the schema of a newer one, which nodes do while they are replaced one by one.
fn check_compatible(version: i64, oldest_program: i64, own: i64) -> Result<(), Error> {
    if own < oldest_program {
        return Err(Error::Backend(
            format!("the database was migrated by a newer version of Chaitube (migration {version})").into(),
        ));
    }
    tracing::warn!(version, "the database was migrated by a newer version of Chaitube, which this one gets on with");
    Ok(())
}

fn migration_error(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) => error.into(),
        other => Error::Backend(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> (Connection, std::path::PathBuf) {
        let file = folder.join("test.db");
        (Connection::open(&file).unwrap(), file)
    }

    #[test]
    fn a_database_is_migrated_once() {
        let folder = tempfile::tempdir().unwrap();
        let (mut connection, file) = open(folder.path());
        sqlite(&mut connection, &file).unwrap();
        let first = applied(&connection).unwrap();
        assert_eq!(first.len(), SQLITE.iter().count());
        sqlite(&mut connection, &file).unwrap();
        assert_eq!(applied(&connection).unwrap(), first);
    }

    #[test]
    fn a_newer_schema_is_used_if_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (mut connection, file) = open(folder.path());
        sqlite(&mut connection, &file).unwrap();
        let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (9999, 'later', TRUE, x'00', 0)";
        connection.execute_batch(later).unwrap();
        sqlite(&mut connection, &file).unwrap();
        connection.execute_batch("UPDATE schema_compatibility SET oldest_program = 9999").unwrap();
        let newer = sqlite(&mut connection, &file).unwrap_err().to_string();
        assert!(newer.contains("migrated by a newer version of Chaitube (migration 9999)"), "{newer}");
    }

    #[test]
    fn a_database_is_copied_before_it_is_migrated_and_a_new_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (mut connection, file) = open(folder.path());
        sqlite(&mut connection, &file).unwrap();
        let copy = folder.path().join("test.db-before-0019");
        assert!(!copy.exists());
        let back = "DELETE FROM _sqlx_migrations WHERE version = 19; ALTER TABLE media DROP COLUMN sha256";
        for accounts in [7, 8] {
            connection.execute_batch(back).unwrap();
            connection.execute("UPDATE totals SET value = ?1 WHERE name = 'accounts'", params![accounts]).unwrap();
            sqlite(&mut connection, &file).unwrap();
            let copied = Connection::open(&copy).unwrap();
            let is_before = copied.prepare("SELECT sha256 FROM media").is_err();
            let sql = "SELECT value FROM totals WHERE name = 'accounts'";
            let value: i64 = copied.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!((is_before, value), (true, accounts));
        }
        assert_eq!(applied(&connection).unwrap().len(), SQLITE.iter().count());
    }

    #[test]
    fn what_another_program_migrated_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (mut connection, file) = open(folder.path());
        sqlite(&mut connection, &file).unwrap();
        connection.execute_batch("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").unwrap();
        let changed = sqlite(&mut connection, &file).unwrap_err().to_string();
        assert!(changed.contains("migration 1"), "{changed}");
    }
}
