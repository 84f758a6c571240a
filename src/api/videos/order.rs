//! The orders that videos are listed in.

use super::shape::VideoSummaryRow;
use crate::db::Sql;
use crate::error::Error;
use crate::http::paging::{Cursor, PageRequest, SortKey};
use crate::id::{VideoId, kind};

/// The columns a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    CreatedAt,
    Views,
    Duration,
    Title,
    Hot,
    Trending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    column: Column,
    pub ascending: bool,
}

impl Column {
    const ALL: [Self; 6] = [Self::CreatedAt, Self::Views, Self::Duration, Self::Title, Self::Hot, Self::Trending];

    const fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "v.created_at",
            Self::Views => "v.views",
            Self::Duration => "v.duration_s",
            Self::Title => "v.title",
            Self::Hot => "v.hot",
            Self::Trending => "v.trending",
        }
    }
}

impl Order {
    pub const NEWEST_FIRST: Self = Self { column: Column::CreatedAt, ascending: false };
    /// What is not trending comes by age: ids begin with the time.
    pub const TRENDING_FIRST: Self = Self { column: Column::Trending, ascending: false };

    pub fn new(sort_by: Option<&str>, sort_type: Option<&str>) -> Self {
        let column = match sort_by {
            Some("views") => Column::Views,
            Some("duration") => Column::Duration,
            Some("title") => Column::Title,
            Some("hot") => Column::Hot,
            Some("trending") => Column::Trending,
            _ => Column::CreatedAt,
        };
        let ascending = sort_type.is_some_and(|text| text.eq_ignore_ascii_case("asc") || text == "1");
        Self { column, ascending }
    }

    pub fn all() -> impl Iterator<Item = Self> {
        Column::ALL.into_iter().flat_map(|column| [false, true].map(|ascending| Self { column, ascending }))
    }

    pub fn is_by_time(self) -> bool {
        self.column == Column::CreatedAt
    }

    /// Returns the order's name in cursors.
    pub const fn name(self) -> &'static str {
        match (self.column, self.ascending) {
            (Column::CreatedAt, false) => "time",
            (Column::CreatedAt, true) => "time+",
            (Column::Views, false) => "views",
            (Column::Views, true) => "views+",
            (Column::Duration, false) => "duration",
            (Column::Duration, true) => "duration+",
            (Column::Title, false) => "title",
            (Column::Title, true) => "title+",
            (Column::Hot, false) => "hot",
            (Column::Hot, true) => "hot+",
            (Column::Trending, false) => "trending",
            (Column::Trending, true) => "trending+",
        }
    }

    /// Selects the columns that videos `v` are sorted by.
    pub fn select_key(self) -> Sql {
        Sql::from("SELECT").then(self.column.name()).then(", v.id")
    }

    /// Returns the condition that goes on behind a cursor: its key is `$1`, its id `$2`.
    pub fn after(self) -> Sql {
        self.compared(if self.ascending { ">" } else { "<" }).then("($1, $2)")
    }

    /// Returns the condition that goes on from a row with these columns.
    pub fn from(self, row: Sql) -> Sql {
        self.compared(if self.ascending { ">=" } else { "<=" }).then("(").then(row).then(")")
    }

    fn compared(self, operator: &'static str) -> Sql {
        Sql::from("AND (").then(self.column.name()).then(", v.id)").then(operator)
    }

    pub fn by(self) -> Sql {
        let direction = if self.ascending { "" } else { "DESC" };
        Sql::from("ORDER BY").then(self.column.name()).then(direction).then(", v.id").then(direction)
    }

    pub fn key(self, row: &VideoSummaryRow) -> SortKey {
        match self.column {
            Column::CreatedAt => SortKey::Int(row.video.created_at),
            Column::Views => SortKey::Int(row.video.views),
            Column::Duration => SortKey::Float(row.video.duration_s),
            Column::Title => SortKey::Text(row.video.title.clone()),
            Column::Hot => SortKey::Int(row.video.hot),
            Column::Trending => SortKey::Int(row.video.trending),
        }
    }

    /// Returns the cursor of a list in this order, if the request has one. 400 when it is another's.
    pub fn cursor(self, name: &str, page: &PageRequest) -> Result<Option<(SortKey, VideoId)>, Error> {
        let cursor: Option<Cursor<kind::Video>> = page.cursor(name)?;
        match cursor {
            Some(cursor) if !self.fits(&cursor.key) => Err(Error::field("cursor", "Invalid cursor")),
            cursor => Ok(cursor.map(|cursor| (cursor.key, cursor.id))),
        }
    }

    /// Says whether a cursor's key is of the column's type; one that was tampered with may not be.
    fn fits(self, key: &SortKey) -> bool {
        matches!(
            (self.column, key),
            (Column::CreatedAt | Column::Views | Column::Hot | Column::Trending, SortKey::Int(_))
                | (Column::Duration, SortKey::Float(_))
                | (Column::Title, SortKey::Text(_))
        )
    }
}
