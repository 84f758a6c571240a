//! Stores what playbacks report, and decides which of them are views.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::count::{Candidate, VideoAndViewer, count};
use super::playback::Playback;
use super::progress::{Progress, Report, Verdict, is_view};
use super::rows::{BYTES_0, BYTES_1, BYTES_2, BYTES_3, GIVEN, json};
use super::tally::Tally;
use crate::clock::{day, hour, millis};
use crate::db::{Db, Error, Record, Sql, Tx, args};
use crate::id::{PlaybackId, UserId, VideoId};

const PLAYBACKS_KEPT: Duration = Duration::from_hours(30 * 24);
const HOURS_KEPT: Duration = Duration::from_hours(7 * 24);

#[derive(Record)]
struct KnownRow {
    id: PlaybackId,
    #[record(flatten)]
    progress: Progress,
}

/// A playback with what was known of it and what it reports now.
struct Change<'a> {
    playback: &'a Playback,
    report: &'a Report,
    progress: Progress,
}

/// Folds reports into their playbacks and into the tally. The videos, with their durations in milliseconds, must be
/// locked: then nobody else changes their playbacks.
pub async fn store<'a>(
    tx: &mut Tx,
    reports: impl Iterator<Item = &'a (Playback, Report)>,
    durations: &HashMap<VideoId, i64>,
    window_ms: i64,
    tally: &mut Tally,
) -> Result<(), Error> {
    let reports: Vec<_> = reports.filter(|(playback, _)| durations.contains_key(&playback.video)).collect();
    let users = existing_users(tx, &reports).await?;
    let known = known(tx, &reports).await?;
    let mut changes = Vec::with_capacity(reports.len());
    for (playback, report) in reports {
        if playback.viewer.user().is_some_and(|user| !users.contains(&user)) {
            continue;
        }
        let progress = known.get(&playback.id).cloned().unwrap_or_else(|| Progress::new(playback.started_at));
        let mut change = Change { playback, report, progress };
        change.apply(durations[&playback.video], tally);
        changes.push(change);
    }
    decide(tx, &mut changes, durations, window_ms, tally).await?;
    changes.retain(|change| change.progress.watched.pieces() > 0 || change.progress.verdict.is_some());
    insert(tx, &changes).await
}

impl Change<'_> {
    fn apply(&mut self, duration_ms: i64, tally: &mut Tally) {
        let (video, at) = (self.playback.video, self.report.at);
        let before = self.progress.watched.clone();
        let claimed_ms = self.progress.believe(self.report, duration_ms);
        let now = &self.progress.watched;
        if *now != before {
            tally.watch(video, at, now.length() - before.length());
            let hundredths = [&before, now].map(|watched| watched.hundredths(duration_ms));
            tally.retain(video, before.pieces() == 0, &hundredths[0], &hundredths[1]);
        }
        let is_enough = is_view(now.length(), duration_ms);
        if self.progress.verdict.is_none() && is_view(claimed_ms, duration_ms) && !is_enough {
            self.decide(Verdict::Implausible, tally);
        }
    }

    fn decide(&mut self, verdict: Verdict, tally: &mut Tally) {
        let (video, at) = (self.playback.video, self.report.at);
        let was_refused = self.progress.verdict.is_some();
        match verdict {
            Verdict::Counted if was_refused => tally.refuse(video, day(self.progress.decided_at.unwrap_or(at)), -1),
            Verdict::Counted => {}
            Verdict::Repeated | Verdict::Implausible if was_refused => {}
            Verdict::Repeated | Verdict::Implausible => tally.refuse(video, day(at), 1),
        }
        self.progress.verdict = Some(verdict);
        self.progress.decided_at = Some(at);
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            video: self.playback.video,
            viewer: self.playback.viewer.bytes().to_vec(),
            at: self.report.at,
            by_user: self.playback.viewer.user().is_some(),
            source: self.playback.source,
        }
    }
}

/// Counts the playbacks that have watched enough. Of several of one viewer, one counts.
async fn decide(
    tx: &mut Tx,
    changes: &mut [Change<'_>],
    durations: &HashMap<VideoId, i64>,
    window_ms: i64,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut ready: Vec<_> =
        changes.iter_mut().filter(|change| change.progress.may_count(durations[&change.playback.video])).collect();
    ready.sort_by_key(|change| change.report.at);
    let mut candidates: HashMap<VideoAndViewer, Candidate> = HashMap::new();
    for change in &ready {
        let candidate = change.candidate();
        candidates.entry((candidate.video, candidate.viewer.clone())).or_insert(candidate);
    }
    let candidates: Vec<Candidate> = candidates.into_values().collect();
    let mut counted = count(tx, &candidates, window_ms, tally).await?;
    for change in ready {
        let key = (change.playback.video, change.playback.viewer.bytes().to_vec());
        let verdict = if counted.remove(&key) { Verdict::Counted } else { Verdict::Repeated };
        change.decide(verdict, tally);
    }
    Ok(())
}

async fn existing_users(tx: &mut Tx, reports: &[&(Playback, Report)]) -> Result<HashSet<UserId>, Error> {
    let users: Vec<UserId> = reports.iter().filter_map(|(playback, _)| playback.viewer.user()).collect();
    if users.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<(UserId,)> =
        tx.all(Sql::from("SELECT id FROM users WHERE id").then(Sql::IN_LIST), args![json(&users)]).await?;
    Ok(found.into_iter().map(|(user,)| user).collect())
}

async fn known(tx: &mut Tx, reports: &[&(Playback, Report)]) -> Result<HashMap<PlaybackId, Progress>, Error> {
    let ids: Vec<PlaybackId> = reports.iter().map(|(playback, _)| playback.id).collect();
    let sql = Sql::from(
        "SELECT id, reported_at, watched, credit_ms, position_ms, stalled_ms, quality, verdict, decided_at
         FROM playbacks WHERE id",
    );
    let rows: Vec<KnownRow> = tx.all(sql.then(Sql::IN_LIST), args![json(&ids)]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.progress)).collect())
}

async fn insert(tx: &mut Tx, changes: &[Change<'_>]) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|Change { playback, progress, .. }| {
            let is_tracked = playback.viewer.is_tracked();
            (
                playback.id,
                playback.video,
                playback.viewer.user(),
                is_tracked.then(|| hex::encode(playback.viewer.bytes())),
                is_tracked.then_some(playback.source),
                playback.started_at,
                progress.reported_at,
                json(&progress.watched),
                progress.watched.length(),
                progress.credit_ms,
                progress.position_ms,
                progress.stalled_ms,
                progress.quality,
                progress.verdict,
                progress.decided_at,
            )
        })
        .collect();
    let sql = Sql::from(
        "INSERT INTO playbacks (id, video_id, user_id, viewer, source, started_at, reported_at, watched, watched_ms,
                                credit_ms, position_ms, stalled_ms, quality, verdict, decided_at)
         SELECT",
    );
    let sql = [BYTES_0, BYTES_1, BYTES_2, BYTES_3].into_iter().fold(sql, |sql, bytes| sql.then(bytes).then(","));
    let sql = sql
        .then(
            "value ->> 4, CAST(value ->> 5 AS BIGINT), CAST(value ->> 6 AS BIGINT), value ->> 7,
             CAST(value ->> 8 AS BIGINT), CAST(value ->> 9 AS BIGINT), CAST(value ->> 10 AS BIGINT),
             CAST(value ->> 11 AS BIGINT), CAST(value ->> 12 AS BIGINT), value ->> 13, CAST(value ->> 14 AS BIGINT)
             FROM",
        )
        .then(GIVEN)
        .then(
            "WHERE true ON CONFLICT (id) DO UPDATE SET
                 reported_at = excluded.reported_at, watched = excluded.watched, watched_ms = excluded.watched_ms,
                 credit_ms = excluded.credit_ms, position_ms = excluded.position_ms,
                 stalled_ms = excluded.stalled_ms, quality = excluded.quality, verdict = excluded.verdict,
                 decided_at = excluded.decided_at",
        );
    tx.run(sql, args![json(&rows)]).await
}

/// Deletes rows that no report can be about any more, and sums that nothing reads.
///
/// # Errors
/// As [`Db::execute`].
pub async fn prune(db: &Db, now_ms: i64) -> Result<(), Error> {
    let started_before = now_ms - millis(PLAYBACKS_KEPT);
    db.execute_alone("DELETE FROM playbacks WHERE started_at <= $1", args![started_before]).await?;
    let first_hour = hour(now_ms - millis(HOURS_KEPT));
    db.execute_alone("DELETE FROM video_hours WHERE hour < $1", args![first_hour]).await?;
    Ok(())
}

/// Takes a person's name off the playbacks of a video, or of all.
pub async fn forget(db: &Db, user: UserId, video: Option<VideoId>) -> Result<(), Error> {
    let sql = "UPDATE playbacks SET user_id = NULL, viewer = NULL
               WHERE user_id = $1 AND (video_id = $2 OR $2 IS NULL)";
    db.execute_alone(sql, args![user, video]).await?;
    Ok(())
}
