//! The values bound to a statement's `$1`, `$2`, …

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
