//! `GET /videos`: all published videos, one channel's, or those that match a text, in the order asked for.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::order::Order;
use super::relevance;
use super::scope::{Scope, ScopeKind};
use super::search::{self, FoundRow};
use super::shape::{VideoSummary, VideoSummaryRow};
use super::shorts::{Shorts, ShortsQuery};
use super::store::fold_case;
use crate::app::App;
use crate::db::{Arg, Db, Record, Sql, args};
use crate::error::Error;
use crate::http::body::{Flag, NonBlank, Query, Text, at_most};
use crate::http::paging::{Page, PageQuery, PageRequest};
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::UserId;

pub(super) const QUERY_CHARS_MAX: usize = 200;
const MESSAGE: &str = "Videos fetched successfully";

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
    /// `createdAt`, `views`, `duration`, `title`, `hot` or `trending`; with `query` also `relevance`: then `query` is what
    /// `GET /search` takes as `q`, and only published videos are found. Anything else is `createdAt`.
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

/// List videos
///
/// Lists published videos and, with the caller's id as `userId`, unpublished ones. Descriptions are shortened to 300
/// characters, except in the list of the caller's own videos. With `query`, `totalDocs` counts 1,000 videos at most, and
/// other orders than `createdAt` have the newest 1,000 that match.
#[utoipa::path(
    get,
    path = "/api/v1/videos",
    tag = "videos",
    security((), ("bearer" = []), ("cookie" = [])),
    params(ListQuery, ShortsQuery, PageQuery),
    responses((status = 200, body = Envelope<Page<VideoSummary>>, description = "A page of videos"))
)]
async fn list(
    State(app): State<App>,
    viewer: Option<Viewer>,
    page: PageRequest,
    Query(query): Query<ListQuery>,
    Query(shorts): Query<ShortsQuery>,
) -> Result<Reply<Page<VideoSummary>>, Error> {
    let order = Order::new(query.sort_by.non_blank(), query.sort_type.non_blank());
    let (viewer, shorts) = (viewer.map(|viewer| viewer.id), shorts.checked()?);
    let (kind, user) = match (query.subscribed, query.user_id.non_blank()) {
        (Some(Flag(true)), _) => {
            let viewer = viewer.ok_or_else(|| Error::unauthorized("Unauthorized request"))?;
            (ScopeKind::Subscribed, Some(viewer))
        }
        (_, None) => (ScopeKind::Published, None),
        (_, Some(owner)) => {
            let owner: UserId = owner.parse()?;
            let kind = if viewer == Some(owner) { ScopeKind::OwnChannel } else { ScopeKind::Channel };
            (kind, Some(owner))
        }
    };
    let scope = Scope { kind, shorts, user };
    let typed = query.query.non_blank();
    at_most("query", typed.unwrap_or_default(), QUERY_CHARS_MAX)?;
    let Some(typed) = typed else { return listed(&app, scope, order, &page, MESSAGE).await };
    let _pass = app.searching.enter().await?;
    if query.sort_by.non_blank() == Some("relevance")
        && let Some(page) = relevance::find(&app, scope, typed, &page).await?
    {
        return Ok(Reply::ok(page, MESSAGE));
    }
    let text = fold_case(typed);
    let name = format!("found by {}", order.name());
    let found = search::find(&app.db, scope, (order, &name), &text, &page).await?;
    let position = |row: &FoundRow| (row.key(order), row.summary.video.id);
    let shape = |row: FoundRow| row.summary.summary(&app.urls);
    Ok(page.reply_in_order(&name, found.rows, found.total, position, shape, MESSAGE))
}

/// Lists videos without searching.
pub(super) async fn listed(
    app: &App,
    scope: Scope,
    order: Order,
    page: &PageRequest,
    message: &'static str,
) -> Result<Reply<Page<VideoSummary>>, Error> {
    let rows = rows(&app.db, scope, order, page).await?;
    let total = match rows.first() {
        Some(row) => row.total,
        None => total(&app.db, scope).await?,
    };
    let position = |row: &ListedRow| (order.key(&row.summary), row.summary.video.id);
    let shape = |row: ListedRow| row.summary.summary(&app.urls);
    Ok(page.reply_in_order(order.name(), rows, total, position, shape, message))
}

/// A video, and how many the list has on all pages.
#[derive(Record)]
struct ListedRow {
    #[record(flatten)]
    summary: VideoSummaryRow,
    total: i64,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Start {
    First,
    /// Behind the row of a cursor.
    Cursor,
    /// At the row with a number. It is looked for in an index: owners are joined from there on only.
    Number,
}

/// Each list in each order from each start, with shorts and all. In the statements `$1` and `$2` are the cursor's key and id, `$3` is the
/// scope's user, `$4` the number of the first row, from 0, `$5` the limit; those that one has no use for are bound but
/// not mentioned.
static STATEMENTS: LazyLock<HashMap<(ScopeKind, Order, Start), Sql>> = LazyLock::new(|| {
    let starts = [Start::First, Start::Cursor, Start::Number];
    let lists = ScopeKind::ALL.into_iter().flat_map(|kind| Order::all().map(move |order| (kind, order)));
    let keys = lists.flat_map(|(kind, order)| starts.map(|start| (kind, order, start)));
    keys.map(|(kind, order, start)| ((kind, order, start), statement(kind, Shorts::Included, order, start).leaked()))
        .collect()
});

fn statement(kind: ScopeKind, shorts: Shorts, order: Order, start: Start) -> Sql {
    let condition = || Sql::from(kind.condition()).then(shorts.condition());
    let list = kind.select().then(",").then(kind.total(shorts)).then("AS total");
    // By statistics of a sample SQLite may begin with the owners, and sort all videos: a cross join keeps the order.
    let list = list.then("FROM videos v CROSS JOIN users o").then(condition()).then("AND o.id = v.owner_id");
    let list = match start {
        Start::First => list,
        Start::Cursor => list.then(order.after()),
        Start::Number => {
            let rows = order.select_key().then("FROM videos v").then(condition()).then(order.by());
            list.then(order.from(rows.then("LIMIT 1 OFFSET CAST($4 AS BIGINT)")))
        }
    };
    list.then(order.by()).then("LIMIT CAST($5 AS BIGINT)")
}

async fn rows(db: &Db, scope: Scope, order: Order, page: &PageRequest) -> Result<Vec<ListedRow>, Error> {
    let (key, id) = order.cursor(order.name(), page)?.unzip();
    let start = match (&id, page.offset()) {
        (Some(_), _) => Start::Cursor,
        (None, 0) => Start::First,
        (None, _) => Start::Number,
    };
    let Scope { kind, shorts, user } = scope;
    let ready = STATEMENTS.get(&(kind, order, start)).filter(|_| shorts == Shorts::Included).cloned();
    let sql = ready.unwrap_or_else(|| statement(kind, shorts, order, start));
    let key = key.map_or(Arg::Int(None), Arg::from);
    Ok(db.all(sql, args![key, id, user, page.offset(), page.rows()]).await?)
}

/// Counts the videos on all pages, for a page that has none.
async fn total(db: &Db, scope: Scope) -> Result<i64, Error> {
    let sql = Sql::from("SELECT").then(scope.kind.total(scope.shorts));
    let unused: Option<i64> = None;
    let row: (Option<i64>,) = db.one(sql, args![unused, unused, scope.user]).await?;
    Ok(row.0.unwrap_or(0))
}
