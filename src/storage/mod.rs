//! Stored objects: their bytes, the `media` table with a row for each, their URLs, and who may read them.
//!
//! The row comes before the bytes (`pending`). The transaction that creates or changes its owner makes it `live`, the
//! one that replaces or deletes the owner `doomed`; so [`Storage::sweep`] finds what a crash leaves without listing the
//! storage. An upload over many requests owns its object, which is `growing` in between. What somebody may be watching
//! stays for a while when it is replaced: see [`retire`].
//!
//! The bytes are in a folder or in a bucket of an S3-compatible service; [`Objects`] and [`Growing`] hide which.

mod access;
mod addresses;
mod bucket;
mod cleanup;
mod failures;
mod folder;
mod growing;
mod hashes;
mod inspection;
mod leases;
mod ledger;
mod local_copies;
mod locked_object;
mod media_urls;
mod name;
mod objects;
mod open_files;
mod parts;
mod private;
mod temp;
mod upload_locks;
mod work_folder;

pub use self::access::Access;
pub use self::cleanup::Cleanup;
pub use self::failures::Operation as StorageOperation;
pub use self::growing::{Growing, Saved};
pub use self::inspection::{ObjectRow, ObjectState, SAFE_AGE, StoredObject};
pub use self::ledger::{ContentType, Owner, PendingObject, Storage, keep_grown, retire};
pub use self::locked_object::LockedObject;
pub use self::media_urls::{MediaUrls, Signature};
pub use self::name::{MediaName, ObjectKind};
pub use self::objects::{Content, LocalCopy, Objects};
pub use self::private::{create_private, open_private};
pub use self::temp::TempFile;
pub use self::upload_locks::{UploadLock, UploadLocks, locked};
pub use self::work_folder::{WorkFolder, write_error};
