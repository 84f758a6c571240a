//! SQL texts: composed of literals of this program only, never of user input.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

use super::Arg;

pub type Observer = Arc<dyn Fn(&Sql, &[Arg]) + Send + Sync>;

/// Made of `&'static str` only: the type system keeps user input out of SQL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sql {
    sqlite: Cow<'static, str>,
    postgres: Cow<'static, str>,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::pair(text, text)
    }
}

impl Sql {
    /// Compares an id with those in `$1`, a JSON array. PostgreSQL guesses that a set has 100 rows and would rather read the
    /// whole table; an array it looks up.
    pub const IN_LIST: Self = Self::pair(
        "IN (SELECT unhex(value) FROM json_each($1))",
        "= ANY (ARRAY (SELECT decode(value, 'hex') FROM json_array_elements_text(CAST($1 AS json))))",
    );

    /// Joins the rows of a table that fit each row before it, found by an index: the condition has to compare all its
    /// columns. PostgreSQL could otherwise choose to read everything, when it does not know yet how many rows have a value
    /// that is new.
    #[must_use]
    pub fn look_up(table: &'static str, alias: &'static str, condition: &'static str) -> Self {
        Self::pair("CROSS JOIN", "CROSS JOIN LATERAL (SELECT * FROM")
            .then(table)
            .then(alias)
            .then(Self::pair("ON", "WHERE"))
            .then(condition)
            .then(Self::pair("", "OFFSET 0)"))
            .then(Self::pair("", alias))
    }

    /// For the exception: a statement that differs between the engines.
    #[must_use]
    pub const fn pair(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite: Cow::Borrowed(sqlite), postgres: Cow::Borrowed(postgres) }
    }

    #[must_use]
    pub fn then(mut self, next: impl Into<Self>) -> Self {
        let next = next.into();
        for (text, more) in [(&mut self.sqlite, next.sqlite), (&mut self.postgres, next.postgres)] {
            let text = text.to_mut();
            text.push(' ');
            text.push_str(&more);
        }
        self
    }

    /// Keeps the text for the life of the process, so that copies are free: for a statement that is put together once.
    #[must_use]
    pub fn leaked(self) -> Self {
        let leak = |text: Cow<'static, str>| match text {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => &*text.leak(),
        };
        Self::pair(leak(self.sqlite), leak(self.postgres))
    }

    /// SQLite's write transactions run one at a time anyway.
    #[must_use]
    pub fn for_update(self) -> Self {
        self.then(Self::pair("", "FOR UPDATE"))
    }

    #[must_use]
    pub fn for_update_of(self, tables: &'static str) -> Self {
        self.for_update().then(Self::pair("", "OF")).then(Self::pair("", tables))
    }

    pub(super) fn exists(rows: impl Into<Self>) -> Self {
        Self::from("SELECT CAST(1 AS BIGINT)").then(rows)
    }

    #[must_use]
    pub fn sqlite_text(&self) -> &str {
        &self.sqlite
    }

    #[must_use]
    pub fn postgres_text(&self) -> &str {
        &self.postgres
    }

    pub(super) fn postgres(&self) -> AssertSqlSafe<Cow<'static, str>> {
        AssertSqlSafe(self.postgres.clone())
    }
}
