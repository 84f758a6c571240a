//! The media engine: probes, plans and encodes videos and images, with ffmpeg in a sandbox.
//!
//! A server calls [`sandbox::enter_if_asked`] first thing in `main`, finds the [`Tools`], examines a source file with
//! [`mod@probe`], decides with [`Plan::new`] what to make of it, makes it with [`mod@transcode`], and writes playlists
//! from the resulting [`Stream`] with [`hls`] and [`dash`].

mod boxes;
mod codec;
mod container;
mod cover;
pub mod dash;
mod error;
mod ffprobe;
mod filters;
mod fragments;
mod frame;
pub mod hls;
mod image;
mod info;
mod invocation;
mod keyframes;
mod limits;
mod loudness;
mod mp4_info;
mod plan;
mod probe;
mod progress;
mod remux;
mod renditions;
mod run;
pub mod sandbox;
mod storyboard;
mod stream;
mod subtitles;
mod thumbnails;
mod tools;
mod transcode;
mod validate;

pub use codec::{AudioCodec, VideoCodec};
pub use container::{Container, HEAD_BYTES};
pub use cover::blank_thumbnail;
pub use error::MediaError;
pub use image::{Bounds, Image, ImageFormat, dimensions, reencode};
pub use info::{AudioStream, Chroma, MediaInfo, Primaries, SubtitleStream, Transfer, VideoStream};
pub use keyframes::{Timeline, read_timeline};
pub use limits::VideoLimits;
pub use loudness::loudness;
pub use mp4_info::{Mp4Info, mp4_info};
pub use plan::{AudioPlan, Batch, Plan};
pub use probe::{probe, read_header, try_decoding};
pub use progress::{ProgressHooks, STALL_TIMEOUT};
pub use remux::{plays_in_browsers, remux};
pub use renditions::{Encoding, RenditionPlan};
pub use storyboard::{Storyboard, storyboard};
pub use stream::{AudioRendition, Fragment, Rendition, Stream, Track, VideoRange};
pub use subtitles::{Caption, captions};
pub use thumbnails::{candidates, placeholder, thumbnail};
pub use tools::Tools;
pub use transcode::transcode;
pub use validate::validate;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod stored_json;
