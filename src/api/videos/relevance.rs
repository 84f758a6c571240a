//! Videos that fit a text best, instead of the newest ones that contain it.

use std::collections::HashMap;

use super::scope::{Scope, ScopeKind};
use super::shape::{VideoSummary, VideoSummaryRow};
use super::shorts::Shorts;
use super::store;
use crate::api::users::channel_by_id;
use crate::app::App;
use crate::error::Error;
use crate::http::paging::{Page, PageRequest};
use crate::id::VideoId;
use crate::search::{self, Hit, Kind, Sort, channel_word};

const ORDER: &str = "found by relevance";

/// Returns a page of the published videos that fit a text; `None` for lists that also have others.
pub async fn find(
    app: &App,
    scope: Scope,
    text: &str,
    page: &PageRequest,
) -> Result<Option<Page<VideoSummary>>, Error> {
    let mut query = search::Query::parse(text);
    let channel = match (scope.kind, scope.user) {
        (ScopeKind::Published, _) => None,
        (ScopeKind::Channel, Some(owner)) => {
            let Some(channel) = channel_by_id(&app.db, owner, None).await? else { return Ok(None) };
            query.filters.channels.extend(channel_word(&channel.username));
            Some(channel.username)
        }
        _ => return Ok(None),
    };
    let id = |hit: &Hit| VideoId::from_bytes(*hit.facts.id.as_bytes());
    let found = search::find(&app.db, Kind::Video, &query, Sort::Relevance, app.clock.now_ms()).await?;
    // Somebody else's full name may be this user name.
    let is_meant = |hit: &Hit| channel.as_ref().is_none_or(|username| hit.facts.username == *username);
    let mut hits: Vec<Hit> = found.hits.into_iter().filter(is_meant).collect();
    if scope.shorts != Shorts::Included {
        let ids: Vec<VideoId> = hits.iter().map(id).collect();
        let kept = store::of_shape(&app.db, &ids, scope.shorts).await?;
        hits.retain(|hit| kept.contains(&id(hit)));
    }
    let (shown, next_cursor) = page.slice(ORDER, &hits, |hit: &Hit| (hit.key, id(hit)))?;
    let ids: Vec<VideoId> = shown.iter().map(id).collect();
    let rows = store::cards(&app.db, &ids).await?;
    let mut rows: HashMap<VideoId, VideoSummaryRow> = rows.into_iter().map(|row| (row.video.id, row)).collect();
    let docs = ids.iter().filter_map(|id| rows.remove(id)).map(|row| row.summary(&app.urls)).collect();
    let total = i64::try_from(hits.len()).unwrap_or(i64::MAX);
    Ok(Some(page.envelope(docs, total, next_cursor)))
}
