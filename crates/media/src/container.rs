//! Recognises container formats by magic bytes, never by a file's name.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

use crate::error::MediaError;

/// What [`Container::recognise`] needs of a file's head.
pub const HEAD_BYTES: usize = 4096;

const UNKNOWN: &str = "Unsupported file type. Send a video or audio file: MP4, MOV, M4A, 3GP, WebM, Matroska, AVI, \
                       MPEG, MPEG-TS, FLV, Ogg, ASF (WMV), MP3, WAV, FLAC or AAC";

const TRANSPORT_PACKET_BYTES: usize = 188;
/// Blu-ray and camera recordings put a four-byte timestamp before each packet.
const TIMED_PACKET_BYTES: usize = 192;
const TRANSPORT_SYNC: u8 = 0x47;
const TRANSPORT_PACKETS_MIN: usize = 3;
const TRANSPORT_PACKETS_SEEN: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    Mp4,
    Mov,
    ThreeGp,
    M4a,
    Matroska,
    WebM,
    Avi,
    MpegTs,
    MpegPs,
    Flv,
    Ogg,
    Asf,
    Mp3,
    Wav,
    Flac,
    Aac,
}

impl Container {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 16] = [
        Self::Mp4,
        Self::Mov,
        Self::ThreeGp,
        Self::M4a,
        Self::Matroska,
        Self::WebM,
        Self::Avi,
        Self::MpegTs,
        Self::MpegPs,
        Self::Flv,
        Self::Ogg,
        Self::Asf,
        Self::Mp3,
        Self::Wav,
        Self::Flac,
        Self::Aac,
    ];

    /// # Errors
    /// [`MediaError::Refused`] for other formats, [`MediaError::Failed`] when the file cannot be read.
    pub async fn of_file(path: &Path) -> Result<Self, MediaError> {
        let head = read_head(path).await.map_err(|cause| MediaError::io("Reading the file", &cause))?;
        Self::recognise(&head)
    }

    /// Takes the first [`HEAD_BYTES`] of a file, or all of a shorter one.
    ///
    /// # Errors
    /// [`MediaError::Refused`] for other formats.
    pub fn recognise(head: &[u8]) -> Result<Self, MediaError> {
        Self::sniff(head).ok_or_else(|| MediaError::refused(UNKNOWN))
    }

    pub(crate) fn sniff(head: &[u8]) -> Option<Self> {
        sniff_iso(head)
            .or_else(|| sniff_ebml(head))
            .or_else(|| sniff_riff(head))
            .or_else(|| sniff_plain(head))
            .or_else(|| sniff_transport(head))
            .or_else(|| sniff_audio_frames(head))
    }

    /// The only one that may open the file.
    #[must_use]
    pub const fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 | Self::Mov | Self::ThreeGp | Self::M4a => "mov",
            Self::Matroska | Self::WebM => "matroska",
            Self::Avi => "avi",
            Self::MpegTs => "mpegts",
            Self::MpegPs => "mpeg",
            Self::Flv => "flv",
            Self::Ogg => "ogg",
            Self::Asf => "asf",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Aac => "aac",
        }
    }

    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::ThreeGp => "video/3gpp",
            Self::M4a => "audio/mp4",
            Self::Matroska => "video/x-matroska",
            Self::WebM => "video/webm",
            Self::Avi => "video/x-msvideo",
            Self::MpegTs => "video/mp2t",
            Self::MpegPs => "video/mpeg",
            Self::Flv => "video/x-flv",
            Self::Ogg => "video/ogg",
            Self::Asf => "video/x-ms-asf",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
            Self::Aac => "audio/aac",
        }
    }

    /// Without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::ThreeGp => "3gp",
            Self::M4a => "m4a",
            Self::Matroska => "mkv",
            Self::WebM => "webm",
            Self::Avi => "avi",
            Self::MpegTs => "ts",
            Self::MpegPs => "mpg",
            Self::Flv => "flv",
            Self::Ogg => "ogg",
            Self::Asf => "asf",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Aac => "aac",
        }
    }
}

async fn read_head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    tokio::fs::File::open(path).await?.take(HEAD_BYTES as u64).read_to_end(&mut head).await?;
    Ok(head)
}

fn at(head: &[u8], offset: usize, magic: &[u8]) -> bool {
    head.get(offset..).is_some_and(|rest| rest.starts_with(magic))
}

fn number_u32(head: &[u8], offset: usize) -> Option<usize> {
    let bytes: [u8; 4] = head.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

/// MP4 files begin with an `ftyp` box, old `QuickTime` files with others.
fn sniff_iso(head: &[u8]) -> Option<Container> {
    let size = number_u32(head, 0)?;
    let name = head.get(4..8)?;
    match name {
        b"ftyp" if (16..=HEAD_BYTES).contains(&size) => sniff_brand(head.get(8..12)?),
        b"moov" if size > 16 => {
            // `rmra` in place of a movie header makes a reference movie: a list of other files.
            (at(head, 12, b"mvhd") || at(head, 12, b"cmov")).then_some(Container::Mov)
        }
        b"mdat" if size == 1 || size >= 8 => Some(Container::Mov),
        b"wide" | b"free" | b"skip" if (8..head.len()).contains(&size) => {
            let next = head.get(size.checked_add(4)?..size.checked_add(8)?)?;
            matches!(next, b"mdat" | b"moov" | b"ftyp" | b"wide" | b"free").then_some(Container::Mov)
        }
        _ => None,
    }
}

fn sniff_brand(brand: &[u8]) -> Option<Container> {
    match brand {
        b"qt  " => Some(Container::Mov),
        b"M4A " | b"M4B " | b"M4P " => Some(Container::M4a),
        // Image formats that share the box format.
        b"avif" | b"avis" | b"mif1" | b"msf1" | b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"jxl "
        | b"jp2 " | b"crx " => None,
        _ if brand.starts_with(b"3g") => Some(Container::ThreeGp),
        _ if brand.iter().all(|byte| (0x20..0x7f).contains(byte)) => Some(Container::Mp4),
        _ => None,
    }
}

/// The document type tells Matroska and `WebM` apart.
fn sniff_ebml(head: &[u8]) -> Option<Container> {
    const DOCUMENT_TYPE: u64 = 0x4282;
    if !head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return None;
    }
    let (size, length) = ebml_number(head.get(4..)?, false)?;
    let start = 4 + length;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    let mut rest = head.get(start..end)?;
    while !rest.is_empty() {
        let (id, id_length) = ebml_number(rest, true)?;
        let (size, size_length) = ebml_number(rest.get(id_length..)?, false)?;
        let body_start = id_length + size_length;
        let body_end = body_start.checked_add(usize::try_from(size).ok()?)?;
        let body = rest.get(body_start..body_end)?;
        if id == DOCUMENT_TYPE {
            let text = body.split(|byte| *byte == 0).next().unwrap_or_default();
            return match text {
                b"webm" => Some(Container::WebM),
                b"matroska" => Some(Container::Matroska),
                _ => None,
            };
        }
        rest = rest.get(body_end..)?;
    }
    None
}

/// Ids keep their length marker, sizes do not.
fn ebml_number(bytes: &[u8], keep_marker: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = usize::try_from(first.leading_zeros()).ok()? + 1;
    if length > 8 {
        return None;
    }
    let mut value = u64::from(first);
    if !keep_marker {
        value &= (1 << (8 - length)) - 1;
    }
    for byte in bytes.get(1..length)? {
        value = (value << 8) | u64::from(*byte);
    }
    Some((value, length))
}

fn sniff_riff(head: &[u8]) -> Option<Container> {
    if !head.starts_with(b"RIFF") && !head.starts_with(b"RF64") {
        return None;
    }
    match head.get(8..12)? {
        b"AVI " => Some(Container::Avi),
        b"WAVE" => Some(Container::Wav),
        _ => None,
    }
}

fn sniff_plain(head: &[u8]) -> Option<Container> {
    const ASF_HEADER: [u8; 16] =
        [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c];
    if head.starts_with(&ASF_HEADER) {
        return Some(Container::Asf);
    }
    if head.starts_with(b"FLV\x01") && at(head, 5, &[0, 0, 0, 9]) {
        return Some(Container::Flv);
    }
    if head.starts_with(b"OggS\0") {
        return Some(Container::Ogg);
    }
    if head.starts_with(b"fLaC") {
        return Some(Container::Flac);
    }
    if head.starts_with(&[0, 0, 1, 0xba]) {
        let marker = *head.get(4)?;
        let program_stream = marker & 0xc4 == 0x44 || marker & 0xf1 == 0x21;
        return program_stream.then_some(Container::MpegPs);
    }
    None
}

/// A transport stream has no header; its sync byte begins every packet.
fn sniff_transport(head: &[u8]) -> Option<Container> {
    let repeats = |offset: usize, step: usize| {
        let seen = head.iter().skip(offset).step_by(step).take(TRANSPORT_PACKETS_SEEN).collect::<Vec<_>>();
        seen.len() >= TRANSPORT_PACKETS_MIN && seen.iter().all(|byte| **byte == TRANSPORT_SYNC)
    };
    (repeats(0, TRANSPORT_PACKET_BYTES) || repeats(4, TIMED_PACKET_BYTES)).then_some(Container::MpegTs)
}

/// Each frame's header gives the distance to the next one.
fn sniff_audio_frames(head: &[u8]) -> Option<Container> {
    if head.starts_with(b"ID3") {
        let digits = head.get(6..10)?;
        if head.get(3)? == &0xff || digits.iter().any(|digit| *digit >= 0x80) {
            return None;
        }
        let size = digits.iter().fold(0_usize, |sum, digit| (sum << 7) | usize::from(*digit));
        // A tag with a cover image is longer than the head; MP3 is then the likely format.
        return match head.get(size + 10..) {
            Some(rest) if rest.len() >= 8 => sniff_audio_frames(rest),
            _ => Some(Container::Mp3),
        };
    }
    if head.starts_with(b"fLaC") {
        return Some(Container::Flac);
    }
    if follows(head, mp3_frame_bytes) {
        return Some(Container::Mp3);
    }
    follows(head, aac_frame_bytes).then_some(Container::Aac)
}

fn follows(head: &[u8], frame_bytes: fn(&[u8]) -> Option<usize>) -> bool {
    let Some(first) = frame_bytes(head) else {
        return false;
    };
    head.get(first..).is_some_and(|rest| frame_bytes(rest).is_some())
}

fn mp3_frame_bytes(head: &[u8]) -> Option<usize> {
    const RATES_KBIT_V1: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const RATES_KBIT_V2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let header: [u8; 4] = head.get(..4)?.try_into().ok()?;
    let version = (header[1] >> 3) & 3;
    let layer_three = (header[1] >> 1) & 3 == 1;
    if header[0] != 0xff || header[1] & 0xe0 != 0xe0 || version == 1 || !layer_three {
        return None;
    }
    let table = if version == 3 { RATES_KBIT_V1 } else { RATES_KBIT_V2 };
    let rate_kbit = *table.get(usize::from(header[2] >> 4)).filter(|rate| **rate > 0)?;
    let sample_rate = *[44_100, 48_000, 32_000].get(usize::from((header[2] >> 2) & 3))?;
    let padding = usize::from((header[2] >> 1) & 1);
    let (sample_rate, samples_eighth) = match version {
        3 => (sample_rate, 144),
        2 => (sample_rate / 2, 72),
        _ => (sample_rate / 4, 72),
    };
    Some(samples_eighth * rate_kbit * 1000 / sample_rate + padding)
}

fn aac_frame_bytes(head: &[u8]) -> Option<usize> {
    let header: [u8; 7] = head.get(..7)?.try_into().ok()?;
    let sampling = (header[2] >> 2) & 15;
    if header[0] != 0xff || header[1] & 0xf6 != 0xf0 || sampling > 12 {
        return None;
    }
    let size = (usize::from(header[3] & 3) << 11) | (usize::from(header[4]) << 3) | usize::from(header[5] >> 5);
    (size > 7).then_some(size)
}

#[cfg(test)]
mod tests;
