//! What is known about a film after looking at it, and the limits it has to keep.

use serde::{Deserialize, Serialize};

use crate::codec::{AudioCodec, VideoCodec};
use crate::error::MediaError;
use crate::container::Container;

/// No picture narrower or lower than this can be encoded sensibly.
const SIDE_PIXELS_MIN: u32 = 16;
const GIB: u64 = 1024 * 1024 * 1024;

/// A film that was opened, found to be within the limits, and from which something was decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Film {
    pub container: Container,
    pub bytes: u64,
    pub duration_s: f64,
    /// As displayed: turned upright, with square pixels. Zero for sound alone.
    pub width: u32,
    pub height: u32,
    pub video: Option<VideoStream>,
    pub audio: Option<AudioStream>,
    /// The stream with the attached cover picture.
    pub cover: Option<u32>,
    /// Bits a second over everything in the file.
    pub bit_rate: u64,
    /// How many streams of any sort the file has.
    pub streams: u32,
}

impl Film {
    /// Frames a second, or zero for sound alone.
    #[must_use]
    pub fn fps(&self) -> f64 {
        self.video.as_ref().map_or(0.0, |video| video.fps_average)
    }
}

/// The moving picture of a film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    pub index: u32,
    pub codec: VideoCodec,
    pub profile: Option<String>,
    pub level: Option<u32>,
    /// ffprobe's own name for it, such as `yuv420p10le`.
    pub pixel_format: String,
    pub chroma: Chroma,
    pub bit_depth: u8,
    /// As stored, before turning.
    pub coded_width: u32,
    pub coded_height: u32,
    /// Width of a pixel against its height.
    pub pixel_aspect: f64,
    /// Counter-clockwise, as ffprobe tells it: 0, 90, 180 or 270.
    pub rotation_degrees: u16,
    /// Whether players have to turn or mirror it.
    pub turned: bool,
    pub fps_average: f64,
    /// The rate in which all time stamps can be written; for variable rates far above the average.
    pub fps_nominal: f64,
    pub interlaced: bool,
    pub transfer: Transfer,
    pub primaries: Primaries,
    pub full_range: bool,
    /// Dolby Vision profile, whose profile 5 has no colours that others can show.
    pub dolby_vision: Option<u8>,
    pub bit_rate: Option<u64>,
    pub frames: Option<u64>,
    pub start_s: f64,
}

impl VideoStream {
    #[must_use]
    pub const fn is_hdr(&self) -> bool {
        !matches!(self.transfer, Transfer::Sdr)
    }

    /// Whether frames come at uneven distances.
    #[must_use]
    pub fn is_variable_rate(&self) -> bool {
        self.fps_nominal > 0.0 && (self.fps_nominal / self.fps_average - 1.0).abs() > 0.02
    }
}

/// The sound of a film.
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

/// How much colour detail is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chroma {
    Gray,
    Quarter,
    Half,
    Full,
    Rgb,
}

/// How brightness is stored; the last two are high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    Sdr,
    Pq,
    Hlg,
}

/// Which red, green and blue are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Primaries {
    Bt709,
    Bt601,
    Bt2020,
    Other,
}

/// What a film may be; every number can be a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmLimits {
    pub bytes_max: u64,
    pub duration_s_max: f64,
    pub width_max: u32,
    pub height_max: u32,
    pub pixels_max: u64,
    pub fps_max: f64,
    pub streams_max: u32,
}

impl Default for FilmLimits {
    fn default() -> Self {
        Self {
            bytes_max: 32 * GIB,
            duration_s_max: 12.0 * 3600.0,
            width_max: 8192,
            height_max: 8192,
            pixels_max: 8192 * 4320,
            fps_max: 240.0,
            streams_max: 32,
        }
    }
}

impl FilmLimits {
    /// No limits: for what the server has made itself, or has accepted before, under whatever limits held then.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            bytes_max: u64::MAX,
            duration_s_max: f64::MAX,
            width_max: u32::MAX,
            height_max: u32::MAX,
            pixels_max: u64::MAX,
            fps_max: f64::MAX,
            streams_max: u32::MAX,
        }
    }

    /// Says which limit the file's size breaks, if any; asked before anything opens the file.
    pub fn check_bytes(&self, bytes: u64) -> Result<(), MediaError> {
        if bytes == 0 {
            return Err(MediaError::refused("This file is empty; send it again."));
        }
        if bytes > self.bytes_max {
            return Err(MediaError::refused(format!(
                "This film has {} but at most {} are accepted; make it smaller first.",
                shown_bytes(bytes),
                shown_bytes(self.bytes_max)
            )));
        }
        Ok(())
    }

    pub(crate) fn check_streams(&self, streams: u32) -> Result<(), MediaError> {
        if streams > self.streams_max {
            return Err(MediaError::refused(format!(
                "This file has {streams} streams but at most {} are accepted; keep one picture \
                 and one sound track.",
                self.streams_max
            )));
        }
        Ok(())
    }

    pub(crate) fn check_picture(&self, width: u32, height: u32, fps: f64) -> Result<(), MediaError> {
        let pixels = u64::from(width) * u64::from(height);
        if width > self.width_max || height > self.height_max || pixels > self.pixels_max {
            return Err(MediaError::refused(format!(
                "This film is {width} × {height} pixels but at most {} × {} and {} pixels in all \
                 are accepted; scale it down first.",
                self.width_max, self.height_max, self.pixels_max
            )));
        }
        if width < SIDE_PIXELS_MIN || height < SIDE_PIXELS_MIN {
            return Err(MediaError::refused(format!(
                "This film is {width} × {height} pixels but at least {SIDE_PIXELS_MIN} × \
                 {SIDE_PIXELS_MIN} are needed."
            )));
        }
        if fps > self.fps_max {
            return Err(MediaError::refused(format!(
                "This film has {fps:.0} frames a second but at most {:.0} are accepted; lower \
                 its frame rate first.",
                self.fps_max
            )));
        }
        Ok(())
    }

    pub(crate) fn check_duration(&self, duration_s: f64) -> Result<(), MediaError> {
        if duration_s > self.duration_s_max {
            return Err(MediaError::refused(format!(
                "This film is {:.0} minutes long but at most {:.0} are accepted; cut it into parts.",
                duration_s / 60.0,
                self.duration_s_max / 60.0
            )));
        }
        Ok(())
    }
}

fn shown_bytes(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
