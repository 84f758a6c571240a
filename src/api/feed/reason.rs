//! Videos with the reason why they are shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::videos::VideoSummary;
use crate::db::text_enum;
use crate::id::{UserId, VideoId};

text_enum! {
    /// Why a video is shown.
    pub enum ReasonKind {
        /// The caller subscribes to `channel`.
        Subscription = "subscription",
        /// People who watched `video` watched it, too.
        Related = "related",
        /// It has words of the title or tags of `video`.
        Similar = "similar",
        /// It is of the same `channel`.
        Channel = "channel",
        /// It has more views than usual just now.
        Trending = "trending",
        /// Many watch or like it.
        Popular = "popular",
        New = "new",
    }
}

/// Why a video is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reason {
    pub kind: ReasonKind,
    /// The video that it is related to.
    pub video: Option<ReasonVideo>,
    /// The channel that it is shown for.
    pub channel: Option<UserId>,
}

/// A video that another is shown for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonVideo {
    #[serde(rename = "_id")]
    pub id: VideoId,
    #[schema(example = "How tea is made")]
    pub title: String,
}

/// A video, and why it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recommended {
    #[serde(flatten)]
    pub video: VideoSummary,
    pub reason: Reason,
}

impl Reason {
    pub const fn of(kind: ReasonKind) -> Self {
        Self { kind, video: None, channel: None }
    }

    pub const fn of_channel(kind: ReasonKind, channel: UserId) -> Self {
        Self { kind, video: None, channel: Some(channel) }
    }

    pub const fn of_video(video: ReasonVideo) -> Self {
        Self { kind: ReasonKind::Related, video: Some(video), channel: None }
    }
}
