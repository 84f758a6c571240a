//! Putting a playlist's videos into another order.

use std::collections::HashSet;

use axum::extract::{Request, State};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::own::{Playlist, load_playlist, own_playlist};
use super::store::{self, Place};
use crate::app::App;
use crate::db::retry;
use crate::error::Error;
use crate::http::body::{PathParam, fields_into, read_fields_within};
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::{PlaylistId, VideoId};

/// A playlist has at most 5,000 videos, whose ids take 27 characters each.
const ORDER_BYTES_MAX: usize = 160 * 1024;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(order))
}

/// The new order.
#[derive(Deserialize, ToSchema)]
struct ReorderPlaylist {
    /// Ids of the playlist's videos, each once.
    #[schema(value_type = Vec<VideoId>, example = json!(["65a53f2e8c1b4a0012ab34cd", "65a53f2e8c1b4a0012ab34ce"]))]
    videos: Option<Vec<String>>,
}

impl ReorderPlaylist {
    fn checked(self) -> Result<Vec<VideoId>, Error> {
        let ids =
            self.videos.ok_or_else(|| Error::field("videos", "videos is required: the ids in their new order"))?;
        let ids = ids.iter().map(|id| id.parse()).collect::<Result<Vec<VideoId>, _>>()?;
        if ids.iter().collect::<HashSet<_>>().len() != ids.len() {
            return Err(Error::field("videos", "videos must list each video once"));
        }
        Ok(ids)
    }
}

/// Reorder a playlist
///
/// Lists all videos that the owner can see. Videos that have become invisible may be omitted and keep their places.
/// Returns 409 if the list does not match the playlist.
#[utoipa::path(
    patch,
    path = "/api/v1/playlist/{playlistId}/order",
    tag = "playlists",
    security(("bearer" = []), ("cookie" = [])),
    params(("playlistId" = PlaylistId, Path)),
    request_body = ReorderPlaylist,
    responses(
        (status = 200, body = Envelope<Playlist>, description = "The playlist"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn order(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<PlaylistId>,
    request: Request,
) -> Result<Reply<Playlist>, Error> {
    let wanted = fields_into::<ReorderPlaylist>(read_fields_within(request, ORDER_BYTES_MAX).await?)?.checked()?;
    retry(|| async {
        let mut tx = app.db.begin_alone().await?;
        let mut row = own_playlist(&mut tx, id, viewer).await?;
        let places = store::places(&mut tx, id, viewer.id).await?;
        let ordered = reordered(&places, &wanted)
            .ok_or_else(|| Error::conflict("The videos do not match the playlist. Reload it and try again."))?;
        store::reorder(&mut tx, id, &ordered).await?;
        row.updated_at = app.clock.now_ms();
        store::update(&mut tx, &row).await?;
        let playlist = load_playlist(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Reply::ok(playlist, "Playlist reordered successfully"))
    })
    .await
}

/// Returns the whole playlist with those that are wanted in their new order, at the places that they had together;
/// `None` when one is wanted that is not there, or one that is seen is left out.
fn reordered(places: &[Place], wanted: &[VideoId]) -> Option<Vec<VideoId>> {
    let moved: HashSet<VideoId> = wanted.iter().copied().collect();
    let mut next = wanted.iter().copied();
    let mut ordered = Vec::with_capacity(places.len());
    for place in places {
        if moved.contains(&place.video_id) {
            ordered.push(next.next()?);
        } else if place.is_seen {
            return None;
        } else {
            ordered.push(place.video_id);
        }
    }
    next.next().is_none().then_some(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> VideoId {
        VideoId::from_bytes([number; 12])
    }

    #[test]
    fn what_is_not_seen_keeps_its_place() {
        let place = |number| Place { video_id: id(number), is_seen: number < 9 };
        let places = [place(1), place(9), place(2), place(3)];
        let ordered = |wanted: &[u8]| reordered(&places, &wanted.iter().copied().map(id).collect::<Vec<_>>());
        let ids = |numbers: &[u8]| Some(numbers.iter().copied().map(id).collect::<Vec<_>>());
        assert_eq!(ordered(&[3, 1, 2]), ids(&[3, 9, 1, 2]));
        assert_eq!(ordered(&[9, 3, 2, 1]), ids(&[9, 3, 2, 1]));
        for wrong in [&[1, 2][..], &[1, 2, 3, 4], &[1, 2, 4], &[]] {
            assert_eq!(ordered(wrong), None, "{wrong:?}");
        }
    }
}
