//! Bringing the schema up to date, by one process at a time.

use std::fs::File;
use std::path::Path;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgConnection, SqlitePool};

use super::Error;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// SQLite has no lock that spans transactions, so the processes that share the file queue at `lock_file`.
pub(super) async fn sqlite(pool: &SqlitePool, lock_file: &Path) -> Result<(), Error> {
    let lock_file = lock_file.to_owned();
    let lock = tokio::task::spawn_blocking(move || {
        let file = File::create(lock_file)?;
        file.lock()?;
        std::io::Result::Ok(file)
    });
    let _lock = lock.await.map_err(|error| Error::Backend(error.into()))?.map_err(sqlx::Error::Io)?;
    SQLITE.run(pool).await.map_err(migration_error)
}

/// sqlx holds an advisory lock of the database's meanwhile.
pub(super) async fn postgres(connection: &mut PgConnection) -> Result<(), Error> {
    POSTGRES.run(connection).await.map_err(migration_error)
}

fn migration_error(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) => error.into(),
        MigrateError::VersionMissing(version) => Error::Backend(
            format!("the database was migrated by a newer version of Chaitube (migration {version})").into(),
        ),
        other => Error::Backend(other.into()),
    }
}
