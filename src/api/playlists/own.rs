//! Shared by the routes that change a playlist.

use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, PlaylistRow};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, OrNotFound};
use crate::http::viewer::Viewer;
use crate::id::{PlaylistId, UserId, VideoId};

/// The most videos in one playlist: its owner orders them all at once.
pub const VIDEOS_MAX: i64 = 5_000;

pub const NOT_FOUND: &str = "Playlist not found";

/// A playlist whose videos are ids, as returned by writes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Playlist {
    #[serde(rename = "_id")]
    id: PlaylistId,
    #[schema(example = "Tea")]
    name: String,
    #[schema(example = "Everything about tea")]
    description: String,
    videos: Vec<VideoId>,
    owner: UserId,
    created_at: Time,
    updated_at: Time,
}

/// Returns the playlist, locked, if it is the viewer's.
pub async fn own_playlist(tx: &mut Tx, id: PlaylistId, viewer: Viewer) -> Result<PlaylistRow, Error> {
    let row = store::lock(tx, id).await?.or_not_found(NOT_FOUND)?;
    if row.owner_id != viewer.id {
        return Err(Error::forbidden("Only the owner of a playlist may do that"));
    }
    Ok(row)
}

pub async fn load_playlist(tx: &mut Tx, row: PlaylistRow) -> Result<Playlist, Error> {
    Ok(Playlist {
        videos: store::video_ids(tx, row.id).await?,
        id: row.id,
        name: row.name,
        description: row.description,
        owner: row.owner_id,
        created_at: Time(row.created_at),
        updated_at: Time(row.updated_at),
    })
}
