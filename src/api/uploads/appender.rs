//! Writes to the end of a file on another thread while more bytes come.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes of one write. There may be hundreds of uploads at a time, and each has two buffers.
const BUFFER_BYTES: usize = 256 * 1024;

/// The end of a file. After an error it is undefined what the file holds beyond the last [`Appender::flush`].
pub struct Appender {
    file: Arc<File>,
    /// Position of the file's first byte among all bytes.
    base: u64,
    /// Where the buffer belongs.
    offset: u64,
    buffer: Vec<u8>,
    /// Gives back the buffer that it writes.
    writing: Option<JoinHandle<io::Result<Vec<u8>>>>,
}

impl Appender {
    /// The file has the bytes from `base` on; those from `offset` on are appended.
    pub fn new(file: Arc<File>, base: u64, offset: u64) -> Self {
        Self { file, base, offset, buffer: Vec::with_capacity(BUFFER_BYTES), writing: None }
    }

    /// Returns how many bytes there are once all are written.
    pub const fn end(&self) -> u64 {
        self.offset + self.buffer.len() as u64
    }

    /// Returns before the bytes are written. An error may be of earlier ones.
    pub async fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BUFFER_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == BUFFER_BYTES {
                self.begin_write().await?;
            }
        }
        Ok(())
    }

    /// Waits until all bytes are written. They may not be on the disk yet.
    pub async fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.begin_write().await?;
        }
        self.buffer = self.end_write().await?;
        Ok(())
    }

    async fn begin_write(&mut self) -> io::Result<()> {
        let free = self.end_write().await?;
        let full = std::mem::replace(&mut self.buffer, free);
        let (file, position) = (Arc::clone(&self.file), self.offset - self.base);
        self.offset += full.len() as u64;
        self.writing = Some(spawn_blocking(move || {
            file.write_all_at(&full, position)?;
            Ok(full)
        }));
        Ok(())
    }

    /// Returns an empty buffer.
    async fn end_write(&mut self) -> io::Result<Vec<u8>> {
        let Some(writing) = self.writing.take() else { return Ok(Vec::with_capacity(BUFFER_BYTES)) };
        let mut buffer = writing.await??;
        buffer.clear();
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_come_after_those_that_are_there() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        file.write_all_at(b"head, and more", 0).unwrap();
        let mut appender = Appender::new(Arc::clone(&file), 1000, 1004);
        let mut expected = b"head".to_vec();
        for (number, length) in [0, 1, BUFFER_BYTES - 1, 7, 3 * BUFFER_BYTES + 5, BUFFER_BYTES].into_iter().enumerate()
        {
            let piece = vec![b'0' + u8::try_from(number).unwrap(); length];
            appender.append(&piece).await.unwrap();
            expected.extend(piece);
            assert_eq!(appender.end(), 1000 + expected.len() as u64);
        }
        for _ in 0..2 {
            appender.flush().await.unwrap();
            let mut read = vec![0; expected.len() + 1];
            assert_eq!(file.read_at(&mut read, 0).unwrap(), expected.len());
            assert!(read.starts_with(&expected));
        }
    }

    #[tokio::test]
    async fn a_failed_write_is_reported_by_the_next_call() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let mut appender = Appender::new(Arc::new(File::open(path.path()).unwrap()), 0, 0);
        appender.append(&vec![0; BUFFER_BYTES]).await.unwrap();
        appender.flush().await.unwrap_err();
    }
}
