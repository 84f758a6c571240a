//! Reads boxes of ISO base media files.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use mp4_atom::Decode;

/// The size includes the header; `None` when the box does not end before `end`.
pub(crate) fn box_header(file: &mut File, offset: u64, end: u64) -> Option<([u8; 4], u64)> {
    let mut head = [0; 16];
    file.seek(SeekFrom::Start(offset)).ok()?;
    file.read_exact(&mut head[..8]).ok()?;
    let kind = head[4..8].try_into().ok()?;
    let size = match u32::from_be_bytes(head[..4].try_into().ok()?) {
        1 => {
            file.read_exact(&mut head[8..]).ok()?;
            u64::from_be_bytes(head[8..].try_into().ok()?)
        }
        size => u64::from(size),
    };
    (size >= 8 && offset.checked_add(size)? <= end).then_some((kind, size))
}

pub(crate) fn box_body(file: &mut File, offset: u64, size: u64, bytes_max: u64) -> Option<Vec<u8>> {
    if size > bytes_max {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    file.seek(SeekFrom::Start(offset)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

pub(crate) fn decode<A: Decode>(mut bytes: &[u8]) -> Option<A> {
    A::decode(&mut bytes).ok()
}
