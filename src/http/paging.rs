//! Paging: by number, as the clients know it, and by cursor, which is as quick on page 10,000 as on page 1.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Query;
use super::reply::{Reply, X_NEXT_CURSOR, X_TOTAL_COUNT};
use crate::db::Arg;
use crate::error::Error;
use crate::id::{Id, IdKind};

const LIMIT_DEFAULT: i64 = 10;
const LIMIT_MAX: i64 = 100;
const ARRAY_LIMIT_MAX: i64 = 1000;

/// The name in cursors of the order by time, newest first.
const BY_TIME: &str = "time";

/// The query parameters of every list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Page number, from 1.
    #[param(value_type = Option<i64>, minimum = 1, example = 1)]
    page: Option<String>,
    /// Entries per page; larger values are reduced to the maximum.
    #[param(value_type = Option<i64>, minimum = 1, example = 10)]
    limit: Option<String>,
    /// Cursor from the previous response (`nextCursor`, or the header `X-Next-Cursor`); overrides `page`.
    cursor: Option<String>,
}

/// A page of a list, with the keys of mongoose-aggregate-paginate-v2.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries of this page.
    pub docs: Vec<T>,
    /// Entries on all pages.
    pub total_docs: i64,
    /// Entries per page.
    pub limit: i64,
    /// Number of this page, from 1.
    pub page: i64,
    /// Number of pages, at least 1.
    pub total_pages: i64,
    /// Number of this page's first entry, from 1.
    pub paging_counter: i64,
    /// Whether a previous page exists.
    pub has_prev_page: bool,
    /// Whether a next page exists.
    pub has_next_page: bool,
    /// Number of the previous page.
    pub prev_page: Option<i64>,
    /// Number of the next page.
    pub next_page: Option<i64>,
    /// Pass this as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// The value of the column a list is sorted by, in the last row of the page before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortKey {
    Int(i64),
    Float(f64),
    Text(String),
}

impl From<SortKey> for Arg {
    fn from(key: SortKey) -> Self {
        match key {
            SortKey::Int(value) => value.into(),
            SortKey::Float(value) => value.into(),
            SortKey::Text(value) => value.into(),
        }
    }
}

/// A cursor as clients hold it: the list and order it belongs to, the number of the page it leads to, and the sort key
/// and the id of the last row before that page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CursorToken(String, i64, SortKey, String);

/// Validated paging parameters of a list that replies with a [`Page`].
#[derive(Clone, Debug)]
pub struct PageRequest {
    limit: i64,
    page: i64,
    /// The list's path: its cursors are valid nowhere else.
    list: String,
    cursor: Option<CursorToken>,
}

/// Validated paging parameters of a list that replies with a plain array: all of it, unless less is asked for.
#[derive(Clone, Debug)]
pub struct ArrayRequest(PageRequest);

/// The last row before the page.
#[derive(Clone, Debug)]
pub struct Cursor<K> {
    pub key: SortKey,
    pub id: Id<K>,
}

/// Bounds of a page in a list by time, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Keyset<K> {
    pub time: i64,
    pub id: Id<K>,
    pub limit: i64,
    pub offset: i64,
}

impl<S: Send + Sync> FromRequestParts<S> for PageRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        query.validate(parts.uri.path(), LIMIT_DEFAULT, LIMIT_MAX)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ArrayRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        query.validate(parts.uri.path(), ARRAY_LIMIT_MAX, ARRAY_LIMIT_MAX).map(Self)
    }
}

impl PageQuery {
    fn validate(&self, list: &str, limit_default: i64, limit_max: i64) -> Result<PageRequest, Error> {
        let page = positive("page", self.page.as_deref(), 1)?;
        let limit = positive("limit", self.limit.as_deref(), limit_default)?.min(limit_max);
        let cursor = match self.cursor.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(CursorToken::decode(text).ok_or_else(invalid_cursor)?),
        };
        let page = cursor.as_ref().map_or(page, |cursor| cursor.1);
        Ok(PageRequest { limit, page, list: list.to_owned(), cursor })
    }
}

fn invalid_cursor() -> Error {
    Error::field("cursor", "Invalid cursor: use a nextCursor of the same list in the same order")
}

/// Reads a positive whole number from the query.
pub fn positive(field: &str, text: Option<&str>, default: i64) -> Result<i64, Error> {
    match text.map(str::trim) {
        None | Some("") => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(Error::field(field, format!("{field} must be a positive whole number"))),
        },
    }
}

impl CursorToken {
    fn decode(text: &str) -> Option<Self> {
        let cursor: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        // No text of ours has a NUL, and PostgreSQL takes none.
        let has_nul = matches!(&cursor.2, SortKey::Text(text) if text.contains('\0'));
        (cursor.1 > 0 && !has_nul).then_some(cursor)
    }

    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl PageRequest {
    /// Returns the cursor, if the request has one. A cursor of another list or order is a 400.
    pub fn cursor<K: IdKind>(&self, order: &str) -> Result<Option<Cursor<K>>, Error> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        if cursor.0 != self.scope(order) {
            return Err(invalid_cursor());
        }
        let id = cursor.3.parse().map_err(|_| invalid_cursor())?;
        Ok(Some(Cursor { key: cursor.2.clone(), id }))
    }

    /// Returns the page's bounds in a list by time. A cursor of another list is a 400.
    pub fn keyset<K: IdKind>(&self) -> Result<Keyset<K>, Error> {
        let (time, id) = match self.cursor(BY_TIME)? {
            None => (i64::MAX, Id::greatest()),
            Some(Cursor { key: SortKey::Int(time), id }) => (time, id),
            Some(_) => return Err(invalid_cursor()),
        };
        Ok(Keyset { time, id, limit: self.rows(), offset: self.offset() })
    }

    /// SQL's OFFSET. A cursor needs none.
    pub fn offset(&self) -> i64 {
        if self.cursor.is_some() { 0 } else { (self.page - 1).saturating_mul(self.limit) }
    }

    /// SQL's LIMIT: one row more than the page has, to know whether there is a next page.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// Returns how many entries are on all pages, if the page of so many [`Self::rows`] is the last and not empty.
    pub fn total_of_last(&self, rows: usize) -> Option<i64> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let is_known = self.cursor.is_none() && rows <= self.limit && (rows > 0 || self.page == 1);
        is_known.then(|| self.offset().saturating_add(rows))
    }

    /// Makes the reply of a list by time from up to [`Self::rows`] rows. `position` is a row's time and id.
    pub fn reply<R, T, K>(
        &self,
        rows: Vec<R>,
        total: i64,
        position: impl Fn(&R) -> (i64, Id<K>),
        shape: impl FnMut(R) -> T,
        message: &'static str,
    ) -> Reply<Page<T>> {
        self.reply_in_order(BY_TIME, rows, total, int_key(position), shape, message)
    }

    /// Like [`Self::reply`], for a list in another order.
    pub fn reply_in_order<R, T, K>(
        &self,
        order: &str,
        mut rows: Vec<R>,
        total: i64,
        position: impl Fn(&R) -> (SortKey, Id<K>),
        shape: impl FnMut(R) -> T,
        message: &'static str,
    ) -> Reply<Page<T>> {
        let next_cursor = self.truncate(&mut rows, order, position);
        Reply::ok(self.envelope(rows.into_iter().map(shape).collect(), total, next_cursor), message)
    }

    /// Cuts the page out of a list that is there in whole, the greatest first, and returns it with the cursor of the next
    /// one.
    pub fn slice<R: Clone, K: IdKind>(
        &self,
        order: &str,
        list: &[R],
        place: impl Fn(&R) -> (i64, Id<K>),
    ) -> Result<(Vec<R>, Option<String>), Error> {
        let rows = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        let mut rows: Vec<R> = match self.cursor::<K>(order)? {
            Some(Cursor { key: SortKey::Int(key), id }) => {
                let is_after = |row: &&R| {
                    let (key_of_row, id_of_row) = place(row);
                    (key_of_row, id_of_row.as_bytes()) < (key, id.as_bytes())
                };
                list.iter().filter(is_after).take(rows).cloned().collect()
            }
            Some(_) => Vec::new(),
            None => {
                let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
                list.iter().skip(offset).take(rows).cloned().collect()
            }
        };
        let next_cursor = self.truncate(&mut rows, order, int_key(place));
        Ok((rows, next_cursor))
    }

    /// Removes the row that belongs to the next page, and returns that page's cursor.
    pub fn truncate<R, K>(
        &self,
        rows: &mut Vec<R>,
        order: &str,
        position: impl Fn(&R) -> (SortKey, Id<K>),
    ) -> Option<String> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        let (key, id) = position(rows.last()?);
        Some(CursorToken(self.scope(order), self.page.saturating_add(1), key, id.to_string()).encode())
    }

    /// Returns the list and order that a cursor is valid for.
    fn scope(&self, order: &str) -> String {
        format!("{} {order}", self.list)
    }

    /// Makes a page of its entries.
    pub fn envelope<T>(&self, docs: Vec<T>, total_docs: i64, next_cursor: Option<String>) -> Page<T> {
        let total_pages = total_docs.div_euclid(self.limit) + i64::from(total_docs.rem_euclid(self.limit) > 0);
        let total_pages = total_pages.max(1);
        let has_prev_page = self.page > 1;
        let has_next_page = if self.cursor.is_some() { next_cursor.is_some() } else { self.page < total_pages };
        Page {
            docs,
            total_docs,
            limit: self.limit,
            page: self.page,
            total_pages,
            paging_counter: (self.page - 1).saturating_mul(self.limit).saturating_add(1),
            has_prev_page,
            has_next_page,
            prev_page: has_prev_page.then(|| self.page - 1),
            next_page: has_next_page.then(|| self.page.saturating_add(1)),
            next_cursor,
        }
    }
}

fn int_key<R, K>(position: impl Fn(&R) -> (i64, Id<K>)) -> impl Fn(&R) -> (SortKey, Id<K>) {
    move |row| {
        let (time, id) = position(row);
        (SortKey::Int(time), id)
    }
}

impl ArrayRequest {
    /// Returns the parameters, for a list inside of an object.
    pub fn page(&self) -> &PageRequest {
        &self.0
    }

    /// As [`PageRequest::keyset`].
    pub fn keyset<K: IdKind>(&self) -> Result<Keyset<K>, Error> {
        self.0.keyset()
    }

    /// Makes the reply of a list by time: the array, with the total and the next cursor as headers.
    pub fn reply<R, T, K>(
        &self,
        mut rows: Vec<R>,
        total: i64,
        position: impl Fn(&R) -> (i64, Id<K>),
        shape: impl FnMut(R) -> T,
        message: &'static str,
    ) -> Reply<Vec<T>> {
        let next_cursor = self.0.truncate(&mut rows, BY_TIME, int_key(position));
        let docs = rows.into_iter().map(shape).collect();
        let reply = Reply::ok(docs, message).header(X_TOTAL_COUNT, HeaderValue::from(total));
        match next_cursor.map(HeaderValue::try_from) {
            Some(Ok(cursor)) => reply.header(X_NEXT_CURSOR, cursor),
            _ => reply,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::VideoId;

    fn request(page: &str, limit: &str) -> Result<PageRequest, Error> {
        let text = |text: &str| Some(text.to_owned());
        PageQuery { page: text(page), limit: text(limit), cursor: None }.validate("/list", LIMIT_DEFAULT, LIMIT_MAX)
    }

    #[test]
    fn pages_count_as_mongoose_does() {
        let page = request("2", "10").unwrap().envelope(vec![(); 3], 13, None);
        assert_eq!((page.total_pages, page.paging_counter), (2, 11));
        assert_eq!((page.prev_page, page.next_page), (Some(1), None));
        let empty = request("", "").unwrap().envelope(Vec::<()>::new(), 0, None);
        assert_eq!((empty.total_pages, empty.page, empty.limit, empty.paging_counter), (1, 1, 10, 1));
    }

    #[test]
    fn far_pages_do_not_overflow() {
        let request = request("9223372036854775807", "100").unwrap();
        assert_eq!(request.offset(), i64::MAX);
        assert!(request.envelope(Vec::<()>::new(), 5, None).has_prev_page);
    }

    #[test]
    fn only_positive_whole_numbers_are_pages() {
        for text in ["0", "-1", "1.5", "x", "9223372036854775808"] {
            assert!(request(text, "10").is_err(), "{text}");
            assert!(request("1", text).is_err(), "{text}");
        }
        assert_eq!(request("1", "5000").unwrap().limit, LIMIT_MAX);
    }

    proptest! {
        #[test]
        fn cursors_come_back_as_they_went(page in 1..i64::MAX, time: i64, text in ".*", bytes: [u8; 12]) {
            let id = VideoId::from_bytes(bytes).to_string();
            for key in [SortKey::Int(time), SortKey::Text(text.replace('\0', ""))] {
                let cursor = CursorToken("order".to_owned(), page, key, id.clone());
                prop_assert_eq!(CursorToken::decode(&cursor.encode()), Some(cursor));
            }
        }

        #[test]
        fn no_cursor_makes_the_reader_panic(text in ".*") {
            let _ = CursorToken::decode(&text);
        }
    }
}
