//! The ledger beside the store: objects that are missing, damaged or left behind.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use object_store::path::Path as ObjectPath;

use super::examination::{Checking, Examination};
use super::report::{Finding, FindingKind, Outcome};
use super::{remedies, strays};
use crate::clock::millis;
use crate::error::Error;
use crate::storage::{ObjectKind, ObjectRow, ObjectState, SAFE_AGE, StoredObject};

/// How long something that was replaced may stay beyond its time.
const REMOVAL_LIMIT: Duration = Duration::from_hours(24);

struct Suspicion {
    kind: FindingKind,
    row: ObjectRow,
    detail: String,
}

/// What a look through the store has shown.
#[derive(Default)]
struct Seen {
    suspicions: Vec<Suspicion>,
    strays: Vec<StoredObject>,
    /// Objects in the store.
    stored: u64,
    /// Objects in another store.
    elsewhere: u64,
    bytes_all: u64,
    bytes_read: AtomicU64,
}

pub async fn check(examination: &mut Examination<'_>) -> Result<(), Error> {
    let storage = &examination.app.storage;
    let mut folders: BTreeMap<String, Vec<ObjectPath>> = BTreeMap::new();
    let mut seen = Seen::default();
    if examination.options.deep {
        seen.bytes_all = storage.bytes().await?;
    }
    for kind in ObjectKind::ALL {
        let shelves = storage.objects.shelves(kind).await?;
        seen.strays.extend(shelves.beside);
        for folder in shelves.folders {
            folders.entry(folder.filename().unwrap_or_default().to_owned()).or_default().push(folder);
        }
    }
    for number in 0_u16..256 {
        let below = if number == 255 { "g".to_owned() } else { format!("{:02x}", number + 1) };
        let start = format!("{number:02x}");
        let folders = folders.remove(&start).unwrap_or_default();
        look_through(examination, &mut seen, &start, &below, &folders).await?;
    }
    for folder in folders.into_values().flatten() {
        seen.strays.extend(examination.app.storage.objects.list(&folder).await?);
    }
    if seen.elsewhere > 0 {
        let detail = "objects are recorded there".to_owned();
        let id = seen.elsewhere.to_string();
        examination.found(Finding::new(FindingKind::OtherStore, id, detail, Outcome::Unrepairable));
    }
    confirm(examination, seen.suspicions).await?;
    strays::check(examination, seen.strays, seen.stored).await?;
    strays::check_work(examination).await
}

/// Compares the objects whose names begin alike. The store is listed first: what is stored meanwhile is entered before.
async fn look_through(
    examination: &mut Examination<'_>,
    seen: &mut Seen,
    start: &str,
    below: &str,
    folders: &[ObjectPath],
) -> Result<(), Error> {
    let storage = &examination.app.storage;
    let mut stored = HashMap::new();
    for folder in folders {
        stored.extend(storage.objects.list(folder).await?.into_iter().map(|object| (object.key.clone(), object)));
    }
    seen.stored += stored.len() as u64;
    let mut after = start.to_owned();
    loop {
        let rows = storage.rows_after(&after, below).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.name);
        for row in rows {
            examination.report.checked.objects += 1;
            let object = storage.key_of(&row).and_then(|key| stored.remove(&key));
            look_at(examination, seen, row, object.as_ref()).await?;
        }
        if !examination.options.deep {
            examination.tell("objects", examination.report.checked.objects);
        }
    }
    for object in stored.into_values() {
        examination.suspect(&mut seen.strays, object);
    }
    Ok(())
}

async fn look_at(
    examination: &mut Examination<'_>,
    seen: &mut Seen,
    row: ObjectRow,
    object: Option<&StoredObject>,
) -> Result<(), Error> {
    let storage = &examination.app.storage;
    if !storage.is_here(&row) {
        seen.elsewhere += u64::from(row.state == ObjectState::Live);
        return Ok(());
    }
    let now = examination.now();
    let is_old = row.created_at < now - millis(SAFE_AGE);
    let suspicion = match row.state {
        ObjectState::Live if row.video_id.is_none() && row.user_id.is_none() => {
            Some((FindingKind::OrphanedObject, "it has no owner".to_owned()))
        }
        ObjectState::Live if row.is_in_use() => damage(examination, seen, &row, object).await?,
        ObjectState::Live if row.retire_at.is_some_and(|at| at < now - millis(REMOVAL_LIMIT)) => {
            Some((FindingKind::AbandonedObject, "it was replaced and should be removed by now".to_owned()))
        }
        ObjectState::Pending if is_old => Some((FindingKind::AbandonedObject, "nothing was made of it".to_owned())),
        ObjectState::Doomed => Some((FindingKind::AbandonedObject, "it is deleted, and still there".to_owned())),
        ObjectState::Growing if !storage.is_awaited(&row.name).await? => {
            Some((FindingKind::OrphanedObject, "its upload is gone".to_owned()))
        }
        _ => None,
    };
    if let Some((kind, detail)) = suspicion {
        examination.suspect(&mut seen.suspicions, Suspicion { kind, row, detail });
    }
    Ok(())
}

async fn damage(
    examination: &mut Examination<'_>,
    seen: &Seen,
    row: &ObjectRow,
    object: Option<&StoredObject>,
) -> Result<Option<(FindingKind, String)>, Error> {
    let Some(object) = object else {
        return Ok(Some((FindingKind::MissingObject, "it is not there".to_owned())));
    };
    if i64::try_from(object.bytes) != Ok(row.bytes) {
        let detail = format!("it has {} bytes instead of {}", object.bytes, row.bytes);
        return Ok(Some((FindingKind::TruncatedObject, detail)));
    }
    if !examination.options.deep {
        return Ok(None);
    }
    let (all, tell) = (seen.bytes_all, examination.tell);
    let told = |bytes| {
        let done = seen.bytes_read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        tell(Checking { what: "bytes", done, all, in_bytes: true });
    };
    let detail = read(examination, row, object, told).await?;
    examination.report.checked.bytes = seen.bytes_read.load(Ordering::Relaxed);
    Ok(detail.map(|detail| (FindingKind::CorruptObject, detail)))
}

/// Compares the bytes with their hash, and keeps the hash of those that have none. Says what is wrong with them.
async fn read(
    examination: &Examination<'_>,
    row: &ObjectRow,
    object: &StoredObject,
    tell: impl Fn(u64),
) -> Result<Option<String>, Error> {
    let storage = &examination.app.storage;
    let hash = match storage.objects.hash(&object.key, object.bytes, tell).await {
        Ok(hash) => hash,
        // It was removed just now, which shows.
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error @ Error::Busy(_)) => return Err(error),
        Err(error) => return Ok(Some(format!("it cannot be read: {error}"))),
    };
    match &row.sha256 {
        None => storage.keep_hash(&row.name, hash).await?,
        Some(known) if *known != hash => return Ok(Some("its bytes are others than were stored".to_owned())),
        Some(_) => {}
    }
    Ok(None)
}

async fn confirm(examination: &mut Examination<'_>, suspicions: Vec<Suspicion>) -> Result<(), Error> {
    examination.pause(&suspicions).await;
    let mut findings = Vec::new();
    let mut is_removing = false;
    for suspicion in suspicions {
        let is_deleted = suspicion.row.state == ObjectState::Doomed;
        if is_true(examination, &suspicion).await? {
            findings.push(suspicion);
        } else {
            is_removing |= is_deleted;
        }
    }
    for Suspicion { kind, row, .. } in &findings {
        use FindingKind::{CorruptObject, MissingObject, TruncatedObject};
        if matches!(kind, MissingObject | TruncatedObject | CorruptObject) {
            examination.damaged.insert(row.name.clone());
        }
    }
    for Suspicion { kind, row, detail } in findings {
        match kind {
            FindingKind::OrphanedObject | FindingKind::AbandonedObject => {
                // A long queue of removals is no damage.
                if row.state != ObjectState::Doomed || !is_removing {
                    left_behind(examination, kind, &row, detail).await?;
                }
            }
            _ => remedies::report_damage(examination, &row, kind, &detail).await?,
        }
    }
    Ok(())
}

async fn is_true(examination: &Examination<'_>, suspicion: &Suspicion) -> Result<bool, Error> {
    let storage = &examination.app.storage;
    let Some(row) = storage.row(&suspicion.row.name).await?.filter(|row| row.state == suspicion.row.state) else {
        return Ok(false);
    };
    let Some(key) = storage.key_of(&row) else { return Ok(true) };
    Ok(match suspicion.kind {
        FindingKind::MissingObject => row.is_in_use() && storage.objects.length(&key).await?.is_none(),
        FindingKind::TruncatedObject => {
            let stored = storage.objects.length(&key).await?;
            row.is_in_use() && stored.is_some_and(|bytes| i64::try_from(bytes) != Ok(row.bytes))
        }
        FindingKind::CorruptObject => {
            let bytes = u64::try_from(row.bytes).unwrap_or(0);
            let object = StoredObject { key, bytes, modified_at: 0 };
            row.is_in_use() && read(examination, &row, &object, |_| {}).await?.is_some()
        }
        FindingKind::OrphanedObject if row.state == ObjectState::Growing => !storage.is_awaited(&row.name).await?,
        FindingKind::OrphanedObject => row.video_id.is_none() && row.user_id.is_none(),
        _ => true,
    })
}

async fn left_behind(
    examination: &mut Examination<'_>,
    kind: FindingKind,
    row: &ObjectRow,
    detail: String,
) -> Result<(), Error> {
    if !examination.is_left_over(&row.name) {
        return Ok(());
    }
    let storage = &examination.app.storage;
    let repair = async {
        if row.retire_at.is_some() {
            storage.remove_retired().await?;
        } else if kind == FindingKind::OrphanedObject {
            storage.drop_orphan(&row.name).await?;
        } else {
            storage.remove(&[row.name.parse()?]).await;
        }
        Ok(storage.row(&row.name).await?.is_none())
    };
    let outcome = examination.repaired(repair).await?;
    examination.found(Finding::new(kind, &row.name, detail, outcome).of(row.video_id, row.user_id));
    Ok(())
}
