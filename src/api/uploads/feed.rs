//! A multipart body on its way to the parser.
//!
//! The parser reads all it can get, and buffers it until it has seen the whole head of a part. So it gets one chunk at
//! a time, only once it can do nothing with what it has, and none after it has buffered too much without any progress.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;

const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// More than any head of a part, or anything before the first one, needs.
const KEPT_BYTES_MAX: usize = 256 * 1024;

/// Bytes that the parser has buffered since its last progress.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<State>);

#[derive(Debug, Default)]
struct State {
    bytes: AtomicUsize,
    /// The parser is to look at what it has first.
    pauses: AtomicBool,
}

impl Kept {
    /// Must be called whenever the parser has made progress.
    pub fn reset(&self) {
        self.0.bytes.store(0, Ordering::Relaxed);
        self.0.pauses.store(true, Ordering::Relaxed);
    }
}

/// Wraps a body for its parser.
pub fn feed(body: Body) -> (Body, Kept) {
    let kept = Kept::default();
    let feed = Feed { body: body.into_data_stream(), rest: Bytes::new(), kept: kept.clone(), ended: false };
    (Body::from_stream(feed), kept)
}

struct Feed {
    body: BodyDataStream,
    rest: Bytes,
    kept: Kept,
    ended: bool,
}

impl Stream for Feed {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.kept.0.pauses.swap(false, Ordering::Relaxed) {
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
        if self.kept.0.bytes.fetch_add(chunk.len(), Ordering::Relaxed) > KEPT_BYTES_MAX {
            self.ended = true;
            return Poll::Ready(Some(Err(Error::new("the headers of a part are too long"))));
        }
        self.kept.0.pauses.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Ok(chunk)))
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::{FromRequest, Multipart, Request};
    use axum::http::header;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn the_parser_gets_no_more_while_it_can_go_on() {
        const PIECE_BYTES: usize = 4096;
        let part = "--b\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"\"\r\n\r\n\r\n";
        let body = part.repeat(4000).into_bytes();
        let pulled = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&pulled);
        let pieces = body.chunks(PIECE_BYTES).map(|piece| Ok::<_, Error>(piece.to_vec())).collect::<Vec<_>>();
        let body = Body::from_stream(stream::iter(pieces.into_iter().inspect(move |piece| {
            counted.fetch_add(piece.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
        })));
        let (body, kept) = feed(body);
        let request = Request::builder().header(header::CONTENT_TYPE, "multipart/form-data; boundary=b").body(body);
        let mut multipart = Multipart::from_request(request.unwrap(), &()).await.unwrap();
        for number in 1..3000 {
            assert!(multipart.next_field().await.unwrap().is_some());
            kept.reset();
            let buffered = pulled.load(Ordering::Relaxed) - (number - 1) * part.len();
            assert!(buffered <= 3 * PIECE_BYTES, "{buffered} bytes are buffered at part {number}");
        }
    }
}
