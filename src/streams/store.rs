//! Statements about what was made of a video's film.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::db::{Db, Error, FromRow, Sql, Tx, args};
use crate::id::VideoId;
use crate::media::storyboard::Storyboard;
use crate::media::stream::Stream;
use crate::store::{MediaName, doom};

/// What a job begins with.
#[derive(FromRow)]
pub struct Material {
    pub film: String,
    stream: Option<String>,
}

impl Material {
    /// The stream as it is so far.
    ///
    /// # Errors
    /// When what is stored cannot be understood.
    pub fn stream(&self) -> Result<Option<Stream>, Error> {
        self.stream.as_deref().map(parsed).transpose()
    }
}

/// What a reader of playlists is shown.
#[derive(FromRow)]
pub struct Shown {
    pub is_published: bool,
    pub json: Option<String>,
}

/// What is made beside the stream.
pub struct Previews {
    /// The names of pictures to choose a thumbnail from.
    pub candidates: Vec<String>,
    pub storyboard: Option<Storyboard>,
    pub loudness: Option<f64>,
}

pub fn parsed<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::Backend(error.into()))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Backend(error.into()))
}

/// # Errors
/// As any statement.
pub async fn material(db: &Db, video: VideoId) -> Result<Option<Material>, Error> {
    db.optional("SELECT film, stream FROM videos WHERE id = $1", args![video]).await
}

pub async fn stream_shown(db: &Db, video: VideoId) -> Result<Option<Shown>, Error> {
    db.optional("SELECT is_published, stream AS json FROM videos WHERE id = $1", args![video]).await
}

pub async fn storyboard_shown(db: &Db, video: VideoId) -> Result<Option<Shown>, Error> {
    db.optional("SELECT is_published, storyboard AS json FROM videos WHERE id = $1", args![video]).await
}

/// Keeps everybody else from changing the video until the transaction ends; false when it is gone.
///
/// # Errors
/// As any statement.
pub async fn lock(tx: &mut Tx, video: VideoId) -> Result<bool, Error> {
    let sql = Sql::pair("SELECT id FROM videos WHERE id = $1", "SELECT id FROM videos WHERE id = $1 FOR UPDATE");
    Ok(tx.optional::<(VideoId,)>(sql, args![video]).await?.is_some())
}

/// Puts a stream in the place of the one before; gives the files that only that one had, doomed.
///
/// # Errors
/// As any statement.
pub async fn replace(
    tx: &mut Tx,
    video: VideoId,
    stream: &Stream,
    is_ready: bool,
    now: i64,
) -> Result<Vec<MediaName>, Error> {
    let (before,): (Option<String>,) = tx.one("SELECT stream FROM videos WHERE id = $1", args![video]).await?;
    let status = if is_ready { "ready" } else { "processing" };
    tx.execute(
        "UPDATE videos SET stream = $2, status = $3, failure = NULL, updated_at = $4 WHERE id = $1",
        args![video, json(stream)?, status, now],
    )
    .await?;
    let kept: HashSet<&str> = stream.files().collect();
    let before: Option<Stream> = before.as_deref().map(parsed).transpose()?;
    let mut doomed = Vec::new();
    for name in before.iter().flat_map(Stream::files).filter(|name| !kept.contains(name)) {
        doomed.extend(doom(tx, name).await?);
    }
    Ok(doomed)
}

#[derive(FromRow)]
struct Before {
    thumbnail: String,
    candidates: Option<String>,
    storyboard: Option<String>,
}

/// Puts previews in the place of those before; gives the pictures that nobody needs any more, doomed.
///
/// # Errors
/// As any statement.
pub async fn replace_previews(tx: &mut Tx, video: VideoId, previews: &Previews) -> Result<Vec<MediaName>, Error> {
    let before: Before =
        tx.one("SELECT thumbnail, candidates, storyboard FROM videos WHERE id = $1", args![video]).await?;
    let storyboard = previews.storyboard.as_ref().map(json).transpose()?;
    tx.execute(
        "UPDATE videos SET candidates = $2, storyboard = $3, loudness = $4 WHERE id = $1",
        args![video, json(&previews.candidates)?, storyboard, previews.loudness],
    )
    .await?;
    let candidates: Vec<String> = before.candidates.as_deref().map(parsed).transpose()?.unwrap_or_default();
    let storyboard: Option<Storyboard> = before.storyboard.as_deref().map(parsed).transpose()?;
    let mut doomed = Vec::new();
    // The one that was chosen stays the thumbnail.
    for name in candidates.iter().filter(|name| **name != before.thumbnail) {
        doomed.extend(doom(tx, name).await?);
    }
    for name in storyboard.iter().flat_map(|board| &board.sheets) {
        doomed.extend(doom(tx, name).await?);
    }
    Ok(doomed)
}

/// # Errors
/// As any statement.
pub async fn mark_failed(tx: &mut Tx, video: VideoId, reason: &str, now: i64) -> Result<(), Error> {
    let sql = "UPDATE videos SET status = 'failed', failure = $2, updated_at = $3 WHERE id = $1";
    tx.execute(sql, args![video, reason, now]).await.map(|_| ())
}

/// # Errors
/// As any statement.
pub async fn mark_processing(tx: &mut Tx, video: VideoId, now: i64) -> Result<(), Error> {
    let sql = "UPDATE videos SET status = 'processing', failure = NULL, updated_at = $2 WHERE id = $1";
    tx.execute(sql, args![video, now]).await.map(|_| ())
}
