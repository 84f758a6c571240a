//! How much of a video a playback is believed to have watched, and whether it counts as a view.

use super::ranges::Ranges;
use crate::db::{Record, text_enum};

/// A view takes so much of a video, or half of it.
const VIEW_MS_MAX: i64 = 10_000;
/// What a player may be ahead of the server's clock.
const SLACK_MS: i64 = 2_000;
/// In thousandths: twice the speed.
pub const RATE_MAX: i64 = 2_000;

text_enum! {
    /// What became of a playback that could count as a view.
    pub enum Verdict {
        Counted = "counted",
        /// Its viewer was counted within the window.
        Repeated = "repeated",
        /// It claims to have watched enough, but there was no time for it.
        Implausible = "implausible",
    }
}

/// What a player says that was watched, so far or since it said so before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub at: i64,
    pub watched: Ranges,
    pub position_ms: Option<i64>,
    /// In thousandths, at most [`RATE_MAX`].
    pub rate: i64,
    pub stalled_ms: i64,
    pub quality: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Record)]
pub struct Progress {
    pub reported_at: i64,
    pub watched: Ranges,
    /// How much more could have been watched until `reported_at`.
    pub credit_ms: i64,
    pub position_ms: i64,
    pub stalled_ms: i64,
    pub quality: Option<i64>,
    pub verdict: Option<Verdict>,
    pub decided_at: Option<i64>,
}

impl Report {
    /// Adds what another report on the same playback says. In whichever order they come, the result is the same.
    pub fn merge(&mut self, other: &Self) {
        let is_later = (other.at, other.position_ms) > (self.at, self.position_ms);
        let (later, earlier) = if is_later { (other, &*self) } else { (&*self, other) };
        let (position_ms, quality) = (later.position_ms.or(earlier.position_ms), later.quality.or(earlier.quality));
        *self = Self {
            at: self.at.max(other.at),
            watched: Ranges::of(self.watched.iter().chain(other.watched.iter())),
            position_ms,
            rate: self.rate.max(other.rate),
            stalled_ms: self.stalled_ms.max(other.stalled_ms),
            quality,
        };
    }
}

impl Progress {
    pub fn new(started_at: i64) -> Self {
        Self {
            reported_at: started_at,
            watched: Ranges::default(),
            credit_ms: 0,
            position_ms: 0,
            stalled_ms: 0,
            quality: None,
            verdict: None,
            decided_at: None,
        }
    }

    /// Adds what a report says, as far as there was time to watch it. Each moment of the video counts once, so a report
    /// that comes again adds nothing. Returns how much of the video it claims to have been watched.
    pub fn believe(&mut self, report: &Report, duration_ms: i64) -> i64 {
        let rate = report.rate.clamp(0, RATE_MAX);
        self.credit_ms += (report.at - self.reported_at).max(0) * rate / 1_000;
        let new = report.watched.beyond(&self.watched, duration_ms);
        let claimed_ms = self.watched.length() + new.iter().map(|(from, to)| to - from).sum::<i64>();
        for (from, to) in new {
            let believed_ms = (to - from).min(self.credit_ms + SLACK_MS * rate / 1_000);
            if believed_ms > 0 && self.watched.insert(from, from + believed_ms) {
                self.credit_ms -= believed_ms;
            }
        }
        if report.at >= self.reported_at {
            self.position_ms = report.position_ms.map_or(self.position_ms, |position| position.clamp(0, duration_ms));
            self.quality = report.quality.or(self.quality);
        }
        self.reported_at = self.reported_at.max(report.at);
        self.stalled_ms = self.stalled_ms.max(report.stalled_ms);
        claimed_ms
    }

    /// Whether enough was watched for a view, and no verdict stands in its way.
    pub fn may_count(&self, duration_ms: i64) -> bool {
        let is_open = matches!(self.verdict, None | Some(Verdict::Implausible));
        is_open && is_view(self.watched.length(), duration_ms)
    }
}

/// Whether so much of a video is a view.
pub fn is_view(watched_ms: i64, duration_ms: i64) -> bool {
    watched_ms > 0 && watched_ms >= VIEW_MS_MAX.min(duration_ms / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn report(at: i64, from: i64, to: i64) -> Report {
        Report { at, watched: Ranges::of([(from, to)]), position_ms: Some(to), rate: 1_000, ..Report::default() }
    }

    #[test]
    fn nobody_watches_faster_than_time_goes_by() {
        let mut progress = Progress::new(0);
        assert_eq!(progress.believe(&report(10_000, 0, 600_000), HOUR_MS), 600_000);
        assert_eq!(progress.watched.length(), 12_000);
        // The same once more is believed as far as time went by since.
        progress.believe(&report(10_000, 0, 600_000), HOUR_MS);
        assert_eq!(progress.watched.length(), 12_000);
        progress.believe(&report(15_000, 0, 600_000), HOUR_MS);
        assert_eq!(progress.watched.length(), 17_000);
        let twice = Report { rate: 9_000, ..report(10_000, 0, 600_000) };
        let mut progress = Progress::new(0);
        progress.believe(&twice, HOUR_MS);
        assert_eq!(progress.watched.length(), 24_000, "at most at twice the speed");
    }

    #[test]
    fn what_is_beyond_the_end_is_not_watched() {
        let mut progress = Progress::new(0);
        assert_eq!(progress.believe(&report(60_000, -5_000, 60_000), 20_000), 20_000);
        assert_eq!((progress.watched.length(), progress.position_ms), (20_000, 20_000));
    }

    #[test]
    fn ten_seconds_are_a_view_and_half_of_a_short_video_is() {
        assert!(!is_view(9_999, HOUR_MS) && is_view(10_000, HOUR_MS));
        assert!(!is_view(499, 1_000) && is_view(500, 1_000));
        assert!(!is_view(0, 0));
    }

    proptest! {
        #[test]
        fn the_order_of_reports_and_their_repetition_change_nothing(
            order in Just((0..8_i64).collect::<Vec<_>>()).prop_shuffle(), twice in 0..8_usize, batch in 1..9_usize,
        ) {
            let step = |step: &i64| report((step + 1) * 10_000, step * 10_000, (step + 1) * 10_000);
            let all: Vec<Report> = order.iter().map(step).collect();
            let mut progress = Progress::new(0);
            for reports in all.iter().chain([&all[twice]]).collect::<Vec<_>>().chunks(batch) {
                let mut merged = reports[0].clone();
                reports[1..].iter().for_each(|report| merged.merge(report));
                progress.believe(&merged, HOUR_MS);
            }
            prop_assert_eq!((progress.watched.length(), progress.reported_at), (80_000, 80_000));
            prop_assert_eq!((progress.position_ms, progress.credit_ms), (80_000, 0));
        }
    }
}
