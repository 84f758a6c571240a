//! Stored objects: their bytes, the `media` table with a row for each, their URLs, and who may read them.
//!
//! An object's row is inserted before its bytes are written (`pending`). The transaction that creates or changes its
//! owner makes it `live`, the one that replaces or deletes the owner marks it as deleted (`doomed` in the table). So
//! [`Storage::sweep`] finds whatever a crash leaves behind without listing the storage. An object that is uploaded over
//! many requests is `growing` in between, and belongs to its upload. What somebody may be watching is not deleted at
//! once when it is replaced: [`retire`] gives it a time.

mod access;
mod cleanup;
mod ledger;
mod media_urls;
mod name;
mod objects;
mod temp;
mod upload_locks;

pub use self::access::Access;
pub use self::cleanup::Cleanup;
pub use self::ledger::{ContentType, Owner, PendingObject, Storage, keep_grown, retire};
pub use self::media_urls::{MediaUrls, Signature};
pub use self::name::{MediaName, ObjectKind};
pub use self::objects::{Objects, create_private, write_error};
pub use self::temp::TempFile;
pub use self::upload_locks::{UploadLock, UploadLocks, locked};
