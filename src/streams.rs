//! Statements about the streams, previews and status of a video.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::db::{Db, Error, Record, Sql, Tx, args, text_enum};
use crate::id::VideoId;
use crate::storage::{MediaName, Storage, retire};
use chaitube_media::{Caption, MediaInfo, Storyboard, Stream};

text_enum! {
    /// State of the processing of a video.
    pub enum VideoStatus {
        Processing = "processing",
        Ready = "ready",
        Failed = "failed",
    }
}

#[derive(Record)]
pub struct JobInput {
    /// The upload, or the file that has replaced it.
    pub source: String,
    /// The file that is shown is not the upload.
    pub has_replacement: bool,
    facts: Option<String>,
    stream: Option<String>,
}

impl JobInput {
    /// `None` when the upload has to be probed again: nothing was recorded, or by another version of the server.
    pub fn media_info(&self) -> Option<MediaInfo> {
        self.facts.as_deref().and_then(|json| serde_json::from_str(json).ok())
    }

    pub fn stream(&self) -> Result<Option<Stream>, Error> {
        self.stream.as_deref().map(parsed).transpose()
    }
}

#[derive(Record)]
pub struct Shown {
    pub is_published: bool,
    pub json: Option<String>,
}

pub struct Previews {
    pub candidates: Vec<String>,
    pub storyboard: Option<Storyboard>,
    pub loudness: Option<f64>,
    /// Their files are stored objects.
    pub captions: Vec<Caption>,
}

pub fn parsed<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::Backend(error.into()))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Backend(error.into()))
}

pub async fn job_input(db: &Db, video: VideoId) -> Result<Option<JobInput>, Error> {
    let sql = "SELECT m.name AS source, m.facts, (v.original IS NULL OR v.original <> v.film) AS has_replacement,
                      v.stream
               FROM videos v JOIN media m ON m.name = COALESCE(v.original, v.film) WHERE v.id = $1";
    db.optional(sql, args![video]).await
}

pub async fn stream_shown(db: &Db, video: VideoId) -> Result<Option<Shown>, Error> {
    db.optional("SELECT is_published, stream AS json FROM videos WHERE id = $1", args![video]).await
}

pub async fn storyboard_shown(db: &Db, video: VideoId) -> Result<Option<Shown>, Error> {
    db.optional("SELECT is_published, storyboard AS json FROM videos WHERE id = $1", args![video]).await
}

/// Locks a video until the transaction ends; false when it is gone.
pub async fn lock(tx: &mut Tx, video: VideoId) -> Result<bool, Error> {
    tx.exists(Sql::from("FROM videos WHERE id = $1").for_update(), args![video]).await
}

/// The stream that was replaced last, for players that still use it.
pub async fn former_stream_shown(db: &Db, video: VideoId) -> Result<Option<Shown>, Error> {
    db.optional("SELECT is_published, former_stream AS json FROM videos WHERE id = $1", args![video]).await
}

/// Files that the new stream does not use stay readable for a while.
pub async fn replace_stream(
    tx: &mut Tx,
    video: VideoId,
    stream: &Stream,
    status: VideoStatus,
    now: i64,
) -> Result<(), Error> {
    let (json_before,): (Option<String>,) = tx.one("SELECT stream FROM videos WHERE id = $1", args![video]).await?;
    let before: Option<Stream> = json_before.as_deref().map(parsed).transpose()?;
    let used: HashSet<&str> = stream.files().collect();
    let unused: Vec<&str> = before.iter().flat_map(Stream::files).filter(|name| !used.contains(name)).collect();
    let former = if unused.is_empty() { None } else { json_before };
    tx.run(
        "UPDATE videos SET former_stream = $5, stream = $2, status = $3, failure = NULL, updated_at = $4
         WHERE id = $1",
        args![video, json(stream)?, status, now, former],
    )
    .await?;
    for name in unused {
        retire(tx, name, now).await?;
    }
    Ok(())
}

/// The file before stays readable for a while, and for good if it is the upload.
pub async fn replace_video_file(tx: &mut Tx, video: VideoId, name: &MediaName, now: i64) -> Result<(), Error> {
    let (before, original): (String, Option<String>) =
        tx.one("SELECT film, original FROM videos WHERE id = $1", args![video]).await?;
    tx.execute("UPDATE videos SET film = $2 WHERE id = $1", args![video, name.as_str()]).await?;
    if original.as_ref() != Some(&before) {
        retire(tx, &before, now).await?;
    }
    Ok(())
}

/// Drops the upload unless it is shown. It stays readable for a while.
pub async fn drop_original(tx: &mut Tx, video: VideoId, now: i64) -> Result<(), Error> {
    let sql = "SELECT original FROM videos WHERE id = $1 AND original IS NOT NULL AND original <> film";
    let Some((original,)): Option<(String,)> = tx.optional(sql, args![video]).await? else { return Ok(()) };
    tx.execute("UPDATE videos SET original = NULL WHERE id = $1", args![video]).await?;
    retire(tx, &original, now).await
}

#[derive(Record)]
struct PreviewsRow {
    thumbnail: String,
    candidates: Option<String>,
    storyboard: Option<String>,
    captions: Option<String>,
}

pub async fn replace_previews(
    tx: &mut Tx,
    storage: &Storage,
    video: VideoId,
    previews: &Previews,
) -> Result<(), Error> {
    let before: PreviewsRow =
        tx.one("SELECT thumbnail, candidates, storyboard, captions FROM videos WHERE id = $1", args![video]).await?;
    let storyboard = previews.storyboard.as_ref().map(json).transpose()?;
    let captions = if previews.captions.is_empty() { None } else { Some(json(&previews.captions)?) };
    tx.execute(
        "UPDATE videos SET candidates = $2, storyboard = $3, loudness = $4, captions = $5 WHERE id = $1",
        args![video, json(&previews.candidates)?, storyboard, previews.loudness, captions],
    )
    .await?;
    let candidates: Vec<String> = before.candidates.as_deref().map(parsed).transpose()?.unwrap_or_default();
    let storyboard: Option<Storyboard> = before.storyboard.as_deref().map(parsed).transpose()?;
    let captions: Vec<Caption> = before.captions.as_deref().map(parsed).transpose()?.unwrap_or_default();
    // The candidate that was chosen stays the thumbnail.
    let unused = candidates.iter().filter(|name| **name != before.thumbnail);
    let unused = unused.chain(storyboard.iter().flat_map(|board| &board.sprites));
    for name in unused.chain(captions.iter().map(|caption| &caption.file)) {
        storage.delete(tx, name).await?;
    }
    Ok(())
}

pub async fn mark_failed(tx: &mut Tx, video: VideoId, reason: &str, now: i64) -> Result<(), Error> {
    let sql = "UPDATE videos SET status = 'failed', failure = $2, updated_at = $3 WHERE id = $1";
    tx.run(sql, args![video, reason, now]).await
}

pub async fn mark_processing(tx: &mut Tx, video: VideoId, now: i64) -> Result<(), Error> {
    let sql = "UPDATE videos SET status = 'processing', failure = NULL, updated_at = $2 WHERE id = $1";
    tx.run(sql, args![video, now]).await
}
