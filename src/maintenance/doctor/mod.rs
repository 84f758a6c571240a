//! `chaitube doctor`: looks for damage, and repairs what can be repaired without losing anything.
//!
//! The site goes on meanwhile. Rows are read in pages by key, without a transaction around them, so what looks wrong may only
//! have changed in between. It is a suspicion first, and a finding when it is still there a moment later.

mod counters;
mod examination;
mod named;
mod objects;
mod owners;
mod queues;
mod remedies;
mod report;
mod strays;
mod text;
mod uploads;

use self::examination::Examination;
pub use self::examination::{Checking, DoctorOptions};
pub use self::report::Report;
use crate::app::App;
use crate::error::Error;

/// Looks for damage. What has been found until an error is lost with it.
///
/// # Errors
/// When the database or the media storage cannot be reached; to repair, also when a newer version has migrated the database
/// or most media are missing.
pub async fn doctor(app: &App, options: DoctorOptions, tell: &(dyn Fn(Checking) + Sync)) -> Result<Report, Error> {
    // That may refer to objects in ways that this version does not know.
    if options.repair && app.db.has_newer_schema().await? {
        return Err(Error::conflict("a newer version of Chaitube has migrated the database: repair it with that one"));
    }
    if options.repair && !app.storage.has_its_objects().await? {
        return Err(Error::conflict(
            "most of the media are missing: is MEDIA_URL the one of this database, and its disk mounted? Nothing was repaired",
        ));
    }
    let mut examination = Examination::new(app, options, tell);
    // First what is named: bytes that have lost their row would be taken for strays afterwards.
    owners::check(&mut examination).await?;
    uploads::check(&mut examination).await?;
    objects::check(&mut examination).await?;
    counters::check(&mut examination).await?;
    queues::check(&mut examination).await?;
    Ok(examination.report)
}
