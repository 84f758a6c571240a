//! The values bound to a statement's `$1`, `$2`, …

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Arguments, Database, Decode, Encode, Type};

use crate::id::{Id, IdKind};

/// `None` is NULL, and still has a type, which PostgreSQL wants to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    Int(Option<i64>),
    Float(Option<f64>),
    Bool(Option<bool>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! arg_from {
    ($($type:ty => $variant:ident, $value:ident => $into:expr;)+) => {$(
        impl From<$type> for Arg {
            fn from($value: $type) -> Self {
                Self::$variant(Some($into))
            }
        }
        impl From<Option<$type>> for Arg {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|$value| $into))
            }
        }
    )+};
}

arg_from! {
    i64 => Int, value => value;
    f64 => Float, value => value;
    bool => Bool, value => value;
    &str => Text, value => value.to_owned();
    String => Text, value => value;
    &String => Text, value => value.clone();
    &[u8] => Bytes, value => value.to_vec();
    Vec<u8> => Bytes, value => value;
}

impl<K: IdKind> From<Id<K>> for Arg {
    fn from(id: Id<K>) -> Self {
        Self::Bytes(Some(id.as_bytes().to_vec()))
    }
}

impl<K: IdKind> From<Option<Id<K>>> for Arg {
    fn from(id: Option<Id<K>>) -> Self {
        Self::Bytes(id.map(|id| id.as_bytes().to_vec()))
    }
}

#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Arg::from($value)),*] };
}

pub(super) fn bind<DB: Database>(values: Vec<Arg>) -> Result<DB::Arguments, sqlx::Error>
where
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<f64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<bool>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<Vec<u8>>: Encode<'q, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for value in values {
        match value {
            Arg::Int(value) => arguments.add(value),
            Arg::Float(value) => arguments.add(value),
            Arg::Bool(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

// Ids are columns of 12 bytes on both engines.

impl<DB: Database, K: IdKind> Type<DB> for Id<K>
where
    Vec<u8>: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <Vec<u8> as Type<DB>>::type_info()
    }

    fn compatible(other: &DB::TypeInfo) -> bool {
        <Vec<u8> as Type<DB>>::compatible(other)
    }
}

impl<'q, DB: Database, K: IdKind> Encode<'q, DB> for Id<K>
where
    Vec<u8>: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.as_bytes().to_vec().encode(buffer)
    }
}

impl<'r, DB: Database, K: IdKind> Decode<'r, DB> for Id<K>
where
    Vec<u8>: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let bytes = <Vec<u8> as Decode<'r, DB>>::decode(value)?;
        let bytes = bytes.try_into().map_err(|bytes: Vec<u8>| format!("an id of {} bytes", bytes.len()))?;
        Ok(Self::from_bytes(bytes))
    }
}
