//! Reading the rows of a result.

use sqlx::{Decode, Postgres, Row as _, TypeInfo as _, ValueRef as _};

use super::Error;
use crate::id::{Id, IdKind};

/// Read from a row: a struct by the names of the columns (derive it), a tuple by their order.
pub trait Record: Sized + Send + 'static {
    /// Adds the names of the columns, in the order in which [`Record::read`] takes them; none for a tuple.
    fn columns(names: &mut Vec<&'static str>);

    /// Reads one row.
    ///
    /// # Errors
    /// [`Error::Backend`] for a value of another type.
    fn read(row: &mut Row<'_>) -> Result<Self, Error>;
}

/// A value of a column, as the engine has it.
#[derive(Clone, Copy, Debug)]
pub enum Value<'r> {
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(&'r str),
    Bytes(&'r [u8]),
}

/// What can be a column's value. Conversions lose nothing: a value of another type is an error.
pub trait FromValue: Sized {
    /// # Errors
    /// Says what the value would have to be.
    fn from_value(value: Value<'_>) -> Result<Self, String>;
}

macro_rules! from_value {
    ($($type:ty = $expected:literal { $($pattern:pat => $result:expr),+ $(,)? })+) => {$(
        impl FromValue for $type {
            fn from_value(value: Value<'_>) -> Result<Self, String> {
                match value {
                    $($pattern => Ok($result),)+
                    _ => Err($expected.to_owned()),
                }
            }
        }
    )+};
}

from_value! {
    i64 = "an integer" { Value::Int(value) => value }
    f64 = "a number" { Value::Float(value) => value }
    // SQLite's booleans are integers.
    bool = "a boolean" { Value::Bool(value) => value, Value::Int(0) => false, Value::Int(1) => true }
    String = "a text" { Value::Text(value) => value.to_owned() }
    Vec<u8> = "bytes" { Value::Bytes(value) => value.to_vec() }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<K: IdKind> FromValue for Id<K> {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        let Value::Bytes(bytes) = value else { return Err("an id".to_owned()) };
        let bytes = bytes.try_into().map_err(|_| format!("an id, not {} bytes", bytes.len()))?;
        Ok(Self::from_bytes(bytes))
    }
}

macro_rules! tuple_record {
    ($($type:ident),+) => {
        impl<$($type: FromValue + Send + 'static),+> Record for ($($type,)+) {
            fn columns(_names: &mut Vec<&'static str>) {}

            fn read(row: &mut Row<'_>) -> Result<Self, Error> {
                Ok(($(row.take::<$type>()?,)+))
            }
        }
    };
}

tuple_record!(A);
tuple_record!(A, B);
tuple_record!(A, B, C);
tuple_record!(A, B, C, D);

/// A row that is being read.
pub struct Row<'r> {
    source: Source<'r>,
    layout: &'r Layout,
    taken: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Source<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r sqlx::postgres::PgRow),
}

/// Which columns of a result are the fields of a record. Found once for all its rows.
pub(super) struct Layout {
    /// `None`: in the order of the columns.
    positions: Option<Vec<usize>>,
}

impl Layout {
    /// Finds the fields of `T` in a result with these columns.
    pub fn of<'c, T: Record>(columns: impl FnOnce() -> Vec<&'c str>) -> Result<Self, Error> {
        let mut fields = Vec::new();
        T::columns(&mut fields);
        if fields.is_empty() {
            return Ok(Self { positions: None });
        }
        let columns = columns();
        let mut positions = Vec::with_capacity(fields.len());
        for (index, field) in fields.into_iter().enumerate() {
            // Statements mostly name the columns in the order of the fields.
            let position = if columns.get(index) == Some(&field) {
                index
            } else {
                let found = columns.iter().position(|column| *column == field);
                found.ok_or_else(|| Error::Backend(format!("the result has no column {field}").into()))?
            };
            positions.push(position);
        }
        Ok(Self { positions: Some(positions) })
    }

    pub fn read<T: Record>(&self, source: Source<'_>) -> Result<T, Error> {
        T::read(&mut Row { source, layout: self, taken: 0 })
    }
}

impl Row<'_> {
    /// Takes the value of the next field.
    pub fn take<T: FromValue>(&mut self) -> Result<T, Error> {
        let field = self.taken;
        self.taken += 1;
        let position = match &self.layout.positions {
            None => Some(field),
            Some(positions) => positions.get(field).copied(),
        };
        let value = position.ok_or_else(|| "no such column".to_owned()).and_then(|at| self.source.value(at));
        value
            .and_then(|value| {
                T::from_value(value).map_err(|expected| format!("{} instead of {expected}", value.kind()))
            })
            .map_err(|fault| Error::Backend(format!("field {}: {fault}", self.source.name(position)).into()))
    }
}

impl<'r> Source<'r> {
    fn value(self, position: usize) -> Result<Value<'r>, String> {
        match self {
            Self::Sqlite(row) => sqlite_value(row, position),
            Self::Postgres(row) => postgres_value(row, position),
        }
    }

    fn name(self, position: Option<usize>) -> String {
        let name = position.and_then(|position| match self {
            Self::Sqlite(row) => row.as_ref().column_name(position).ok(),
            Self::Postgres(row) => row.columns().get(position).map(sqlx::Column::name),
        });
        name.unwrap_or("?").to_owned()
    }
}

fn sqlite_value<'r>(row: &'r rusqlite::Row<'_>, position: usize) -> Result<Value<'r>, String> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(position).map_err(|error| error.to_string())? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(value) => Value::Text(std::str::from_utf8(value).map_err(|error| error.to_string())?),
        ValueRef::Blob(value) => Value::Bytes(value),
    })
}

fn postgres_value(row: &sqlx::postgres::PgRow, position: usize) -> Result<Value<'_>, String> {
    let value = row.try_get_raw(position).map_err(|error| error.to_string())?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    let kind = value.type_info();
    match kind.name() {
        "INT8" => <i64 as Decode<Postgres>>::decode(value).map(Value::Int),
        "FLOAT8" => <f64 as Decode<Postgres>>::decode(value).map(Value::Float),
        "BOOL" => <bool as Decode<Postgres>>::decode(value).map(Value::Bool),
        "TEXT" | "VARCHAR" => <&str as Decode<Postgres>>::decode(value).map(Value::Text),
        "BYTEA" => <&[u8] as Decode<Postgres>>::decode(value).map(Value::Bytes),
        other => return Err(format!("the type {other} is none of this program's")),
    }
    .map_err(|error| error.to_string())
}

impl Value<'_> {
    /// Says what it is, and not its content, which may be secret.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a floating-point number",
            Self::Bool(_) => "a boolean",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options, args};
    use crate::id::UserId;

    #[derive(Debug, PartialEq, crate::db::Record)]
    struct Film {
        #[record(rename = "film_id")]
        id: UserId,
        #[record(flatten)]
        owner: Owner,
        seconds: f64,
        is_published: bool,
    }

    #[derive(Debug, PartialEq, crate::db::Record)]
    struct Owner {
        name: Option<String>,
    }

    async fn one<T: Record>(sql: &'static str) -> Result<T, Error> {
        let folder = tempfile::tempdir().unwrap();
        let limit = std::time::Duration::from_mins(1);
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let options = Options { url, listen_url: None, connections_max: 1, statement_limit: limit, wait_limit: limit };
        Db::open(&options).await.unwrap().one(sql, args![]).await
    }

    #[tokio::test]
    async fn a_struct_is_read_by_the_names_of_the_columns() {
        let id = UserId::from_bytes(*b"twelve bytes");
        let film = Film { id, owner: Owner { name: None }, seconds: 1.5, is_published: true };
        let in_order = "SELECT x'7477656c7665206279746573' AS film_id, NULL AS name, 1.5 AS seconds, 1 AS is_published";
        assert_eq!(one::<Film>(in_order).await.unwrap(), film);
        let jumbled = "SELECT 1 AS is_published, 7 AS more, NULL AS name, 1.5 AS seconds, CAST('twelve bytes' AS BLOB) AS film_id";
        assert_eq!(one::<Film>(jumbled).await.unwrap(), film);
        let missing = one::<Owner>("SELECT 1 AS title").await.unwrap_err().to_string();
        assert!(missing.contains("no column name"), "{missing}");
    }

    #[tokio::test]
    async fn another_type_is_an_error_that_names_the_column_and_not_the_value() {
        let fault = async |sql| one::<(i64,)>(sql).await.unwrap_err().to_string();
        assert_eq!(fault("SELECT 'secret' AS x").await, "database: field x: a text instead of an integer");
        assert_eq!(fault("SELECT NULL AS x").await, "database: field x: NULL instead of an integer");
        assert_eq!(fault("SELECT 1.0 AS x").await, "database: field x: a floating-point number instead of an integer");
        assert!(one::<(bool,)>("SELECT 2").await.is_err());
        assert!(one::<(UserId,)>("SELECT x'00'").await.is_err());
        assert!(one::<(i64, i64)>("SELECT 1").await.is_err());
    }
}
