//! The bytes that leave the server: media, the playlists of streams, originals.

pub mod media;
pub mod originals;
pub mod streams;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(media::routes()).merge(streams::routes()).merge(originals::routes())
}
