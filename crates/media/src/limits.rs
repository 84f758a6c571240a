//! What is accepted of a source file.

use crate::error::MediaError;

/// Smaller frames cannot be encoded sensibly.
const SIDE_PIXELS_MIN: u32 = 16;
const GIB: u64 = 1024 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub struct VideoLimits {
    pub bytes_max: u64,
    pub duration_s_max: f64,
    pub width_max: u32,
    pub height_max: u32,
    pub pixels_max: u64,
    pub fps_max: f64,
    pub streams_max: u32,
}

impl Default for VideoLimits {
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

impl VideoLimits {
    /// For files that the server made, or accepted before under other limits.
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

    pub(crate) fn check_bytes(&self, bytes: u64) -> Result<(), MediaError> {
        if bytes == 0 {
            return Err(MediaError::refused("This file is empty; send it again."));
        }
        if bytes > self.bytes_max {
            return Err(MediaError::refused(format!(
                "This video has {} but at most {} are accepted; make it smaller first.",
                format_bytes(bytes),
                format_bytes(self.bytes_max)
            )));
        }
        Ok(())
    }

    pub(crate) fn check_streams(&self, streams: u32) -> Result<(), MediaError> {
        if streams > self.streams_max {
            return Err(MediaError::refused(format!(
                "This file has {streams} streams but at most {} are accepted; keep one video \
                 and one audio track.",
                self.streams_max
            )));
        }
        Ok(())
    }

    pub(crate) fn check_video(&self, width: u32, height: u32, fps: f64) -> Result<(), MediaError> {
        let pixels = u64::from(width) * u64::from(height);
        if width > self.width_max || height > self.height_max || pixels > self.pixels_max {
            return Err(MediaError::refused(format!(
                "This video is {width} × {height} pixels but at most {} × {} and {} pixels in all \
                 are accepted; scale it down first.",
                self.width_max, self.height_max, self.pixels_max
            )));
        }
        if width < SIDE_PIXELS_MIN || height < SIDE_PIXELS_MIN {
            return Err(MediaError::refused(format!(
                "This video is {width} × {height} pixels but at least {SIDE_PIXELS_MIN} × \
                 {SIDE_PIXELS_MIN} are needed."
            )));
        }
        if fps > self.fps_max {
            return Err(MediaError::refused(format!(
                "This video has {fps:.0} frames per second but at most {:.0} are accepted; lower \
                 its frame rate first.",
                self.fps_max
            )));
        }
        Ok(())
    }

    pub(crate) fn check_duration(&self, duration_s: f64) -> Result<(), MediaError> {
        if duration_s > self.duration_s_max {
            return Err(MediaError::refused(format!(
                "This video is {:.0} minutes long but at most {:.0} are accepted; cut it into parts.",
                duration_s / 60.0,
                self.duration_s_max / 60.0
            )));
        }
        Ok(())
    }
}

fn format_bytes(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
