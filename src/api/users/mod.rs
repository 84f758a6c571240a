//! The people of the site: the rows of their accounts, and how lists show them.

pub mod store;
mod summary;
mod username;

pub use self::store::{
    Account, ChannelRow, Count, FoundRow, Role, account, change_count, channel as channel_row, channel_by_id,
    find_account, has_hash, named_like, replace_hash,
};
pub use self::summary::{OwnerRow, UserSummary};
pub use self::username::{CHANNEL_NOT_FOUND, Username};
