//! Repairing the counters, for operators who changed rows by hand.

use crate::api;
use crate::db::{Db, Error, args};

/// Returns how many rows were wrong for each counter. Views have no rows to count.
///
/// # Errors
/// As any statement; the counters before the failing one stay repaired.
pub async fn recount(db: &Db) -> Result<Vec<(&'static str, u64)>, Error> {
    let mut repaired = Vec::new();
    for counter in api::features().flat_map(|feature| feature.counters) {
        repaired.push((counter.name, db.execute_alone(counter.repair(), args![]).await?));
    }
    Ok(repaired)
}
