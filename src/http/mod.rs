//! Building blocks of handlers: bodies, paging, replies, the caller.

pub mod aliased;
pub mod body;
pub mod client_address;
pub mod cookies;
pub mod openapi;
pub mod paging;
pub mod reply;
pub mod rewrite;
pub mod time_limit;
pub mod unread_body;
pub mod viewer;
