//! Lists as arguments of statements: JSON arrays, which both databases read as rows.

use serde::Serialize;

use crate::db::Sql;

/// The texts of `$1`, as rows `g` with a `value`.
pub const TEXTS: Sql = Sql::pair(
    "(SELECT value FROM json_each($1)) g",
    "(SELECT value FROM json_array_elements_text(CAST($1 AS json)) AS given(value)) g",
);

/// The ids of `$1`, as rows `g` with a `value`.
pub const IDS: Sql = Sql::pair(
    "(SELECT unhex(value) AS value FROM json_each($1)) g",
    "(SELECT decode(value, 'hex') AS value FROM json_array_elements_text(CAST($1 AS json)) AS given(value)) g",
);

/// Compares a number with those of `$1`. As an array, for the reason of [`Sql::IN_LIST`].
pub const ONE_OF_NUMBERS: Sql = Sql::pair(
    "IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
    "= ANY (ARRAY (SELECT CAST(json_array_elements_text(CAST($1 AS json)) AS BIGINT)))",
);

/// The numbers of `$1`, as rows `g` with a `value`.
pub const NUMBERS: Sql = Sql::pair(
    "(SELECT CAST(value AS BIGINT) AS value FROM json_each($1)) g",
    "(SELECT CAST(value AS BIGINT) AS value FROM json_array_elements_text(CAST($1 AS json)) AS given(value)) g",
);

pub fn json<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).unwrap_or_default()
}
