//! `GET /videos`: all published videos, one channel's, or those that match a text, in the order asked for.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::{VideoSummary, VideoSummaryRow};
use super::store::{fold_case, select_card, select_summary};
use crate::app::App;
use crate::db::{Arg, Db, Sql, args};
use crate::error::Error;
use crate::http::body::{Flag, NonBlank, Query, Text, at_most};
use crate::http::paging::{Cursor, Page, PageQuery, PageRequest, SortKey};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{UserId, kind};

pub(super) const QUERY_CHARS_MAX: usize = 200;
/// Trigram indexes know nothing shorter.
pub(super) const INDEXED_CHARS_MIN: usize = 3;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What to list, and in which order.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Text to find in title or description, ignoring case.
    #[param(value_type = Option<String>, example = "tea")]
    query: Option<Text>,
    /// `createdAt`, `views`, `duration` or `title`; anything else is `createdAt`.
    #[param(value_type = Option<String>, example = "views")]
    sort_by: Option<Text>,
    /// `asc` or `1`, `desc` or `-1`; anything else is `desc`.
    #[param(value_type = Option<String>, example = "desc")]
    sort_type: Option<Text>,
    /// Only videos of this channel. The caller's own includes unpublished ones.
    #[param(value_type = Option<String>, example = "65a53f2e8c1b4a0012ab34cd")]
    user_id: Option<Text>,
    /// Only videos of channels the caller is subscribed to. Needs a login; overrides `userId`.
    #[param(value_type = Option<bool>, example = false)]
    subscribed: Option<Flag>,
}

/// The columns a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    CreatedAt,
    Views,
    Duration,
    Title,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    column: Column,
    ascending: bool,
}

/// Which videos are meant.
#[derive(Clone, Debug)]
enum Scope {
    Published,
    /// A channel, as a stranger or as its owner sees it.
    Channel {
        owner: UserId,
        own: bool,
    },
    /// The channels somebody subscribes to.
    SubscribedBy(UserId),
}

impl Order {
    fn new(sort_by: Option<&str>, sort_type: Option<&str>) -> Self {
        let column = match sort_by {
            Some("views") => Column::Views,
            Some("duration") => Column::Duration,
            Some("title") => Column::Title,
            _ => Column::CreatedAt,
        };
        let ascending = sort_type.is_some_and(|text| text.eq_ignore_ascii_case("asc") || text == "1");
        Self { column, ascending }
    }

    /// Returns the order's name in cursors.
    const fn name(self) -> &'static str {
        match (self.column, self.ascending) {
            (Column::CreatedAt, false) => "time",
            (Column::CreatedAt, true) => "time+",
            (Column::Views, false) => "views",
            (Column::Views, true) => "views+",
            (Column::Duration, false) => "duration",
            (Column::Duration, true) => "duration+",
            (Column::Title, false) => "title",
            (Column::Title, true) => "title+",
        }
    }

    /// Returns the condition that goes on behind a cursor: its key is `$1`, its id `$2`.
    const fn after(self) -> &'static str {
        match (self.column, self.ascending) {
            (Column::CreatedAt, false) => "AND (v.created_at, v.id) < ($1, $2)",
            (Column::CreatedAt, true) => "AND (v.created_at, v.id) > ($1, $2)",
            (Column::Views, false) => "AND (v.views, v.id) < ($1, $2)",
            (Column::Views, true) => "AND (v.views, v.id) > ($1, $2)",
            (Column::Duration, false) => "AND (v.duration_s, v.id) < ($1, $2)",
            (Column::Duration, true) => "AND (v.duration_s, v.id) > ($1, $2)",
            (Column::Title, false) => "AND (v.title, v.id) < ($1, $2)",
            (Column::Title, true) => "AND (v.title, v.id) > ($1, $2)",
        }
    }

    const fn by(self) -> &'static str {
        match (self.column, self.ascending) {
            (Column::CreatedAt, false) => "ORDER BY v.created_at DESC, v.id DESC",
            (Column::CreatedAt, true) => "ORDER BY v.created_at, v.id",
            (Column::Views, false) => "ORDER BY v.views DESC, v.id DESC",
            (Column::Views, true) => "ORDER BY v.views, v.id",
            (Column::Duration, false) => "ORDER BY v.duration_s DESC, v.id DESC",
            (Column::Duration, true) => "ORDER BY v.duration_s, v.id",
            (Column::Title, false) => "ORDER BY v.title DESC, v.id DESC",
            (Column::Title, true) => "ORDER BY v.title, v.id",
        }
    }

    fn key(self, row: &VideoSummaryRow) -> SortKey {
        match self.column {
            Column::CreatedAt => SortKey::Int(row.video.created_at),
            Column::Views => SortKey::Int(row.video.views),
            Column::Duration => SortKey::Float(row.video.duration_s),
            Column::Title => SortKey::Text(row.video.title.clone()),
        }
    }

    /// Says whether a cursor's key is of the column's type; one that was tampered with may not be.
    fn fits(self, key: &SortKey) -> bool {
        matches!(
            (self.column, key),
            (Column::CreatedAt | Column::Views, SortKey::Int(_))
                | (Column::Duration, SortKey::Float(_))
                | (Column::Title, SortKey::Text(_))
        )
    }
}

/// List videos
///
/// Lists published videos and, with the caller's id as `userId`, unpublished ones. Descriptions are shortened to 300
/// characters, except in the list of the caller's own videos.
#[utoipa::path(
    get,
    path = "/api/v1/videos",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(ListQuery, PageQuery),
    responses((status = 200, body = Envelope<Page<VideoSummary>>, description = "A page of videos"))
)]
async fn list(
    State(app): State<App>,
    viewer: Option<Viewer>,
    page: PageRequest,
    Query(query): Query<ListQuery>,
) -> Result<Reply<Page<VideoSummary>>, Error> {
    let order = Order::new(query.sort_by.non_blank(), query.sort_type.non_blank());
    let scope = match (query.subscribed, query.user_id.non_blank(), viewer) {
        (Some(Flag(true)), _, viewer) => {
            Scope::SubscribedBy(viewer.ok_or_else(|| Error::unauthorized("Unauthorized request"))?.id)
        }
        (_, None, _) => Scope::Published,
        (_, Some(owner), viewer) => {
            let owner: UserId = owner.parse()?;
            Scope::Channel { owner, own: viewer.is_some_and(|viewer| viewer.id == owner) }
        }
    };
    let text = query.query.non_blank().map(fold_case);
    at_most("query", text.as_deref().unwrap_or_default(), QUERY_CHARS_MAX)?;
    let _permit = match &text {
        Some(_) => Some(app.searching.enter().await?),
        None => None,
    };
    let rows = rows(&app.db, &scope, order, text.as_deref(), &page).await?;
    let total = total(&app.db, &scope, text.as_deref()).await?;
    let position = |row: &VideoSummaryRow| (order.key(row), row.video.id);
    let shape = |row: VideoSummaryRow| row.summary(&app.urls);
    Ok(page.reply_in_order(order.name(), rows, total, position, shape, "Videos fetched successfully"))
}

impl Scope {
    /// Returns the condition, in which the owner or the subscriber is `$3`.
    const fn condition(&self) -> &'static str {
        match self {
            Self::Published => "WHERE v.is_published",
            Self::Channel { own: true, .. } => "WHERE v.owner_id = $3",
            Self::Channel { own: false, .. } => "WHERE v.owner_id = $3 AND v.is_published",
            Self::SubscribedBy(_) => {
                // Not `IN`: SQLite would then gather all that these channels have, and sort it for every page.
                "WHERE v.is_published
                 AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.subscriber_id = $3 AND s.channel_id = v.owner_id)"
            }
        }
    }

    const fn user(&self) -> Option<UserId> {
        match self {
            Self::Published => None,
            Self::Channel { owner: user, .. } | Self::SubscribedBy(user) => Some(*user),
        }
    }
}

/// Returns the condition that a video's title or description contains `$4`, which is in lower case.
fn contains(text: &str) -> Sql {
    if text.chars().count() >= INDEXED_CHARS_MIN {
        Sql::pair(
            r#"AND v.id IN (SELECT s.video_id FROM video_search_index JOIN video_search s
                            ON s.number = video_search_index.rowid
                            WHERE video_search_index MATCH '"' || replace($4, '"', '""') || '"')"#,
            r"AND v.id IN (SELECT s.video_id FROM video_search s WHERE s.text LIKE
                           '%' || replace(replace(replace($4, '\', '\\'), '%', '\%'), '_', '\_') || '%')",
        )
    } else {
        Sql::pair(
            "AND EXISTS (SELECT 1 FROM video_search s WHERE s.video_id = v.id AND instr(s.text, $4) > 0)",
            "AND EXISTS (SELECT 1 FROM video_search s WHERE s.video_id = v.id AND strpos(s.text, $4) > 0)",
        )
    }
}

/// Returns the page's rows. In the statement `$1` and `$2` are the cursor's key and id, `$3` is the scope's user, `$4`
/// the text, `$5` and `$6` are the limit and the offset; those that a list has no use for are bound but not mentioned.
async fn rows(
    db: &Db,
    scope: &Scope,
    order: Order,
    text: Option<&str>,
    page: &PageRequest,
) -> Result<Vec<VideoSummaryRow>, Error> {
    let cursor: Option<Cursor<kind::Video>> = page.cursor(order.name())?;
    // Some clients take the text to edit from the list of one's own videos.
    let select = if matches!(scope, Scope::Channel { own: true, .. }) { select_summary() } else { select_card() };
    let mut sql = select.then("FROM videos v JOIN users o ON o.id = v.owner_id").then(scope.condition());
    if let Some(text) = text {
        sql = sql.then(contains(text));
    }
    let (key, id) = match cursor {
        None => (Arg::Int(None), None),
        Some(cursor) if order.fits(&cursor.key) => {
            sql = sql.then(order.after());
            (Arg::from(cursor.key), Some(cursor.id))
        }
        Some(_) => return Err(Error::field("cursor", "Invalid cursor")),
    };
    let sql = sql.then(order.by()).then("LIMIT $5 OFFSET $6");
    Ok(db.all(sql, args![key, id, scope.user(), text, page.rows(), page.offset()]).await?)
}

/// Counts the videos on all pages: from the counters, unless a text was asked for.
async fn total(db: &Db, scope: &Scope, text: Option<&str>) -> Result<i64, Error> {
    if let Some(content) = text {
        let sql = Sql::from("SELECT COUNT(*) FROM videos v").then(scope.condition()).then(contains(content));
        let unused: Option<i64> = None;
        let (count,) = db.one::<(i64,)>(sql, args![unused, unused, scope.user(), text]).await?;
        return Ok(count);
    }
    let sql = match scope {
        Scope::Published => "SELECT value FROM totals WHERE name = 'published_videos'",
        Scope::Channel { own: true, .. } => "SELECT videos_count FROM users WHERE id = $1",
        Scope::Channel { own: false, .. } => "SELECT published_videos_count FROM users WHERE id = $1",
        Scope::SubscribedBy(_) => {
            // Not a join, for which PostgreSQL would rather read all users.
            "SELECT CAST(COALESCE(SUM((SELECT u.published_videos_count FROM users u WHERE u.id = s.channel_id)), 0)
                         AS BIGINT)
             FROM subscriptions s WHERE s.subscriber_id = $1"
        }
    };
    let arguments = scope.user().map_or_else(Vec::new, |user| args![user]);
    Ok(db.optional::<(i64,)>(sql, arguments).await?.map_or(0, |(count,)| count))
}
