//! Numbers that components count about themselves. [`crate::scrape`] shows them to operators.
//!
//! Counting is an atomic addition or two: no lock, and no allocation but at the first time. What has labels has a fixed set
//! of them, so that no request can make the set grow.

mod count;
mod exposition;
mod histogram;
mod numbers;
mod requests;
mod usage;
mod work;

pub use self::count::{Counter, Gauge};
pub use self::exposition::{Exposition, Label, Source, expose};
pub use self::histogram::Histogram;
pub use self::numbers::Numbers;
pub use self::requests::OperationNumber;
pub use self::usage::LoginResult;
pub use self::work::{Outcome, Work};
