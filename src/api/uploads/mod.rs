//! Uploads: films on their way in, over as many requests as that takes.
//!
//! An upload is a row and an object that grows. The object lies from its first byte where the film will lie, so that
//! finishing an upload and making a video of it are a matter of rows, however large it is. Bytes count once they have
//! reached the disk and the row says so, at a *checkpoint*; those after the last one are sent and written again. A
//! checkpoint is as much as a part of an S3 multipart upload may be.
//!
//! What an upload may come to have is reserved when it begins, of its owner's quota and of the disk, and given back
//! when it ends. Clients that can go on after a lost connection speak [tus](https://tus.io/protocols/resumable-upload)
//! (`tus`); a film that comes in a form (`upload`) goes through the same steps within one request.

mod append;
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
pub use self::tus::{EXPOSED_HEADERS, PIECE};
use crate::api::feature::{Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("uploads", "Resumable uploads with tus 1.0")],
    routes: routes::routes,
    forget: Forget::Call(|tx, storage, user| Box::pin(store::delete_of_user(tx, storage, user))),
    ..Feature::EMPTY
};
