//! Ids in the format of `MongoDB`: 12 bytes as 24 lower-case hexadecimal digits. The first four are the second of
//! creation, the rest is random: ids sort by age and cannot be guessed from each other.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::clock::Clock;

const BYTES: usize = 12;

pub trait IdKind: Send + Sync + Unpin + 'static {
    /// Used in messages: `Invalid video id`.
    const NAME: &'static str;
}

pub struct Id<K> {
    bytes: [u8; BYTES],
    kind: PhantomData<fn() -> K>,
}

macro_rules! id {
    ($($alias:ident $kind:ident $name:literal),+ $(,)?) => {
        pub mod kind {
            $(pub enum $kind {})+
        }
        $(
        impl IdKind for kind::$kind {
            const NAME: &'static str = $name;
        }
        #[doc = concat!("The id of a ", $name, ".")]
        pub type $alias = Id<kind::$kind>;
        )+
    };
}

id! {
    UserId User "user",
    SessionId Session "session",
    VideoId Video "video",
    UploadId Upload "upload",
    CommentId Comment "comment",
    TweetId Tweet "tweet",
    LikeId Like "like",
    PlaylistId Playlist "playlist",
    SubscriptionId Subscription "subscription",
    PlaybackId Playback "playback",
    NodeId Node "node",
    JobId Job "job",
    TaskId Task "task",
    SubjectId Subject "search result",
}

#[derive(Debug, thiserror::Error)]
#[error("Invalid {0} id")]
pub struct InvalidId(pub &'static str);

impl<K: IdKind> Id<K> {
    /// # Panics
    /// If the operating system has no random numbers.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        let seconds = u32::try_from(clock.now_ms().div_euclid(1000)).unwrap_or(u32::MAX);
        let mut bytes = [0; BYTES];
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        getrandom::fill(&mut bytes[4..]).expect("the operating system gives random numbers");
        Self::from_bytes(bytes)
    }

    #[must_use]
    pub const fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// Greater than any generated id: where a descending list starts.
    #[must_use]
    pub const fn greatest() -> Self {
        Self::from_bytes([0xff; BYTES])
    }

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.bytes
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut bytes = [0; BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidId(K::NAME))?;
        Ok(Self::from_bytes(bytes))
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.bytes))
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<K: IdKind> PartialSchema for Id<K> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .pattern(Some("^[0-9a-f]{24}$"))
            .examples(["65a53f2e8c1b4a0012ab34cd"])
            .description(Some(format!("The id of a {}.", K::NAME)))
            .into()
    }
}

impl<K: IdKind> ToSchema for Id<K> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_in_either_case() {
        let id = VideoId::new(&Clock::fixed(1_700_000_000_000));
        assert_eq!(id.to_string().parse::<VideoId>().unwrap(), id);
        assert_eq!(id.to_string().to_uppercase().parse::<VideoId>().unwrap(), id);
        assert!(id.to_string().starts_with("6553f100"));
    }

    #[test]
    fn refuses_what_is_not_an_id() {
        for text in [
            "",
            "abc",
            "abcdefghijkl",
            "6553f100zzzzzzzzzzzzzzzz",
            "+553f100aaaaaaaaaaaaaaaa",
            "é553f100aaaaaaaaaaaaaaa",
        ] {
            assert_eq!(text.parse::<VideoId>().unwrap_err().to_string(), "Invalid video id", "{text}");
        }
    }
}
