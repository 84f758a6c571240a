//! Bodies that nobody reads to their end, because the response does not depend on them.
//!
//! A connection that is closed with unread bytes in it is reset, and a client that is still sending then loses the
//! response. So the rest of a body is read and dropped: short ones before the response, since there are clients and
//! proxies that expect no response until they have sent everything, long ones while it is on its way.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a response waits for the rest of its request's body.
const RESPONSE_DELAY_MAX: Duration = Duration::from_secs(2);
/// Limits on the rest of a body. Beyond them the connection is closed.
const REST_BYTES_MAX: usize = 256 * 1024 * 1024;
const REST_LIMIT: Duration = Duration::from_secs(20);
const REST_IDLE_LIMIT: Duration = Duration::from_secs(5);

/// Reads what is left of a request's body once nobody else will.
pub async fn drain_unread(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Reading would ask the client for a body that it holds back.
    let is_coming = !request.headers().contains_key(header::EXPECT);
    let (held, released) = oneshot::channel();
    let request = request.map(|body| Body::new(Drained { body, is_coming, held: Some(held) }));
    let response = next.run(request).await;
    let _ = timeout(RESPONSE_DELAY_MAX, released).await;
    response
}

/// A body whose rest is read when it is dropped.
struct Drained {
    body: Body,
    /// The client sends the body, and has not come to its end.
    is_coming: bool,
    /// Closed when the body has been read or given up.
    held: Option<oneshot::Sender<()>>,
}

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_coming = true;
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.is_coming = matches!(frame, Some(Ok(_))) && !self.body.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if self.is_coming {
            let (rest, held) = (std::mem::take(&mut self.body), self.held.take());
            #[expect(clippy::disallowed_methods, reason = "it ends within its limit, or with its connection")]
            runtime.spawn(async move {
                let _ = timeout(REST_LIMIT, drain(rest)).await;
                drop(held);
            });
        }
    }
}

async fn drain(mut body: Body) {
    let mut left = REST_BYTES_MAX;
    while let Ok(Some(Ok(frame))) = timeout(REST_IDLE_LIMIT, body.frame()).await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
