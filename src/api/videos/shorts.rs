//! Shorts: upright or square videos of up to three minutes.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Error;
use crate::http::body::{NonBlank, Text};

const DURATION_S_MAX: f64 = 180.0;

/// Says whether a video of this size and length is a short.
pub fn is_short(width: u32, height: u32, duration_s: f64) -> bool {
    height >= width && duration_s <= DURATION_S_MAX
}

/// Which of the two a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shorts {
    Included,
    Excluded,
    Only,
}

/// The query parameter of every list of videos.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShortsQuery {
    /// `exclude` leaves out shorts: upright or square videos of up to three minutes. `only` leaves out all others.
    #[param(value_type = Option<String>, example = "exclude")]
    shorts: Option<Text>,
}

impl ShortsQuery {
    /// # Errors
    /// 400 for another word.
    pub fn checked(&self) -> Result<Shorts, Error> {
        match self.shorts.non_blank() {
            None => Ok(Shorts::Included),
            Some("exclude") => Ok(Shorts::Excluded),
            Some("only") => Ok(Shorts::Only),
            Some(_) => Err(Error::field("shorts", "shorts must be exclude or only")),
        }
    }
}

impl Shorts {
    /// Returns the condition on videos `v`, to go on with. A comparison, for which both databases use an index.
    pub const fn condition(self) -> &'static str {
        match self {
            Self::Included => "",
            Self::Excluded => "AND v.is_short = FALSE",
            Self::Only => "AND v.is_short = TRUE",
        }
    }

    /// Returns what `is_short` has to be, for statements that take it as a parameter.
    pub fn wanted(self) -> Option<bool> {
        match self {
            Self::Included => None,
            Self::Excluded => Some(false),
            Self::Only => Some(true),
        }
    }

    /// Returns the number of videos of a user `u`.
    pub const fn count(self) -> &'static str {
        match self {
            Self::Included => "u.videos_count",
            Self::Excluded => "u.videos_count - u.shorts_count",
            Self::Only => "u.shorts_count",
        }
    }

    /// Returns the number of published videos of a user `u`.
    pub const fn published_count(self) -> &'static str {
        match self {
            Self::Included => "u.published_videos_count",
            Self::Excluded => "u.published_videos_count - u.published_shorts_count",
            Self::Only => "u.published_shorts_count",
        }
    }

    /// Returns the number of all published videos.
    pub const fn published_total(self) -> &'static str {
        match self {
            Self::Included => "(SELECT value FROM totals WHERE name = 'published_videos')",
            Self::Excluded => {
                "(SELECT t.value - s.value FROM totals t CROSS JOIN totals s
                  WHERE t.name = 'published_videos' AND s.name = 'published_shorts')"
            }
            Self::Only => "(SELECT value FROM totals WHERE name = 'published_shorts')",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wide_or_long_is_no_short() {
        for (width, height, duration_s, wanted) in [
            (1080, 1920, 180.0, true),
            (1080, 1080, 0.5, true),
            (1080, 1079, 10.0, false),
            (1080, 1920, 180.1, false),
            (1920, 1080, 60.0, false),
        ] {
            assert_eq!(is_short(width, height, duration_s), wanted, "{width} × {height}, {duration_s} s");
        }
    }
}
