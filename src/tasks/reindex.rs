//! Builds the search index anew, while the one before is searched.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::lease::{Progress, keep_leases};
use crate::app::App;
use crate::db::{Db, args};
use crate::error::Error;
use crate::id::SubjectId;
use crate::queue::JobState;
use crate::queue::tasks::{self, Task, TaskClaim, TaskKind};
use crate::search::{Kind, ids_after, index};

const KEY: &str = "all";
const BEFORE_ALL: SubjectId = SubjectId::from_bytes([0; 12]);
/// Things in one transaction. Others wait for it, so it has to be short.
const BATCH: i64 = 256;
/// Words of an old build that are deleted in one transaction.
const CLEARED_MAX: i64 = 200;
/// How often somebody who waits looks.
const LOOK: Duration = Duration::from_millis(250);

/// How far the work has come, noted with each part of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Position {
    generation: i64,
    /// Kinds that are done.
    kinds: usize,
    /// The last thing of the kind at hand.
    after: SubjectId,
    done: i64,
}

pub async fn run(app: &App, claim: &TaskClaim, progress: &Progress) -> Result<(), Error> {
    let mut position = begin(app, claim).await?;
    let all = count(&app.db).await?.max(1);
    let mut batches: u32 = 0;
    while let Some(kind) = Kind::ALL.get(position.kinds).copied() {
        let ids = ids_after(&app.db, kind, position.after, BATCH).await?;
        if let Some(last) = ids.last() {
            position.after = *last;
        } else {
            position.kinds += 1;
            position.after = BEFORE_ALL;
        }
        position.done += i64::try_from(ids.len()).unwrap_or(0);
        if !step(app, claim, kind, &ids, &position).await? {
            return Err(Error::internal("another process goes on with it"));
        }
        batches += 1;
        if batches.is_power_of_two() {
            let mut tx = app.db.begin_alone().await?;
            index::update_statistics(&mut tx).await?;
            tx.commit().await?;
        }
        progress.set((position.done * 100 / all).min(99));
    }
    let mut tx = app.db.begin_alone().await?;
    index::finish_build(&mut tx).await?;
    tx.commit().await?;
    clear(app).await
}

/// Goes on where an earlier worker was, if there was one.
async fn begin(app: &App, claim: &TaskClaim) -> Result<Position, Error> {
    let mut tx = app.db.begin_alone().await?;
    let generation = index::begin_build(&mut tx).await?;
    let noted: Option<Position> = claim.payload.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let fresh = Position { generation, kinds: 0, after: BEFORE_ALL, done: 0 };
    let position = noted.filter(|position| position.generation == generation).unwrap_or(fresh);
    note(&mut tx, claim, &position).await?;
    tx.commit().await?;
    Ok(position)
}

async fn step(app: &App, claim: &TaskClaim, kind: Kind, ids: &[SubjectId], position: &Position) -> Result<bool, Error> {
    let mut tx = app.db.begin_alone().await?;
    index::lock(&mut tx).await?;
    index::build(&mut tx, position.generation, kind, ids).await?;
    let is_held = note(&mut tx, claim, position).await?;
    if is_held {
        tx.commit().await?;
    }
    Ok(is_held)
}

async fn note(tx: &mut crate::db::Tx, claim: &TaskClaim, position: &Position) -> Result<bool, Error> {
    let text = serde_json::to_string(position).map_err(Error::internal)?;
    Ok(tasks::note(tx, claim, &text).await?)
}

async fn clear(app: &App) -> Result<(), Error> {
    loop {
        let mut tx = app.db.begin_alone().await?;
        let has_more = index::clear_old(&mut tx, CLEARED_MAX).await?;
        tx.commit().await?;
        if !has_more {
            return Ok(());
        }
    }
}

/// Returns how many things there are, for the progress: hidden videos are among them.
async fn count(db: &Db) -> Result<i64, Error> {
    let sql =
        "SELECT CAST(COUNT(*) + COALESCE(SUM(videos_count + tweets_count + playlists_count), 0) AS BIGINT) FROM users";
    let (count,): (i64,) = db.one(sql, args![]).await?;
    Ok(count)
}

/// What somebody who waits for a rebuilt index is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reindexing {
    /// In percent.
    Progress(i64),
    Failed(String),
}

/// Has the index rebuilt, by whoever comes first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn enter(app: &App) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let task = Task { kind: TaskKind::Reindex, key: KEY.to_owned(), delay: Duration::ZERO };
    tasks::enter(&mut tx, &app.queue, &app.clock, &task).await?;
    Ok(tx.commit().await?)
}

/// Says whether a rebuild was begun that nobody goes on with.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_given_up(db: &Db) -> Result<bool, Error> {
    if tasks::find(db, TaskKind::Reindex, KEY).await?.is_some() {
        return Ok(false);
    }
    Ok(db.exists("FROM search_state WHERE building IS NOT NULL", args![]).await?)
}

/// Rebuilds the index, or waits for the process that does. Tells how far it is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn reindex(app: &App, mut tell: impl FnMut(Reindexing)) -> Result<(), Error> {
    enter(app).await?;
    loop {
        let claim = tasks::claim_one(&app.db, app.clock.now_ms(), app.worker, TaskKind::Reindex, KEY).await?;
        if let Some(claim) = claim {
            work(app, &claim, &mut tell).await?;
        }
        match tasks::find(&app.db, TaskKind::Reindex, KEY).await? {
            None => return Ok(()),
            Some(task) if task.state == JobState::Failed => {
                tell(Reindexing::Failed(task.reason.unwrap_or_default()));
                return Ok(());
            }
            Some(task) => tell(Reindexing::Progress(task.progress)),
        }
        sleep(LOOK).await;
    }
}

/// Does the work here, where progress is seen at once.
async fn work(app: &App, claim: &TaskClaim, tell: &mut impl FnMut(Reindexing)) -> Result<(), Error> {
    let progress = Progress::default();
    let work = run(app, claim, &progress);
    let leases = keep_leases(app, std::slice::from_ref(claim), &progress);
    tokio::pin!(work, leases);
    loop {
        tokio::select! {
            done = &mut work => {
                done?;
                break;
            }
            () = &mut leases => return Ok(()),
            () = sleep(LOOK) => tell(Reindexing::Progress(progress.percent())),
        }
    }
    let mut tx = app.db.begin().await?;
    tasks::finish(&mut tx, claim, app.clock.now_ms()).await?;
    Ok(tx.commit().await?)
}
