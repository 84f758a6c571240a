//! Translates requests and responses for front ends of other forks of `VideoTube`. The features know nothing of it.

mod describe;
mod edge;
mod paths;
mod shapes;

pub use self::describe::describe;
pub use self::edge::translate;
