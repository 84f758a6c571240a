//! Files that the kernel sends from its cache, without a copy in this process (`sendfile`).
//!
//! HTTP libraries know bodies of bytes only. So a part of a file travels through them as a placeholder of its length:
//! bytes that nobody reads, in one place of memory, by which [`super::ClientStream`] recognises them. It sends the part
//! instead. The parts are kept in the order of their placeholders, and a part goes when its placeholder is dropped.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use rustix::fs::sendfile;
use rustix::io::{Errno, ReadWriteFlags, preadv2, retry_on_intr};

/// The longest part: long enough that little is done for each byte.
const PART_BYTES_MAX: usize = 1024 * 1024;
/// Bytes read at a time when a part comes from the disk.
const READ_BYTES: usize = 128 * 1024;

/// Pages that are never touched take no memory.
static PLACEHOLDER: LazyLock<Vec<u8>> = LazyLock::new(|| vec![0; PART_BYTES_MAX]);

/// Marks a response whose body must reach the connection as it is.
#[derive(Clone, Copy, Debug)]
pub struct Uncompressed;

/// Sends files on one connection.
#[derive(Clone, Default)]
pub struct FileSender(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    parts: VecDeque<Part>,
    next: u64,
}

struct Part {
    number: u64,
    file: Arc<File>,
    at: u64,
    left: usize,
}

/// Stands for a part.
struct Placeholder {
    sender: FileSender,
    number: u64,
    length: usize,
}

impl FileSender {
    /// The body with these bytes of a file.
    pub fn send(&self, file: Arc<File>, at: u64, length: u64) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        unfold((self.clone(), file, at, length), |(sender, file, at, left)| async move {
            let length = usize::try_from(left).map_or(PART_BYTES_MAX, |left| left.min(PART_BYTES_MAX));
            if length == 0 {
                return None;
            }
            if let Err(error) = load(&file, at, length).await {
                return Some((Err(error), (sender, file, at, 0)));
            }
            let placeholder = sender.enqueue(Arc::clone(&file), at, length);
            let sent = length as u64;
            Some((Ok(placeholder), (sender, file, at + sent, left - sent)))
        })
    }

    fn enqueue(&self, file: Arc<File>, at: u64, length: usize) -> Bytes {
        let mut queue = self.lock();
        let number = queue.next;
        queue.next += 1;
        queue.parts.push_back(Part { number, file, at, left: length });
        drop(queue);
        Bytes::from_owner(Placeholder { sender: self.clone(), number, length })
    }

    /// Writes as much of the next part as the socket takes. `length` is what is left of its placeholder.
    pub(super) fn write_part(&self, socket: impl AsFd, length: usize) -> io::Result<usize> {
        let mut queue = self.lock();
        let part = queue.parts.front_mut().filter(|part| part.left == length);
        let part = part.ok_or_else(|| io::Error::other("a file's placeholder is not the next one"))?;
        let sent = retry_on_intr(|| sendfile(&socket, &part.file, Some(&mut part.at), part.left))?;
        if sent == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "a stored file is shorter than its row says"));
        }
        part.left -= sent;
        if part.left == 0 {
            queue.parts.pop_front();
        }
        Ok(sent)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsRef<[u8]> for Placeholder {
    fn as_ref(&self) -> &[u8] {
        &PLACEHOLDER[..self.length]
    }
}

impl Drop for Placeholder {
    fn drop(&mut self) {
        self.sender.lock().parts.retain(|part| part.number != self.number);
    }
}

/// Says whether these bytes are a placeholder.
pub(super) fn is_placeholder(bytes: &IoSlice<'_>) -> bool {
    PLACEHOLDER.as_ptr_range().contains(&bytes.as_ptr())
}

/// Waits on another thread until the kernel has these bytes in its cache: the runtime's threads must not wait for disks.
async fn load(file: &Arc<File>, at: u64, length: usize) -> io::Result<()> {
    if is_cached(file, at) && is_cached(file, at + length as u64 - 1) {
        return Ok(());
    }
    let file = Arc::clone(file);
    let reading = tokio::task::spawn_blocking(move || {
        let mut buffer = vec![0; length.min(READ_BYTES)];
        let (mut at, end) = (at, at + length as u64);
        while at < end {
            match file.read_at(&mut buffer, at)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => at += read as u64,
            }
        }
        Ok(())
    });
    reading.await.map_err(io::Error::other)?
}

/// File systems that cannot tell are asked by reading.
fn is_cached(file: &File, at: u64) -> bool {
    let mut byte = [0];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut byte)], at, ReadWriteFlags::NOWAIT);
    !matches!(read, Err(Errno::AGAIN))
}
