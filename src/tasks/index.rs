//! Keeps the search index true to what has changed.

use std::collections::BTreeMap;

use crate::app::App;
use crate::error::Error;
use crate::id::SubjectId;
use crate::queue::tasks::TaskClaim;
use crate::search::{Kind, ids_of_owner, index};

/// Things in one transaction. Others wait for it, so it has to be short.
const BATCH: usize = 64;
const BATCH_ROWS: i64 = 64;

/// The key names a thing, such as `video:65a53f2e8c1b4a0012ab34cd`, or everything of an owner.
pub async fn run(app: &App, claims: &[TaskClaim]) -> Result<(), Error> {
    let mut things: BTreeMap<Kind, Vec<SubjectId>> = BTreeMap::new();
    for claim in claims {
        let Some((name, id)) = claim.key.split_once(':') else { continue };
        let Ok(id) = id.parse::<SubjectId>() else { continue };
        match Kind::ALL.into_iter().find(|kind| kind.as_str() == name) {
            Some(kind) => things.entry(kind).or_default().push(id),
            None => of_owner(app, id).await?,
        }
    }
    for (kind, ids) in things {
        for ids in ids.chunks(BATCH) {
            update(app, kind, ids).await?;
        }
    }
    Ok(())
}

/// The name of a channel is part of what its things are found by.
async fn of_owner(app: &App, owner: SubjectId) -> Result<(), Error> {
    for kind in Kind::ALL {
        let mut after = SubjectId::from_bytes([0; 12]);
        loop {
            let ids = ids_of_owner(&app.db, kind, owner, after, BATCH_ROWS).await?;
            let Some(last) = ids.last().copied() else { break };
            update(app, kind, &ids).await?;
            after = last;
        }
    }
    Ok(())
}

async fn update(app: &App, kind: Kind, ids: &[SubjectId]) -> Result<(), Error> {
    let mut tx = app.db.begin_alone().await?;
    let state = index::lock(&mut tx).await?;
    index::update(&mut tx, state, kind, ids).await?;
    Ok(tx.commit().await?)
}
