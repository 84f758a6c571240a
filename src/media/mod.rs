//! The media engine: everything that looks at, or changes, pictures and films.

mod codec;
pub mod error;
mod ffprobe;
pub mod film;
mod filters;
pub mod frame;
pub mod image;
pub mod kind;
pub mod probe;
mod run;
pub mod tools;

pub use codec::{AudioCodec, VideoCodec};
pub use error::MediaError;
pub use film::{AudioStream, Chroma, Film, FilmLimits, Primaries, Transfer, VideoStream};
pub use frame::frame;
pub use image::{Bounds, Picture, PictureFormat, reencode};
pub use kind::{Container, HEAD_BYTES, ImageFormat};
pub use probe::probe;
pub use tools::Tools;

#[cfg(test)]
mod samples;
