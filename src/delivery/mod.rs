//! The bytes that leave the server: media, the playlists of streams, originals.

pub mod media;
pub mod originals;
pub mod streams;

use utoipa_axum::router::OpenApiRouter;

use crate::api::Feature;
use crate::app::App;

pub const FEATURE: Feature =
    Feature { tags: &[("media", "Video, audio and image files, playlists and manifests")], routes, ..Feature::EMPTY };

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(media::routes()).merge(streams::routes()).merge(originals::routes())
}
