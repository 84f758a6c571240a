//! Ranks videos every five minutes, and pairs those that were watched together. One process does it for all.

use std::time::Duration;

use crate::app::App;
use crate::db::{Error, retry};
use crate::queue::tasks::{self, Task, TaskKind};
use crate::{co_watching, ranks};

const PERIOD: Duration = Duration::from_mins(5);
const KEY: &str = "all";

/// Enters the task. It stays entered from then on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn enter(app: &App) -> Result<(), Error> {
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let task = Task { kind: TaskKind::Ranks, key: KEY.to_owned(), delay: Duration::ZERO };
        tasks::enter(&mut tx, &app.queue, &app.clock, &task).await?;
        tx.commit().await
    })
    .await
}

/// Returns after what time to do it again, also when it fails: the next time does what was left.
pub async fn run(app: &App) -> Duration {
    if let Err(error) = refresh(app).await {
        tracing::warn!(%error, "videos could not be ranked; will retry");
    }
    PERIOD
}

async fn refresh(app: &App) -> Result<(), Error> {
    let now = app.clock.now_ms();
    let moved = ranks::refresh(&app.db, now).await?;
    let paired = co_watching::refresh(&app.db, &app.urls, now).await?;
    tracing::debug!(moved, paired, "ranked videos");
    Ok(())
}
