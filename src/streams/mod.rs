//! Adaptive streams: what is stored about them, and the playlists that players read, written anew for each reader.

mod serve;
mod store;

pub use self::serve::routes;
pub use self::store::{
    Material, Previews, drop_original, lock, mark_failed, mark_processing, material, replace, replace_film,
    replace_previews,
};
