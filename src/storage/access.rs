//! Authorisation of media reads.

use super::MediaUrls;
use super::media_urls::Signature;
use crate::error::Error;
use crate::id::{UserId, VideoId};

/// The right to read a video's media.
#[derive(Clone, Debug)]
pub struct Access {
    /// The signature query for the video's other media; `None` when they are public.
    signature: Option<String>,
}

impl Access {
    /// The single authorisation check for media, objects and playlists alike. `of` is the video that the media belongs
    /// to and whether it is published, as the database says; `None` for what is always public. The shape of the URL
    /// never decides.
    ///
    /// # Errors
    /// 404 when the signature does not allow it, just as when there is no such media.
    pub fn allow(urls: &MediaUrls, of: Option<(VideoId, bool)>, signature: &Signature) -> Result<Self, Error> {
        let Some((video, is_published)) = of else { return Ok(Self { signature: None }) };
        if urls.is_public(is_published) {
            return Ok(Self { signature: None });
        }
        match urls.verify(video, signature) {
            Some(query) => Ok(Self { signature: Some(query) }),
            None => Err(Error::not_found("Media not found")),
        }
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

    /// Whether anybody may read it.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.signature.is_none()
    }

    /// Returns the query for the URLs of the same video's other media. It is the reader's own, so that no URL expires
    /// later than the one it was found through.
    #[must_use]
    pub fn query(&self) -> String {
        self.signature.as_ref().map_or_else(String::new, |signature| format!("?{signature}"))
    }
}
