//! Response profiles: what front ends want to be different, by their origin.

use super::web_origin::parse_origin;

/// A difference between what a front end reads and what the API answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `ownerDetails`, `likedVideo` and `subscribedChannel` beside `owner`, `video` and `channel`.
    NestedAliases,
    /// Media as `{ url, public_id }`.
    MediaObjects,
    /// The owner of one video as an id.
    OwnerId,
    /// Lists of tweets as `{ docs }`.
    TweetDocs,
    /// The dashboard's statistics as a list of objects with one field each.
    StatsArray,
    /// The dashboard's dates as `{ year, month, day }`.
    DateParts,
    /// `/subscriptions/c` and `/subscriptions/u` swapped for reading.
    SwappedSubscriptions,
    /// The access token in a cookie that scripts can read.
    ReadableToken,
}

use Choice::{
    DateParts, MediaObjects, NestedAliases, OwnerId, ReadableToken, StatsArray, SwappedSubscriptions, TweetDocs,
};

/// The names in settings: of a choice, or of a family of front ends that need several.
const NAMES: &[(&str, &[Choice])] = &[
    ("singular", &[NestedAliases, MediaObjects, DateParts]),
    ("nested-aliases", &[NestedAliases]),
    ("media-objects", &[MediaObjects]),
    ("owner-id", &[OwnerId]),
    ("tweet-docs", &[TweetDocs]),
    ("stats-array", &[StatsArray]),
    ("date-parts", &[DateParts]),
    ("swapped-subscriptions", &[SwappedSubscriptions]),
    ("readable-token", &[ReadableToken]),
];

/// A set of choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile(u8);

impl Profile {
    pub const NONE: Self = Self(0);

    #[must_use]
    pub const fn with(self, choice: Choice) -> Self {
        Self(self.0 | 1 << choice as u8)
    }

    pub const fn has(self, choice: Choice) -> bool {
        self.0 & 1 << choice as u8 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let names = text.split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).try_fold(Self::NONE, |profile, name| {
            let known = NAMES.iter().find(|(known, _)| *known == name);
            let (_, choices) = known.ok_or_else(|| {
                let all: Vec<&str> = NAMES.iter().map(|(known, _)| *known).collect();
                format!("has \"{name}\", which is none of {}", all.join(", "))
            })?;
            Ok(choices.iter().fold(profile, |profile, choice| profile.with(*choice)))
        })
    }
}

/// The profiles of all front ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    by_origin: Vec<(String, Profile)>,
    others: Profile,
}

impl Profiles {
    /// Reads `origin=choice,choice;…`, where the origin `*` is everybody else.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut profiles = Self::default();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (origin, choices) =
                entry.split_once('=').ok_or_else(|| format!("has \"{entry}\", which is not origin=choice,choice"))?;
            let profile = Profile::parse(choices)?;
            match origin.trim() {
                "*" => profiles.others = profile,
                origin => profiles.by_origin.push((parse_origin(origin)?, profile)),
            }
        }
        Ok(profiles)
    }

    /// Returns the profile for requests with this `Origin`.
    pub fn of(&self, origin: Option<&str>) -> Profile {
        let own = self.by_origin.iter().find(|(known, _)| Some(known.as_str()) == origin);
        own.map_or(self.others, |(_, profile)| *profile)
    }

    /// Says whether some front end gets this.
    pub fn any_has(&self, choice: Choice) -> bool {
        self.others.has(choice) || self.by_origin.iter().any(|(_, profile)| profile.has(choice))
    }
}
