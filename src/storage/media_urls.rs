//! URLs of media: stable for what is public, signed and expiring for the rest.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use utoipa::IntoParams;

use super::Access;
use crate::clock::{Clock, millis};
use crate::config::{Config, Secrets};
use crate::error::Error;
use crate::id::VideoId;

/// Expiries are rounded up to this, so that a page that is loaded twice asks for the same URLs.
const EXPIRY_STEP_S: i64 = 600;
const SIGNATURE_BYTES: usize = 16;

#[derive(Clone)]
pub struct MediaUrls {
    base: String,
    key: Hmac<Sha256>,
    expiry: Duration,
    public_reads: bool,
    clock: Clock,
}

/// The query of a signed URL.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Signature {
    /// Expiry of a signed URL
    expires: Option<String>,
    /// Signature of a signed URL
    signature: Option<String>,
}

impl MediaUrls {
    pub fn new(config: &Config, secrets: &Secrets, clock: Clock) -> Self {
        // A derived key of its own: a media signature can never pass for part of a token.
        let mut derive = hmac(secrets.access.as_bytes());
        derive.update(b"chaitube media links 1");
        Self {
            base: config.public_base_url.origin().ascii_serialization(),
            key: hmac(&derive.finalize().into_bytes()),
            expiry: config.media_url_expiry,
            public_reads: config.public_reads,
            clock,
        }
    }

    pub fn user_media(&self, name: Option<&str>) -> String {
        name.map_or_else(String::new, |name| format!("{}/media/{name}", self.base))
    }

    /// For a viewer who may see the video.
    pub fn video_media(&self, name: &str, video: VideoId, is_published: bool) -> String {
        self.signed(format!("{}/media/{name}", self.base), video, is_published)
    }

    /// For a viewer who may see the video.
    pub fn stream(&self, name: &str, video: VideoId, is_published: bool) -> String {
        self.signed(format!("{}/media/streams/{video}/{name}", self.base), video, is_published)
    }

    pub fn media_part(&self, access: &Access, name: &str) -> String {
        format!("{}/media/{name}{}", self.base, access.query())
    }

    pub fn stream_part(&self, access: &Access, video: VideoId, name: &str) -> String {
        format!("{}/media/streams/{video}/{name}{}", self.base, access.query())
    }

    fn signed(&self, address: String, video: VideoId, is_published: bool) -> String {
        if self.is_public(is_published) {
            return address;
        }
        let until_s = (self.clock.now_ms().saturating_add(millis(self.expiry))).div_euclid(1000);
        let expires = (until_s.div_euclid(EXPIRY_STEP_S) + 1) * EXPIRY_STEP_S;
        let signature = URL_SAFE_NO_PAD.encode(&self.sign(video, expires).finalize().into_bytes()[..SIGNATURE_BYTES]);
        format!("{address}?expires={expires}&signature={signature}")
    }

    /// The single authorisation check for media, objects and playlists alike. `of` is their video and whether it is
    /// published, as the database says; `None` for what is always public. The shape of the URL never decides. 404 when
    /// the signature does not allow it, just as when there is no such media.
    pub fn authorise(&self, of: Option<(VideoId, bool)>, signature: &Signature) -> Result<Access, Error> {
        let Some((video, is_published)) = of else { return Ok(Access::public()) };
        if self.is_public(is_published) {
            return Ok(Access::public());
        }
        let verified = self.verify(video, signature).map(|(query, expires_s)| Access::signed(query, expires_s));
        verified.ok_or_else(|| Error::not_found("Media not found"))
    }

    /// Returns how long an address may live that somebody with this access is given.
    pub fn lifetime(&self, access: &Access) -> Duration {
        let now_s = self.clock.now_ms().div_euclid(1000);
        let left_s = access.expires_s().map(|expires_s| u64::try_from(expires_s - now_s).unwrap_or(0));
        left_s.map_or(self.expiry, |left_s| self.expiry.min(Duration::from_secs(left_s)))
    }

    pub fn is_public(&self, is_published: bool) -> bool {
        is_published && self.public_reads
    }

    pub(super) fn verify(&self, video: VideoId, signature: &Signature) -> Option<(String, i64)> {
        let expires = signature.expires.as_deref().and_then(|text| text.parse::<i64>().ok());
        let bytes = signature.signature.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let (expires, bytes) = (expires?, bytes?);
        let is_good = bytes.len() == SIGNATURE_BYTES
            && expires > self.clock.now_ms().div_euclid(1000)
            && self.sign(video, expires).verify_truncated_left(&bytes).is_ok();
        is_good.then(|| (format!("expires={expires}&signature={}", URL_SAFE_NO_PAD.encode(&bytes)), expires))
    }

    pub fn pseudonymise(&self, text: &[u8]) -> Vec<u8> {
        let mut mac = self.key.clone();
        mac.update(b"blind");
        mac.update(text);
        mac.finalize().into_bytes()[..SIGNATURE_BYTES].to_vec()
    }

    fn sign(&self, video: VideoId, expires: i64) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(b"read");
        mac.update(video.as_bytes());
        mac.update(&expires.to_be_bytes());
        mac
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}
