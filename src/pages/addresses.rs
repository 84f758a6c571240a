//! The public URLs of pages.

use url::Url;

use crate::app::App;
use crate::id::{PlaylistId, VideoId};

/// Makes addresses below `PUBLIC_BASE_URL`.
pub struct Addresses<'a>(&'a Url);

impl<'a> Addresses<'a> {
    pub fn of(app: &'a App) -> Self {
        Self(&app.config.public_base_url)
    }

    /// Returns the address with these parts as its path; whatever they have in them is encoded.
    pub fn to(&self, parts: &[&str]) -> Url {
        let mut url = self.0.clone();
        // Only addresses that cannot have a path refuse one, and the settings refuse those.
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(parts);
        }
        url
    }

    pub fn watch(&self, video: VideoId) -> Url {
        self.to(&["watch", &video.to_string()])
    }

    pub fn embed(&self, video: VideoId) -> Url {
        self.to(&["embed", &video.to_string()])
    }

    pub fn channel(&self, username: &str) -> Url {
        self.to(&["channel", username])
    }

    pub fn feed(&self, username: &str) -> Url {
        self.to(&["channel", username, "feed.xml"])
    }

    pub fn playlist(&self, playlist: PlaylistId) -> Url {
        self.to(&["playlist", &playlist.to_string()])
    }

    /// Returns the oEmbed URL of a page.
    pub fn oembed(&self, page: &Url) -> Url {
        let mut url = self.to(&["api", "v1", "oembed"]);
        url.query_pairs_mut().append_pair("url", page.as_str()).append_pair("format", "json");
        url
    }

    /// Returns the video an address of a page is about, if it is one of this site's.
    pub fn video(&self, address: &str) -> Option<VideoId> {
        let url = Url::options().base_url(Some(self.0)).parse(address).ok()?;
        if url.origin() != self.0.origin() {
            return None;
        }
        let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["watch" | "embed" | "shorts", id] => id.parse().ok(),
            _ => None,
        }
    }
}
