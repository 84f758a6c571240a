//! The names of stored objects: made by the server, never from anything a user sent.

use std::fmt;
use std::str::FromStr;

use object_store::path::Path;

use crate::db::text_enum;
use crate::error::Error;

const RANDOM_BYTES: usize = 16;

text_enum! {
    /// The purpose of an object. Its text is in the column `kind`, and is the folder in the storage.
    pub enum ObjectKind {
        Avatar = "avatar",
        Cover = "cover",
        Thumbnail = "thumbnail",
        Video = "film",
        /// One size of a stream, or its audio.
        Rendition = "rendition",
        /// Small images to seek by.
        Sprite = "sheet",
        /// A `WebVTT` file.
        Caption = "caption",
        /// What an upload has brought since its last part.
        Piece = "piece",
    }
}

/// 32 hexadecimal characters that nobody can guess, and the extension of its content's type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaName(String);

impl MediaName {
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn new(extension: &'static str) -> Result<Self, Error> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Self(format!("{}.{extension}", hex::encode(bytes))))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn stem(&self) -> &str {
        &self.0[..2 * RANDOM_BYTES]
    }

    #[must_use]
    pub fn with_extension(&self, extension: &'static str) -> Self {
        Self(format!("{}.{extension}", self.stem()))
    }

    #[must_use]
    pub fn extension(&self) -> &str {
        self.0.get(2 * RANDOM_BYTES + 1..).unwrap_or_default()
    }

    /// 256 folders keep each short. The extension of an upload becomes known only after its first byte, so its path has
    /// none; some players want one in the addresses of segments.
    #[must_use]
    pub fn path(&self, kind: ObjectKind) -> Path {
        let name = if matches!(kind, ObjectKind::Video | ObjectKind::Piece) { self.stem() } else { self.as_str() };
        Path::from_iter([kind.as_str(), &self.0[..2], name])
    }
}

impl FromStr for MediaName {
    type Err = Error;

    /// # Errors
    /// 404: a name of any other form cannot be one of ours.
    fn from_str(text: &str) -> Result<Self, Error> {
        let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_name = text.split_once('.').is_some_and(|(stem, extension)| {
            stem.len() == 2 * RANDOM_BYTES
                && stem.bytes().all(is_lower_hex)
                && (2..=4).contains(&extension.len())
                && extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if is_name { Ok(Self(text.to_owned())) } else { Err(Error::not_found("Media not found")) }
    }
}

impl fmt::Display for MediaName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
