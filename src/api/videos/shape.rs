//! Videos as responses show them, and the rows they are made of.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::users::{OwnerRow, UserSummary};
use crate::clock::Time;
use crate::db::Record;
use crate::error::Error;
use crate::http::aliased::{LikesCount, SubscribersCount};
use crate::http::body::at_most;
use crate::id::{UserId, VideoId};
use crate::search::tags_of_json;
use crate::storage::MediaUrls;
use crate::streams::VideoStatus;

const TITLE_CHARS_MAX: usize = 200;
const DESCRIPTION_CHARS_MAX: usize = 10_000;

pub const NOT_FOUND: &str = "Video not found";

/// Fields common to all forms of a video.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoCore {
    #[serde(rename = "_id")]
    id: VideoId,
    /// The video as one file. Starts as the upload itself. If browsers cannot play that, a playable MP4 replaces it
    /// when `hls` appears. Signed and expiring if the video is not public.
    #[schema(example = "http://localhost:8000/media/0f0e0d0c0b0a09080706050403020100.mp4")]
    video_file: String,
    #[schema(example = "http://localhost:8000/media/000102030405060708090a0b0c0d0e0f.jpg")]
    thumbnail: String,
    #[schema(example = "How tea is made")]
    title: String,
    #[schema(example = "From the leaf to the cup.")]
    description: String,
    /// Seconds.
    #[schema(example = 62.5)]
    duration: f64,
    /// Chosen by the owner.
    #[schema(example = json!(["tea", "how to"]), max_items = 20)]
    tags: Vec<String>,
    views: i64,
    is_published: bool,
    /// Whether it is upright or square, and at most three minutes long.
    is_short: bool,
    /// State of processing.
    status: VideoStatus,
    /// URL of the HLS master playlist, once it exists.
    hls: Option<String>,
    /// URL of the DASH manifest, once it exists.
    dash: Option<String>,
    /// URL of a `WebVTT` track with seek previews, once it exists.
    storyboard: Option<String>,
    /// `BlurHash` of the thumbnail, to show while it loads.
    #[schema(example = "LEHV6nWB2yk8pyo0adR*.7kCMdnj")]
    placeholder: Option<String>,
    /// Integrated loudness in LUFS (EBU R 128), once measured; null for videos without audio.
    #[schema(example = -16.2)]
    loudness: Option<f64>,
    /// As displayed, in pixels.
    #[schema(example = 1920)]
    width: i64,
    #[schema(example = 1080)]
    height: i64,
    created_at: Time,
    updated_at: Time,
}

/// A video whose owner is an id, as returned by writes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Video {
    #[serde(flatten)]
    core: VideoCore,
    owner: UserId,
}

/// A video in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoSummary {
    #[serde(flatten)]
    core: VideoCore,
    owner: UserSummary,
    #[serde(flatten)]
    likes_count: LikesCount,
}

/// The owner of a video, with subscription details.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnerDetail {
    #[serde(flatten)]
    owner: UserSummary,
    #[serde(flatten)]
    subscribers_count: SubscribersCount,
    /// Whether the caller subscribes to the owner.
    is_subscribed: bool,
}

/// A video on the watch page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoDetail {
    #[serde(flatten)]
    core: VideoCore,
    owner: OwnerDetail,
    #[serde(flatten)]
    likes_count: LikesCount,
    /// Whether the caller likes it.
    is_liked: bool,
    comments_count: i64,
    /// URLs of thumbnail candidates, chosen by index; empty for anybody but the owner.
    thumbnail_candidates: Vec<String>,
}

/// A row of `videos`.
#[derive(Clone, Debug, Record)]
#[expect(clippy::struct_excessive_bools, reason = "they are columns that do not depend on each other")]
pub struct VideoRow {
    pub id: VideoId,
    pub owner_id: UserId,
    pub title: String,
    pub description: String,
    #[record(rename = "film")]
    pub video_file: String,
    pub thumbnail: String,
    pub duration_s: f64,
    pub width: i64,
    pub height: i64,
    pub status: VideoStatus,
    /// Reason of a failure.
    pub failure: Option<String>,
    pub placeholder: Option<String>,
    pub loudness: Option<f64>,
    /// The names of the thumbnail candidates, as a JSON list.
    pub candidates: Option<String>,
    pub has_storyboard: bool,
    pub has_stream: bool,
    /// As a JSON list.
    pub tags: Option<String>,
    pub is_published: bool,
    pub is_short: bool,
    pub views: i64,
    pub likes_count: i64,
    pub comments_count: i64,
    pub hot: i64,
    pub trending: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A video with its owner's name and avatar.
#[derive(Clone, Debug, Record)]
pub struct VideoSummaryRow {
    #[record(flatten)]
    pub video: VideoRow,
    pub owner_username: String,
    pub owner_full_name: String,
    pub owner_avatar: String,
}

/// A video with what only the watch page shows.
#[derive(Clone, Debug, Record)]
pub struct DetailRow {
    #[record(flatten)]
    pub summary: VideoSummaryRow,
    pub subscribers_count: i64,
    pub is_subscribed: bool,
    pub is_liked: bool,
}

impl VideoRow {
    /// Returns the names of the thumbnail candidates.
    pub fn candidates(&self) -> Vec<String> {
        self.candidates.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    fn core(self, urls: &MediaUrls) -> VideoCore {
        let link = |name: &str| urls.video_media(name, self.id, self.is_published);
        let stream = |name: &str, is_there: bool| is_there.then(|| urls.stream(name, self.id, self.is_published));
        VideoCore {
            id: self.id,
            video_file: link(&self.video_file),
            thumbnail: link(&self.thumbnail),
            title: self.title,
            description: self.description,
            duration: self.duration_s,
            tags: tags_of_json(self.tags.as_deref()),
            views: self.views,
            is_published: self.is_published,
            is_short: self.is_short,
            status: self.status,
            hls: stream("master.m3u8", self.has_stream),
            dash: stream("manifest.mpd", self.has_stream),
            storyboard: stream("storyboard.vtt", self.has_storyboard),
            placeholder: self.placeholder,
            loudness: self.loudness,
            width: self.width,
            height: self.height,
            created_at: Time(self.created_at),
            updated_at: Time(self.updated_at),
        }
    }

    pub fn video(self, urls: &MediaUrls) -> Video {
        Video { owner: self.owner_id, core: self.core(urls) }
    }
}

impl VideoSummaryRow {
    fn owner(&self, urls: &MediaUrls) -> UserSummary {
        OwnerRow {
            owner_id: self.video.owner_id,
            owner_username: self.owner_username.clone(),
            owner_full_name: self.owner_full_name.clone(),
            owner_avatar: self.owner_avatar.clone(),
        }
        .summary(urls)
    }

    pub fn summary(self, urls: &MediaUrls) -> VideoSummary {
        VideoSummary {
            owner: self.owner(urls),
            likes_count: self.video.likes_count.into(),
            core: self.video.core(urls),
        }
    }
}

impl DetailRow {
    pub fn owner_id(&self) -> UserId {
        self.summary.video.owner_id
    }

    pub fn detail(self, urls: &MediaUrls, viewer: Option<UserId>) -> VideoDetail {
        let owner = OwnerDetail {
            owner: self.summary.owner(urls),
            subscribers_count: self.subscribers_count.into(),
            is_subscribed: self.is_subscribed,
        };
        let video = self.summary.video;
        let candidates = if viewer == Some(video.owner_id) { video.candidates() } else { Vec::new() };
        VideoDetail {
            owner,
            likes_count: video.likes_count.into(),
            is_liked: self.is_liked,
            comments_count: video.comments_count,
            thumbnail_candidates: candidates
                .iter()
                .map(|name| urls.video_media(name, video.id, video.is_published))
                .collect(),
            core: video.core(urls),
        }
    }
}

pub fn check_lengths(title: Option<&str>, description: Option<&str>) -> Result<(), Error> {
    at_most("title", title.unwrap_or_default(), TITLE_CHARS_MAX)?;
    at_most("description", description.unwrap_or_default(), DESCRIPTION_CHARS_MAX)
}
