//! The interface of a feature to the router, the recount and the deletion of accounts.

use std::pin::Pin;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::db::{Error, Sql, Tx, args};
use crate::id::UserId;
use crate::storage::Storage;

/// A feature, as the router, the recount and the deletion of accounts see it.
pub struct Feature {
    /// The OpenAPI tags it introduces, with their descriptions.
    pub tags: &'static [(&'static str, &'static str)],
    pub routes: fn() -> OpenApiRouter<App>,
    pub counters: &'static [Counter],
    /// Rows whose counters change when an account is deleted: queries of their ids, where `$1` is the user.
    pub counted_on: &'static [(CountedTable, &'static str)],
    pub forget: Forget,
}

impl Feature {
    /// A feature without routes and data, to be completed.
    pub const EMPTY: Self =
        Self { tags: &[], routes: OpenApiRouter::new, counters: &[], counted_on: &[], forget: Forget::Cascade };
}

/// Tables with counters, in the order in which their rows are locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedTable {
    Videos,
    Comments,
    Tweets,
}

impl CountedTable {
    pub const IN_LOCK_ORDER: [Self; 3] = [Self::Videos, Self::Comments, Self::Tweets];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Videos => "videos",
            Self::Comments => "comments",
            Self::Tweets => "tweets",
        }
    }
}

/// Deletes a user's rows and takes them off the counters of other people's rows.
pub enum Forget {
    /// There is nothing to do: the rows have a foreign key to the user that cascades, and nothing counts them.
    Cascade,
    /// Statements, where `$1` is the user.
    Statements(&'static [&'static str]),
    /// Code, for rows that own files.
    Call(for<'a> fn(&'a mut Tx, &'a Storage, UserId) -> Forgetting<'a>),
}

pub type Forgetting<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

impl Forget {
    pub async fn run(&self, tx: &mut Tx, storage: &Storage, user: UserId) -> Result<(), Error> {
        match self {
            Self::Cascade => {}
            Self::Statements(statements) => {
                for statement in *statements {
                    tx.run(*statement, args![user]).await?;
                }
            }
            Self::Call(forget) => forget(tx, storage, user).await?,
        }
        Ok(())
    }
}

/// A column that holds how many rows a query finds.
pub struct Counter {
    pub name: &'static str,
    table: &'static str,
    key: &'static str,
    column: &'static str,
    count: &'static str,
    only: &'static str,
}

impl Counter {
    /// A counter in every row of a table; `count` is the query of its value in one row.
    pub const fn column(name: &'static str, table: &'static str, column: &'static str, count: &'static str) -> Self {
        Self { name, table, key: "id", column, count, only: "" }
    }

    /// A counter in every row of a table whose key is not its id.
    pub const fn keyed(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    /// A number of the whole site; `only` is the condition of its row in `totals`.
    pub const fn total(name: &'static str, only: &'static str, count: &'static str) -> Self {
        Self { name, table: "totals", key: "name", column: "value", count, only }
    }

    /// Returns the table whose rows have it, or `None` if it is a number of the whole site.
    pub const fn table(&self) -> Option<&'static str> {
        if self.only.is_empty() { Some(self.table) } else { None }
    }

    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the query of the rows that are wrong among `rows`, a condition: what they say, what is right, and the key.
    pub fn wrong(&self, rows: Sql) -> Sql {
        let sql = Sql::from("SELECT").then(self.column).then(", (").then(self.count).then("),").then(self.key);
        let sql = sql.then("FROM").then(self.table).then("WHERE").then(rows).then("AND");
        let sql = if self.only.is_empty() { sql } else { sql.then(self.only).then("AND") };
        sql.then(self.column).then("<> (").then(self.count).then(")")
    }

    /// Returns the statement that repairs the row with the key `$1`.
    pub fn repair_one(&self) -> Sql {
        self.repair().then("AND").then(self.key).then("= $1")
    }

    /// Returns the statement that repairs the rows that are wrong.
    pub fn repair(&self) -> Sql {
        let sql = Sql::from("UPDATE").then(self.table).then("SET").then(self.column);
        let sql = sql.then("= (").then(self.count).then(") WHERE");
        let sql = if self.only.is_empty() { sql } else { sql.then(self.only).then("AND") };
        sql.then(self.column).then("<> (").then(self.count).then(")")
    }
}
