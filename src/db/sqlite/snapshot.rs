//! A copy of the database as it is before its schema changes.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use crate::db::Error;

/// Copies the database beside its file, in place of an earlier copy of this name. Needs the lock of the migrations.
pub(in crate::db) fn keep(connection: &Connection, file: &Path, version: i64) -> Result<PathBuf, Error> {
    let failed = |error: &dyn std::fmt::Display| {
        let text = format!(
            "the database could not be copied before it is migrated: {error}. It needs as much free space beside it as it has \
             itself"
        );
        Error::Backend(text.into())
    };
    let kept = beside(file, &format!("-before-{version:04}"));
    let half = beside(file, "-before.part");
    remove(&half).map_err(|error| failed(&error))?;
    let copied = connection.execute("VACUUM INTO ?1", params![half.to_string_lossy()]);
    copied.map_err(|error| failed(&error))?;
    store(&half, &kept).map_err(|error| failed(&error))?;
    Ok(kept)
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn remove(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A copy of that name is whole, whenever the power fails.
fn store(half: &Path, kept: &Path) -> io::Result<()> {
    File::open(half)?.sync_all()?;
    std::fs::rename(half, kept)?;
    match kept.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
