//! A multipart body on its way to the parser.
//!
//! The parser reads all it can get, and buffers it until it has seen the whole head of a part. So it gets one chunk at
//! a time, and none after it has buffered too much without any progress.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;

const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// More than any head of a part, or anything before the first one, needs.
const KEPT_BYTES_MAX: usize = 256 * 1024;

/// Bytes that the parser has buffered since its last progress.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<AtomicUsize>);

impl Kept {
    /// Must be called whenever the parser has made progress.
    pub fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Wraps a body for its parser.
pub fn feed(body: Body) -> (Body, Kept) {
    let kept = Kept::default();
    let feed =
        Feed { body: body.into_data_stream(), rest: Bytes::new(), kept: kept.clone(), pauses: false, ended: false };
    (Body::from_stream(feed), kept)
}

struct Feed {
    body: BodyDataStream,
    rest: Bytes,
    kept: Kept,
    /// A chunk has just been returned, which the parser is to look at first.
    pauses: bool,
    ended: bool,
}

impl Stream for Feed {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.pauses {
            self.pauses = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => {
                    self.ended = true;
                    return Poll::Ready(end);
                }
            }
        }
        let length = self.rest.len().min(CHUNK_BYTES_MAX);
        let chunk = self.rest.split_to(length);
        if self.kept.0.fetch_add(chunk.len(), Ordering::Relaxed) > KEPT_BYTES_MAX {
            self.ended = true;
            return Poll::Ready(Some(Err(Error::new("the headers of a part are too long"))));
        }
        self.pauses = true;
        Poll::Ready(Some(Ok(chunk)))
    }
}
