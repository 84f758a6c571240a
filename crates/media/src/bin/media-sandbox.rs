//! The sandbox's own program, for the tests of this crate: starts the tool that its arguments name.

use std::process::ExitCode;

fn main() -> ExitCode {
    chaitube_media::sandbox::enter_if_asked().unwrap_or(ExitCode::FAILURE)
}
