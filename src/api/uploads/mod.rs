//! Uploads: videos on their way in, over as many requests as it takes.
//!
//! An upload is a row and an object that grows. The object has its final path from the first byte, so finishing an
//! upload and making a video of it only change rows. Bytes count once they are stored and the row says so, at a
//! *checkpoint*; later ones are sent again after a lost connection.
//!
//! Clients that resume after a lost connection speak [tus](https://tus.io/protocols/resumable-upload) (`tus`). A video
//! in a form (`form`) goes through the same steps within one request. What uploads reserve of quotas and of the disk is
//! in `quota`.

mod append;
mod appender;
mod feed;
pub mod form;
mod quota;
mod routes;
pub mod store;
mod tus;
mod writer;

pub use self::append::FormVideo;
pub use self::routes::{capabilities, meant_method};
pub use self::store::{CompleteUpload, Source, UploadState, complete, consume, delete_abandoned_forms, end, expire};
pub use self::tus::EXPOSED_HEADERS;

use crate::api::feature::{Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("uploads", "Resumable uploads with tus 1.0")],
    routes: routes::routes,
    forget: Forget::Call(|tx, storage, user| Box::pin(store::delete_of_user(tx, storage, user))),
    ..Feature::EMPTY
};
