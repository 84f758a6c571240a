//! Creating, changing and deleting playlists.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::own::{Playlist, load_playlist, own_playlist};
use super::read;
use super::store::{self, PlaylistRow};
use crate::app::App;
use crate::db::retry;
use crate::error::{Error, FieldError};
use crate::http::body::{Body, NonBlank, PathParam, Text, at_most};
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::PlaylistId;

const NAME_CHARS_MAX: usize = 150;
const DESCRIPTION_CHARS_MAX: usize = 5_000;
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(read::playlist, update, delete))
}

/// Name and description of a playlist.
#[derive(Deserialize, ToSchema)]
struct CreatePlaylist {
    #[schema(value_type = String, example = "Tea", max_length = 150)]
    name: Option<Text>,
    #[schema(value_type = String, example = "Everything about tea", max_length = 5000)]
    description: Option<Text>,
}

/// Fields to change; at least one is required.
#[derive(Deserialize, ToSchema)]
struct UpdatePlaylist {
    #[schema(value_type = Option<String>, example = "Tea", max_length = 150)]
    name: Option<Text>,
    #[schema(value_type = Option<String>, example = "Everything about tea", max_length = 5000)]
    description: Option<Text>,
}

impl CreatePlaylist {
    fn checked(&self) -> Result<(&str, &str), Error> {
        let (name, description) = (self.name.non_blank(), self.description.non_blank());
        let (Some(name), Some(description)) = (name, description) else {
            let error = |field: &str| FieldError { field: field.to_owned(), message: format!("{field} is required") };
            let errors = [name.is_none().then(|| error("name")), description.is_none().then(|| error("description"))];
            let errors = errors.into_iter().flatten().collect();
            return Err(Error::Invalid("Name and description are required".into(), errors));
        };
        check_lengths(name, description)?;
        Ok((name, description))
    }
}

impl UpdatePlaylist {
    fn checked(&self) -> Result<(Option<&str>, Option<&str>), Error> {
        for (field, sent) in [("name", &self.name), ("description", &self.description)] {
            if sent.is_some() && sent.non_blank().is_none() {
                return Err(Error::field(field, format!("{field} must not be blank")));
            }
        }
        let (name, description) = (self.name.non_blank(), self.description.non_blank());
        if name.is_none() && description.is_none() {
            return Err(Error::invalid("Send a name or a description"));
        }
        check_lengths(name.unwrap_or_default(), description.unwrap_or_default())?;
        Ok((name, description))
    }
}

fn check_lengths(name: &str, description: &str) -> Result<(), Error> {
    at_most("name", name, NAME_CHARS_MAX)?;
    at_most("description", description, DESCRIPTION_CHARS_MAX)
}

/// Create a playlist
#[utoipa::path(
    post,
    path = "/api/v1/playlist",
    tag = "playlists",
    security(("bearer" = []), ("cookie" = [])),
    request_body = CreatePlaylist,
    responses((status = 201, body = Envelope<Playlist>, description = "The new playlist"))
)]
async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Body(body): Body<CreatePlaylist>,
) -> Result<Reply<Playlist>, Error> {
    let (name, description) = body.checked()?;
    let id = PlaylistId::new(&app.clock);
    retry(|| async {
        let now = app.clock.now_ms();
        let row = PlaylistRow {
            id,
            owner_id: viewer.id,
            name: name.to_owned(),
            description: description.to_owned(),
            created_at: now,
            updated_at: now,
        };
        let mut tx = app.db.begin().await?;
        store::insert(&mut tx, &row).await?;
        let playlist = load_playlist(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Reply::created(playlist, "Playlist created successfully"))
    })
    .await
}

/// Update a playlist
#[utoipa::path(
    patch,
    path = "/api/v1/playlist/{playlistId}",
    tag = "playlists",
    security(("bearer" = []), ("cookie" = [])),
    params(("playlistId" = PlaylistId, Path)),
    request_body = UpdatePlaylist,
    responses(
        (status = 200, body = Envelope<Playlist>, description = "The playlist"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn update(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<PlaylistId>,
    Body(change): Body<UpdatePlaylist>,
) -> Result<Reply<Playlist>, Error> {
    let (name, description) = change.checked()?;
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let mut row = own_playlist(&mut tx, id, viewer).await?;
        row.name = name.map_or(row.name, str::to_owned);
        row.description = description.map_or(row.description, str::to_owned);
        row.updated_at = app.clock.now_ms();
        store::update(&mut tx, &row).await?;
        let playlist = load_playlist(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Reply::ok(playlist, "Playlist updated successfully"))
    })
    .await
}

/// Id of the deleted playlist.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeletedPlaylist {
    playlist_id: PlaylistId,
}

/// Delete a playlist
#[utoipa::path(
    delete,
    path = "/api/v1/playlist/{playlistId}",
    tag = "playlists",
    security(("bearer" = []), ("cookie" = [])),
    params(("playlistId" = PlaylistId, Path)),
    responses(
        (status = 200, body = Envelope<DeletedPlaylist>, description = "Deleted"),
        openapi::Forbidden,
        openapi::NotFound,
    )
)]
async fn delete(
    State(app): State<App>,
    viewer: Viewer,
    PathParam(id): PathParam<PlaylistId>,
) -> Result<Reply<DeletedPlaylist>, Error> {
    retry(|| async {
        let mut tx = app.db.begin_alone().await?;
        own_playlist(&mut tx, id, viewer).await?;
        store::remove(&mut tx, id, viewer.id).await?;
        tx.commit().await?;
        Ok(Reply::ok(DeletedPlaylist { playlist_id: id }, "Playlist deleted successfully"))
    })
    .await
}
