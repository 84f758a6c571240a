//! The home feed.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::blend::Pick;
use super::pools;
use super::reason::Recommended;
use super::related::{audience, recommended};
use super::store::Audience;
use crate::app::App;
use crate::error::Error;
use crate::http::body::{NonBlank, Query, Text};
use crate::http::paging::{Cursor, PageRequest, SortKey};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{VideoId, kind};

/// The names of the orders in cursors.
const BLENDED: &str = "blended";
const NEWEST: &str = "newest";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(home))
}

/// Which part of the feed, in which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HomeQuery {
    /// `newest` for all videos, newest first; anything else is recommendations.
    #[param(value_type = Option<String>, example = "newest")]
    order: Option<Text>,
    /// Entries; larger values are reduced to 100.
    #[param(value_type = Option<i64>, minimum = 1, example = 10)]
    #[expect(dead_code, reason = "describes what `PageRequest` reads")]
    limit: Option<serde::de::IgnoredAny>,
    /// `nextCursor` of the previous part.
    #[param(value_type = Option<String>)]
    #[expect(dead_code, reason = "describes what `PageRequest` reads")]
    cursor: Option<serde::de::IgnoredAny>,
}

/// A part of the home feed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HomeFeed {
    docs: Vec<Recommended>,
    /// Pass this as `cursor` to get the next part; null at the end.
    next_cursor: Option<String>,
}

/// Get the home feed
///
/// For members half of it is from subscriptions, a third is related to what they watched, and the rest is trending; for
/// everybody else, and after that, what is trending comes first and then what is new. Each video says why it is there.
/// Nothing in it was watched before or hidden by the caller.
#[utoipa::path(
    get,
    path = "/api/v1/feed/home",
    tag = "feed",
    security((), ("bearer" = []), ("cookie" = [])),
    params(HomeQuery),
    responses((status = 200, body = Envelope<HomeFeed>, description = "A part of the feed"))
)]
async fn home(
    State(app): State<App>,
    viewer: Option<Viewer>,
    page: PageRequest,
    Query(query): Query<HomeQuery>,
) -> Result<Reply<HomeFeed>, Error> {
    let viewer = viewer.map(|viewer| viewer.id);
    let now = app.clock.now_ms();
    let is_newest = query.order.non_blank() == Some(NEWEST);
    let order = if is_newest { NEWEST } else { BLENDED };
    let place = Place::of(page.cursor(order)?, now, is_newest)?;
    let mut audience = audience(&app, viewer, place.at()).await?;
    if is_newest {
        audience.watcher = None;
    }
    let mut entries = place.entries(&app, audience, page.rows()).await?;
    let position = |entry: &Entry| (SortKey::Text(entry.next.text()), entry.pick.video.id);
    let next_cursor = page.truncate(&mut entries, order, position);
    let picks = entries.into_iter().map(|entry| entry.pick).collect();
    let docs = recommended(&app, picks).await?;
    Ok(Reply::ok(HomeFeed { docs, next_cursor }, "Home feed fetched successfully"))
}

/// A video of the feed, and the place behind it.
struct Entry {
    pick: Pick,
    next: Place,
}

/// A place in the feed of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the personal part, behind so many videos.
    Personal { at: i64, count: usize },
    /// Behind a video in the order of what is trending, then what is new.
    Rest { at: i64, after: (i64, VideoId) },
    /// Behind a video in the order of time.
    Newest { at: i64, after: (i64, VideoId) },
}

impl Place {
    fn of(cursor: Option<Cursor<kind::Video>>, now: i64, is_newest: bool) -> Result<Self, Error> {
        let Some(cursor) = cursor else {
            let after = (i64::MAX, VideoId::greatest());
            return Ok(if is_newest { Self::Newest { at: now, after } } else { Self::Personal { at: now, count: 0 } });
        };
        let place = Self::read(&cursor).filter(|place| is_newest == matches!(place, Self::Newest { .. }));
        place.ok_or_else(|| {
            Error::field("cursor", "Invalid cursor: use a nextCursor of the home feed in the same order")
        })
    }

    fn read(Cursor { key, id }: &Cursor<kind::Video>) -> Option<Self> {
        let SortKey::Text(text) = key else { return None };
        let mut parts = text.split(' ');
        let (name, at, number) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let after = || Some((number.parse().ok()?, *id));
        match name {
            "personal" => Some(Self::Personal { at, count: number.parse().ok()? }),
            "rest" => Some(Self::Rest { at, after: after()? }),
            "newest" => Some(Self::Newest { at, after: after()? }),
            _ => None,
        }
    }

    /// Returns what a cursor keeps besides the video.
    fn text(self) -> String {
        match self {
            Self::Personal { at, count } => format!("personal {at} {count}"),
            Self::Rest { at, after: (trending, _) } => format!("rest {at} {trending}"),
            Self::Newest { at, after: (created_at, _) } => format!("newest {at} {created_at}"),
        }
    }

    const fn at(self) -> i64 {
        match self {
            Self::Personal { at, .. } | Self::Rest { at, .. } | Self::Newest { at, .. } => at,
        }
    }

    /// Returns up to `limit` videos from here on.
    async fn entries(self, app: &App, audience: Audience, limit: i64) -> Result<Vec<Entry>, Error> {
        let at = audience.at;
        if let Self::Newest { after, .. } = self {
            let picks = pools::newest(&app.db, audience, after, limit).await?.into_iter();
            let place = |pick: &Pick| Self::Newest { at, after: (pick.video.created_at, pick.video.id) };
            return Ok(picks.map(|pick| Entry { next: place(&pick), pick }).collect());
        }
        let personal = if audience.user.is_some() { pools::personal(&app.db, audience).await? } else { Vec::new() };
        let (passed, after) = match self {
            Self::Personal { count, .. } => (count, (i64::MAX, VideoId::greatest())),
            Self::Rest { after, .. } | Self::Newest { after, .. } => (personal.len(), after),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let picks = personal.iter().cloned().enumerate().skip(passed).take(limit);
        let mut entries: Vec<Entry> =
            picks.map(|(index, pick)| Entry { pick, next: Self::Personal { at, count: index + 1 } }).collect();
        if entries.len() < limit {
            let rest = pools::rest(&app.db, audience, after, &personal, limit - entries.len()).await?.into_iter();
            let place = |pick: &Pick| Self::Rest { at, after: (pick.video.trending, pick.video.id) };
            entries.extend(rest.map(|pick| Entry { next: place(&pick), pick }));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_as_they_went() {
        let (at, id) = (1_768_478_400_000, VideoId::from_bytes([7; 12]));
        for (place, is_newest) in [
            (Place::Personal { at, count: 17 }, false),
            (Place::Rest { at, after: (965_517, id) }, false),
            (Place::Newest { at, after: (at - 1, id) }, true),
        ] {
            let cursor = || Some(Cursor { key: SortKey::Text(place.text()), id });
            assert_eq!(Place::of(cursor(), 5, is_newest).unwrap(), place);
            assert!(Place::of(cursor(), 5, !is_newest).is_err());
        }
    }

    #[test]
    fn other_texts_are_no_places() {
        for text in ["", "personal", "personal 1", "personal 1 -1", "rest x 1", "newest 1 x", "else 1 1"] {
            let cursor = Cursor { key: SortKey::Text(text.to_owned()), id: VideoId::greatest() };
            assert!(Place::of(Some(cursor), 5, text.starts_with("newest")).is_err(), "{text}");
        }
    }
}
