//! Stored objects: their bytes, the `media` table with a row for each, their URLs, and who may read them.
//!
//! The row comes before the bytes (`pending`). The transaction that creates or changes its owner makes it `live`, the
//! one that replaces or deletes the owner `doomed`; so [`Storage::sweep`] finds what a crash leaves without listing the
//! storage. An upload over many requests owns its object, which is `growing` in between. What somebody may be watching
//! stays for a while when it is replaced: see [`retire`].

mod access;
mod cleanup;
mod ledger;
mod media_urls;
mod name;
mod objects;
mod open_files;
mod private;
mod temp;
mod upload_locks;

pub use self::access::Access;
pub use self::cleanup::Cleanup;
pub use self::ledger::{ContentType, Owner, PendingObject, Storage, keep_grown, retire};
pub use self::media_urls::{MediaUrls, Signature};
pub use self::name::{MediaName, ObjectKind};
pub use self::objects::{Objects, write_error};
pub use self::private::{create_private, open_private};
pub use self::temp::TempFile;
pub use self::upload_locks::{UploadLock, UploadLocks, locked};
