//! Rows on their way into a statement: as JSON, for as many as there are.

use serde::Serialize;

use crate::db::Sql;

pub fn json(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// The rows of a JSON array of arrays: a video, a viewer or user, a number and whether the viewer is a user.
pub const ROWS: Sql = Sql::pair(
    "(SELECT unhex(value ->> 0) AS video_id, unhex(value ->> 1) AS viewer, CAST(value ->> 2 AS BIGINT) AS number,
             CAST(value ->> 3 AS BIGINT) AS by_user
      FROM json_each($1)) w",
    "(SELECT decode(value ->> 0, 'hex') AS video_id, decode(value ->> 1, 'hex') AS viewer,
             CAST(value ->> 2 AS BIGINT) AS number, CAST(value ->> 3 AS BIGINT) AS by_user
      FROM json_array_elements(CAST($1 AS json)) AS given(value)) w",
);
/// The rows of a JSON array of arrays: a video and a number.
pub const NUMBERS: Sql = Sql::pair(
    "(SELECT unhex(value ->> 0) AS video_id, CAST(value ->> 1 AS BIGINT) AS number FROM json_each($1)) w",
    "(SELECT decode(value ->> 0, 'hex') AS video_id, CAST(value ->> 1 AS BIGINT) AS number
      FROM json_array_elements(CAST($1 AS json)) AS given(value)) w",
);
/// The elements of a JSON array, each a `value`.
pub const GIVEN: Sql = Sql::pair("json_each($1)", "json_array_elements(CAST($1 AS json)) AS given(value)");
pub const BYTES_0: Sql = Sql::pair("unhex(value ->> 0)", "decode(value ->> 0, 'hex')");
pub const BYTES_1: Sql = Sql::pair("unhex(value ->> 1)", "decode(value ->> 1, 'hex')");
pub const BYTES_2: Sql = Sql::pair("unhex(value ->> 2)", "decode(value ->> 2, 'hex')");
pub const BYTES_3: Sql = Sql::pair("unhex(value ->> 3)", "decode(value ->> 3, 'hex')");
/// A row of [`ROWS`].
pub type Row = (String, String, i64, u8);
