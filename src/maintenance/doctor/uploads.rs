//! Uploads that have lost bytes, and leases that nobody holds.

use std::time::Duration;

use super::examination::Examination;
use super::report::{Finding, FindingKind, Outcome};
use crate::api::uploads::{UploadState, end};
use crate::clock::millis;
use crate::db::{Record, Sql, args};
use crate::error::Error;
use crate::id::{UploadId, UserId};
use crate::storage::{MediaName, ObjectState};

const PAGE: i64 = 500;
/// Long after a lease has run out nobody renews it.
const LEASE_AGE: Duration = Duration::from_mins(5);
const LOST: &str = "the server has lost its bytes. Start a new one.";

#[derive(Record)]
struct Open {
    id: UploadId,
    owner_id: UserId,
    media: String,
    received: i64,
    expires_at: i64,
}

const OPEN: &str = "SELECT id, owner_id, media, received, expires_at FROM uploads";

pub async fn check(examination: &mut Examination<'_>) -> Result<(), Error> {
    let mut suspicions = Vec::new();
    let mut after = (i64::MIN, UploadId::from_bytes([0; 12]));
    loop {
        let sql = Sql::from(OPEN).then(
            "WHERE video_id IS NULL AND media IS NOT NULL AND (expires_at, id) > ($1, $2)
             ORDER BY expires_at, id LIMIT CAST($3 AS BIGINT)",
        );
        let page: Vec<Open> = examination.app.db.all(sql, args![after.0, after.1, PAGE]).await?;
        let Some(last) = page.last() else { break };
        after = (last.expires_at, last.id);
        for upload in page {
            examination.report.checked.uploads += 1;
            if loss(examination, &upload).await?.is_some() {
                examination.suspect(&mut suspicions, upload.id);
            }
        }
        examination.tell("uploads", examination.report.checked.uploads);
    }
    examination.pause(&suspicions).await;
    for id in suspicions {
        broken(examination, id).await?;
    }
    leases(examination).await
}

/// Says what is missing of an upload. Its row was read before.
async fn loss(examination: &Examination<'_>, upload: &Open) -> Result<Option<String>, Error> {
    let storage = &examination.app.storage;
    let Some(row) = storage.row(&upload.media).await? else {
        return Ok(Some("the record of its bytes is gone".to_owned()));
    };
    if !storage.is_here(&row) {
        return Ok(None);
    }
    if row.state != ObjectState::Growing {
        return Ok(Some(format!("the record of its bytes says that they are {}", row.state.as_str())));
    }
    let name: MediaName = upload.media.parse()?;
    let stored = storage.grown(&name).await?;
    let received = u64::try_from(upload.received).unwrap_or(0);
    Ok(match stored {
        Some(stored) if stored >= received => None,
        Some(stored) => Some(format!("{stored} of the {received} bytes that had come are there")),
        None => Some(format!("none of the {received} bytes that had come is there")),
    })
}

async fn broken(examination: &mut Examination<'_>, id: UploadId) -> Result<(), Error> {
    let app = examination.app;
    let sql = Sql::from(OPEN).then("WHERE id = $1 AND video_id IS NULL AND media IS NOT NULL");
    let Some(upload) = app.db.optional::<Open>(sql, args![id]).await? else { return Ok(()) };
    let Some(detail) = loss(examination, &upload).await? else { return Ok(()) };
    let repair = async {
        end(app, id, UploadState::Cancelled, Some(LOST)).await?;
        app.storage.remove(&[upload.media.parse()?]).await;
        Ok(true)
    };
    let outcome: Outcome = examination.repaired(repair).await?;
    let finding = Finding::new(FindingKind::BrokenUpload, id.to_string(), detail, outcome);
    examination.found(finding.of(None, Some(upload.owner_id)));
    Ok(())
}

async fn leases(examination: &mut Examination<'_>) -> Result<(), Error> {
    let app = examination.app;
    let before = examination.now() - millis(LEASE_AGE);
    let sql = "SELECT media FROM media_leases WHERE lease_until < $1 ORDER BY media LIMIT CAST($2 AS BIGINT)";
    let old: Vec<(String,)> = app.db.all(sql, args![before, PAGE]).await?;
    for (name,) in old {
        let sql = "DELETE FROM media_leases WHERE media = $1 AND lease_until < $2";
        let repair = async { Ok(app.db.execute(sql, args![&name, before]).await? == 1) };
        let outcome = examination.repaired(repair).await?;
        let detail = "whoever wrote to it has not been heard of for minutes";
        examination.found(Finding::new(FindingKind::ExpiredLease, name, detail, outcome));
    }
    Ok(())
}
