//! What a probe finds out about a video or audio file.

use serde::{Deserialize, Serialize};

use crate::codec::{AudioCodec, VideoCodec};
use crate::container::Container;

/// In pixels, the still image of audio files.
pub(crate) const STILL_WIDTH: u32 = 1280;
pub(crate) const STILL_HEIGHT: u32 = 720;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaInfo {
    pub container: Container,
    pub bytes: u64,
    pub duration_s: f64,
    /// In pixels as displayed: rotated, with square pixels. Zero for audio files.
    pub width: u32,
    pub height: u32,
    pub video: Option<VideoStream>,
    pub audio: Option<AudioStream>,
    /// The index of the cover image's stream.
    pub cover: Option<u32>,
    /// Bits per second over the whole file.
    pub bit_rate: u64,
    pub streams: u32,
    /// Only text subtitles. Empty in the JSON of versions that did not look for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subtitles: Vec<SubtitleStream>,
}

impl MediaInfo {
    pub(crate) fn fps(&self) -> f64 {
        self.video.as_ref().map_or(0.0, |video| video.fps_average)
    }

    /// Returns pixels; for audio files those of their still image.
    #[must_use]
    pub const fn display_size(&self) -> (u32, u32) {
        if self.video.is_some() { (self.width, self.height) } else { (STILL_WIDTH, STILL_HEIGHT) }
    }

    pub(crate) fn decoders(&self) -> String {
        let video = self.video.as_ref().map(|video| video.codec.decoders());
        let audio = self.audio.as_ref().map(|audio| audio.codec.decoders());
        video.into_iter().chain(audio).collect::<Vec<_>>().join(",")
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    pub index: u32,
    pub codec: VideoCodec,
    pub profile: Option<String>,
    pub level: Option<u32>,
    /// ffmpeg's name for it, such as `yuv420p10le`.
    pub pixel_format: String,
    pub chroma: Chroma,
    pub bit_depth: u8,
    /// In pixels as stored, before rotation.
    pub coded_width: u32,
    pub coded_height: u32,
    /// Width divided by height.
    pub pixel_aspect: f64,
    /// Counter-clockwise: 0, 90, 180 or 270.
    pub rotation_degrees: u16,
    /// Whether players have to rotate or mirror it.
    pub turned: bool,
    pub fps_average: f64,
    /// The lowest rate that represents all timestamps; for variable frame rates far above the average.
    pub fps_nominal: f64,
    pub interlaced: bool,
    pub transfer: Transfer,
    pub primaries: Primaries,
    pub full_range: bool,
    /// The Dolby Vision profile. Other decoders cannot show the colours of profile 5.
    pub dolby_vision: Option<u8>,
    pub bit_rate: Option<u64>,
    pub frames: Option<u64>,
    pub start_s: f64,
}

impl VideoStream {
    pub(crate) const fn is_hdr(&self) -> bool {
        !matches!(self.transfer, Transfer::Sdr)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioStream {
    pub index: u32,
    pub codec: AudioCodec,
    pub profile: Option<String>,
    pub channels: u32,
    pub sample_rate: u32,
    pub bit_rate: Option<u64>,
    pub start_s: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleStream {
    pub index: u32,
    /// As the file says it: usually three letters of ISO 639.
    pub language: Option<String>,
    pub title: Option<String>,
    pub is_default: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chroma {
    Gray,
    #[serde(rename = "quarter")]
    Yuv420,
    #[serde(rename = "half")]
    Yuv422,
    #[serde(rename = "full")]
    Yuv444,
    Rgb,
}

/// PQ and HLG are high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    Sdr,
    Pq,
    Hlg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Primaries {
    Bt709,
    Bt601,
    Bt2020,
    Other,
}
