//! A playback: one viewing of a video, and what its id says.
//!
//! The id says all of it, signed, so that a playback costs nothing before something was watched, and every node of a site
//! understands a report at once.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::{Clock, millis};
use crate::config::Secrets;
use crate::db::text_enum;
use crate::id::{PlaybackId, UserId, VideoId};

/// How long a playback can be reported on. Its row is kept for longer, or it would count anew.
const LIFE: Duration = Duration::from_hours(24);
const SIGNATURE_BYTES: usize = 16;
const ID_BYTES: usize = 12;

text_enum! {
    /// Where a viewer came from.
    pub enum TrafficSource {
        Home = "home",
        Search = "search",
        Related = "related",
        Subscriptions = "subscriptions",
        Playlist = "playlist",
        Embed = "embed",
        Elsewhere = "elsewhere",
    }
}

impl TrafficSource {
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }
}

/// Who counts as one viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewerKey {
    User(UserId),
    /// What stands for the address of somebody who is not logged in.
    Address(Vec<u8>),
    /// What stands for somebody who asks not to be tracked.
    Untracked(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playback {
    pub id: PlaybackId,
    pub video: VideoId,
    pub viewer: ViewerKey,
    pub source: TrafficSource,
    pub started_at: i64,
}

impl ViewerKey {
    /// Is remembered for the window in which a viewer counts once.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::User(user) => user.as_bytes(),
            Self::Address(key) | Self::Untracked(key) => key,
        }
    }

    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(*user),
            Self::Address(_) | Self::Untracked(_) => None,
        }
    }

    pub fn is_tracked(&self) -> bool {
        !matches!(self, Self::Untracked(_))
    }

    const fn tag(&self) -> u8 {
        match self {
            Self::User(_) => 0,
            Self::Address(_) => 1,
            Self::Untracked(_) => 2,
        }
    }

    fn read(tag: u8, key: &[u8]) -> Option<Self> {
        Some(match tag {
            0 => Self::User(UserId::from_bytes(key.try_into().ok()?)),
            1 => Self::Address(key.to_vec()),
            2 => Self::Untracked(key.to_vec()),
            _ => return None,
        })
    }
}

/// Issues the ids of playbacks, and reads them.
pub struct PlaybackIds {
    key: Hmac<Sha256>,
    clock: Clock,
}

impl PlaybackIds {
    pub fn new(secrets: &Secrets, clock: Clock) -> Self {
        // A derived key of its own: the id of a playback can never pass for another signature.
        let mut derive = hmac(secrets.access.as_bytes());
        derive.update(b"chaitube playbacks 1");
        Self { key: hmac(&derive.finalize().into_bytes()), clock }
    }

    pub fn issue(&self, playback: &Playback) -> String {
        let mut bytes = vec![playback.viewer.tag(), playback.source as u8];
        bytes.extend(playback.id.as_bytes());
        bytes.extend(playback.video.as_bytes());
        bytes.extend(playback.started_at.to_be_bytes());
        bytes.extend(playback.viewer.bytes());
        let signature = self.sign(&bytes).finalize().into_bytes();
        bytes.extend(&signature[..SIGNATURE_BYTES]);
        // In lower case, as paths of the API may be.
        hex::encode(bytes)
    }

    /// Returns the playback of an id that was issued within a day.
    pub fn read(&self, bytes: &[u8]) -> Option<Playback> {
        let (bytes, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE_BYTES)?)?;
        self.sign(bytes).verify_truncated_left(signature).ok()?;
        let ([tag, source], rest) = bytes.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk::<ID_BYTES>()?;
        let (video, rest) = rest.split_first_chunk::<ID_BYTES>()?;
        let (started_at, key) = rest.split_first_chunk()?;
        let started_at = i64::from_be_bytes(*started_at);
        (self.clock.now_ms() < started_at.saturating_add(millis(LIFE))).then_some(())?;
        Some(Playback {
            id: PlaybackId::from_bytes(*id),
            video: VideoId::from_bytes(*video),
            viewer: ViewerKey::read(*tag, key)?,
            source: *TrafficSource::ALL.get(usize::from(*source))?,
            started_at,
        })
    }

    fn sign(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(bytes);
        mac
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(secret: &str) -> PlaybackIds {
        let secrets = Secrets { access: secret.to_owned(), refresh: String::new() };
        PlaybackIds::new(&secrets, Clock::fixed(1_700_000_000_000))
    }

    #[test]
    fn an_id_says_what_it_was_issued_for_and_cannot_be_changed() {
        let own = ids("own");
        let viewers = [
            ViewerKey::User(UserId::from_bytes([7; 12])),
            ViewerKey::Address(vec![1; 16]),
            ViewerKey::Untracked(vec![2; 16]),
        ];
        for viewer in viewers {
            let playback = Playback {
                id: PlaybackId::new(&own.clock),
                video: VideoId::from_bytes([3; 12]),
                viewer,
                source: TrafficSource::Related,
                started_at: own.clock.now_ms(),
            };
            let bytes = hex::decode(own.issue(&playback)).unwrap();
            assert_eq!(own.read(&bytes).as_ref(), Some(&playback));
            assert_eq!(ids("other").read(&bytes), None);
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                assert_eq!(own.read(&changed), None, "byte {at}");
                assert_eq!(own.read(&bytes[..at]), None, "the first {at} bytes");
            }
        }
    }

    #[test]
    fn an_id_ends_after_a_day() {
        let own = ids("own");
        let playback = Playback {
            id: PlaybackId::new(&own.clock),
            video: VideoId::from_bytes([3; 12]),
            viewer: ViewerKey::Address(vec![1; 16]),
            source: TrafficSource::Home,
            started_at: own.clock.now_ms(),
        };
        let bytes = hex::decode(own.issue(&playback)).unwrap();
        own.clock.advance(Duration::from_secs(24 * 3600 - 1));
        assert!(own.read(&bytes).is_some());
        own.clock.advance(Duration::from_secs(1));
        assert_eq!(own.read(&bytes), None);
    }
}
