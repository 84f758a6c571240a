//! Hits as responses show them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::facets::Facets;
use super::store;
use crate::api::tweets::{self, Tweet};
use crate::api::users::UserSummary;
use crate::api::videos::{self, VideoSummary};
use crate::app::App;
use crate::clock::Time;
use crate::error::Error;
use crate::http::aliased::SubscribersCount;
use crate::http::paging::Page;
use crate::id::{Id, IdKind, PlaylistId, SubjectId, UserId};
use crate::search::{HighlightRange, Highlighter, Hit, Kind};

/// A page of results.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchPage {
    #[serde(flatten)]
    pub page: Page<SearchResult>,
    /// There are more results than `totalDocs`. Only the best 1,000 are counted and listed.
    pub total_is_at_least: bool,
    /// The query without typing errors, if it seems to have some.
    #[schema(example = "green tea")]
    pub did_you_mean: Option<String>,
    pub facets: Facets,
}

/// Something that was found, in the field of its type, with the places of the words in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    r#type: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<Box<VideoSummary>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<FoundChannel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tweet: Option<Tweet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    playlist: Option<FoundPlaylist>,
    highlights: Highlights,
}

impl SearchResult {
    const fn empty(kind: Kind, highlights: Highlights) -> Self {
        Self { r#type: kind, video: None, channel: None, tweet: None, playlist: None, highlights }
    }
}

/// A channel that was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundChannel {
    #[serde(flatten)]
    user: UserSummary,
    #[serde(flatten)]
    subscribers_count: SubscribersCount,
    /// Published videos.
    videos_count: i64,
    /// Whether the caller subscribes to it.
    is_subscribed: bool,
}

/// A playlist that was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundPlaylist {
    #[serde(rename = "_id")]
    id: PlaylistId,
    #[schema(example = "Tea for beginners")]
    name: String,
    description: String,
    owner: UserSummary,
    created_at: Time,
    updated_at: Time,
}

/// Where the words are: pairs of the first and behind the last UTF-16 code unit, as JavaScript's `slice` takes them.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Highlights {
    /// In the title of a video, the full name of a channel, the name of a playlist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    title: Vec<HighlightRange>,
    /// In the description as it is in this response, or the content of a tweet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    description: Vec<HighlightRange>,
    /// In the full name of the owner.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owner: Vec<HighlightRange>,
}

/// Reads the hits of a page, in their order. What is gone or hidden meanwhile is left out.
pub async fn read(
    app: &App,
    viewer: Option<UserId>,
    hits: &[Hit],
    highlighter: &Highlighter,
) -> Result<Vec<SearchResult>, Error> {
    let mut found: HashMap<SubjectId, SearchResult> = HashMap::new();
    for kind in Kind::ALL {
        let ids: Vec<SubjectId> = hits.iter().filter(|hit| hit.kind == kind).map(|hit| hit.facts.id).collect();
        if !ids.is_empty() {
            found.extend(read_kind(app, viewer, kind, &ids, highlighter).await?);
        }
    }
    Ok(hits.iter().filter_map(|hit| found.remove(&hit.facts.id)).collect())
}

async fn read_kind(
    app: &App,
    viewer: Option<UserId>,
    kind: Kind,
    ids: &[SubjectId],
    highlighter: &Highlighter,
) -> Result<Vec<(SubjectId, SearchResult)>, Error> {
    let (db, urls) = (&app.db, &app.urls);
    Ok(match kind {
        Kind::Video => {
            let rows = videos::cards(db, &as_ids(ids)).await?.into_iter();
            let result = |row: videos::VideoSummaryRow| {
                let highlights = Highlights {
                    title: highlighter.ranges(&row.video.title),
                    description: highlighter.ranges(&row.video.description),
                    owner: highlighter.ranges(&row.owner_full_name),
                };
                let id = subject(row.video.id);
                let video = Some(Box::new(row.summary(urls)));
                (id, SearchResult { video, ..SearchResult::empty(kind, highlights) })
            };
            rows.map(result).collect()
        }
        Kind::Channel => {
            let rows = store::channels(db, viewer, &as_ids(ids)).await?.into_iter();
            let result = |row: store::ChannelRow| {
                let title = highlighter.ranges(&row.user.owner_full_name);
                let id = subject(row.user.owner_id);
                let channel = FoundChannel {
                    user: row.user.summary(urls),
                    subscribers_count: row.subscribers_count.into(),
                    videos_count: row.videos_count,
                    is_subscribed: row.is_subscribed,
                };
                let highlights = Highlights { title, ..Highlights::default() };
                (id, SearchResult { channel: Some(channel), ..SearchResult::empty(kind, highlights) })
            };
            rows.map(result).collect()
        }
        Kind::Tweet => {
            let rows = tweets::of_ids(db, viewer, &as_ids(ids)).await?.into_iter();
            let result = |row: tweets::TweetRow| {
                let highlights = Highlights {
                    description: highlighter.ranges(&row.content),
                    owner: highlighter.ranges(&row.owner.owner_full_name),
                    ..Highlights::default()
                };
                let id = subject(row.id);
                (id, SearchResult { tweet: Some(row.tweet(urls)), ..SearchResult::empty(kind, highlights) })
            };
            rows.map(result).collect()
        }
        Kind::Playlist => {
            let rows = store::playlists(db, &as_ids(ids)).await?.into_iter();
            let result = |row: store::PlaylistRow| {
                let highlights = Highlights {
                    title: highlighter.ranges(&row.name),
                    description: highlighter.ranges(&row.description),
                    owner: highlighter.ranges(&row.owner.owner_full_name),
                };
                let id = subject(row.id);
                let playlist = FoundPlaylist {
                    id: row.id,
                    name: row.name,
                    description: row.description,
                    owner: row.owner.summary(urls),
                    created_at: Time(row.created_at),
                    updated_at: Time(row.updated_at),
                };
                (id, SearchResult { playlist: Some(playlist), ..SearchResult::empty(kind, highlights) })
            };
            rows.map(result).collect()
        }
    })
}

/// Takes the ids of hits for what they are of their kind.
fn as_ids<K: IdKind>(ids: &[SubjectId]) -> Vec<Id<K>> {
    ids.iter().map(|id| Id::from_bytes(*id.as_bytes())).collect()
}

const fn subject<K: IdKind>(id: Id<K>) -> SubjectId {
    SubjectId::from_bytes(*id.as_bytes())
}
