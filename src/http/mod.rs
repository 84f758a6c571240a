//! What handlers are made of: reading requests, paging, replies, who is asking.

pub mod body;
pub mod client_address;
pub mod cookies;
pub mod openapi;
pub mod paging;
pub mod reply;
pub mod viewer;
