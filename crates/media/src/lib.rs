//! The media engine: everything that looks at, or changes, pictures and films.

#![expect(clippy::missing_errors_doc, reason = "every error is a sentence that says what went wrong")]

mod codec;
mod container;
mod cover;
pub mod dash;
pub mod error;
mod ffprobe;
mod filters;
mod fragments;
pub mod frame;
pub mod hls;
pub mod image;
pub mod info;
pub mod keyframes;
pub mod loudness;
pub mod mp4_info;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod remux;
mod renditions;
mod run;
pub mod sandbox;
pub mod storyboard;
pub mod stream;
pub mod thumbnails;
pub mod tools;
pub mod transcode;
pub mod validate;

pub use codec::{AudioCodec, VideoCodec};
pub use error::MediaError;
pub use info::{AudioStream, Chroma, Film, FilmLimits, Primaries, Transfer, VideoStream};
pub use frame::frame;
pub use image::{Bounds, Picture, PictureFormat, reencode};
pub use container::{Container, HEAD_BYTES, ImageFormat};
pub use probe::{probe, read_header, try_decoding};
pub use tools::Tools;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod stored_json;
