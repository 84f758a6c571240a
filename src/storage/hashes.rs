//! Hashes of objects (SHA-256), by which damage is found later.
//!
//! What is stored at once is hashed first. An upload comes in pieces at any node, so its hash is left to the job that reads
//! it as a whole anyway, or to whoever looks for damage first.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use axum::body::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sha2::{Digest, Sha256};

use super::bucket::unreachable_store;
use crate::error::Error;

/// Read at once. Between two pieces the work may be dropped.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// Tells how many bytes more have been read.
pub(super) async fn hash_file(path: &Path, tell: impl Fn(u64)) -> io::Result<Vec<u8>> {
    let mut reading = (tokio::fs::File::open(path).await?.into_std().await, Sha256::new());
    loop {
        let (read, next) =
            tokio::task::spawn_blocking(move || hash_piece(reading)).await.map_err(io::Error::other)??;
        if read == 0 {
            return Ok(next.1.finalize().to_vec());
        }
        tell(read);
        reading = next;
    }
}

/// Like [`hash_file`].
pub(super) async fn hash_stream(
    mut content: BoxStream<'static, io::Result<Bytes>>,
    tell: impl Fn(u64),
) -> Result<Vec<u8>, Error> {
    let mut hash = Sha256::new();
    while let Some(piece) = content.next().await {
        let piece = piece.map_err(|error| {
            tracing::warn!(%error, "an object could not be read from the media storage");
            unreachable_store()
        })?;
        tell(piece.len() as u64);
        hash.update(&piece);
    }
    Ok(hash.finalize().to_vec())
}

fn hash_piece((file, mut hash): (File, Sha256)) -> io::Result<(u64, (File, Sha256))> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    let read = (&file).take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
    hash.update(&piece);
    Ok((read as u64, (file, hash)))
}
