//! The headers of tus 1.0, <https://tus.io/protocols/resumable-upload>.

use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::Error;

pub const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
pub const EXTENSIONS: HeaderValue =
    HeaderValue::from_static("creation,creation-with-upload,termination,expiration,checksum");
pub const ALGORITHMS: HeaderValue = HeaderValue::from_static("sha1,sha256");

pub const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Response headers that pages of other origins may read.
pub const EXPOSED_HEADERS: [HeaderName; 10] = [
    LOCATION,
    TUS_RESUMABLE,
    TUS_VERSION,
    TUS_EXTENSION,
    TUS_MAX_SIZE,
    TUS_CHECKSUM_ALGORITHM,
    UPLOAD_OFFSET,
    UPLOAD_LENGTH,
    UPLOAD_METADATA,
    UPLOAD_EXPIRES,
];
const UPLOAD_CHECKSUM: &str = "upload-checksum";
const UPLOAD_DEFER_LENGTH: &str = "upload-defer-length";

/// The content type of a chunk.
pub const CHUNK_TYPE: &str = "application/offset+octet-stream";

/// More than a file's name and type need.
const METADATA_BYTES_MAX: usize = 4096;
const NAME_CHARS_MAX: usize = 255;

/// Refuses clients of another protocol version.
///
/// # Errors
/// 412 with the version that is spoken here.
pub fn check_version(headers: &HeaderMap) -> Result<(), Error> {
    if headers.get(TUS_RESUMABLE) == Some(&VERSION) {
        return Ok(());
    }
    let message = "Tus-Resumable must be 1.0.0".into();
    Err(Error::Other(StatusCode::PRECONDITION_FAILED, message, vec![(TUS_VERSION, VERSION)]))
}

/// Reads `Upload-Length`.
///
/// # Errors
/// 400 when it is missing or zero.
pub fn length(headers: &HeaderMap) -> Result<u64, Error> {
    if headers.contains_key(UPLOAD_DEFER_LENGTH) {
        return Err(Error::invalid("Upload-Length is required: deferred lengths are not supported"));
    }
    match number(headers, &UPLOAD_LENGTH)? {
        0 => Err(Error::invalid("The file is empty")),
        length => Ok(length),
    }
}

/// Reads `Upload-Offset`.
///
/// # Errors
/// 400 when it is missing.
pub fn offset(headers: &HeaderMap) -> Result<u64, Error> {
    number(headers, &UPLOAD_OFFSET)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Error> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Rust would take a plus sign, too.
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|number: &u64| is_number && i64::try_from(*number).is_ok());
    number.ok_or_else(|| Error::invalid(format!("The header {name} must be a number of bytes")))
}

/// The client's description of its file: shown to the owner, never trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub file_name: Option<String>,
    pub file_type: Option<String>,
}

/// Reads `Upload-Metadata` as it was sent; empty when there is none.
///
/// # Errors
/// 400 when it is malformed or too long.
pub fn metadata(headers: &HeaderMap) -> Result<&str, Error> {
    let Some(value) = headers.get(UPLOAD_METADATA) else { return Ok("") };
    if value.len() > METADATA_BYTES_MAX {
        return Err(Error::invalid(format!("The header Upload-Metadata is longer than {METADATA_BYTES_MAX} bytes")));
    }
    let text = value.to_str().map_err(|_| Error::invalid("The header Upload-Metadata must be ASCII"))?;
    Metadata::read(text).map(|_| text)
}

impl Metadata {
    /// Reads pairs of a key and, after a blank, a value in base64, with commas between them.
    ///
    /// # Errors
    /// 400 when they are malformed.
    pub fn read(header: &str) -> Result<Self, Error> {
        let malformed = || Error::invalid("The header Upload-Metadata is malformed: it needs keys and base64 values");
        let mut metadata = Self::default();
        for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let value = STANDARD.decode(value.trim()).map_err(|_| malformed())?;
            let text = String::from_utf8_lossy(&value);
            let text: String = text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
            match key {
                "filename" | "name" => metadata.file_name = Some(text),
                "filetype" | "type" => metadata.file_type = Some(text),
                _ => {}
            }
        }
        Ok(metadata)
    }
}

/// Verifies that a chunk has arrived as it was sent.
pub enum Checksum {
    Sha1(Sha1, Vec<u8>),
    Sha256(Sha256, Vec<u8>),
}

impl Checksum {
    /// Reads `Upload-Checksum`, if there is one.
    ///
    /// # Errors
    /// 400 when it is malformed or of an unknown algorithm.
    pub fn read(headers: &HeaderMap) -> Result<Option<Self>, Error> {
        let Some(value) = headers.get(UPLOAD_CHECKSUM) else { return Ok(None) };
        let (algorithm, wanted) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
        let wanted = STANDARD.decode(wanted.trim()).map_err(|_| Error::invalid("The checksum is not valid base64"))?;
        match algorithm {
            "sha1" => Ok(Some(Self::Sha1(Sha1::new(), wanted))),
            "sha256" => Ok(Some(Self::Sha256(Sha256::new(), wanted))),
            _ => Err(Error::invalid("The checksum algorithm must be sha1 or sha256")),
        }
    }

    /// Hashes further bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(digest, _) => digest.update(bytes),
            Self::Sha256(digest, _) => digest.update(bytes),
        }
    }

    /// Compares the checksums.
    ///
    /// # Errors
    /// 460, which is tus's own, when they differ.
    pub fn verify(self) -> Result<(), Error> {
        let (found, wanted) = match self {
            Self::Sha1(digest, wanted) => (digest.finalize().to_vec(), wanted),
            Self::Sha256(digest, wanted) => (digest.finalize().to_vec(), wanted),
        };
        if found == wanted {
            return Ok(());
        }
        let status = StatusCode::from_u16(460).map_err(Error::internal)?;
        Err(Error::other(status, "Checksum mismatch. Send the chunk again."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn metadata_is_read_and_cleaned() {
        let value = "filename VGVlCS5tcDQ=,filetype dmlkZW8vbXA0, is_confidential,other AAAA";
        let header = headers("upload-metadata", value);
        assert_eq!((metadata(&header).unwrap(), metadata(&HeaderMap::new()).unwrap()), (value, ""));
        assert!(metadata(&headers("upload-metadata", &"a,".repeat(4000))).is_err());
        assert!(metadata(&headers("upload-metadata", "filename no-base64!")).is_err());
        let metadata = Metadata::read(value).unwrap();
        assert_eq!(metadata.file_name.as_deref(), Some("Tee.mp4"));
        assert_eq!(metadata.file_type.as_deref(), Some("video/mp4"));
    }

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        assert_eq!(offset(&headers("upload-offset", "0")).unwrap(), 0);
        for text in ["", "+1", "-1", "1.0", " ", "0x10", "18446744073709551616", "9223372036854775808"] {
            assert!(offset(&headers("upload-offset", text)).is_err(), "{text}");
        }
        assert!(length(&headers("upload-length", "0")).is_err());
        assert!(length(&headers("upload-defer-length", "1")).is_err());
    }

    #[test]
    fn a_checksum_holds_for_what_was_sent_only() {
        let header = headers("upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=");
        let mut checksum = Checksum::read(&header).unwrap().unwrap();
        checksum.update(b"hello ");
        checksum.update(b"world");
        checksum.verify().unwrap();
        let mut checksum = Checksum::read(&header).unwrap().unwrap();
        checksum.update(b"hello World");
        assert!(matches!(checksum.verify(), Err(Error::Other(status, ..)) if status == 460));
        assert!(Checksum::read(&headers("upload-checksum", "md5 AAAA")).is_err());
        assert!(Checksum::read(&HeaderMap::new()).unwrap().is_none());
    }
}
