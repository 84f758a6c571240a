//! What front ends of other forks of `VideoTube` need beyond this API, added around it: the features know nothing of it.

mod describe;
mod paths;

pub use self::describe::describe;
pub use self::paths::canonical;
