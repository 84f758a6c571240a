//! Commands for operators, beside a running site or without one.

mod doctor;
mod recount;

pub use self::doctor::{Checking, DoctorOptions, Report, doctor};
pub use self::recount::recount;
