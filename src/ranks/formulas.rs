//! How ranks are computed.

/// One in `hot` is a millionth of a power of ten.
const HOT_SCALE: f64 = 1e6;
/// So many milliseconds of age weigh as much as one in `hot`: 12.5 hours as much as ten times the views.
const MS_PER_HOT: i64 = 45;

/// One in `trending` is a millionth of the quotient.
const TRENDING_SCALE: i64 = 1_000_000;
/// With fewer views lately nothing is trending.
const VIEWS_LATELY_MIN: i64 = 5;
/// A week has so many times as many hours as `lately`.
const WEEK_IN_PARTS: i64 = 28;

const HOURS_LATELY: i64 = 6;
const HOURS_OF_DAY: i64 = 24;
const HOURS_OF_WEEK: i64 = 7 * 24;
const MS_PER_HOUR: i64 = 3_600_000;

/// The first hours since 1970 of the spans that are looked at. Each span ends with the current hour.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    pub lately: i64,
    pub day: i64,
    pub week: i64,
    /// Likes and comments have times of their own.
    pub day_ms: i64,
}

impl Windows {
    pub fn at(now_ms: i64) -> Self {
        let next_hour = now_ms.div_euclid(MS_PER_HOUR) + 1;
        Self {
            lately: next_hour - HOURS_LATELY,
            day: next_hour - HOURS_OF_DAY,
            week: next_hour - HOURS_OF_WEEK,
            day_ms: (next_hour - HOURS_OF_DAY) * MS_PER_HOUR,
        }
    }
}

/// Returns what a video has in `hot` while nobody watches it.
pub const fn starting_hot(created_ms: i64) -> i64 {
    created_ms / MS_PER_HOT
}

/// Views, likes and comments are those of the last day.
#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a number of 64 bits is at most 19")]
#[expect(clippy::cast_precision_loss, reason = "only the order of magnitude counts")]
pub fn hot(created_ms: i64, views: i64, likes: i64, comments: i64) -> i64 {
    let points = views + 4 * likes + 6 * comments;
    let lift = (1.0 + points.max(0) as f64).log10();
    starting_hot(created_ms) + (lift * HOT_SCALE).round() as i64
}

/// Returns how many times more views a video has lately than in the same time on an average of the week. Five more
/// views on either side keep small numbers from leaping.
pub fn trending(views_lately: i64, views_of_week: i64) -> i64 {
    if views_lately < VIEWS_LATELY_MIN {
        return 0;
    }
    TRENDING_SCALE * WEEK_IN_PARTS * views_lately / (views_of_week + 5 * WEEK_IN_PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: i64 = 1_768_478_400_000;

    #[test]
    fn ten_times_the_views_are_worth_half_a_day() {
        let later = START_MS + 45_000_000;
        let (nine, ninety_nine) = (hot(START_MS, 9, 0, 0), hot(START_MS, 99, 0, 0));
        assert_eq!(nine, starting_hot(START_MS) + 1_000_000);
        assert_eq!(ninety_nine, hot(later, 9, 0, 0));
        assert_eq!(hot(START_MS, 0, 0, 0), starting_hot(START_MS));
        assert_eq!(hot(START_MS, 9, 0, 0), hot(START_MS, 3, 0, 1));
        assert_eq!(hot(START_MS, 9, 0, 0), hot(START_MS, 1, 2, 0));
    }

    #[test]
    fn what_is_watched_more_than_usual_is_trending() {
        assert_eq!((trending(4, 4), trending(0, 5_000)), (0, 0));
        // A thousand views at once are more than a thousand in every six hours of the week.
        assert!(trending(1_000, 1_000) > 20 * trending(1_000, 28_000));
        assert!(trending(5, 5) < trending(50, 50));
        assert_eq!(trending(5, 5), 965_517);
    }

    #[test]
    fn windows_end_with_the_current_hour() {
        let windows = Windows::at(START_MS + 59 * 60_000);
        let hour = START_MS / MS_PER_HOUR;
        assert_eq!((windows.lately, windows.day, windows.week), (hour - 5, hour - 23, hour - 167));
    }
}
