//! A client's connection as the HTTP library sees it.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::{SendFlags, send};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::files::is_placeholder;
use super::{Activity, FileSender};

const SEND_FLAGS: SendFlags = SendFlags::MORE.union(SendFlags::NOSIGNAL);

/// Fails when the client reads nothing for too long.
pub struct ClientStream {
    socket: TcpStream,
    files: FileSender,
    activity: Arc<Activity>,
    stall_limit: Duration,
    /// When a write that waits for the client fails.
    deadline: Option<Instant>,
    /// Kept from one wait to the next: setting a timer is dear.
    timer: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    pub fn new(socket: TcpStream, files: FileSender, activity: Arc<Activity>, stall_limit: Duration) -> Self {
        Self { socket, files, activity, stall_limit, deadline: None, timer: None }
    }

    fn poll_with(
        &self,
        context: &mut Context<'_>,
        mut write: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(context))?;
            match self.socket.try_io(Interest::WRITABLE, || write(&self.socket)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Turns a write that has waited for too long into an error.
    fn limit<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.deadline.take().is_some() {
                self.activity.unblock();
            }
            return written;
        }
        let deadline = *self.deadline.get_or_insert_with(|| {
            self.activity.block();
            Instant::now() + self.stall_limit
        });
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // It may have been set for an earlier wait.
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client reads nothing")));
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let in_memory = buffers.iter().take_while(|bytes| !is_placeholder(bytes)).count();
        let written = match buffers.split_at(in_memory) {
            ([], [placeholder, ..]) => {
                self.poll_with(context, |socket| self.files.write_part(socket, placeholder.len()))
            }
            // The head of a response leaves in one packet with the file's first bytes.
            ([head], [_, ..]) => self.poll_with(context, |socket| Ok(send(socket, head, SEND_FLAGS)?)),
            (bytes, _) => Pin::new(&mut self.socket).poll_write_vectored(context, bytes),
        };
        self.limit(context, written)
    }

    /// Without it the HTTP library would copy bodies, and so read placeholders.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
