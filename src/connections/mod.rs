//! Connections of clients: how many there may be, how long they may stand still, and files that leave on them.
//!
//! A client that does not read costs little: the kernel sends files from its own memory, not from the server's. When there
//! are too many connections, those without a request and those that do not read make room, the longest quiet first.

mod activity;
mod census;
mod files;
mod handles;
mod limits;
mod stream;
mod tracked;

pub use self::activity::Activity;
pub use self::census::{Connections, Seat};
pub use self::files::{FileSender, Uncompressed};
pub use self::handles::raise_handle_limit;
pub use self::limits::ConnectionLimits;
pub use self::stream::ClientStream;
pub use self::tracked::Tracked;
