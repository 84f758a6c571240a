//! What front ends of other forks of `VideoTube` need beyond this API, added around it: the features know nothing of it.

mod describe;
mod edge;
mod paths;
mod shapes;

pub use self::describe::describe;
pub use self::edge::translate;
