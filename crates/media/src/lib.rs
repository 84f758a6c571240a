//! The media engine: everything that looks at, or changes, pictures and films.

#![expect(clippy::missing_errors_doc, reason = "every error is a sentence that says what went wrong")]

mod codec;
pub mod dash;
pub mod error;
mod ffprobe;
pub mod film;
mod filters;
pub mod frame;
pub mod hls;
pub mod image;
mod index;
pub mod isobmff;
pub mod keyframes;
pub mod kind;
pub mod ladder;
pub mod loudness;
pub mod pictures;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod remux;
mod run;
mod rungs;
pub mod sandbox;
pub mod still;
pub mod storyboard;
pub mod stream;
pub mod tools;
pub mod validate;

pub use codec::{AudioCodec, VideoCodec};
pub use error::MediaError;
pub use film::{AudioStream, Chroma, Film, FilmLimits, Primaries, Transfer, VideoStream};
pub use frame::frame;
pub use image::{Bounds, Picture, PictureFormat, reencode};
pub use kind::{Container, HEAD_BYTES, ImageFormat};
pub use probe::{probe, read_header, try_decoding};
pub use tools::Tools;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod stored_json;
