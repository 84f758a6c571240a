//! Media: the objects, the ledger that knows about each of them, their addresses, and the one way out to readers.
//!
//! An object is entered in the ledger before it is written (`pending`), becomes `live` in the transaction that
//! creates or changes what it belongs to, and `doomed` in the one that replaces or deletes that. So whatever a
//! crash leaves behind is found by [`Media::sweep`] without listing the store. One that is uploaded over many requests
//! is `growing` in between, and belongs to its upload. What somebody may be watching is not doomed at once when it is
//! replaced: it gets a time after which it may be ([`retire`]).

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
pub use self::objects::{Objects, write_error};
pub use self::temp::TempFile;
pub use self::upload_locks::{UploadLock, UploadLocks, locked};
