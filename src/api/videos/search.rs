//! Videos whose title or description contains a text.
//!
//! A common word is in most videos, so a search looks at no more matches than it shows, counts them up to a limit, and
//! sorts the newest only.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::order::Order;
use super::scope::{Scope, ScopeKind};
use super::shape::VideoSummaryRow;
use super::shorts::Shorts;
use crate::db::{Arg, Db, Record, Sql, args};
use crate::error::Error;
use crate::http::paging::{PageRequest, SortKey};

/// Trigram indexes know nothing shorter.
pub const INDEXED_CHARS_MIN: usize = 3;
/// So many matches are counted, have page numbers, and are sorted by something other than time.
const MATCHES_MAX: i64 = 1_000;
const NEWEST_MATCHES: &str = "LIMIT 1000";

/// A page of matches.
pub struct Found {
    pub rows: Vec<FoundRow>,
    /// On all pages, but `MATCHES_MAX` at most.
    pub total: i64,
}

#[derive(Record)]
pub struct FoundRow {
    #[record(flatten)]
    pub summary: VideoSummaryRow,
    /// By time.
    place: i64,
}

impl FoundRow {
    pub fn key(&self, order: Order) -> SortKey {
        if order.is_by_time() { SortKey::Int(self.place) } else { order.key(&self.summary) }
    }
}

/// The newest texts are at the end of SQLite's index.
const INDEX: &str = "FROM video_search_index i CROSS JOIN video_search s ON s.number = i.rowid
    CROSS JOIN videos v ON v.id = s.video_id";
const INDEX_MATCHES: &str = r#"AND video_search_index MATCH '"' || replace($4, '"', '""') || '"'"#;
const IN_TEXT: &str = "AND EXISTS (SELECT 1 FROM video_search s WHERE s.video_id = v.id AND instr(s.text, $4) > 0)";
const POSTGRES_MATCHES: &str = r"AND v.id IN (SELECT s.video_id FROM video_search s WHERE s.text LIKE
    '%' || replace(replace(replace($4, '\', '\\'), '%', '\%'), '_', '\_') || '%')";
/// PostgreSQL does not look into `OFFSET 0`: it would rather read all videos than look up a thousand.
const POSTGRES_INDEX: &str = r"FROM (SELECT s.video_id FROM video_search s WHERE s.text LIKE
    '%' || replace(replace(replace($4, '\', '\\'), '%', '\%'), '_', '\_') || '%' OFFSET 0) s
    JOIN videos v ON v.id = s.video_id";
const POSTGRES_IN_TEXT: &str =
    "AND EXISTS (SELECT 1 FROM video_search s WHERE s.video_id = v.id AND strpos(s.text, $4) > 0)";

/// A kind of search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Search {
    kind: ScopeKind,
    shorts: Shorts,
    /// The text is long enough for the index.
    is_indexed: bool,
}

/// The statements of each search in each order, without and with a cursor, with shorts and all. In them `$1` and `$2` are the cursor's key
/// and id, `$3` is the scope's user, `$4` the text in lower case, `$5` and `$6` are the limit and the offset.
static STATEMENTS: LazyLock<HashMap<(Search, Order, bool), Sql>> = LazyLock::new(|| {
    let keys = Search::all().flat_map(|search| Order::all().map(move |order| (search, order)));
    let keys = keys.flat_map(|(search, order)| [false, true].map(|has_cursor| (search, order, has_cursor)));
    keys.map(|key| (key, key.0.rows(key.1, key.2).leaked())).collect()
});
static COUNTS: LazyLock<HashMap<Search, Sql>> =
    LazyLock::new(|| Search::all().map(|search| (search, search.count().leaked())).collect());

/// Returns a page of the matches of a text in lower case. `name` is the order's in cursors.
pub async fn find(
    db: &Db,
    scope: Scope,
    (order, name): (Order, &str),
    text: &str,
    page: &PageRequest,
) -> Result<Found, Error> {
    let search =
        Search { kind: scope.kind, shorts: scope.shorts, is_indexed: text.chars().count() >= INDEXED_CHARS_MIN };
    let (key, id) = order.cursor(name, page)?.unzip();
    let mut rows = Vec::new();
    if page.offset() < MATCHES_MAX {
        let sql = STATEMENTS.get(&(search, order, id.is_some())).cloned();
        let sql = sql.unwrap_or_else(|| search.rows(order, id.is_some()));
        let key = key.map_or(Arg::Int(None), Arg::from);
        rows = db.all(sql, args![key, id, scope.user, text, page.rows(), page.offset()]).await?;
    }
    if let Some(total) = page.total_of_last(rows.len()) {
        return Ok(Found { rows, total: total.min(MATCHES_MAX) });
    }
    let sql = COUNTS.get(&search).cloned().unwrap_or_else(|| search.count());
    let unused: Option<i64> = None;
    let (total,) = db.one(sql, args![unused, unused, scope.user, text]).await?;
    Ok(Found { rows, total })
}

impl Search {
    fn all() -> impl Iterator<Item = Self> {
        ScopeKind::ALL
            .into_iter()
            .flat_map(|kind| [true, false].map(|is_indexed| Self { kind, shorts: Shorts::Included, is_indexed }))
    }

    /// Says whether SQLite walks its index from the newest match. A channel has few videos, whose texts are read instead.
    const fn walks_index(self) -> bool {
        self.is_indexed && matches!(self.kind, ScopeKind::Published | ScopeKind::Subscribed)
    }

    fn condition(self) -> Sql {
        Sql::from(self.kind.condition()).then(self.shorts.condition())
    }

    const fn from(self) -> Sql {
        Sql::pair(if self.walks_index() { INDEX } else { "FROM videos v" }, "FROM videos v")
    }

    const fn contains(self) -> Sql {
        let sqlite = if self.walks_index() { INDEX_MATCHES } else { IN_TEXT };
        Sql::pair(sqlite, if self.is_indexed { POSTGRES_MATCHES } else { POSTGRES_IN_TEXT })
    }

    /// Returns the column that matches by time are sorted by.
    const fn place(self) -> Sql {
        Sql::pair(
            if self.walks_index() { "i.rowid AS place" } else { "v.created_at AS place" },
            "v.created_at AS place",
        )
    }

    fn by_time(self, order: Order, has_cursor: bool) -> Sql {
        if !self.walks_index() {
            let after = if has_cursor { order.after() } else { "".into() };
            return after.then(order.by());
        }
        let after = match (has_cursor, order.ascending) {
            (false, _) => "".into(),
            (true, false) => Sql::pair("AND i.rowid < $1", "AND (v.created_at, v.id) < ($1, $2)"),
            (true, true) => Sql::pair("AND i.rowid > $1", "AND (v.created_at, v.id) > ($1, $2)"),
        };
        after.then(if order.ascending {
            Sql::pair("ORDER BY i.rowid", "ORDER BY v.created_at, v.id")
        } else {
            Sql::pair("ORDER BY i.rowid DESC", "ORDER BY v.created_at DESC, v.id DESC")
        })
    }

    fn rows(self, order: Order, has_cursor: bool) -> Sql {
        let select = self.kind.select().then(",");
        let owner = "JOIN users o ON o.id = v.owner_id";
        let page = "LIMIT CAST($5 AS BIGINT) OFFSET CAST($6 AS BIGINT)";
        if order.is_by_time() {
            let matches = select.then(self.place()).then(self.from()).then(owner).then(self.condition());
            return matches.then(self.contains()).then(self.by_time(order, has_cursor)).then(page);
        }
        let newest = Sql::from("SELECT v.id,").then(self.place()).then(self.from()).then(self.condition());
        let newest = newest.then(self.contains()).then(self.by_time(Order::NEWEST_FIRST, false)).then(NEWEST_MATCHES);
        // A cross join keeps SQLite from looking up a thousand matches for each video.
        let sorted = select.then("matches.place FROM (").then(newest).then(") matches CROSS JOIN videos v").then(owner);
        let after = if has_cursor { order.after() } else { "".into() };
        sorted.then("WHERE v.id = matches.id").then(after).then(order.by()).then(page)
    }

    fn count(self) -> Sql {
        let (index, matches) = if self.walks_index() { (INDEX, INDEX_MATCHES) } else { ("FROM videos v", IN_TEXT) };
        let (from, contains) = if self.is_indexed {
            (Sql::pair(index, POSTGRES_INDEX), Sql::pair(matches, ""))
        } else {
            (self.from(), self.contains())
        };
        let matches = Sql::from("SELECT 1").then(from).then(self.condition()).then(contains).then(NEWEST_MATCHES);
        Sql::from("SELECT COUNT(*) FROM (").then(matches).then(") matches")
    }
}
