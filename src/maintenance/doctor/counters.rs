//! Counters beside the rows they count.

use std::fmt::{self, Display, Formatter};

use super::examination::Examination;
use super::report::{Finding, FindingKind};
use crate::api;
use crate::api::Counter;
use crate::db::{Arg, Db, FromValue, Sql, Value, args};
use crate::error::Error;

/// Rows of which a counter is compared in one statement.
const PAGE: i64 = 1000;

/// The key of a row.
#[derive(Clone, Debug)]
enum Key {
    Id(Vec<u8>),
    Text(String),
}

impl FromValue for Key {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Bytes(id) => Ok(Self::Id(id.to_vec())),
            Value::Text(text) => Ok(Self::Text(text.to_owned())),
            _ => Err("a key".to_owned()),
        }
    }
}

impl From<Key> for Arg {
    fn from(key: Key) -> Self {
        match key {
            Key::Id(id) => id.into(),
            Key::Text(text) => text.into(),
        }
    }
}

impl Display for Key {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => formatter.write_str(&hex::encode(id)),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

/// A counter that is wrong: its value, the right one and its key.
type Wrong = (i64, i64, Key);

pub async fn check(examination: &mut Examination<'_>) -> Result<(), Error> {
    for counter in api::features().flat_map(|feature| feature.counters) {
        let mut suspicions = Vec::new();
        match counter.table() {
            Some(table) => pages(examination, counter, table, &mut suspicions).await?,
            None => suspicions.extend(wrong(examination, counter, "value = value".into(), args![]).await?),
        }
        examination.pause(&suspicions).await;
        for (.., key) in suspicions {
            confirm(examination, counter, key).await?;
        }
        examination.report.checked.counters += 1;
        examination.tell("counters", examination.report.checked.counters);
    }
    Ok(())
}

async fn pages(
    examination: &mut Examination<'_>,
    counter: &Counter,
    table: &'static str,
    suspicions: &mut Vec<Wrong>,
) -> Result<(), Error> {
    let db = &examination.app.db;
    let key = counter.key();
    let keys = Sql::from("SELECT").then(key).then("FROM").then(table);
    let first: Option<(Key,)> = db.optional(keys.clone().then("ORDER BY").then(key).then("LIMIT 1"), args![]).await?;
    let Some((mut first,)) = first else { return Ok(()) };
    let from = Sql::from(key).then(">= $1");
    let next = keys.then("WHERE").then(from.clone()).then("ORDER BY").then(key);
    let next = next.then("LIMIT 1 OFFSET CAST($2 AS BIGINT)");
    loop {
        let last: Option<(Key,)> = db.optional(next.clone(), args![first.clone(), PAGE]).await?;
        let found = match &last {
            Some((last,)) => {
                let rows = from.clone().then("AND").then(key).then("< $2");
                wrong(examination, counter, rows, args![first, last.clone()]).await?
            }
            None => wrong(examination, counter, from.clone(), args![first]).await?,
        };
        for wrong in found {
            examination.suspect(suspicions, wrong);
        }
        let Some((last,)) = last else { return Ok(()) };
        first = last;
    }
}

async fn wrong(
    examination: &Examination<'_>,
    counter: &Counter,
    rows: Sql,
    args: Vec<Arg>,
) -> Result<Vec<Wrong>, Error> {
    Ok(examination.app.db.all(counter.wrong(rows), args).await?)
}

async fn confirm(examination: &mut Examination<'_>, counter: &Counter, key: Key) -> Result<(), Error> {
    let row = Sql::from(counter.key()).then("= $1");
    let found = wrong(examination, counter, row, args![key]).await?.pop();
    let Some((stored, right, key)) = found else { return Ok(()) };
    let outcome = examination.repaired(repair(&examination.app.db, counter, key.clone())).await?;
    let id = match counter.table() {
        Some(_) => format!("{} {key}", counter.name),
        None => counter.name.to_owned(),
    };
    examination.found(Finding::new(FindingKind::WrongCounter, id, format!("{stored} instead of {right}"), outcome));
    Ok(())
}

/// Locks the row first, so that what is counted meanwhile waits until it can be counted in.
async fn repair(db: &Db, counter: &Counter, key: Key) -> Result<bool, Error> {
    let mut tx = db.begin_alone().await?;
    let row = Sql::from("FROM").then(counter.table().unwrap_or("totals")).then("WHERE").then(counter.key());
    if tx.exists(row.then("= $1").for_update(), args![key.clone()]).await? {
        tx.execute(counter.repair_one(), args![key]).await?;
    }
    tx.commit().await?;
    Ok(true)
}
