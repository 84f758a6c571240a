//! The one decision about who may read what belongs to a video.

use super::MediaUrls;
use super::media_urls::Signature;
use crate::error::Error;
use crate::id::{UserId, VideoId};

/// The right to read a video's media, and how it was come by.
#[derive(Clone, Debug)]
pub struct Access {
    /// What a reader has to show again for the other media of the video; `None` when that is public.
    signature: Option<String>,
}

impl Access {
    /// Decides whether media may be read. Every byte that leaves the server has passed here, be it of an object or of
    /// a playlist. `of` is what the database says the media belongs to: a video that is published or not, or nothing
    /// that could be hidden. The form of the address is never asked.
    ///
    /// # Errors
    /// 404 when this reader may not have it, just as when there is no such thing.
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

    /// Decides whether somebody may have what is for a video's owner alone: the upload itself.
    ///
    /// # Errors
    /// 403 for everybody else. Whether they may know of the video at all is asked before.
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

    /// The query to put behind the addresses of the same video's other media: what this reader has shown, so that
    /// no address lives longer than the one it was found through.
    #[must_use]
    pub fn query(&self) -> String {
        self.signature.as_ref().map_or_else(String::new, |signature| format!("?{signature}"))
    }
}
