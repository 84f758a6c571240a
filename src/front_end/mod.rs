//! The front end that is embedded in this executable: its files, and the page with its head.

mod files;
mod head;

pub use self::files::{EMBEDDED, File, Framable, FrontEnd};
pub use self::head::{Head, Image, Player, SITE_NAME};
