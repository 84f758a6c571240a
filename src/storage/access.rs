//! The right to read media.

use crate::error::Error;
use crate::id::UserId;

#[derive(Clone, Debug)]
pub struct Access {
    /// Opens the video's other media; `None` when they are public.
    signature: Option<String>,
    /// When the signature expires, in seconds since 1970.
    expires_s: Option<i64>,
}

impl Access {
    pub(super) const fn public() -> Self {
        Self { signature: None, expires_s: None }
    }

    pub(super) const fn signed(query: String, expires_s: i64) -> Self {
        Self { signature: Some(query), expires_s: Some(expires_s) }
    }

    /// For the upload itself: 403 unless it is the owner's. Callers check before that the video is visible.
    pub fn allow_owner(owner: UserId, viewer: UserId) -> Result<Self, Error> {
        if owner == viewer {
            // Never public, even if the video is: caches must not keep it for others.
            return Ok(Self { signature: Some(String::new()), expires_s: None });
        }
        Err(Error::forbidden("Only the owner of a video may do that"))
    }

    pub(super) const fn expires_s(&self) -> Option<i64> {
        self.expires_s
    }

    pub const fn is_public(&self) -> bool {
        self.signature.is_none()
    }

    /// The reader's own signature, so that no URL expires later than the one it was found through.
    pub fn query(&self) -> String {
        self.signature.as_ref().map_or_else(String::new, |signature| format!("?{signature}"))
    }
}
