//! The objects that videos and users name.

use std::collections::HashSet;

use chaitube_media::{Caption, Storyboard, Stream};

use crate::db::{self, Db, Record, Sql, args};
use crate::id::{UserId, VideoId};
use crate::storage::ObjectKind;
use crate::streams::parsed;

/// What of its owner an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The upload, or what has replaced it.
    Source,
    /// The file that is shown in place of the upload.
    Shown,
    Stream,
    Thumbnail,
    Previews,
    Avatar,
    Cover,
}

/// An object, as its owner names it.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: String,
    pub kind: ObjectKind,
    pub part: Part,
}

#[derive(Record)]
pub struct VideoMedia {
    pub id: VideoId,
    pub owner_id: UserId,
    film: String,
    original: Option<String>,
    thumbnail: String,
    candidates: Option<String>,
    storyboard: Option<String>,
    captions: Option<String>,
    stream: Option<String>,
}

#[derive(Record)]
pub struct UserMedia {
    pub id: UserId,
    avatar: String,
    cover: Option<String>,
}

pub const VIDEO: &str =
    "SELECT id, owner_id, film, original, thumbnail, candidates, storyboard, captions, stream FROM videos";
pub const USER: &str = "SELECT id, avatar, cover FROM users";

impl VideoMedia {
    pub async fn find(db: &Db, id: VideoId) -> Result<Option<Self>, db::Error> {
        db.optional(Sql::from(VIDEO).then("WHERE id = $1"), args![id]).await
    }

    /// Returns what jobs read.
    pub fn source(&self) -> &str {
        self.original.as_ref().unwrap_or(&self.film)
    }

    pub const fn has_stream(&self) -> bool {
        self.stream.is_some()
    }

    pub fn named(&self) -> Result<Vec<Named>, db::Error> {
        let stream: Option<Stream> = self.stream.as_deref().map(parsed).transpose()?;
        let candidates: Option<Vec<String>> = self.candidates.as_deref().map(parsed).transpose()?;
        let storyboard: Option<Storyboard> = self.storyboard.as_deref().map(parsed).transpose()?;
        let captions: Option<Vec<Caption>> = self.captions.as_deref().map(parsed).transpose()?;
        let source = (self.source(), ObjectKind::Video, Part::Source);
        let shown = (self.film.as_str(), ObjectKind::Video, Part::Shown);
        let thumbnail = (self.thumbnail.as_str(), ObjectKind::Thumbnail, Part::Thumbnail);
        let stream = stream.iter().flat_map(Stream::files).map(|name| (name, ObjectKind::Rendition, Part::Stream));
        let candidates = candidates.iter().flatten().map(|name| (name.as_str(), ObjectKind::Thumbnail, Part::Previews));
        let sprites = storyboard.iter().flat_map(|board| &board.sprites);
        let sprites = sprites.map(|name| (name.as_str(), ObjectKind::Sprite, Part::Previews));
        let captions = captions.iter().flatten();
        let captions = captions.map(|caption| (caption.file.as_str(), ObjectKind::Caption, Part::Previews));
        let all = [source, shown, thumbnail].into_iter().chain(stream).chain(candidates).chain(sprites).chain(captions);
        Ok(distinct(all))
    }
}

impl UserMedia {
    pub async fn find(db: &Db, id: UserId) -> Result<Option<Self>, db::Error> {
        db.optional(Sql::from(USER).then("WHERE id = $1"), args![id]).await
    }

    pub fn named(&self) -> Vec<Named> {
        let avatar = (self.avatar.as_str(), ObjectKind::Avatar, Part::Avatar);
        let cover = self.cover.as_deref().map(|name| (name, ObjectKind::Cover, Part::Cover));
        distinct([avatar].into_iter().chain(cover))
    }
}

/// What is named twice is what it is named as first.
fn distinct<'n>(all: impl Iterator<Item = (&'n str, ObjectKind, Part)>) -> Vec<Named> {
    let mut seen = HashSet::new();
    let named = all.filter(|(name, ..)| !name.is_empty() && seen.insert(*name));
    named.map(|(name, kind, part)| Named { name: name.to_owned(), kind, part }).collect()
}
