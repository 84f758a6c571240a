//! What lies about in the store and in the work folder.

use super::examination::Examination;
use super::report::{Finding, FindingKind, Outcome};
use crate::clock::millis;
use crate::db::args;
use crate::error::Error;
use crate::id::JobId;
use crate::storage::{SAFE_AGE, StoredObject};

/// So many strays are removed if there are more objects beside them. Of more than that, only so many of a hundred objects:
/// else it is the database that is the wrong one.
const STRAYS_MAX: u64 = 100;
const STRAYS_PERCENT_MAX: u64 = 10;

/// Objects that no row knows. Young ones are let alone.
pub async fn check(examination: &mut Examination<'_>, strays: Vec<StoredObject>, stored: u64) -> Result<(), Error> {
    let now = examination.now();
    let strays: Vec<StoredObject> = strays.into_iter().filter(|object| object.is_old(now)).collect();
    examination.pause(&strays).await;
    let storage = &examination.app.storage;
    let mut unknown = Vec::new();
    for object in strays {
        let Some(stem) = storage.objects.stem(&object) else {
            let detail = format!("{} bytes", object.bytes);
            let finding = Finding::new(FindingKind::ForeignFile, object.key, detail, Outcome::Unrepairable);
            examination.found(finding);
            continue;
        };
        let is_known = examination.named.contains(stem) || storage.is_recorded(stem).await?;
        if !is_known && storage.objects.length(&object.key).await?.is_some() {
            unknown.push(object);
        }
    }
    let count = unknown.len() as u64;
    let are_many = count > STRAYS_MAX.max(stored * STRAYS_PERCENT_MAX / 100) || 2 * count > stored;
    let is_wrong = examination.is_partial || are_many;
    for object in unknown {
        let key = &object.key;
        let repair = async { storage.objects.delete(key).await.map(|()| true) };
        let (detail, outcome) = if is_wrong {
            let detail = format!("{count} of {stored} objects are unknown: is it the right database?");
            (detail, Outcome::Unrepairable)
        } else {
            (format!("{} bytes", object.bytes), examination.repaired(repair).await?)
        };
        examination.found(Finding::new(FindingKind::StrayObject, key.as_ref(), detail, outcome));
    }
    Ok(())
}

/// Files of work that ended without removing them.
pub async fn check_work(examination: &mut Examination<'_>) -> Result<(), Error> {
    let app = examination.app;
    let before = examination.now() - millis(SAFE_AGE);
    for path in app.storage.objects.old_work(before)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_of_running_job(examination, name).await? {
            continue;
        }
        let repair = async {
            let removed = if path.is_dir() {
                tokio::fs::remove_dir_all(&path).await
            } else {
                tokio::fs::remove_file(&path).await
            };
            Ok(removed.is_ok() || !path.exists())
        };
        let outcome = examination.repaired(repair).await?;
        let id = path.display().to_string();
        examination.found(Finding::new(FindingKind::WorkLeftover, id, "nothing uses it", outcome));
    }
    Ok(())
}

/// A job may read a file for days.
async fn is_of_running_job(examination: &Examination<'_>, name: &str) -> Result<bool, Error> {
    let id = name.strip_prefix("job-").and_then(|rest| rest.split('-').next()).and_then(|id| id.parse::<JobId>().ok());
    let Some(id) = id else { return Ok(false) };
    let rows = "FROM jobs WHERE id = $1 AND state = 'running' AND lease_until > $2";
    Ok(examination.app.db.exists(rows, args![id, examination.now()]).await?)
}
