//! The right to read media.

use crate::error::Error;
use crate::id::UserId;

/// The right to read a video's media.
#[derive(Clone, Debug)]
pub struct Access {
    /// The signature query for the video's other media; `None` when they are public.
    signature: Option<String>,
}

impl Access {
    /// For media that everybody may read.
    pub(super) const fn public() -> Self {
        Self { signature: None }
    }

    /// For media that are opened by this signature query.
    pub(super) const fn signed(query: String) -> Self {
        Self { signature: Some(query) }
    }

    /// Authorises what only a video's owner may read: the upload itself.
    ///
    /// # Errors
    /// 403 for everybody else. Callers check before that the video is visible.
    pub fn allow_owner(owner: UserId, viewer: UserId) -> Result<Self, Error> {
        if owner == viewer {
            // Never public, even if the video is: caches must not keep it for others.
            return Ok(Self { signature: Some(String::new()) });
        }
        Err(Error::forbidden("Only the owner of a video may do that"))
    }

    /// Says whether anybody may read it.
    pub const fn is_public(&self) -> bool {
        self.signature.is_none()
    }

    /// Returns the query for the URLs of the same video's other media. It is the reader's own, so that no URL expires
    /// later than the one it was found through.
    pub fn query(&self) -> String {
        self.signature.as_ref().map_or_else(String::new, |signature| format!("?{signature}"))
    }
}
