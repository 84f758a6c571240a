//! What a transaction adds to the sums of views and watch time.

use std::collections::BTreeMap;

use super::playback::TrafficSource;
use super::ranges::HUNDREDTHS;
use super::rows::{BYTES_0, BYTES_2, GIVEN, NUMBERS, json};
use crate::clock::{day, hour};
use crate::db::{Error, Sql, Tx, args};
use crate::id::{UserId, VideoId};

const COUNT_BYTES: usize = 4;

/// Videos of this must be locked until it is stored.
#[derive(Debug, Default)]
pub struct Tally {
    views: BTreeMap<VideoId, i64>,
    hours: BTreeMap<(VideoId, i64), Hour>,
    days: BTreeMap<(VideoId, i64), Day>,
    retention: BTreeMap<VideoId, Retention>,
}

#[derive(Debug, Default)]
struct Hour {
    views: i64,
    watch_ms: i64,
}

#[derive(Debug, Default)]
struct Day {
    views: i64,
    refused: i64,
    watch_ms: i64,
    new_viewers: i64,
    sources: [i64; TrafficSource::ALL.len()],
}

#[derive(Clone, Debug)]
struct Retention {
    playbacks: i64,
    hundredths: [u32; HUNDREDTHS],
}

impl Default for Retention {
    fn default() -> Self {
        Self { playbacks: 0, hundredths: [0; HUNDREDTHS] }
    }
}

impl Tally {
    pub fn count(&mut self, video: VideoId, at: i64, source: TrafficSource, is_new_viewer: bool) {
        *self.views.entry(video).or_default() += 1;
        self.hours.entry((video, hour(at))).or_default().views += 1;
        let day = self.days.entry((video, day(at))).or_default();
        day.views += 1;
        day.new_viewers += i64::from(is_new_viewer);
        day.sources[source as usize] += 1;
    }

    /// A negative number takes refusals back.
    pub fn refuse(&mut self, video: VideoId, day: i64, views: i64) {
        self.days.entry((video, day)).or_default().refused += views;
    }

    pub fn watch(&mut self, video: VideoId, at: i64, watch_ms: i64) {
        self.hours.entry((video, hour(at))).or_default().watch_ms += watch_ms;
        self.days.entry((video, day(at))).or_default().watch_ms += watch_ms;
    }

    /// Adds the hundredths that a playback has watched now and had not before.
    pub fn retain(&mut self, video: VideoId, is_new: bool, before: &[bool; HUNDREDTHS], now: &[bool; HUNDREDTHS]) {
        let retention = self.retention.entry(video).or_default();
        retention.playbacks += i64::from(is_new);
        for (count, (before, now)) in retention.hundredths.iter_mut().zip(before.iter().zip(now)) {
            *count += u32::from(*now && !before);
        }
    }

    pub async fn store(&self, tx: &mut Tx) -> Result<(), Error> {
        if !self.views.is_empty() {
            self.add_to_videos(tx).await?;
            self.add_to_owners(tx).await?;
        }
        self.add_to_hours(tx).await?;
        self.add_to_days(tx).await?;
        self.add_to_retention(tx).await
    }

    async fn add_to_videos(&self, tx: &mut Tx) -> Result<(), Error> {
        let sql = Sql::from("UPDATE videos SET views = views + w.number FROM").then(NUMBERS);
        tx.run(sql.then("WHERE videos.id = w.video_id"), args![json(&self.numbers())]).await
    }

    /// Adds to the counter that the owners' dashboards show.
    async fn add_to_owners(&self, tx: &mut Tx) -> Result<(), Error> {
        let rows = json(&self.numbers());
        let lock = Sql::from("SELECT id FROM users WHERE id IN (SELECT v.owner_id FROM").then(NUMBERS);
        let lock = lock.then("CROSS JOIN videos v WHERE v.id = w.video_id) ORDER BY id").for_update();
        let _: Vec<(UserId,)> = tx.all(lock, args![&rows]).await?;
        let sql = Sql::from("UPDATE users SET views_count = views_count + c.number FROM")
            .then("(SELECT v.owner_id, CAST(SUM(w.number) AS BIGINT) AS number FROM")
            .then(NUMBERS)
            .then("CROSS JOIN videos v WHERE v.id = w.video_id GROUP BY v.owner_id) c WHERE users.id = c.owner_id");
        tx.run(sql, args![rows]).await
    }

    /// Returns how many views are counted.
    pub fn views(&self) -> u64 {
        self.views.values().map(|views| u64::try_from(*views).unwrap_or(0)).sum()
    }

    fn numbers(&self) -> Vec<(VideoId, i64)> {
        self.views.iter().map(|(video, views)| (*video, *views)).collect()
    }

    async fn add_to_hours(&self, tx: &mut Tx) -> Result<(), Error> {
        let rows = self.hours.iter().map(|((video, hour), sums)| (video, hour, sums.views, sums.watch_ms));
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Ok(());
        }
        let sql = Sql::from("INSERT INTO video_hours (video_id, hour, views, watch_ms) SELECT")
            .then(BYTES_0)
            .then(", CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT) FROM")
            .then(GIVEN)
            .then(
                "WHERE true ON CONFLICT (video_id, hour) DO UPDATE SET
                     views = video_hours.views + excluded.views,
                     watch_ms = video_hours.watch_ms + excluded.watch_ms",
            );
        tx.run(sql, args![json(&rows)]).await
    }

    async fn add_to_days(&self, tx: &mut Tx) -> Result<(), Error> {
        let rows = self.days.iter().map(|((video, day), sums)| {
            (video, day, sums.views, sums.refused, sums.watch_ms, sums.new_viewers, sums.sources)
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Ok(());
        }
        let sql = Sql::from(
            "INSERT INTO video_days (video_id, day, views, refused, watch_ms, new_viewers, from_home, from_search,
                                     from_related, from_subscriptions, from_playlist, from_embed, from_elsewhere)
             SELECT",
        )
        .then(BYTES_0)
        .then(
            ", CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT),
             CAST(value ->> 4 AS BIGINT), CAST(value ->> 5 AS BIGINT), CAST(value -> 6 ->> 0 AS BIGINT),
             CAST(value -> 6 ->> 1 AS BIGINT), CAST(value -> 6 ->> 2 AS BIGINT), CAST(value -> 6 ->> 3 AS BIGINT),
             CAST(value -> 6 ->> 4 AS BIGINT), CAST(value -> 6 ->> 5 AS BIGINT), CAST(value -> 6 ->> 6 AS BIGINT)
             FROM",
        )
        .then(GIVEN)
        .then(
            "WHERE true ON CONFLICT (video_id, day) DO UPDATE SET
                 views = video_days.views + excluded.views,
                 refused = video_days.refused + excluded.refused,
                 watch_ms = video_days.watch_ms + excluded.watch_ms,
                 new_viewers = video_days.new_viewers + excluded.new_viewers,
                 from_home = video_days.from_home + excluded.from_home,
                 from_search = video_days.from_search + excluded.from_search,
                 from_related = video_days.from_related + excluded.from_related,
                 from_subscriptions = video_days.from_subscriptions + excluded.from_subscriptions,
                 from_playlist = video_days.from_playlist + excluded.from_playlist,
                 from_embed = video_days.from_embed + excluded.from_embed,
                 from_elsewhere = video_days.from_elsewhere + excluded.from_elsewhere",
        );
        tx.run(sql, args![json(&rows)]).await
    }

    async fn add_to_retention(&self, tx: &mut Tx) -> Result<(), Error> {
        if self.retention.is_empty() {
            return Ok(());
        }
        let videos: Vec<&VideoId> = self.retention.keys().collect();
        let sql =
            Sql::from("SELECT video_id, playbacks, hundredths FROM video_retention WHERE video_id").then(Sql::IN_LIST);
        let stored: Vec<(VideoId, i64, Vec<u8>)> = tx.all(sql, args![json(&videos)]).await?;
        let mut sums = self.retention.clone();
        for (video, playbacks, hundredths) in stored {
            let sum = sums.entry(video).or_default();
            sum.playbacks += playbacks;
            for (count, bytes) in sum.hundredths.iter_mut().zip(hundredths.as_chunks::<COUNT_BYTES>().0) {
                *count = count.saturating_add(u32::from_le_bytes(*bytes));
            }
        }
        let rows: Vec<_> = sums.iter().map(|(video, sum)| (video, sum.playbacks, hex::encode(sum.bytes()))).collect();
        let sql = Sql::from("INSERT INTO video_retention (video_id, playbacks, hundredths) SELECT")
            .then(BYTES_0)
            .then(", CAST(value ->> 1 AS BIGINT),")
            .then(BYTES_2)
            .then("FROM")
            .then(GIVEN)
            .then(
                "WHERE true ON CONFLICT (video_id) DO UPDATE SET
                     playbacks = excluded.playbacks, hundredths = excluded.hundredths",
            );
        tx.run(sql, args![json(&rows)]).await
    }
}

impl Retention {
    fn bytes(&self) -> Vec<u8> {
        self.hundredths.iter().flat_map(|count| count.to_le_bytes()).collect()
    }
}
